"""Text from people and providers without effect on Discord: it cannot ping, link, format or hide."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.jobs import Job
from bot.domain.prompts import clean_prompt


def card_address(job: Job) -> str | None:
    """Return the link to a result's card; None for a card that only its requester saw: nothing links to that."""
    if job.card_id is None or job.request.private:
        return None
    return message_address(job.reply_target.guild_id, job.reply_target.channel_id, job.card_id)


def message_address(guild_id: int | None, channel_id: int, message_id: int) -> str:
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


# Discord's markdown is switched off by a backslash before what starts it: emphasis, code, spoilers, mentions,
# timestamps and emoji (<…>), masked links, and the colon of an address.
_ANYWHERE: Final = str.maketrans({mark: f"\\{mark}" for mark in r"\*_~`|<>[]@"})
_ADDRESS: Final = re.compile(r"(?<=\w):(?=//)")
_LINE_START: Final = re.compile(r"^(\s*)(-#|(?:#{1,3}|-|\+|>{1,3})(?=\s|$))", re.MULTILINE)
_NUMBERED: Final = re.compile(r"^(\s*\d+)([.)])(?=\s)", re.MULTILINE)


def inert(text: str) -> str:
    """Return text that Discord shows exactly as it reads, without formatting, links or pings."""
    text = _ADDRESS.sub(r"\:", clean_prompt(text).translate(_ANYWHERE))
    text = _LINE_START.sub(lambda found: f"{found.group(1)}\\{found.group(2)}", text)
    return _NUMBERED.sub(lambda found: f"{found.group(1)}\\{found.group(2)}", text)


def cut(text: str, room: int) -> str:
    """Return the text in at most `room` characters; a cut text ends in an ellipsis."""
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


def quote(text: str, room: int) -> str:
    """Return a block quote of inert text, in at most `room` characters; a cut text ends in an ellipsis."""
    quoted = _quoted(text)
    if len(quoted) <= room:
        return quoted
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_quoted(text[:middle]) + "…") <= room else (low, middle - 1)
    return _quoted(text[:low].rstrip()) + "…"


def fits(text: str, room: int) -> bool:
    """Return whether `quote` would show all of the text."""
    return len(_quoted(text)) <= room


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in inert(text).split("\n"))
