"""A success whose body is not the JSON it should be."""

from __future__ import annotations

import msgspec

from bot.domain.rendering import AnswerEmptyError, AnswerNotJsonError, AnswerTruncatedError, ProviderError

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # all that msgspec raises over bytes


def check_body(body: bytes | bytearray) -> None:
    """Raise `AnswerEmptyError` where there is nothing to read."""
    if not body or body.isspace():
        raise AnswerEmptyError("no body")


def not_json(body: bytes | bytearray, error: Exception) -> ProviderError:
    """msgspec tells an end that came too early only in words: "Input data was truncated"."""
    size = f"{len(body)} bytes"
    if "truncated" in str(error) and body[:64].lstrip().startswith((b"{", b"[")):
        return AnswerTruncatedError(f"the JSON stops after {size}")
    return AnswerNotJsonError(f"{size} that are not the JSON expected")
