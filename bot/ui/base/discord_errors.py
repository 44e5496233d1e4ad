"""What a failed request to Discord proves: the one place where an answer is taken for Discord's own.

A proxy, a firewall or a captive portal in front of Discord answers with statuses too, so a bare status proves nothing
about a channel or a message. Discord's own errors are JSON with a code; discord.py reports code 0 for anything else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

import discord

from bot.errors import EaselError, ShowLaterError, UnreachableError
from bot.outage import Backoff
from bot.ui.base.discord_limits import REQUEST_TOO_LARGE
from bot.ui.base.replies import CONNECTION_ERRORS

DISCORD_FAILURES: Final = (discord.HTTPException, discord.RateLimited, *CONNECTION_ERRORS)
"""All that a request to Discord may raise once the client has logged in."""

UNREADABLE_ERRORS: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What discord.py raises of an answer that is none of Discord's, such as a portal's page with status 200."""
_WEATHER_WAITS_S: Final = (5.0, 300.0)  # the first and the longest
# A front door that blocks an address counts every knock: restarts within seconds have made blocks last for hours.
_BLOCK_WAITS_S: Final = (60.0, 900.0)
_MAX_RETRY_AFTER_S: Final = 86_400.0

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_FIRST_CODE: Final = 10_001  # the smallest of the codes; a proxy's JSON may carry a status as its code
# Codes of the same list that are about the moment, not about the request.
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
    """Return whether Discord itself refused the request for good."""
    return verdict_of(error) is DiscordVerdict.CLOSED


def is_too_large(error: discord.HTTPException) -> bool:
    """Return whether a request was refused because of its bytes, be it by Discord or by a proxy before it."""
    return error.status == 413 or error.code == REQUEST_TOO_LARGE


def translated(error: Exception) -> EaselError:
    """Return the error as `UnreachableError` or `ShowLaterError`.

    Transport errors are named by their class only: their text may hold an address with a token in it.
    """
    if not isinstance(error, discord.HTTPException):
        return ShowLaterError(type(error).__name__)
    text = f"Discord answered {error.status} ({error.code})"
    return ShowLaterError(text) if verdict_of(error) is DiscordVerdict.LATER else UnreachableError(text)


def is_token_refused(error: Exception) -> bool:
    """Return whether Discord itself refused the token; a proxy's 401 says nothing about it."""
    answer = error.__cause__ if isinstance(error, discord.LoginFailure) else error
    if not isinstance(answer, discord.HTTPException) or answer.status != 401:
        return False
    return answer.response.headers.get("Content-Type") == "application/json"


def why_failed(error: BaseException) -> str:
    """Return a short line for the log: what failed and what helps, nothing of the answer, which may be a page."""
    status = getattr(error, "status", None)
    if _is_blocked(error):
        return f"HTTP {status}: it blocks this address for a while; wait, restarts only make that longer"
    if isinstance(error, discord.HTTPException) and error.code:
        return f"HTTP {status}, code {error.code}"
    if status is not None:
        return f"HTTP {status}"
    if isinstance(error, CONNECTION_ERRORS):
        return f"{type(error).__name__}: look at this machine's network, DNS and proxy"
    return f"{type(error).__name__}: an answer that is not Discord's; look for a proxy or portal in between"


class DiscordBackoff:
    """Gives the seconds to leave Discord alone after each failed request; a block is left alone for much longer."""

    def __init__(self) -> None:
        self._weather = Backoff(*_WEATHER_WAITS_S)
        self._block = Backoff(*_BLOCK_WAITS_S)

    def next_s(self, error: BaseException) -> float:
        backoff = self._block if _is_blocked(error) else self._weather
        return backoff.next_s(at_least_s=_retry_after_s(error))

    def reset(self) -> None:
        """Begin with the shortest waits again."""
        self._weather.reset()
        self._block.reset()


def _is_blocked(error: BaseException) -> bool:
    """Return whether something in front of Discord keeps this address out; Discord's own refusals have a code."""
    if isinstance(error, discord.HTTPException) and error.code >= _FIRST_CODE:
        return False
    return getattr(error, "status", None) in {403, 429}


def _retry_after_s(error: BaseException) -> float:
    """Return what the answer asks for in seconds, of a failed request or of a failed handshake with the gateway."""
    answer: Any = getattr(error, "response", error)
    headers: Mapping[str, str] = getattr(answer, "headers", None) or {}
    try:
        asked_s = float(headers.get("Retry-After", 0))
    except ValueError:  # a date: the usual wait has to do
        return 0.0
    return min(asked_s, _MAX_RETRY_AFTER_S) if math.isfinite(asked_s) else 0.0
