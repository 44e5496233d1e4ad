"""Buttons that outlive the process: everything they know is in their `custom_id`."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.domain.jobs import JOB_ID_LENGTH
from bot.domain.prompts import clean_prompt
from bot.ui.base import markdown
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import BROKEN_LINE, answer_error
from bot.ui.base.theme import SLATE

JOB_ID: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}})"
PICTURE: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}}\.[0-9])"  # of a job, by its render's index
JOB_OR_PICTURE: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}}(?:\.[0-9])?)"
_PERSON: Final = r"(?P<id>[0-9]{1,20})"  # 64 bits


class PersistentButton(ui.DynamicItem[ui.Button[Any]], template=r"easel:[a-z]+:(?P<id>[0-9a-z.]+)"):
    """A button about what its id names; what a press does is the client's to know. Whatever that raises is
    answered."""

    action = ""
    style = discord.ButtonStyle.secondary

    def __init__(self, subject_id: str) -> None:
        self.subject_id = subject_id
        super().__init__(
            ui.Button(label=self.label(), style=self.style, custom_id=f"easel:{self.action}:{subject_id}")
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        try:
            await services_of(interaction).presses[self.action](interaction, self.subject_id)
        except Exception as error:  # noqa: BLE001  # discord.py would log it and leave the person without an answer
            await answer_error(interaction, error)

    def label(self) -> str:
        raise NotImplementedError


class CancelButton(PersistentButton, template=rf"easel:cancel:{JOB_ID}"):
    """On queued and painting cards."""

    action = "cancel"

    def label(self) -> str:
        return _("Cancel")


class DropButton(PersistentButton, template=rf"easel:drop:{JOB_ID}"):
    """On one's own list of jobs: cancels, and the list stays a list."""

    action = "drop"

    def label(self) -> str:
        return _("Cancel")


class AgainButton(PersistentButton, template=rf"easel:again:{JOB_ID}"):
    """On failures where another try makes sense."""

    action = "again"
    style = discord.ButtonStyle.primary

    def label(self) -> str:
        return _("Try again")


class ForgetButton(PersistentButton, template=rf"easel:forget:{_PERSON}"):
    """On the answer to `/mydata delete`."""

    action = "forget"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Delete my data")


BUTTONS: Final = (CancelButton, DropButton, AgainButton, ForgetButton)


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
    return markdown.inert(flat if len(flat) <= room else f"{flat[: room - 1].rstrip()}…")


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


log = logging.getLogger(__name__)
ROOM: Final = 3900  # of 4000 characters that a message of components may have
GLANCE: Final = 1000
WORDS_FILE: Final = "your-words.txt"
_FENCE: Final = "```"
_TWO_TICKS: Final = re.compile("`(?=`)")


async def return_input(interaction: Interaction, words: str) -> None:
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


MAX_OPTIONS: Final = 25  # Discord
MAX_OPTION_TEXT: Final = 100  # Discord: an option's label, and its description


class PersistentSelect(ui.DynamicItem[ui.Select[Any]], template=r"easel:[a-z]+:(?P<id>[0-9a-z.]+)"):
    """One is chosen of `options`, at most `MAX_OPTIONS`; what that does is the client's to know."""

    action = ""

    def __init__(self, subject_id: str, options: Sequence[discord.SelectOption] = ()) -> None:
        self.subject_id = subject_id
        super().__init__(
            ui.Select(
                custom_id=f"easel:{self.action}:{subject_id}",
                placeholder=self.placeholder(),
                options=list(options),
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        try:
            await services_of(interaction).presses[self.action](interaction, self.subject_id)
        except Exception as error:  # noqa: BLE001  # discord.py would log it and leave the person without an answer
            await answer_error(interaction, error)

    def placeholder(self) -> str:
        raise NotImplementedError


def chosen(interaction: Interaction) -> str:
    """The one that was chosen, as Discord sent it; empty where nothing came."""
    data: Mapping[str, Any] = interaction.data or {}
    return next((str(one) for one in data.get("values", [])), "")
