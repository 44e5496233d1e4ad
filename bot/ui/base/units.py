"""Money, durations and expiries: how Easel shows them, and how people may write them."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from bot.domain.provider import MICRO_USD
from bot.errors import EaselError
from bot.ui.base.i18n import _, n_

LONGEST: Final = timedelta(days=3650)
UNTIL_LIFTED: Final = _("until lifted")
_USUAL: Final = ("1 h", "24 h", "3 d", "7 d", "30 d")
_MAX_TYPED: Final = 60


def parse_span(text: str) -> timedelta | None:
    """Read a duration such as `3d`, `12h`, `30 min`, `2 weeks`; None if it is none, has no unit, or is too long."""
    bare = plainly(text[:_MAX_TYPED])
    number = None if bare.isdecimal() else parse_seconds(bare)
    if number is None or not 0 < number <= LONGEST.total_seconds():
        return None
    return timedelta(seconds=number)


def is_until_lifted(text: str | None) -> bool:
    """Return whether a typed time means no end; nothing typed does."""
    return text is None or plainly(text) in {"", plainly(UNTIL_LIFTED), "forever"}


def span_text(span: timedelta) -> str:
    """Return a duration such as `1 d 12 h`, which `parse_span` can read."""
    return duration(int(span.total_seconds()))


def span_suggestions(typed: str) -> list[str]:
    """Return the duration that was typed; if it is none, the usual ones that begin like it."""
    span = parse_span(typed)
    if span is not None:
        return [span_text(span)]
    bare = plainly(typed)
    fitting = [one for one in (*_USUAL, UNTIL_LIFTED) if one.startswith(bare)]
    return fitting or [*_USUAL, UNTIL_LIFTED]


_DAY: Final = timedelta(days=1)
_NEVER: Final = frozenset({"never", "no expiry", "none", "-"})


class ExpiryNotUnderstoodError(EaselError):
    """The typed text is neither a duration nor a day."""


def expiry_hint() -> str:
    return _(
        "Easel doesn't understand this time. Write `12 h`, `3 d`, `2 weeks` or a date such as `2026-12-24`."
    )


def parse_expiry(text: str | None, *, now: datetime) -> datetime | None:
    """Return when something expires, a day (UTC) at its end; None for never. Raise `ExpiryNotUnderstoodError`."""
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
    """Return durations to offer; a day is offered as it was typed."""
    spans = [one for one in span_suggestions(typed) if one != UNTIL_LIFTED]
    try:
        parse_expiry(typed, now=datetime(2000, 1, 1, tzinfo=UTC))
    except ExpiryNotUnderstoodError:
        return spans
    return spans if parse_span(typed) is not None or not typed.strip() else [plainly(typed)]


DECIMALS: Final = 6
CENT: Final = MICRO_USD // 100
_MARKS: Final = re.compile(r"us\$|usd|dollars?|\$", re.ASCII)
_DOTS: Final = re.compile(r"(?P<whole>\d{1,12}|\d{1,3}(?:[, ']\d{3})+)?(?:\.(?P<part>\d{0,6}))?", re.ASCII)
_COMMAS: Final = re.compile(r"(?P<whole>\d{1,12}|\d{1,3}(?:[. ']\d{3})+)?,(?P<part>\d{0,6})", re.ASCII)
_SEPARATORS: Final = re.compile(r"[,. ']")


def usd(micro_usd: int) -> str:
    """Return an amount such as `$5.00`, `$0.042`, `$1,234.50`: at least two decimals, and more if it has them."""
    whole, rest = divmod(abs(micro_usd), MICRO_USD)
    part = f"{rest:0{DECIMALS}}".rstrip("0").ljust(2, "0")
    return f"{'-' if micro_usd < 0 else ''}${whole:,}.{part}"


def about_usd(micro_usd: int) -> str:
    """Return the amount, in whole cents from a dollar on."""
    return cents(micro_usd) if micro_usd >= MICRO_USD else usd(micro_usd)


def cents(micro_usd: int) -> str:
    """Return an amount that is never exact, such as a forecast, in whole cents: at least one."""
    return usd(max(1, round(micro_usd / CENT)) * CENT)


def parse_usd(text: str) -> int | None:
    """Return the micro USD of `$5`, `5 usd`, `0.50`, `5,50`, `1,234.50`; None if lower-case `text` is no amount.

    A comma before three digits separates thousands, unless only a 0 stands before it.
    """
    bare = _MARKS.sub("", text, count=1).strip()
    found = _DOTS.fullmatch(bare)
    if found is None or bare.startswith("0,"):
        found = _COMMAS.fullmatch(bare)
    if found is None or not (found["whole"] or found["part"]):
        return None
    whole = _SEPARATORS.sub("", found["whole"] or "0")
    return int(Decimal(f"{whole}.{found['part'] or '0'}") * MICRO_USD)


_UNITS: Final = ((86_400, _("{n} d")), (3_600, _("{n} h")), (60, _("{n} min")), (1, _("{n} s")))


def duration(seconds: int) -> str:
    """Return the seconds in units: 90 are `1 min 30 s`."""
    parts: list[str] = []
    for length, words in _UNITS:
        number, seconds = divmod(seconds, length)
        if number:
            parts.append(words.format(n=number))
    return " ".join(parts)


def images(number: int) -> str:
    return n_("{n} picture", "{n} pictures", number).format(n=f"{number:,}")


def videos(number: int) -> str:
    return n_("{n} video", "{n} videos", number).format(n=f"{number:,}")


def made(number_of_images: int, number_of_videos: int) -> str:
    """Return `3 pictures`, `1 video` or `3 pictures and 1 video`."""
    if number_of_images and number_of_videos:
        text = _("{pictures} and {videos}")
        return text.format(pictures=images(number_of_images), videos=videos(number_of_videos))
    return videos(number_of_videos) if number_of_videos else images(number_of_images)


def stamp(at: datetime, style: str = "R") -> str:
    """Return a moment for Discord to show in each reader's own time zone, rounded up so that it is never early."""
    return f"<t:{math.ceil(at.timestamp())}:{style}>"


MAX_TYPED: Final = 200
NUMBER: Final = r"\d{1,7}(?:[.,]\d{1,3})?"
_SPANS: Final = re.compile(rf"(?:{NUMBER}\s*[a-z]+[\s,]*(?:and\s+)?)+", re.ASCII)
_SPAN: Final = re.compile(rf"({NUMBER})\s*([a-z]+)", re.ASCII)
_SECONDS: Final = re.compile(r"\d{1,9}", re.ASCII)
UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400),
}


def plainly(text: str) -> str:
    """Return typed text in small letters, plain digits and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u2044", "/").casefold().split())


def parse_seconds(bare: str) -> int | None:
    """Read `90`, `90 s`, `5 min`, `1 h 30 min`, `1.5h`, `2 weeks`; None if it is no whole number of seconds."""
    if _SECONDS.fullmatch(bare):
        return int(bare)
    if not _SPANS.fullmatch(bare):
        return None
    total = Decimal(0)
    for number, unit in _SPAN.findall(bare):
        if unit not in UNITS:
            return None
        total += Decimal(number.replace(",", ".")) * UNITS[unit]
    return int(total) if total == int(total) else None
