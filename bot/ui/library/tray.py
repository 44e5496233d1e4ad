"""The tray: its images with their numbers, and what can be done with them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import discord
from discord import ui

from bot.domain.pictures import PictureProblem
from bot.domain.ports.library import MAX_TRAY, TrayPicture
from bot.domain.references import Reference
from bot.services.library import TrayAddition, TrayOutcome
from bot.ui.base.components import (
    Box,
    PersistentControl,
    PersistentItem,
    box_of,
    chosen,
    fill_in,
    inline,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTION_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import reply_privately
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots
from bot.ui.cards.failures import picture_failure_text
from bot.ui.cards.text import flat
from bot.ui.library.tray_form import open_form

# What, whose (an id has 64 bits), and of a picture its name.
TRAY: Final = PersistentControl("tray", r"[a-z]+:[0-9]{1,20}(?::[0-9a-f]{12})?")


class What(StrEnum):
    """What a control of the tray does."""

    SHOW = "show"
    CHOOSE = "choose"  # a picture, to be moved or removed
    FRONT = "front"
    UP = "up"
    DOWN = "down"
    OFF = "off"
    CLEAR = "clear"  # asks
    EMPTY = "empty"  # does it
    EDIT = "edit"  # opens the form


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayPayload:
    """What to do with whose tray, or with one picture on it, by its name."""

    what: What
    user_id: int
    name: str | None = None

    def __str__(self) -> str:
        return ":".join(filter(None, (self.what, str(self.user_id), self.name)))


def parse_place(text: str) -> TrayPayload | None:
    """None where there is nothing of that kind to do (any more)."""
    what, user_id, *name = text.split(":")
    if what not in set(What):
        return None
    return TrayPayload(what=What(what), user_id=int(user_id), name=name[0] if name else None)


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
    pictures = await services_of(interaction).library.tray(user_id)
    tray = Tray(user_id=user_id, pictures=pictures, chosen=chosen)
    files = [await _sheet(interaction, tray)] if pictures else []
    view = view_of(*above, tray_box(tray))
    await fill_in(interaction, view, files)


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


def _choice(tray: Tray) -> PersistentItem:
    options = [
        discord.SelectOption(
            label=flat(f"{number} · {picture.filename}", MAX_OPTION_TEXT),
            value=picture.name,
            default=number - 1 == tray.index,
        )
        for number, picture in enumerate(tray.pictures, start=1)
    ]
    subject = TrayPayload(what=What.CHOOSE, user_id=tray.user_id)
    placeholder = _("Choose a picture to move or remove…")
    return TRAY.item(ui.Select, str(subject), placeholder=placeholder, options=options)


def _moves(tray: Tray, index: int) -> list[PersistentItem]:
    is_first, is_last = index == 0, index == len(tray.pictures) - 1
    return [
        _button(tray, What.FRONT, _("To front"), disabled=is_first),
        _button(tray, What.UP, _("Move up"), disabled=is_first),
        _button(tray, What.DOWN, _("Move down"), disabled=is_last),
        _button(tray, What.OFF, _("Remove")),
    ]


def _edit(user_id: int) -> PersistentItem:
    subject, style = TrayPayload(what=What.EDIT, user_id=user_id), discord.ButtonStyle.primary
    return TRAY.item(ui.Button, str(subject), label=_("Edit with these"), style=style)


def _button(
    tray: Tray,
    what: What,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> PersistentItem:
    """About the chosen picture, where one is chosen."""
    name = tray.chosen if what in _ABOUT_ONE else None
    subject = TrayPayload(what=what, user_id=tray.user_id, name=name)
    return TRAY.item(ui.Button, str(subject), label=label, style=style, disabled=disabled)


async def _sheet(interaction: Interaction, tray: Tray) -> discord.File:
    """Of copies that are lost, their empty places."""
    gateway = services_of(interaction)
    copies: Sequence[bytes | None] = [
        await gateway.library.tray_picture(tray.user_id, picture) for picture in tray.pictures
    ]
    data = await gateway.history.composer.contact_sheet(copies, chosen=tray.index)
    return discord.File(io.BytesIO(data), SHEET_FILE)


_ABOUT_ONE: Final = frozenset({What.FRONT, What.UP, What.DOWN, What.OFF})


MAX_BAD: Final = 5  # that are spoken of one by one


async def put_on_tray(interaction: Interaction, references: tuple[Reference, ...]) -> None:
    """Answers a deferred interaction with the tray as it is then. Each picture may take a download."""
    library, user_id = services_of(interaction).library, interaction.user.id
    fates = await library.put_on_tray(user_id, references)
    await show_tray(interaction, fates_box(fates, on_tray=len(await library.tray(user_id))))


def fates_box(fates: tuple[TrayAddition, ...], *, on_tray: int) -> Box:
    """What became of each; `on_tray` is how many there are now, the added ones last."""
    added = sum(fate.outcome is TrayOutcome.ADDED for fate in fates)
    bad = [fate for fate in fates if fate.outcome is TrayOutcome.BAD]
    full = sum(fate.outcome is TrayOutcome.FULL for fate in fates)
    texts = [
        _added_text(added, on_tray) if added else f"### {_('Nothing was added')}",
        _full_text(full) if full else "",
        *map(_bad_text, bad[:MAX_BAD]),
        _more_text(len(bad) - MAX_BAD) if len(bad) > MAX_BAD else "",
    ]
    return box_of(TEAL if added == len(fates) else AMBER, "\n".join(filter(None, texts)))


def _added_text(added: int, on_tray: int) -> str:
    if added == 1:
        return f"### {_('Added as image {n}').format(n=on_tray)}"
    text = _("Added as images {first} and {last}") if added == 2 else _("Added as images {first} to {last}")
    return f"### {text.format(first=on_tray - added + 1, last=on_tray)}"


def _full_text(full: int) -> str:
    text = n_(
        "There was no room for {n} picture: the tray holds {most}. Remove some, then add it again.",
        "There was no room for {n} pictures: the tray holds {most}. Remove some, then add them again.",
        full,
    )
    return text.format(n=full, most=MAX_TRAY)


def _bad_text(fate: TrayAddition) -> str:
    if fate.problem is None:
        raise ValueError("a bad picture without its problem")
    why, next_step = picture_failure_text(fate.problem, None)
    if fate.problem is PictureProblem.UNKNOWN_FORMAT:
        why = _("This is no picture that Easel can read.")
    return f"- **{name_text(fate.filename)}** · {why} {next_step}"


def _more_text(more: int) -> str:
    return dots(
        n_("and {n} more that cannot be used", "and {n} more that cannot be used", more).format(n=more)
    )


@TRAY.on_press
async def on_tray(interaction: Interaction, text: str) -> None:
    """Do what was pressed or chosen on a tray, if by its owner."""
    subject = parse_place(text)
    if subject is None:
        await reply_privately(interaction, _("This button is out of date. `/tray show` shows your tray."))
    elif subject.user_id != interaction.user.id:
        await reply_privately(interaction, _("This is somebody else's tray. `/tray show` shows yours."))
    elif subject.what is What.EDIT:
        await open_form(interaction)
    else:
        await interaction.response.defer()
        await _act(interaction, subject)


async def _act(interaction: Interaction, subject: TrayPayload) -> None:
    """And draw anew what was pressed."""
    if subject.what is What.CLEAR:
        await ask_to_clear(interaction)
    else:
        await show_tray(interaction, chosen=await _change(interaction, subject))


async def ask_to_clear(interaction: Interaction) -> None:
    """As the answer of a deferred interaction."""
    pictures = await services_of(interaction).library.tray(interaction.user.id)
    if not pictures:
        await show_tray(interaction)
        return
    view = view_of(clear_question(Tray(user_id=interaction.user.id, pictures=pictures)))
    await fill_in(interaction, view)


async def _change(interaction: Interaction, subject: TrayPayload) -> str | None:
    """The picture that stays chosen, by its name."""
    library, user_id = services_of(interaction).library, interaction.user.id
    pictures = await library.tray(user_id)
    match subject.what:
        case What.CHOOSE:
            return chosen(interaction)
        case What.EMPTY:
            await library.take_off_tray(user_id, tuple(picture.name for picture in pictures))
        case What.OFF if subject.name is not None:
            await library.take_off_tray(user_id, (subject.name,))
        case What.FRONT | What.UP | What.DOWN if subject.name is not None:
            place = _place(pictures, subject.name, subject.what)
            if place is not None:
                await library.move_on_tray(user_id, subject.name, to=place)
            return subject.name
        case _:
            pass
    return None


def _place(pictures: tuple[TrayPicture, ...], name: str, what: What) -> int | None:
    """Where it goes, from 1; None when it is not there any more, or stays."""
    names = [picture.name for picture in pictures]
    if name not in names:
        return None
    now = names.index(name) + 1
    place = {What.FRONT: 1, What.UP: now - 1, What.DOWN: now + 1}[what]
    return place if 1 <= place <= len(names) and place != now else None
