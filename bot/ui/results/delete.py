"""Delete: by the requester of a result, or by a moderator of the server that saw it."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import Job, ReplyScope
from bot.domain.ports.moderation import Removable
from bot.ui.base.access import check_result, index_of, payload_of
from bot.ui.base.components import (
    PICTURE,
    PersistentButton,
    box_of,
    complete_deferred,
    lines,
    redraw,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import RED, SLATE, dots
from bot.ui.moderation.takedown import TakenDown, remove_from_server, take_down, taken_text
from bot.ui.results.panel import DELETE, may_moderate, redraw_panel

DELETE_NOW: Final = PersistentButton(
    "deletenow", PICTURE, _("Delete it"), style=discord.ButtonStyle.danger, check=check_result
)
KEEP: Final = PersistentButton("panelback", PICTURE, _("Keep it"), check=check_result)


class Remains(Enum):
    """The part of a deleted result that its requester still sees."""

    NOTHING = auto()
    PRIVATE_MESSAGE = auto()  # a message that only they see; the token that could change it has expired
    MESSAGE = auto()  # where only a person installed the bot, it cannot edit its message later
    OUT_OF_REACH = auto()  # in a channel that Easel cannot see any more


@DELETE.on_press
async def on_delete(interaction: Interaction, job: Job, index: int | None) -> None:
    """Ask first, in place of the panel."""
    if await _may_delete(interaction, job):
        await redraw(interaction, _question(job, index_of(job, index)))


@DELETE_NOW.on_press
async def on_delete_now(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Delete all pictures of the result, for everybody."""
    if not await _may_delete(interaction, job):
        return
    await acknowledge(interaction)
    if job.user_id == interaction.user.id:
        await _delete_own(interaction, job)
    else:
        await _delete_as_moderator(interaction, job)


KEEP.on_press(redraw_panel)


async def _may_delete(interaction: Interaction, job: Job) -> bool:
    """Return whether the person may delete the result now; where not, they are told why."""
    if job.user_id != interaction.user.id and not may_moderate(interaction, job):
        await reply_privately(
            interaction, _("Only the person who requested this or a moderator of its server can delete it.")
        )
        return False
    if not job.is_over:
        await reply_privately(
            interaction, _("This isn't finished yet. Cancel it, or delete it when it's ready.")
        )
        return False
    return True


async def _delete_own(interaction: Interaction, job: Job) -> None:
    """Clear the card first, as far as it can be changed, then remove the job from the record."""
    left = await _clear_card(interaction, job)
    if left is None:
        return
    removed = await services_of(interaction).history.remove(job.id, by=interaction.user.id)
    if removed is None:
        await reply_privately(interaction, _("Easel no longer has this job."))
        return
    if removed.card_id != job.card_id:  # it was shared meanwhile
        left = await _clear_card(interaction, removed) or left
    await _confirm(interaction, job, _remains_text(left, job))


async def _delete_as_moderator(interaction: Interaction, job: Job) -> None:
    guild_id = job.reply_target.served_guild_id
    shown = None
    if guild_id is not None:
        shown = await services_of(interaction).moderation.removable(job.id, guild_id=guild_id)
    if guild_id is None or shown is None:
        await reply_privately(interaction, _("This job has no public result to delete."))
        return
    taken = await remove_from_server(interaction, job, shown, guild_id=guild_id)
    if taken is TakenDown.GONE:
        await _confirm(interaction, job, _("Its message says who removed it."))
    elif taken is TakenDown.NO_MESSAGE:
        await _confirm(interaction, job, taken_text(taken, shown.channel_id))
    else:
        await reply_privately(interaction, taken_text(taken, shown.channel_id))


async def _clear_card(interaction: Interaction, job: Job) -> Remains | None:
    """Clear the card, and return what remains of it; None where the person was told to try again."""
    if job.request.private:
        return Remains.PRIVATE_MESSAGE
    if job.card_id is None or job.reply_target.scope is ReplyScope.NOWHERE:
        return Remains.MESSAGE
    shown = Removable(job_id=job.id, channel_id=job.reply_target.channel_id, card_id=job.card_id)
    taken = await take_down(interaction.client, job, shown, by=interaction.user.id)
    match taken:
        case TakenDown.GONE | TakenDown.NO_MESSAGE:
            return Remains.NOTHING
        case TakenDown.MAY_NOT:
            return Remains.OUT_OF_REACH
        case TakenDown.ARCHIVED | TakenDown.LATER:
            await reply_privately(interaction, taken_text(taken, shown.channel_id))
            return None


def _remains_text(left: Remains, job: Job) -> str:
    match left:
        case Remains.NOTHING:
            return ""
        case Remains.PRIVATE_MESSAGE:
            return _(
                "Easel can no longer change the message. If you still see it, press **Dismiss message** below "
                "it. Only you can see it."
            )
        case Remains.MESSAGE:
            return _("Easel can no longer change its message. You or a moderator there can delete it.")
        case Remains.OUT_OF_REACH:
            text = _("Easel can't reach its message in <#{id}>. Ask a moderator there to delete it.")
            return text.format(id=job.reply_target.channel_id)


async def _confirm(interaction: Interaction, job: Job, more: str) -> None:
    """Say in place of the question that the result is deleted."""
    text = _(
        "The result is gone from its card, from histories and from favourites, and Easel no longer stores it."
    )
    box = box_of(
        SLATE, lines(f"### {_('Deleted')}", text, more), dots(_("job {id}").format(id=f"`{job.id}`"))
    )
    await complete_deferred(interaction, view_of(box))


def _question(job: Job, index: int) -> ui.LayoutView:
    payload = payload_of(job.id, index)
    number = len(job.pictures)
    what = n_(
        "This removes the picture for everyone and can't be undone.",
        "This removes its {n} pictures for everyone and can't be undone.",
        number,
    ).format(n=number)
    if job.request.video is not None:
        what = _("This removes the video for everyone and can't be undone.")
    box = box_of(
        RED, lines(f"### {_('Delete this result?')}", what, dots(_("It still counts toward limits.")))
    )
    box.add_item(row_of(DELETE_NOW.button(payload), KEEP.button(payload)))
    return view_of(box)
