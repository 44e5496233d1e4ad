"""Taking pictures down: off the result's card, then noted on the mod-log's."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from enum import Enum, auto
from typing import Any, Final

import discord
from discord import ui

from bot.domain.jobs import Job
from bot.domain.ports import Removable
from bot.ui.cards import card
from bot.ui.look import SLATE
from bot.ui.modlog.buttons import RemoveButton
from bot.ui.modlog.cards import job_row, removed_note
from bot.ui.transport import BROKEN_LINE

log = logging.getLogger(__name__)
CALL_TIMEOUT_S: Final = 30.0
# https://docs.discord.com/developers/topics/opcodes-and-status-codes
ARCHIVED: Final = 50083  # the thread is archived: nothing in it can be edited


class TakenDown(Enum):
    """What became of the pictures on the card."""

    GONE = auto()
    NO_MESSAGE = auto()  # somebody deleted it before
    MAY_NOT = auto()  # Easel cannot see the channel
    ARCHIVED = auto()
    LATER = auto()  # Discord could not just now; nothing has changed


async def take_down(client: discord.Client, job: Job, shown: Removable, *, by: int) -> TakenDown:
    """Draw the card anew, without pictures, prompt and files. Doing it twice changes nothing."""
    channel = client.get_partial_messageable(shown.channel_id, guild_id=job.place.guild_id)
    view = card(replace(job, removed_by=by))
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            await channel.get_partial_message(shown.card_id).edit(
                view=view, attachments=[], allowed_mentions=discord.AllowedMentions.none()
            )
    except discord.NotFound:
        return TakenDown.NO_MESSAGE
    except discord.Forbidden:
        return TakenDown.MAY_NOT
    except discord.HTTPException as error:
        if error.code == ARCHIVED:
            return TakenDown.ARCHIVED
        log.warning("job %s: its pictures are still shown: %s", job.id, error)
        return TakenDown.LATER
    except (discord.RateLimited, *BROKEN_LINE) as error:
        log.warning("job %s: its pictures may still be shown: %s", job.id, type(error).__name__)
        return TakenDown.LATER
    return TakenDown.GONE


def with_note(message: discord.Message, job: Job, *, by: int) -> ui.LayoutView:
    """The mod-log's card as it is, but that it says who removed the result, and no longer offers to."""
    view = ui.LayoutView.from_message(message, timeout=None)
    for box in [item for item in view.children if isinstance(item, ui.Container)]:
        _note(box, job, by)
    return view


def _note(box: ui.Container[Any], job: Job, by: int) -> None:
    offer = f"easel:{RemoveButton.action}:{job.id}"
    for row in [item for item in box.children if isinstance(item, ui.ActionRow)]:
        is_offered = any(isinstance(one, ui.Button) and one.custom_id == offer for one in row.children)
        box.remove_item(row)
        if is_offered:
            box.add_item(ui.TextDisplay(removed_note(by)))
    box.accent_colour = SLATE
    below = job_row(replace(job, removed_by=by), in_server=True)
    if below is not None:
        box.add_item(below)
