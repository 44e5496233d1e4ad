"""Checks of who may see, change and moderate what, for every control, and the payloads that name pictures."""

from __future__ import annotations

import discord

from bot.domain.jobs import Job, ReplyScope
from bot.ui.base.components import JOB_OR_PICTURE, Form, chosen_like, return_input
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import reply_privately


def is_moderator(interaction: Interaction) -> bool:
    """Return whether the person has Manage Server or a moderator role, in a server that has invited the bot."""
    if served_guild_of(interaction) is None:
        return False  # a person who installed the bot speaks for no server
    if interaction.permissions.manage_guild or interaction.permissions.administrator:
        return True
    user = interaction.user
    if not isinstance(user, discord.Member):
        return False
    return any(role.id in services_of(interaction).moderator_roles for role in user.roles)


async def as_moderator(interaction: Interaction) -> int | None:
    """Return the server's id; None when the person is no moderator of it and was told so."""
    if is_moderator(interaction):
        return interaction.guild_id
    text = _("Only this server's moderators can do this. It needs the Manage Server permission.")
    if served_guild_of(interaction) is None:
        text = _("This only works in a server that has added Easel.")
    await reply_privately(interaction, text)
    return None


def may_see(interaction: Interaction, job: Job) -> bool:
    """Return whether the person may see the job: their own anywhere, somebody else's where it was public.

    A control's payload proves no right: a job's id in it may name any job.
    """
    if job.user_id == interaction.user.id:
        return True
    if job.request.private or job.kept_back or job.reply_target.scope is ReplyScope.DIRECT:
        return False
    if job.reply_target.channel_id == interaction.channel_id:
        return True
    is_of_server = job.reply_target.guild_id is not None and job.reply_target.guild_id == interaction.guild_id
    return is_of_server and _sees_into(interaction, job.reply_target.channel_id)


def _sees_into(interaction: Interaction, channel_id: int) -> bool:
    """Return whether the person may read the channel, which need not be open to everybody in the server."""
    guild, person = interaction.guild, interaction.user
    channel = None if guild is None else guild.get_channel_or_thread(channel_id)
    if channel is None or not isinstance(person, discord.Member):
        return False
    may = channel.permissions_for(person)
    if isinstance(channel, discord.Thread) and channel.is_private():
        return may.manage_threads  # its members are not known to us
    return may.view_channel


async def _seen_job(interaction: Interaction, job_id: str) -> Job | None:
    """Return a job that the person may see; tell them the same of one that is hidden as of one that never was."""
    job = await services_of(interaction).history.job(job_id)
    if job is None or not may_see(interaction, job):
        await reply_privately(interaction, _("Easel no longer has this job."))
        return None
    return job


async def seen_result(interaction: Interaction, job_id: str) -> Job | None:
    """Return a job with pictures that the person may act on; None when there is none and they were told why."""
    job = await _seen_job(interaction, job_id)
    if job is None:
        return None
    if job.removed_by is not None:
        text = _("<@{id}> removed this result, so it can't be used.")
        await reply_privately(interaction, text.format(id=job.removed_by))
        return None
    if not job.pictures:
        await reply_privately(interaction, _("This job has no result."))
        return None
    return job


# The checks of persistent controls: each tells the person why not and returns None, or returns what a handler needs.


async def check_result(interaction: Interaction, payload: str) -> tuple[Job, int | None] | None:
    """Check that the person may act on the result that the payload names; return it and the index of its picture."""
    job_id, index = parse_payload(payload)
    job = await seen_result(interaction, job_id)
    return None if job is None else (job, index)


async def check_picture(interaction: Interaction, payload: str) -> tuple[Job, int | None] | None:
    """Check as `check_result` does, for an action that starts from a picture: a video is none."""
    checked = await check_result(interaction, payload)
    if checked is None or checked[0].request.video is None:
        return checked
    await reply_privately(interaction, _("This is a video, and this only works with pictures."))
    return None


async def check_chosen_result(interaction: Interaction, payload: str) -> tuple[Job, str] | None:
    """Check that the person may act on the result that was chosen; return it and the payload."""
    job_id, _index = parse_payload(chosen_like(interaction, JOB_OR_PICTURE))
    job = await seen_result(interaction, job_id)
    return None if job is None else (job, payload)


async def check_job(interaction: Interaction, job_id: str) -> tuple[Job] | None:
    """Check that the person may see the job, whatever its state; the handler asks whose it is."""
    job = await _seen_job(interaction, job_id)
    return None if job is None else (job,)


async def check_moderator(interaction: Interaction, payload: str) -> tuple[int, str] | None:
    """Check that the person is a moderator here; return the server's id and the payload."""
    guild_id = await as_moderator(interaction)
    return None if guild_id is None else (guild_id, payload)


async def check_servers_job(interaction: Interaction, job_id: str) -> tuple[int, Job] | None:
    """Check that the person moderates the server of the job; return the server's id and the job."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return None
    job = await services_of(interaction).moderation.job(job_id)
    if job is not None and job.reply_target.served_guild_id == guild_id:
        return guild_id, job
    text = _("Easel no longer has this job. The person who requested it may have deleted it.")
    await reply_privately(interaction, text)
    return None


async def check_nothing(_interaction: Interaction, payload: str) -> tuple[str]:
    """Let everybody press: the handler shows and changes only what is the person's own, whatever the payload says."""
    return (payload,)


class ResultForm(Form):
    """A form about a result. A person who is refused gets back what they typed."""

    def __init__(self, job_id: str, title: str) -> None:
        super().__init__(title)
        self.job_id = job_id

    async def on_submit(self, interaction: Interaction, /) -> None:
        # It may have been removed since the form was opened.
        job = await seen_result(interaction, self.job_id)
        if job is None or not await self.submit(interaction, job):
            await return_input(interaction, self.typed())

    async def submit(self, interaction: Interaction, job: Job) -> bool:
        """Do what was filled in; return False when it was refused."""
        raise NotImplementedError


def index_of(job: Job, index: int | None) -> int:
    """Return `index` if the job has a picture with it, else the index of its first picture."""
    there = [render.index for render in job.pictures]
    return index if index in there else there[0]


def address_in(message: discord.Message | None, job: Job, index: int) -> str:
    """Return a fresh URL of a result that is attached to `message`; empty where it is not."""
    ending = f"-{job.id}-{index + 1}"
    for one in message.attachments if message is not None else ():
        if one.filename.rpartition(".")[0].endswith(ending):
            return one.url
    return ""


def payload_of(job_id: str, index: int | None = None) -> str:
    """Write a job, and one of its pictures by the render's index from 0, into a control's payload."""
    return job_id if index is None else f"{job_id}.{index}"


def parse_payload(payload: str) -> tuple[str, int | None]:
    """Read the job's id and the picture's index; None where the payload names no picture."""
    job_id, _, index = payload.partition(".")
    return job_id, int(index) if index else None
