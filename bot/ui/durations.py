"""How long something is to last, as people write it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.ui.i18n import _
from bot.ui.limits.names import duration
from bot.ui.limits.values import plainly, seconds

LONGEST: Final = timedelta(days=3650)
UNTIL_LIFTED: Final = _("until lifted")
_USUAL: Final = ("1 h", "24 h", "3 d", "7 d", "30 d")
_MAX_TYPED: Final = 60


def parse_span(text: str) -> timedelta | None:
    """The span of `3d`, `12h`, `30 min`, `2 weeks`; None where that is none, has no unit, or is too long."""
    bare = plainly(text[:_MAX_TYPED])
    number = None if bare.isdecimal() else seconds(bare)
    if number is None or not 0 < number <= LONGEST.total_seconds():
        return None
    return timedelta(seconds=number)


def is_until_lifted(text: str | None) -> bool:
    return text is None or plainly(text) in {"", plainly(UNTIL_LIFTED), "forever"}


def span_text(span: timedelta) -> str:
    """`1 d 12 h`; `parse_span` takes it."""
    return duration(int(span.total_seconds()))


def span_suggestions(typed: str) -> list[str]:
    """What the typed text means, where it is a span; else the usual ones that begin like it."""
    span = parse_span(typed)
    if span is not None:
        return [span_text(span)]
    bare = plainly(typed)
    fitting = [one for one in (*_USUAL, UNTIL_LIFTED) if one.startswith(bare)]
    return fitting or [*_USUAL, UNTIL_LIFTED]
