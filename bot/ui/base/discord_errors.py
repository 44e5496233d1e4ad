"""What a failed request to Discord proves: the one place where an answer is taken for Discord's own.

A proxy, a firewall or a captive portal in front of Discord answers with statuses too, so a bare status proves nothing
about a channel or a message. Discord's own errors are JSON with a code; discord.py reports code 0 for anything else.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import discord

from bot.errors import EaselError, ShowLaterError, UnreachableError
from bot.ui.base.discord_limits import TOO_LARGE
from bot.ui.base.replies import CONNECTION_ERRORS

DISCORD_FAILURES: Final = (discord.HTTPException, discord.RateLimited, *CONNECTION_ERRORS)
"""All that a request to Discord may raise once the client has logged in."""

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_FIRST_CODE: Final = 10_001  # the smallest of the codes; a proxy's JSON may carry a status as its code
# Codes of the same list that tell of a moment, not of the request.
_PASSING_CODES: Final = frozenset(
    {
        20016,  # slowmode
        20022,  # announcements cannot be edited so often
        20028,  # the channel's write rate limit
        20029,  # the server's write rate limit
        40003,  # direct messages are opened too fast
        40062,  # the service is being rate limited
        40333,  # Cloudflare blocks the request
        110001,  # not available in this region just now
        130000,  # the API is overloaded
    }
)


class DiscordVerdict(Enum):
    """What to do after a failed request."""

    CLOSED = auto()  # Discord said no: the same request would bring the same answer
    TOO_LARGE = auto()  # fewer bytes may be taken
    LATER = auto()  # nothing is known about the request's target: try again


def verdict_of(error: Exception) -> DiscordVerdict:
    """Return what an error of `DISCORD_FAILURES` proves."""
    if not isinstance(error, discord.HTTPException):
        return DiscordVerdict.LATER
    if is_too_large(error):
        return DiscordVerdict.TOO_LARGE
    if error.status == 429 or error.status >= 500:
        return DiscordVerdict.LATER
    if error.code < _FIRST_CODE or error.code in _PASSING_CODES:
        return DiscordVerdict.LATER
    return DiscordVerdict.CLOSED


def is_closed(error: Exception) -> bool:
    """Whether Discord itself refused the request for good."""
    return verdict_of(error) is DiscordVerdict.CLOSED


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether a request was refused because of its bytes, be it by Discord or by a proxy before it."""
    return error.status == 413 or error.code == TOO_LARGE


def translated(error: Exception) -> EaselError:
    """Return the error as `UnreachableError` or `ShowLaterError`.

    Transport errors are named by their class only: their text may hold an address with a token in it.
    """
    if not isinstance(error, discord.HTTPException):
        return ShowLaterError(type(error).__name__)
    text = f"Discord answered {error.status} ({error.code})"
    return ShowLaterError(text) if verdict_of(error) is DiscordVerdict.LATER else UnreachableError(text)
