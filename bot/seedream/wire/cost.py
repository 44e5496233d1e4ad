"""The cost of a call, which the API gives in either of two headers or in `meta`, and the reply that holds it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.domain.provider import MICRO_USD, Charge, ProviderError

CREDITS_PER_USD = 2_000_000  # the AIML API's FAQ on tracking funds
MAX_BELIEVABLE_USD = 1_000.0  # a picture costs cents: a higher figure is ignored


class _Usage(msgspec.Struct):
    credits_used: float | None = None
    usd_spent: float | None = None


class _Meta(msgspec.Struct):
    usage: _Usage | None = None


def cost_in_headers(headers: Mapping[str, str]) -> int | None:
    """Return micro USD from `x-aimlapi-credits-used` or `x-aimlapi-usd-spent`, or None. Names are in lower case."""
    credits_used = _number(headers.get("x-aimlapi-credits-used"))
    usd_spent = _number(headers.get("x-aimlapi-usd-spent"))
    return _micro_usd(credits_used, usd_spent)


def cost_in_meta(meta: msgspec.Raw) -> int | None:
    """Return micro USD from the JSON of an answer's `meta`, or None."""
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        usage = msgspec.json.decode(meta, type=_Meta, strict=False).usage or _Usage()
        return _micro_usd(usage.credits_used, usage.usd_spent)
    return None


def bill(error: ProviderError, cost_micro_usd: int | None) -> None:
    """Set the cost of an error's call. Zero or None changes nothing: the API may charge after it answers."""
    if cost_micro_usd:
        error.charge = Charge.CHARGED
        error.cost_micro_usd = cost_micro_usd


def _micro_usd(credits_used: float | None, usd_spent: float | None) -> int | None:
    """Convert to micro USD; credits win over dollars because they are whole numbers."""
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
    """An HTTP answer as plain values: header names are in lower case, `received_at` is aware UTC.

    Of an error, `body` may be only the beginning.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    received_at: datetime

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300
