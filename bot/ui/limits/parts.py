"""Small pieces of the cards about limits."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import ui

from bot.ui import plain
from bot.ui.gateway import Interaction

NOBODY: Final = discord.AllowedMentions.none()
Box = ui.Container[Any]


def box_of(colour: int, *texts: str) -> Box:
    """A container of paragraphs; the empty ones are left out."""
    box: Box = ui.Container(accent_colour=colour)
    for text in texts:
        if text:
            box.add_item(ui.TextDisplay(text))
    return box


def view_of(*boxes: Box) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for box in boxes:
        view.add_item(box)
    return view


def row_of(*items: ui.Item[Any]) -> ui.ActionRow[Any]:
    row: ui.ActionRow[Any] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row


def lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


def inline(text: str, room: int) -> str:
    """A person's words on one line, harmless, cut after `room` characters of theirs."""
    flat = " ".join(text.split())
    return plain.inert(flat if len(flat) <= room else f"{flat[: room - 1].rstrip()}…")


async def say(interaction: Interaction, view: ui.LayoutView) -> None:
    """Answer with a card that only the person sees."""
    if interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=True, allowed_mentions=NOBODY)
    else:
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NOBODY)


async def redraw(interaction: Interaction, view: ui.LayoutView) -> None:
    """Draw the card anew that was pressed."""
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
    else:
        await interaction.response.edit_message(view=view, allowed_mentions=NOBODY)
