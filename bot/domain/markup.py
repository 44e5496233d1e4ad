"""Discord's markup for mentions, emoji and times, in the words that people saw in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final


class Mention(StrEnum):
    """Whom or what a mention is of."""

    USER = "user"
    ROLE = "role"
    CHANNEL = "channel"


NameOf = Callable[[Mention, int], str | None]

# The kinds of https://discord.com/developers/docs/reference#message-formatting; an id has 20 digits at most.
_MARKUP: Final = re.compile(
    r"<(?:a?:(?P<emoji>\w{1,40}):\d{1,20}|@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})|#(?P<channel>\d{1,20})"
    r"|/(?P<command>[^<>:\n]{1,110}):\d{1,20}|t:(?P<time>-?\d{1,14})(?::\w)?|id:(?P<page>[a-z-]{1,20})(?::\d{1,20})?)>"
)
_UNKNOWN: Final = {Mention.USER: "someone", Mention.ROLE: "a role", Mention.CHANNEL: "a channel"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def nobody(kind: Mention, of: int) -> str | None:
    """Know no name."""
    del kind, of


def as_seen(text: str, name_of: NameOf = nobody) -> str:
    """Replace Discord's markup by what people see of it: names without ids, `:emoji:`, dates in UTC.

    `name_of` tells the names; what it does not know becomes a neutral word. Also inside code: no id leaves Easel.
    """
    return _MARKUP.sub(lambda found: _seen(found, name_of), text)


def _seen(found: re.Match[str], name_of: NameOf) -> str:
    kind, value = found.lastgroup, found[found.lastgroup or 0]
    match kind:
        case "emoji":
            return f":{value}:"
        case "command":
            return f"/{value}"
        case "page":
            return value.replace("-", " ")
        case "time":
            return _date(int(value)) or found[0]
        case _:
            mention = Mention(kind or "")
            name = name_of(mention, int(value)) or _UNKNOWN[mention]
            return f"#{name}" if mention is Mention.CHANNEL and name != _UNKNOWN[mention] else name


def _date(seconds: int) -> str | None:
    """Return the time in UTC, in English whatever the machine's locale; None if no calendar has it."""
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"
