"""Remove the pictures of a result from its card, and note that on the mod-log's card."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from enum import Enum, auto
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import Job
from bot.domain.moderation import RemoveResult
from bot.domain.ports.moderation import Removable
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_errors import DISCORD_FAILURES, is_closed, translated
from bot.ui.base.discord_limits import ARCHIVED
from bot.ui.base.i18n import _
from bot.ui.cards.card import card
from bot.ui.moderation.modlog import REMOVE, job_row, noted, removed_note

log = logging.getLogger(__name__)
TAKEDOWN_TIMEOUT_S: Final = 30.0


class TakenDown(Enum):
    """The outcome of removing the pictures from a card."""

    GONE = auto()
    NO_MESSAGE = auto()  # somebody deleted the card before
    MAY_NOT = auto()  # Easel cannot see the channel
    ARCHIVED = auto()
    LATER = auto()  # Discord failed; nothing has changed


NOT_SHOWN: Final = frozenset({TakenDown.GONE, TakenDown.NO_MESSAGE})  # the pictures are not shown any more


async def take_down(client: discord.Client, job: Job, shown: Removable, *, by: int) -> TakenDown:
    """Redraw the card without pictures, prompt and files. A second call changes nothing."""
    channel = client.get_partial_messageable(shown.channel_id, guild_id=job.reply_target.guild_id)
    view = card(replace(job, removed_by=by))
    try:
        async with asyncio.timeout(TAKEDOWN_TIMEOUT_S):
            await channel.get_partial_message(shown.card_id).edit(
                view=view, attachments=[], allowed_mentions=discord.AllowedMentions.none()
            )
    except DISCORD_FAILURES as error:
        log.warning("job %s: its pictures may still be shown: %s", job.id, translated(error))
        return _not_taken_down(error)
    return TakenDown.GONE


def _not_taken_down(error: Exception) -> TakenDown:
    if isinstance(error, discord.HTTPException) and error.code == ARCHIVED:
        return TakenDown.ARCHIVED
    if not is_closed(error):
        return TakenDown.LATER
    return TakenDown.NO_MESSAGE if isinstance(error, discord.NotFound) else TakenDown.MAY_NOT


async def remove_from_server(
    interaction: Interaction, job: Job, shown: Removable, *, guild_id: int
) -> TakenDown:
    """Remove a result for a moderator: from its card, then in the database, then from the search of history.

    The card comes first, because a crash after the database would leave the pictures shown.
    """
    gateway = services_of(interaction)
    taken = await take_down(interaction.client, job, shown, by=interaction.user.id)
    if taken in NOT_SHOWN:
        await gateway.moderation.change(guild_id, RemoveResult(job_id=job.id), by=interaction.user.id)
        await gateway.history.forget_pictures(job.id)
    return taken


def taken_text(taken: TakenDown, channel_id: int) -> str:
    """Return the answer to the person who removed the result."""
    match taken:
        case TakenDown.GONE | TakenDown.NO_MESSAGE:
            return _("The message with the result was already gone. It's marked as removed.")
        case TakenDown.MAY_NOT:
            text = _(
                "Easel can't reach the result. Give it **View Channel** and **Read Message History** in <#{id}>, "
                "then press again."
            )
        case TakenDown.ARCHIVED:
            text = _("The result is in an archived thread. Reopen <#{id}>, then press again.")
        case TakenDown.LATER:
            text = _("Discord didn't accept the change. Press again in a moment.")
    return text.format(id=channel_id)


def with_note(message: discord.Message, job: Job, *, by: int) -> ui.LayoutView:
    """Return the mod-log's card with a line on who removed the result in place of the button that removes it."""
    below = job_row(replace(job, removed_by=by), in_server=True)
    return noted(message, removed_note(by), REMOVE.custom_id(job.id), below=below)
