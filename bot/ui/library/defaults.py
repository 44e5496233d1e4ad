"""/defaults: options that a person wants unless a command sets them, and the server's."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from discord import ui

from bot.domain.ports.library import Defaults
from bot.domain.sizes import Aspect, Resolution
from bot.ui.base.components import box_of, lines, view_of
from bot.ui.base.i18n import _
from bot.ui.base.options import LIKE_FIRST_NAME, RESOLUTION_NAMES
from bot.ui.base.theme import ASPECT_NAMES, SLATE, TEAL, dots

# The defaults that can be cleared one by one, by the names of the options.
PARTS: Final = {
    "aspect": _("Shape"),
    "resolution": _("Resolution"),
    "private": _("Private"),
    "spoiler": _("Spoiler"),
}


def changed(
    defaults: Defaults,
    *,
    aspect: Aspect | None,
    resolution: Resolution | None,
    private: bool | None,
    spoiler: bool | None,
) -> Defaults:
    """Return the defaults with the options that are not None replaced."""
    return Defaults(
        aspect=aspect or defaults.aspect,
        resolution=resolution or defaults.resolution,
        private=defaults.private if private is None else private,
        spoiler=defaults.spoiler if spoiler is None else spoiler,
    )


def without(defaults: Defaults, part: str | None) -> Defaults:
    """Return the defaults without one of `PARTS`, or none at all where `part` is None."""
    plain = Defaults()
    return plain if part is None else replace(defaults, **{part: getattr(plain, part)})


def defaults_card(defaults: Defaults, *, enhances: bool = False) -> ui.LayoutView:
    """Draw the defaults. `enhances` says that this server rewrites prompts unless a command says otherwise."""
    if defaults == Defaults():
        head = lines(f"### {_('You have no defaults')}", _builtin_text())
        return view_of(
            box_of(
                SLATE, head, _server_note(enhances), dots(_("`/defaults set` remembers your usual settings"))
            )
        )
    end = dots(_("Options and presets override these"), _("`/defaults clear` resets them"))
    box = box_of(TEAL, lines(f"### {_('Your defaults')}", *_rows(defaults)), _server_note(enhances), end)
    return view_of(box)


def no_option_text() -> str:
    return _(
        "Choose at least one: `aspect`, `resolution`, `private` or `spoiler`. `/defaults show` shows "
        "your defaults."
    )


def enhancing_is_off() -> str:
    return _("This bot's operator has turned rewriting off, so it can't be the default here.")


def _builtin_text() -> str:
    return _(
        "New pictures are square, in 2K, and visible to everyone in the channel. Edits keep the shape of "
        "their first picture."
    )


def _rows(defaults: Defaults) -> list[str]:
    """Return a row for each default that is set."""
    rows: list[str] = []
    if defaults.aspect is not None:
        rows.append(_row("aspect", _shape(defaults.aspect)))
    if defaults.resolution is not None:
        rows.append(_row("resolution", RESOLUTION_NAMES[defaults.resolution]))
    if defaults.private:
        rows.append(_row("private", _("only you can see what you make")))
    if defaults.spoiler:
        rows.append(_row("spoiler", _("pictures are hidden behind a spoiler")))
    return rows


def _shape(aspect: Aspect) -> str:
    """Say that the shape holds for edits as well, which would keep the shape of their picture."""
    text = _("{shape}, for edits too, unless you choose *{like_first}* for `aspect`")
    return text.format(shape=ASPECT_NAMES[aspect], like_first=LIKE_FIRST_NAME)


def _row(part: str, says: str) -> str:
    return f"**{PARTS[part]}** · {says}"


def _server_note(enhances: bool) -> str:
    if not enhances:
        return ""
    return _(
        "In this server, a chat model rewrites `/imagine` prompts first unless you use `enhance: False`."
    )
