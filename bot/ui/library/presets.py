"""Presets as cards: one that was saved, and the list of a person's own and the server's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from discord import ui
from discord.app_commands import Choice

from bot.domain.moderation import DropServerPreset, SharePreset
from bot.domain.ports.library import PresetSaved
from bot.domain.presets import MAX_NAME, PLACE, Preset, preset_key
from bot.services.moderation import PromptTest
from bot.ui.base.access import as_moderator, check_nothing
from bot.ui.base.components import (
    PersistentButton,
    box_of,
    inline,
    lines,
    redraw,
    row_of,
    send_private_card,
    view_of,
)
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES, MAX_MESSAGE_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.markdown import cut
from bot.ui.base.options import within_completion_time
from bot.ui.base.replies import reply_privately
from bot.ui.base.theme import ASPECT_NAMES, PLUM, SLATE, TEAL, dots, picture_count
from bot.ui.limits.changes import answer_change, make_change
from bot.ui.limits.text import full_text
from bot.ui.moderation.filters import findings

PAGE_ROOM: Final = MAX_MESSAGE_TEXT - 700  # beside title and end
PAGE_ROWS: Final = 15  # more is a wall
PRESET_LINE_ROOM: Final = 110
PRESET_TEXT_ROOM: Final = 700
PRESET_PAGE: Final = PersistentButton("presets", r"[0-9]{1,3}", check=check_nothing)


def saved_card(preset: Preset, saved: PresetSaved) -> ui.LayoutView:
    """Say whether a preset was saved, and how to use it."""
    if saved is PresetSaved.FULL:
        return view_of(box_of(SLATE, f"### {_('Not saved')}\n{full_text()}"))
    title = _("Saved") if saved is PresetSaved.NEW else _("Saved, replacing the one with that name")
    body = (
        f"### {title}\n**{inline(preset.name, PRESET_LINE_ROOM)}**\n> {inline(preset.text, PRESET_TEXT_ROOM)}"
    )
    end = dots(preset_facts(preset), _("Use it with `/preset use` or the `preset` option"))
    return view_of(box_of(TEAL, body, f"{_place_note(preset)}{end}"))


def _place_note(preset: Preset) -> str:
    """Say where the words of the person who uses the preset go, when its text does not say."""
    if PLACE in preset.text.casefold():
        return ""
    text = _("Your prompt comes before this text. Put `{place}` where you want it instead.")
    return f"{dots(text.format(place=PLACE))}\n"


def dropped_card(name: str) -> ui.LayoutView:
    title = _("Deleted")
    text = _("Your preset **{name}** was deleted.").format(name=inline(name, PRESET_LINE_ROOM))
    return view_of(box_of(SLATE, f"### {title}\n{text}"))


def preset_list(presets: Sequence[Preset], page: int = 1) -> ui.LayoutView:
    """Draw a page, from 1, of a person's own presets and the server's; the last page where there are fewer."""
    if not presets:
        text = _(
            "A preset saves words and settings under a name. Make one with `/preset save`. Put `{prompt}` "
            "where your words go, such as `watercolour of {prompt}, soft light`."
        )
        return view_of(box_of(SLATE, f"### {_('No presets yet')}\n{text}"))
    pages = _pages(presets)
    page = min(max(page, 1), len(pages))
    where = _("page {n} of {all}").format(n=page, all=len(pages)) if len(pages) > 1 else None
    end = dots(where, _("Use one with `/preset use`"), _("or the `preset` option"))
    box = box_of(TEAL, pages[page - 1], end)
    others = [number for number in (page - 1, page + 1) if 1 <= number <= len(pages)]
    if others:
        box.add_item(row_of(*(PRESET_PAGE.button(str(n), _("Page {n}").format(n=n)) for n in others)))
    return view_of(box)


def preset_facts(preset: Preset) -> str | None:
    """Return the shape, resolution and number that the preset sets; None where it sets none."""
    facts = (
        preset.aspect and ASPECT_NAMES[preset.aspect],
        preset.resolution and preset.resolution.value,
        preset.count and picture_count(preset.count),
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
    """Return a row for each preset; the title is part of the first row, so that no page ends with a title."""
    rows = [_row(one, is_shadowed=preset_key(one.name) in shadowed) for one in presets]
    if rows:
        rows[0] = f"### {title.format(n=len(presets))}\n{rows[0]}"
    return rows


def _row(preset: Preset, *, is_shadowed: bool) -> str:
    note = _("yours with this name comes first") if is_shadowed else None
    facts = " · ".join(part for part in (preset_facts(preset), note) if part)
    name = inline(preset.name, PRESET_LINE_ROOM)
    return f"**{name}**{f' · {facts}' if facts else ''}\n-# {inline(preset.text, PRESET_LINE_ROOM)}"


async def list_for(interaction: Interaction, page: int = 1) -> ui.LayoutView:
    """Return a page of the list as it is now, for the person who asks."""
    return preset_list(await _presets(interaction), page)


async def _presets(interaction: Interaction) -> Sequence[Preset]:
    return await services_of(interaction).library.presets(interaction.user.id, served_guild_of(interaction))


@PRESET_PAGE.on_press
async def on_preset_page(interaction: Interaction, page: str) -> None:
    """Show a page of the list as it is now."""
    await redraw(interaction, await list_for(interaction, int(page)))


async def complete_preset(
    interaction: Interaction, typed: str, *, own: bool = True, servers: bool = True
) -> list[Choice[str]]:
    """Return the presets that match the typed text: the person's own, the server's, or both."""
    return await within_completion_time(_choices(interaction, typed, own=own, servers=servers), typed)


async def _choices(interaction: Interaction, typed: str, *, own: bool, servers: bool) -> list[Choice[str]]:
    presets = await _presets(interaction)
    wanted = [one for one in presets if (own if one.guild_id is None else servers)]
    return preset_choices(wanted, typed)


def preset_choices(presets: Sequence[Preset], typed: str) -> list[Choice[str]]:
    """Return the presets that hold the typed text, those whose name begins with it first.

    Of two with one name it takes the first, which is the person's own.
    """
    key = preset_key(typed)
    first: dict[str, Preset] = {}
    for one in presets:
        first.setdefault(preset_key(one.name), one)
    fitting = [(name, one) for name, one in first.items() if key in name or key in preset_key(one.text)]
    fitting.sort(key=lambda found: not found[0].startswith(key))
    return [Choice(name=choice_name(one), value=one.name) for _name, one in fitting[:MAX_CHOICES]]


def choice_name(preset: Preset) -> str:
    """Return the name, the owner where it is the server, and the beginning of the text; a choice has no markdown."""
    whose = [] if preset.guild_id is None else [_("this server's")]
    return cut(" · ".join((preset.name, *whose, " ".join(preset.text.split()))), MAX_CHOICE)


async def share_preset_with_server(interaction: Interaction, name: str) -> None:
    """Make a moderator's own preset of this name the server's as well."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    services, user_id = services_of(interaction), interaction.user.id
    preset = await services.library.preset(user_id, None, name)
    if preset is None:
        await reply_privately(interaction, no_own_preset(name))
        return
    change = SharePreset(
        name=preset.name,
        text=preset.text,
        aspect=preset.aspect,
        resolution=preset.resolution,
        count=preset.count,
    )
    outcome = await services.moderation.share_preset(guild_id, change, by=user_id)
    if isinstance(outcome, PromptTest):
        await _say_stopped(interaction, preset, outcome)
    else:
        await answer_change(interaction, outcome, change)


async def drop_server_preset(interaction: Interaction, name: str) -> None:
    await make_change(interaction, DropServerPreset(name=name))


def no_own_preset(name: str) -> str:
    text = _("You have no preset “{name}”; `/preset list` shows yours.")
    return text.format(name=inline(name, MAX_NAME))


async def _say_stopped(interaction: Interaction, preset: Preset, test: PromptTest) -> None:
    title = _("This preset can't be shared")
    name = f"**{inline(preset.name, MAX_NAME)}**"
    end = dots(_("It's still yours. Reword it with `/preset save`, then share it."))
    await send_private_card(
        interaction, view_of(box_of(PLUM, lines(f"### {title}", name), findings(test), end))
    )
