"""A reply: its cost, in either of two headers or in `meta`, and its JSON, counted before anything is built from it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

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


T = TypeVar("T")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # all that decoding may raise
NOTHING = msgspec.Raw(b"null")

MAX_MARKS = 10_000  # an answer with a picture has about 50, a page of the request log about 2,500
MAX_ESCAPED_QUOTES = 1_000_000
_MARKS = (b"{", b"[", b",")
_STEP_BYTES = 64 * 1024  # how much is counted between two looks at the limit
_QUOTE, _BACKSLASH = b'"', 0x5C


def is_modest(body: bytes | bytearray, *, max_marks: int = MAX_MARKS) -> bool:
    """Return whether the JSON has at most `max_marks` of `{`, `[` and `,` outside of strings, which all values need.

    Megabytes of empty objects take seconds and gigabytes to decode. Strings are skipped without a look, so a picture
    in base64 takes about 0.2 ms per megabyte; a body with too many marks is rejected within its first kilobytes.
    """
    marks = position = 0
    while position < len(body):
        opening = body.find(_QUOTE, position)
        stop = len(body) if opening < 0 else opening
        for start in range(position, stop, _STEP_BYTES):
            marks += sum(body.count(mark, start, min(start + _STEP_BYTES, stop)) for mark in _MARKS)
            if marks > max_marks:
                return False
        if opening < 0:
            return True
        marks += 1  # a string is a value as well
        end = _after_string(body, opening + 1)
        if end is None or marks > max_marks:
            return False
        position = end
    return True


def _after_string(body: bytes | bytearray, start: int) -> int | None:
    """Return the index after the string that begins at `start`, or None for one with too many escaped quotes."""
    for _ in range(MAX_ESCAPED_QUOTES):
        quote = body.find(_QUOTE, start)
        if quote < 0:
            return len(body)
        if body[quote - 1] != _BACKSLASH or not _is_escaped(body, start, quote):
            return quote + 1
        start = quote + 1
    return None


def _is_escaped(body: bytes | bytearray, start: int, quote: int) -> bool:
    between = body[start:quote]
    return (len(between) - len(between.rstrip(b"\\"))) % 2 == 1


def read(kind: type[T], raw: msgspec.Raw | bytes | bytearray) -> T | None:
    """Decode a value of this type; None if it has another, or cannot be read."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNREADABLE:
        return None
