"""How long a grant is good, as people write it: a span, or a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.errors import EaselError
from bot.ui.durations import UNTIL_LIFTED, is_until_lifted, parse_span, span_suggestions
from bot.ui.i18n import _
from bot.ui.limits.values import plainly

_DAY: Final = timedelta(days=1)
_NEVER: Final = frozenset({"never", "no expiry", "none", "-"})


class ExpiryNotUnderstoodError(EaselError):
    """What was typed is no span and no day."""


def expiry_hint() -> str:
    return _("This time was not understood. Write `12 h`, `3 d`, `2 weeks` or a day such as `2026-12-24`.")


def parse_expiry(text: str | None, *, now: datetime) -> datetime | None:
    """When something expires: of a day (UTC) at its end. None is never. Raises `ExpiryNotUnderstoodError`."""
    bare = plainly(text or "")
    if is_until_lifted(bare) or bare in _NEVER:
        return None
    span = parse_span(bare)
    if span is not None:
        return now + span
    try:
        return datetime.combine(date.fromisoformat(bare), time(), tzinfo=UTC) + _DAY
    except (ValueError, OverflowError) as error:
        raise ExpiryNotUnderstoodError(bare) from error


def expiry_suggestions(typed: str) -> list[str]:
    """Spans to offer; a day is taken as it was typed."""
    try:
        parse_expiry(typed, now=datetime(2000, 1, 1, tzinfo=UTC))
    except ExpiryNotUnderstoodError:
        return [one for one in span_suggestions(typed) if one != UNTIL_LIFTED]
    spans = [one for one in span_suggestions(typed) if one != UNTIL_LIFTED]
    return spans if parse_span(typed) is not None or not typed.strip() else [plainly(typed)]
