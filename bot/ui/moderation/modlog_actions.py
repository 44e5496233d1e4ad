"""The mod-log's buttons (delete a result, block, show limits), and the report of a result, for everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import discord
from discord import ui

from bot.domain.jobs import Job, RequestContext
from bot.domain.moderation import MAX_REPORT, BlockMember, ReportOutcome
from bot.domain.policy.decision import Block
from bot.ui.base.access import ResultForm, check_result
from bot.ui.base.channels import channels_of, roles_of
from bot.ui.base.components import (
    JOB_ID,
    PersistentButton,
    box_of,
    complete_deferred,
    row_of,
    send_private_card,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import SLATE
from bot.ui.base.units import stamp
from bot.ui.limits.changes import UNBLOCK, answer_change
from bot.ui.limits.member import explain_card
from bot.ui.moderation.modlog import BLOCK, DISMISS, REMOVE, SHOW_LIMITS, job_row, noted
from bot.ui.moderation.places import why_not_blocked
from bot.ui.moderation.takedown import NOT_SHOWN, TakenDown, remove_from_server, taken_text, with_note


class ReportForm(ResultForm):
    """The form that asks for the reason of a report."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id, _("Report this result"))
        self.reason: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.paragraph, custom_id="reason", min_length=1, max_length=MAX_REPORT
        )
        text = _("Moderators, or the bot's operator, will see your name, your reason and the result.")
        self.add_item(ui.TextDisplay(text))
        self.put(_("What is wrong with it?"), self.reason)

    async def submit(self, interaction: Interaction, job: Job) -> bool:
        """Pass the report on to the moderators; return False where it has no reason."""
        reason = self.reason.value.strip()
        if not reason:
            await reply_privately(interaction, _("Say in a few words what's wrong, then send it again."))
            return False
        moderation = services_of(interaction).moderation
        outcome = await moderation.report(job.id, by=interaction.user.id, reason=reason)
        await reply_privately(interaction, report_text(outcome))
        return True

    def typed(self) -> str:
        return self.reason.value


def report_text(outcome: ReportOutcome) -> str:
    """Return the answer to the person who made a report."""
    match outcome:
        case ReportOutcome.TAKEN:
            return _("Thanks. Your report was sent.")
        case ReportOutcome.KNOWN:
            return _("You've already reported this result.")
        case ReportOutcome.TOO_MANY:
            return _("You've sent many reports this hour. Wait a while, or talk to a moderator.")
        case ReportOutcome.UNKNOWN:
            return _("Easel no longer has this job. Please tell a moderator what you saw.")


REPORT: Final = PersistentButton("report", JOB_ID, _("Report"), check=check_result)


@REPORT.on_press
async def on_report(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Open the form, for anybody who sees the result."""
    await interaction.response.send_modal(ReportForm(job.id))


BLOCKED_FOR: Final = timedelta(hours=24)


@REMOVE.on_press
async def on_remove(interaction: Interaction, guild_id: int, job: Job) -> None:
    """Remove the result from its card and the history, and note that on the mod-log's card."""
    await acknowledge(interaction)
    shown = await services_of(interaction).moderation.removable(job.id, guild_id=guild_id)
    if shown is None:
        await _nothing_to_remove(interaction, job)
        return
    taken = await remove_from_server(interaction, job, shown, guild_id=guild_id)
    if taken in NOT_SHOWN:
        await _note(interaction, job, by=interaction.user.id)
    if taken is not TakenDown.GONE:
        await reply_privately(interaction, taken_text(taken, shown.channel_id))


@BLOCK.on_press
async def on_block(interaction: Interaction, guild_id: int, job: Job) -> None:
    """Block the job's requester for 24 hours, if they may be blocked; never shorten a block that lasts longer."""
    await acknowledge(interaction, thinking=True)  # fetching the member may take long
    member = await _member(interaction, job.user_id)
    why_not = None if member is None else why_not_blocked(interaction, member)
    if why_not is not None:
        await reply_privately(interaction, why_not)
        return
    moderation = services_of(interaction).moderation
    until = interaction.created_at + BLOCKED_FOR
    block = (await moderation.member_report(job.user_id, guild_id, RequestContext())).limits.facts.block
    if block is not None and (block.until is None or block.until >= until):
        box = box_of(SLATE, _blocked_text(block))
        box.add_item(row_of(UNBLOCK.button(f"answer:{job.user_id}")))
        await send_private_card(interaction, view_of(box))
        return
    reason = _("from the mod-log: job {id}").format(id=job.id)
    change = BlockMember(user_id=job.user_id, until=until, reason=reason)
    await answer_change(interaction, await moderation.change(guild_id, change, by=interaction.user.id))


@SHOW_LIMITS.on_press
async def on_show_limits(interaction: Interaction, guild_id: int, job: Job) -> None:
    """Show the present limits of the job's requester, in the channel where they sent the command."""
    await acknowledge(interaction, thinking=True)  # fetching the member may take long
    member = await _member(interaction, job.user_id)
    channel_id = job.reply_target.channel_id
    channel = interaction.guild.get_channel_or_thread(channel_id) if interaction.guild is not None else None
    context = RequestContext(
        role_ids=frozenset() if member is None else roles_of(member),
        channel_ids=channels_of(channel, channel_id),
    )
    report = await services_of(interaction).moderation.member_report(job.user_id, guild_id, context)
    is_member = member is not None
    await send_private_card(
        interaction, explain_card(report, job.user_id, channel_id=channel_id, is_member=is_member)
    )


async def _nothing_to_remove(interaction: Interaction, job: Job) -> None:
    if job.removed_by is None:
        await reply_privately(interaction, _("This job has no public result to delete."))
        return
    await _note(interaction, job, by=job.removed_by)
    text = _("<@{id}> already deleted this result.").format(id=job.removed_by)
    await reply_privately(interaction, text)


async def _note(interaction: Interaction, job: Job, *, by: int) -> None:
    if interaction.message is not None:
        await complete_deferred(interaction, with_note(interaction.message, job, by=by))


@DISMISS.on_press
async def on_dismiss(interaction: Interaction, guild_id: int, job_id: str) -> None:
    """Note on the report's card who dismissed it, and take the previews off it."""
    await acknowledge(interaction)
    job = await services_of(interaction).moderation.job(job_id)
    is_here = job is not None and job.reply_target.served_guild_id == guild_id
    below = job_row(job, in_server=True) if job is not None and is_here else None
    if interaction.message is not None:
        note = _("**Dismissed** by <@{id}>").format(id=interaction.user.id)
        await complete_deferred(
            interaction, noted(interaction.message, note, DISMISS.custom_id(job_id), below=below)
        )


async def _member(interaction: Interaction, user_id: int) -> discord.Member | None:
    """Fetch the member, because the bot caches none; None if they left the server."""
    if interaction.guild is None:
        return None
    try:
        return await interaction.guild.fetch_member(user_id)
    except discord.NotFound:
        return None


def _blocked_text(block: Block) -> str:
    if block.until is None:
        text = _("<@{id}> is already blocked until it's lifted.")
        return text.format(id=block.user_id)
    text = _("<@{id}> is already blocked until {when}.")
    return text.format(id=block.user_id, when=stamp(block.until, "f"))
