"""Presets as cards: what was saved, and the list of one's own and the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from discord import ui

from bot.domain.ports import Saved
from bot.domain.presets import PLACE, Preset, preset_key
from bot.ui.buttons import LastingButton
from bot.ui.gateway import Interaction, Press, gateway_of
from bot.ui.i18n import _, n_
from bot.ui.limits.parts import box_of, inline, redraw, row_of, view_of
from bot.ui.look import ASPECT_NAMES, SLATE, TEAL, dots, pictures
from bot.ui.presets.problems import full_text
from bot.ui.standpoint import served_guild_of

PAGE_ROOM: Final = 3300  # of the 4000 characters of a card, beside its title and end
PAGE_ROWS: Final = 15  # more is a wall
LINE_ROOM: Final = 110
TEXT_ROOM: Final = 700
ACTION: Final = "presets"


class PresetPageButton(LastingButton, template=rf"easel:{ACTION}:(?P<id>[0-9]{{1,3}})"):
    """Below a list that has several pages."""

    action = ACTION

    def label(self) -> str:
        return _("Page {n}").format(n=self.subject_id)


def saved_card(preset: Preset, saved: Saved) -> ui.LayoutView:
    """What became of one that was to be saved, and how it is used."""
    if saved is Saved.FULL:
        return view_of(box_of(SLATE, f"### {_('Not saved')}\n{full_text()}"))
    title = _("Saved") if saved is Saved.NEW else _("Saved in place of the one of that name")
    body = f"### {title}\n**{inline(preset.name, LINE_ROOM)}**\n> {inline(preset.text, TEXT_ROOM)}"
    end = dots(facts_of(preset), _("`/preset use` or the option `preset` of a command paints with it"))
    return view_of(box_of(TEAL, body, f"{_place_note(preset)}{end}"))


def _place_note(preset: Preset) -> str:
    """Where the words of whoever uses it go, when the text does not say."""
    if PLACE in preset.text.casefold():
        return ""
    text = _("Your words come before this text. Write `{place}` in it to put them somewhere else.")
    return f"{dots(text.format(place=PLACE))}\n"


def dropped_card(name: str) -> ui.LayoutView:
    title = _("Deleted")
    text = _("Your preset **{name}** is gone.").format(name=inline(name, LINE_ROOM))
    return view_of(box_of(SLATE, f"### {title}\n{text}"))


def preset_list(presets: Sequence[Preset], page: int = 1) -> ui.LayoutView:
    """A page of one's own and the server's, counted from 1; the last one where there are fewer."""
    if not presets:
        text = _(
            "A preset keeps words and settings under a name. `/preset save` makes one: say `{prompt}` where "
            "your words go, as in `watercolour of {prompt}, soft light`."
        )
        return view_of(box_of(SLATE, f"### {_('No presets yet')}\n{text}"))
    pages = _pages(presets)
    page = min(max(page, 1), len(pages))
    where = _("page {n} of {all}").format(n=page, all=len(pages)) if len(pages) > 1 else None
    end = dots(where, _("`/preset use` paints with one"), _("so does the option `preset`"))
    box = box_of(TEAL, pages[page - 1], end)
    others = [number for number in (page - 1, page + 1) if 1 <= number <= len(pages)]
    if others:
        box.add_item(row_of(*(PresetPageButton(str(number)) for number in others)))
    return view_of(box)


def facts_of(preset: Preset) -> str | None:
    """Shape, resolution and number, as far as it says."""
    facts = (
        preset.aspect and ASPECT_NAMES[preset.aspect],
        preset.resolution and preset.resolution.value,
        preset.count and pictures(preset.count),
    )
    return " · ".join(fact for fact in facts if fact) or None


def _pages(presets: Sequence[Preset]) -> list[str]:
    own = [one for one in presets if one.guild_id is None]
    servers = [one for one in presets if one.guild_id is not None]
    shadowed = {preset_key(one.name) for one in own}
    rows = _section(n_("Your preset", "Your {n} presets", len(own)), own, frozenset())
    rows += _section(n_("This server's preset", "This server's {n} presets", len(servers)), servers, shadowed)
    pages: list[list[str]] = [[]]
    for row in rows:
        length = sum(len(one) + 1 for one in pages[-1])
        if pages[-1] and (len(pages[-1]) >= PAGE_ROWS or length + len(row) > PAGE_ROOM):
            pages.append([])
        pages[-1].append(row)
    return ["\n".join(page) for page in pages]


def _section(title: str, presets: Sequence[Preset], shadowed: frozenset[str] | set[str]) -> list[str]:
    """A row for each, the first one below the title, so that no page ends with a title."""
    rows = [_row(one, is_shadowed=preset_key(one.name) in shadowed) for one in presets]
    if rows:
        rows[0] = f"### {title.format(n=len(presets))}\n{rows[0]}"
    return rows


def _row(preset: Preset, *, is_shadowed: bool) -> str:
    note = _("yours of this name comes first") if is_shadowed else None
    facts = " · ".join(part for part in (facts_of(preset), note) if part)
    name = inline(preset.name, LINE_ROOM)
    return f"**{name}**{f' · {facts}' if facts else ''}\n-# {inline(preset.text, LINE_ROOM)}"


async def list_for(interaction: Interaction, page: int = 1) -> ui.LayoutView:
    """The list as it is now, for whoever asks."""
    presets = await gateway_of(interaction).shelf.presets(interaction.user.id, served_guild_of(interaction))
    return preset_list(presets, page)


async def press_preset_page(interaction: Interaction, page: str) -> None:
    await redraw(interaction, await list_for(interaction, int(page)))


PRESET_BUTTONS: Final = (PresetPageButton,)
PRESET_PRESSES: Final[Mapping[str, Press]] = {ACTION: press_preset_page}
