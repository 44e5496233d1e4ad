"""The tray: its images with their numbers, the buttons to move, remove and edit them, and the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import ImageRequest, JobKind
from bot.domain.pictures import PictureProblem
from bot.domain.ports.library import MAX_TRAY, TrayPicture
from bot.domain.references import Reference
from bot.services.library import TrayAddition, TrayOutcome
from bot.services.requests import CommandOptions, RequestDefaults, VideoOptions, request_of
from bot.ui.base.access import check_nothing
from bot.ui.base.components import (
    DISCORD_ID,
    Box,
    MemoryFile,
    PersistentControl,
    PersistentItem,
    box_of,
    chosen,
    complete_deferred,
    inline,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTION_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots
from bot.ui.cards.failures import picture_failure_text
from bot.ui.cards.text import flat
from bot.ui.requests.animate import Start, open_animate_form
from bot.ui.requests.forms import (
    MIN_BLENDED,
    BlendForm,
    InstructionForm,
    aspect_select,
    chosen_aspect,
    chosen_count,
    chosen_resolution,
    count_choice,
    no_blend_text,
    resolution_choice,
)
from bot.ui.requests.submit import reply_refusal, thinking_when_slow


class TrayForm(InstructionForm):
    """The form of an edit of the tray's pictures, filled in with the person's `usual` options."""

    def __init__(self, usual: ImageRequest) -> None:
        super().__init__(
            _("Edit with your references"), placeholder=_("Put the cat of image 1 into the room of image 2")
        )
        self.usual = usual
        self.aspect, self.resolution = aspect_select(usual), resolution_choice(usual)
        self.count = count_choice(usual)
        self.put(_("What to make from them"), self.instruction)
        self.put(_("Shape"), self.aspect)
        self.put(_("Size"), self.resolution)
        self.put(_("How many pictures"), self.count)

    async def options(self, interaction: Interaction) -> CommandOptions | None:
        """Return the options, with the tray as it is now."""
        reading = services_of(interaction).library.tray_references(interaction.user.id)
        references = await thinking_when_slow(interaction, reading, private=True)
        if not references:
            await reply_refusal(interaction, empty_text())
            return None
        aspect = chosen_aspect(self.aspect, self.usual)
        return CommandOptions(
            kind=JobKind.EDIT,
            prompt=self.instruction.value,
            references=references,
            aspect=aspect,
            is_like_first=aspect is None,
            resolution=chosen_resolution(self.resolution, self.usual),
            count=chosen_count(self.count),
        )


async def open_form(interaction: Interaction) -> None:
    """Open the form after two quick look-ups: Discord takes a form only as the first answer."""
    services, user_id = services_of(interaction), interaction.user.id
    references = await services.library.tray_references(user_id)
    if not references:
        await reply_privately(interaction, empty_text())
        return
    standard = RequestDefaults(defaults=await services.library.defaults(user_id))
    options = CommandOptions(kind=JobKind.EDIT, prompt="", references=references)
    usual = request_of(options, standard, model=services.requests.model)
    await interaction.response.send_modal(TrayForm(usual))


async def open_blend_form(interaction: Interaction) -> None:
    """Open the form that blends the tray's pictures, after one quick look-up."""
    references = await services_of(interaction).library.tray_references(interaction.user.id)
    if len(references) < MIN_BLENDED:
        await reply_privately(interaction, no_blend_text() if references else empty_text())
    else:
        await interaction.response.send_modal(BlendForm(references))


async def open_tray_video(interaction: Interaction) -> None:
    """Open the form of a video from the tray's first picture to its second, after one quick look-up."""
    collected = await services_of(interaction).library.tray_references(interaction.user.id)
    if not collected:
        await reply_privately(interaction, empty_text())
        return
    options = VideoOptions(prompt="", last=next(iter(collected[1:]), None))
    title = _("Animate your references")
    await open_animate_form(interaction, options, [Start(first=collected[0])], title=title)


def empty_text() -> str:
    """Say that the tray is empty."""
    return _("Your tray is empty. `/tray show` explains how to add pictures.")


# The action, the owner's id (of 64 bits), and the name of a picture.
TRAY: Final = PersistentControl("tray", rf"[a-z]+:{DISCORD_ID}(?::[0-9a-f]{{12}})?", check=check_nothing)


class TrayAction(StrEnum):
    """The action of a button or select of the tray."""

    SHOW = "show"
    CHOOSE = "choose"  # a picture, to be moved or removed
    FRONT = "front"
    UP = "up"
    DOWN = "down"
    OFF = "off"
    CLEAR = "clear"  # asks first
    EMPTY = "empty"  # after the question
    EDIT = "edit"  # opens the form
    BLEND = "blend"  # opens the form
    ANIMATE = "animate"  # opens the form


# The actions on the chosen picture, with its number from 1 after a move; `now` is its number before.
_MOVES: Final[Mapping[TrayAction, Callable[[int], int]]] = {
    TrayAction.FRONT: lambda _now: 1,
    TrayAction.UP: lambda now: now - 1,
    TrayAction.DOWN: lambda now: now + 1,
}
_ABOUT_ONE: Final = frozenset({*_MOVES, TrayAction.OFF})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayPayload:
    """The action of a control, the owner of its tray, and the name of the picture that it is about, if of one."""

    action: TrayAction
    user_id: int
    name: str | None = None

    def __str__(self) -> str:
        return ":".join(filter(None, (self.action, str(self.user_id), self.name)))


def parse_tray_payload(payload: str) -> TrayPayload | None:
    """Read the payload of a control; None if this version knows no such action."""
    action, user_id, *name = payload.split(":")
    if action not in set(TrayAction):
        return None
    return TrayPayload(action=TrayAction(action), user_id=int(user_id), name=name[0] if name else None)


SHEET_FILE: Final = "references.jpg"
_NAME_ROOM: Final = 40
# Keeps a name written from right to left from turning the rest of its line.
_ISOLATED: Final = "\u2068{}\u2069"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """The pictures on a person's tray in their order, and the name of the one that is chosen to be moved.

    `can_animate` says that videos are on offer.
    """

    user_id: int
    pictures: tuple[TrayPicture, ...]
    chosen: str | None = None
    can_animate: bool = False

    @property
    def index(self) -> int | None:
        """The index of the chosen picture, from 0; None when none is chosen or it is not there any more."""
        names = [picture.name for picture in self.pictures]
        return names.index(self.chosen) if self.chosen in names else None


async def show_tray(interaction: Interaction, *above: Box, chosen: str | None = None) -> None:
    """Show the tray as a deferred answer, with a contact sheet of its pictures, below the boxes `above`."""
    user_id = interaction.user.id
    services = services_of(interaction)
    pictures = await services.library.tray(user_id)
    can_animate = bool(services.submissions.videos)
    tray = Tray(user_id=user_id, pictures=pictures, chosen=chosen, can_animate=can_animate)
    files = [await _sheet(interaction, tray)] if pictures else []
    view = view_of(*above, tray_box(tray))
    await complete_deferred(interaction, view, files)


def tray_box(tray: Tray) -> Box:
    """Draw the tray; an empty one says how to fill it."""
    if not tray.pictures:
        return box_of(SLATE, f"### {_('Your references')}", _empty_text())
    number = len(tray.pictures)
    count = _("{n} of {most}").format(n=number, most=MAX_TRAY)
    box = box_of(
        TEAL,
        lines(f"### {_('Your references')}", dots(count, _("call them “image 2” and so on in your prompt"))),
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
    edit = _button(tray, TrayAction.EDIT, _("Edit with these"), style=discord.ButtonStyle.primary)
    blend = [_button(tray, TrayAction.BLEND, _("Blend"))] if number >= MIN_BLENDED else []
    animate = [_button(tray, TrayAction.ANIMATE, _("Animate"))] if tray.can_animate else []
    box.add_item(row_of(edit, *blend, *animate, _button(tray, TrayAction.CLEAR, _("Clear"))))
    return box


def clear_question(tray: Tray) -> Box:
    """Ask whether to clear the tray."""
    number = len(tray.pictures)
    title = n_("Remove the picture from your tray?", "Remove all {n} pictures from your tray?", number)
    text = _("This doesn't change the messages they came from.")
    box = box_of(AMBER, f"### {title.format(n=number)}", text)
    clear = _button(tray, TrayAction.EMPTY, _("Yes, clear it"), style=discord.ButtonStyle.danger)
    box.add_item(row_of(clear, _button(tray, TrayAction.SHOW, _("Keep them"))))
    return box


def name_text(filename: str) -> str:
    """Return a file's name within a line of text: without markdown, and cut."""
    name = inline(filename, _NAME_ROOM)
    return _ISOLATED.format(name) if name else _("picture")


def _empty_text() -> str:
    return lines(
        _("Your tray is empty. Collect up to {n} pictures, then combine them with `/edit`.").format(
            n=MAX_TRAY
        ),
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
    payload = TrayPayload(action=TrayAction.CHOOSE, user_id=tray.user_id)
    placeholder = _("Choose a picture to move or remove…")
    return TRAY.item(ui.Select, str(payload), placeholder=placeholder, options=options)


def _moves(tray: Tray, index: int) -> list[PersistentItem]:
    is_first, is_last = index == 0, index == len(tray.pictures) - 1
    return [
        _button(tray, TrayAction.FRONT, _("To front"), disabled=is_first),
        _button(tray, TrayAction.UP, _("Move up"), disabled=is_first),
        _button(tray, TrayAction.DOWN, _("Move down"), disabled=is_last),
        _button(tray, TrayAction.OFF, _("Remove")),
    ]


def _button(
    tray: Tray,
    action: TrayAction,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> PersistentItem:
    name = tray.chosen if action in _ABOUT_ONE else None
    payload = TrayPayload(action=action, user_id=tray.user_id, name=name)
    return TRAY.item(ui.Button, str(payload), label=label, style=style, disabled=disabled)


async def _sheet(interaction: Interaction, tray: Tray) -> discord.File:
    """Return the contact sheet; a picture whose copy is lost leaves an empty place on it."""
    services = services_of(interaction)
    copies: Sequence[bytes | None] = [
        await services.library.tray_picture(tray.user_id, picture) for picture in tray.pictures
    ]
    data = await services.history.composer.contact_sheet(copies, chosen=tray.index)
    return MemoryFile(data, SHEET_FILE)


MAX_BAD: Final = 5  # unusable pictures that are named one by one


async def add_and_show_tray(interaction: Interaction, references: tuple[Reference, ...]) -> None:
    """Add pictures, and show the tray as a deferred answer. Each picture may take a download."""
    library, user_id = services_of(interaction).library, interaction.user.id
    additions = await library.put_on_tray(user_id, references)
    await show_tray(interaction, additions_box(additions, on_tray=len(await library.tray(user_id))))


def additions_box(additions: tuple[TrayAddition, ...], *, on_tray: int) -> Box:
    """Say which pictures were added; `on_tray` is how many there are now, the added ones last."""
    added = sum(one.outcome is TrayOutcome.ADDED for one in additions)
    bad = [one for one in additions if one.outcome is TrayOutcome.BAD]
    full = sum(one.outcome is TrayOutcome.FULL for one in additions)
    texts = [
        _added_text(added, on_tray) if added else f"### {_('Nothing was added')}",
        _full_text(full) if full else "",
        *map(_bad_text, bad[:MAX_BAD]),
        _more_text(len(bad) - MAX_BAD) if len(bad) > MAX_BAD else "",
    ]
    return box_of(TEAL if added == len(additions) else AMBER, "\n".join(filter(None, texts)))


def _added_text(added: int, on_tray: int) -> str:
    if added == 1:
        return f"### {_('Added as image {n}').format(n=on_tray)}"
    text = _("Added as images {first} and {last}") if added == 2 else _("Added as images {first} to {last}")
    return f"### {text.format(first=on_tray - added + 1, last=on_tray)}"


def _full_text(full: int) -> str:
    text = n_(
        "{n} picture didn't fit: the tray holds {most}. Remove some, then add it again.",
        "{n} pictures didn't fit: the tray holds {most}. Remove some, then add them again.",
        full,
    )
    return text.format(n=full, most=MAX_TRAY)


def _bad_text(addition: TrayAddition) -> str:
    if addition.problem is None:
        raise ValueError("a bad picture without its problem")
    why, next_step = picture_failure_text(addition.problem, None)
    if addition.problem is PictureProblem.UNKNOWN_FORMAT:
        why = _("Easel can't read this picture.")
    return f"- **{name_text(addition.filename)}** · {why} {next_step}"


def _more_text(more: int) -> str:
    return dots(n_("and {n} more that can't be used", "and {n} more that can't be used", more).format(n=more))


@TRAY.on_press
async def on_tray(interaction: Interaction, text: str) -> None:
    """Do what was pressed or chosen on a tray, if its owner did so, and draw the tray as it is then."""
    payload = parse_tray_payload(text)
    if payload is None:
        await reply_privately(interaction, _("This button is out of date. `/tray show` shows your tray."))
    elif payload.user_id != interaction.user.id:
        await reply_privately(interaction, _("This is someone else's tray. `/tray show` shows yours."))
    elif payload.action is TrayAction.EDIT:
        await open_form(interaction)
    elif payload.action is TrayAction.BLEND:
        await open_blend_form(interaction)
    elif payload.action is TrayAction.ANIMATE:
        await open_tray_video(interaction)
    else:
        await acknowledge(interaction)
        if payload.action is TrayAction.CLEAR:
            await ask_to_clear(interaction)
        else:
            await show_tray(interaction, chosen=await _change(interaction, payload))


async def ask_to_clear(interaction: Interaction) -> None:
    """Ask, as a deferred answer, whether to clear the tray; show it where it is empty."""
    pictures = await services_of(interaction).library.tray(interaction.user.id)
    if not pictures:
        await show_tray(interaction)
        return
    await complete_deferred(
        interaction, view_of(clear_question(Tray(user_id=interaction.user.id, pictures=pictures)))
    )


async def _change(interaction: Interaction, payload: TrayPayload) -> str | None:
    """Change the tray, and return the name of the picture that is chosen then."""
    library, user_id = services_of(interaction).library, interaction.user.id
    names = [picture.name for picture in await library.tray(user_id)]
    match payload.action:
        case TrayAction.CHOOSE:
            return chosen(interaction)
        case TrayAction.EMPTY:
            await library.take_off_tray(user_id, tuple(names))
        case TrayAction.OFF if payload.name is not None:
            await library.take_off_tray(user_id, (payload.name,))
        case TrayAction.FRONT | TrayAction.UP | TrayAction.DOWN if payload.name is not None:
            if payload.name in names:
                now = names.index(payload.name) + 1
                to = _MOVES[payload.action](now)
                if 1 <= to <= len(names) and to != now:
                    await library.move_on_tray(user_id, payload.name, to=to)
            return payload.name
        case _:
            pass
    return None
