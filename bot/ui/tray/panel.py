"""The tray as it is drawn: its pictures with their numbers, and what can be done with them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.domain.ports import MAX_TRAY, TrayPicture
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _, n_
from bot.ui.limits.parts import NOBODY, Box, box_of, inline, lines, row_of, view_of
from bot.ui.look import AMBER, SLATE, TEAL, dots
from bot.ui.results.words import flat
from bot.ui.selects import MAX_OPTION_TEXT
from bot.ui.tray.items import Subject, TrayItem, What, tray_item

SHEET_FILE: Final = "references.jpg"
NAME_ROOM: Final = 40
_ISOLATED: Final = "\u2068{}\u2069"  # a name written from right to left leaves the rest of its line alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """Somebody's pictures in their order, and the one that was chosen to be moved, by its name."""

    user_id: int
    pictures: tuple[TrayPicture, ...]
    chosen: str | None = None

    @property
    def index(self) -> int | None:
        """Of the chosen one, from 0; None when it is not there any more."""
        names = [picture.name for picture in self.pictures]
        return names.index(self.chosen) if self.chosen in names else None


async def show_tray(interaction: Interaction, *above: Box, chosen: str | None = None) -> None:
    """As the answer of a deferred interaction, with a picture of all pictures; `above` it, what just happened."""
    user_id = interaction.user.id
    pictures = await gateway_of(interaction).shelf.tray(user_id)
    tray = Tray(user_id=user_id, pictures=pictures, chosen=chosen)
    files = [await _sheet(interaction, tray)] if pictures else []
    view = view_of(*above, tray_box(tray))
    await interaction.edit_original_response(view=view, attachments=files, allowed_mentions=NOBODY)


def tray_box(tray: Tray) -> Box:
    """Empty, it says how it is filled."""
    if not tray.pictures:
        return box_of(SLATE, f"### {_('Your references')}", _empty_text())
    number = len(tray.pictures)
    count = _("{n} of {most}").format(n=number, most=MAX_TRAY)
    box = box_of(
        TEAL,
        lines(f"### {_('Your references')}", dots(count, _("in your words, “image 2” is the second"))),
    )
    alt_text = n_("Your reference", "Your {n} references, with their numbers", number).format(n=number)
    box.add_item(
        ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{SHEET_FILE}", description=alt_text))
    )
    box.add_item(ui.TextDisplay("\n".join(map(_row, range(1, number + 1), tray.pictures))))
    box.add_item(row_of(_choice(tray)))
    if tray.index is not None:
        box.add_item(row_of(*_moves(tray, tray.index)))
    box.add_item(ui.Separator(visible=True, spacing=discord.SeparatorSpacing.small))
    box.add_item(row_of(_edit(tray.user_id), _button(tray, What.CLEAR, _("Clear"))))
    return box


def clear_question(tray: Tray) -> Box:
    """Whether they mean it."""
    number = len(tray.pictures)
    title = n_("Take the picture off your tray?", "Take all {n} pictures off your tray?", number)
    text = _("The messages they came from stay as they are.")
    box = box_of(AMBER, f"### {title.format(n=number)}", text)
    danger = discord.ButtonStyle.danger
    box.add_item(
        row_of(
            _button(tray, What.EMPTY, _("Yes, clear it"), style=danger),
            _button(tray, What.SHOW, _("Keep them")),
        )
    )
    return box


def name_text(filename: str) -> str:
    """A file's name within a line of text: harmless, and cut."""
    return _ISOLATED.format(inline(filename, NAME_ROOM)) if inline(filename, NAME_ROOM) else _("picture")


def _empty_text() -> str:
    return lines(
        _(
            "Nothing is here yet. Collect up to {n} pictures, then make something new of them with `/edit`."
        ).format(n=MAX_TRAY),
        _("- From any message: open its menu, then **Apps › Add to references**"),
        _("- From your device: `/tray add`"),
    )


def _row(number: int, picture: TrayPicture) -> str:
    return f"-# **{number}** · {name_text(picture.filename)} · {picture.size}"


def _choice(tray: Tray) -> TrayItem:
    options = [
        discord.SelectOption(
            label=flat(f"{number} · {picture.filename}", MAX_OPTION_TEXT),
            value=picture.name,
            default=number - 1 == tray.index,
        )
        for number, picture in enumerate(tray.pictures, start=1)
    ]
    subject = Subject(what=What.CHOOSE, user_id=tray.user_id)
    return tray_item(
        ui.Select, subject, placeholder=_("Choose a picture to move or remove…"), options=options
    )


def _moves(tray: Tray, index: int) -> list[TrayItem]:
    is_first, is_last = index == 0, index == len(tray.pictures) - 1
    return [
        _button(tray, What.FRONT, _("To front"), disabled=is_first),
        _button(tray, What.UP, _("Move up"), disabled=is_first),
        _button(tray, What.DOWN, _("Move down"), disabled=is_last),
        _button(tray, What.OFF, _("Remove")),
    ]


def _edit(user_id: int) -> TrayItem:
    look: dict[str, Any] = {"label": _("Edit with these"), "style": discord.ButtonStyle.primary}
    return tray_item(ui.Button, Subject(what=What.EDIT, user_id=user_id), **look)


def _button(
    tray: Tray,
    what: What,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> TrayItem:
    """About the chosen picture, where one is chosen."""
    name = tray.chosen if what in _ABOUT_ONE else None
    subject = Subject(what=what, user_id=tray.user_id, name=name)
    return tray_item(ui.Button, subject, label=label, style=style, disabled=disabled)


async def _sheet(interaction: Interaction, tray: Tray) -> discord.File:
    """Of copies that are lost, their empty places."""
    gateway = gateway_of(interaction)
    copies: Sequence[bytes | None] = [
        await gateway.shelf.tray_picture(tray.user_id, picture) for picture in tray.pictures
    ]
    data = await gateway.gallery.artist.contact_sheet(copies, chosen=tray.index)
    return discord.File(io.BytesIO(data), SHEET_FILE)


_ABOUT_ONE: Final = frozenset({What.FRONT, What.UP, What.DOWN, What.OFF})
