"""JSON of untrusted size and shape: its structure is counted before anything is built from it."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # all that decoding may raise
NOTHING = msgspec.Raw(b"null")

MAX_MARKS = 10_000  # an answer with a picture has about 50, a page of the request log about 2,500
MAX_ESCAPED_QUOTES = 1_000_000
_MARKS = (b"{", b"[", b",")
_STEP_BYTES = 64 * 1024  # how much is counted between two looks at the limit
_QUOTE, _BACKSLASH = b'"', 0x5C


def is_modest(body: bytes | bytearray, *, max_marks: int = MAX_MARKS) -> bool:
    """Whether the JSON has at most `max_marks` of `{`, `[` and `,` outside of strings, which all values need.

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
