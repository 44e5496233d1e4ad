"""What somebody typed, given back to them: a refusal must not cost them their words."""

from __future__ import annotations

import io
import logging
import re
from typing import Any, Final

import discord
from discord import ui

from bot.domain.prompts import clean_prompt
from bot.ui.gateway import Interaction
from bot.ui.i18n import _
from bot.ui.limits.parts import NOBODY, box_of, view_of
from bot.ui.look import SLATE
from bot.ui.transport import BROKEN_LINE

log = logging.getLogger(__name__)
ROOM: Final = 3900  # of 4000 characters that a message of components may have
GLANCE: Final = 1000
WORDS_FILE: Final = "your-words.txt"
_FENCE: Final = "```"
_TWO_TICKS: Final = re.compile("`(?=`)")


async def give_back(interaction: Interaction, words: str) -> None:
    """After the refusal, for their eyes only, easy to copy. Never raises."""
    text = clean_prompt(words)
    if not text:
        return
    view, files = _draw(text)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(view=view, files=files, ephemeral=True, allowed_mentions=NOBODY)
        else:
            await interaction.response.send_message(
                view=view, files=files, ephemeral=True, allowed_mentions=NOBODY
            )
    except (discord.HTTPException, discord.InteractionResponded, *BROKEN_LINE) as error:
        log.warning("words could not be given back: %s", type(error).__name__)


def _draw(text: str) -> tuple[ui.LayoutView, list[discord.File]]:
    """A code block; in full as a file where that is too long."""
    inside = _inside(text)
    fits = len(inside) <= ROOM
    shown = inside if fits else f"{_inside(text[:GLANCE])}…"
    box: ui.Container[Any] = box_of(SLATE, _("Your words, to use again:"), f"{_FENCE}\n{shown}\n{_FENCE}")
    if fits:
        return view_of(box), []
    box.add_item(ui.File(f"attachment://{WORDS_FILE}"))
    return view_of(box), [discord.File(io.BytesIO(text.encode()), filename=WORDS_FILE)]


def _inside(text: str) -> str:
    """It cannot end the block. The invisible characters are taken away again from whatever is typed."""
    return _TWO_TICKS.sub("`\u200b", text)
