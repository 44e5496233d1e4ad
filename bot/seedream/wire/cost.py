"""What a call cost, from the three places the API may say it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.domain.provider import MICRO_USD, Charge, ProviderError

CREDITS_PER_USD = 2_000_000  # the AIML API's FAQ on tracking funds
MAX_BELIEVABLE_USD = 1_000.0  # one picture costs cents; a figure above this is no price


class _Usage(msgspec.Struct):
    credits_used: float | None = None
    usd_spent: float | None = None


class _Meta(msgspec.Struct):
    usage: _Usage | None = None


def told_by_headers(headers: Mapping[str, str]) -> int | None:
    """Millionths of a dollar from `x-aimlapi-credits-used` or `x-aimlapi-usd-spent`, else None."""
    credits_used = _number(headers.get("x-aimlapi-credits-used"))
    usd_spent = _number(headers.get("x-aimlapi-usd-spent"))
    return _micro_usd(credits_used, usd_spent)


def told_by_meta(meta: msgspec.Raw) -> int | None:
    """Millionths of a dollar from the JSON of an answer's `meta`, else None."""
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        usage = msgspec.json.decode(meta, type=_Meta, strict=False).usage or _Usage()
        return _micro_usd(usage.credits_used, usage.usd_spent)
    return None


def bill(error: ProviderError, cost_micro_usd: int | None) -> None:
    """Write on an error what its call cost. A cost of nothing proves nothing: the ledger comes later."""
    if cost_micro_usd:
        error.charge = Charge.CHARGED
        error.cost_micro_usd = cost_micro_usd


def _micro_usd(credits_used: float | None, usd_spent: float | None) -> int | None:
    """Credits are whole numbers, so they come first."""
    if credits_used is not None:
        usd_spent = credits_used / CREDITS_PER_USD
    if usd_spent is None or not 0 <= usd_spent <= MAX_BELIEVABLE_USD:
        return None
    return round(usd_spent * MICRO_USD)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status, headers (names in lower case), the body's bytes and when they came (aware UTC).

    The body of an error may be only its beginning.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    received_at: datetime

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300
