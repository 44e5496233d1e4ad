"""Checks of who may see, change and moderate a result, and the payloads that name its pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.domain.jobs import Job, ReplyScope
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
    text = _("This is for this server's moderators: it needs the permission Manage Server.")
    if served_guild_of(interaction) is None:
        text = _("This works in a server that has invited Easel.")
    await reply_privately(interaction, text)
    return None


def may_see(interaction: Interaction, job: Job) -> bool:
    """Return whether the person may see the job: their own anywhere, somebody else's where it was public.

    A control's payload proves no right: a job's id in it may name any job.
    """
    if job.user_id == interaction.user.id:
        return True
    if job.request.private or job.reply_target.scope is ReplyScope.DIRECT:
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


async def seen_result(interaction: Interaction, job_id: str) -> Job | None:
    """Return a job with pictures that the person may act on; None when there is none and they were told why."""
    job = await services_of(interaction).history.job(job_id)
    if job is None or not may_see(interaction, job):
        await reply_privately(interaction, _("This job is not on record any more."))
        return None
    if job.removed_by is not None:
        text = _("<@{id}> removed this result. It cannot be worked with any more.")
        await reply_privately(interaction, text.format(id=job.removed_by))
        return None
    if not job.pictures:
        await reply_privately(interaction, _("There is no picture here to work with."))
        return None
    return job


def for_result(
    handler: Callable[[Interaction, Job, int | None], Awaitable[None]],
) -> Callable[[Interaction, str], Awaitable[None]]:
    """Make a handler of a result's button or select: it gets the job and the index that the payload names.

    It is called only if the person may act on the result; others are told why not. Use as a decorator.
    """

    async def checked(interaction: Interaction, payload: str) -> None:
        job_id, index = parse_payload(payload)
        job = await seen_result(interaction, job_id)
        if job is not None:
            await handler(interaction, job, index)

    return checked


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
