"""A 2xx answer to an image request: a picture, its URL, or the reason why there is neither."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from bot.domain.jobs import MAX_PROMPT
from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTruncatedError,
    BadBase64Error,
    Charge,
    ItemFailedError,
    ProviderError,
    RefusedError,
)
from bot.seedream.wire.complaint import coded_refusal, read_complaint, worded_refusal
from bot.seedream.wire.errors import fault, is_about_input, rejected_input
from bot.seedream.wire.reply import (
    NOTHING,
    UNREADABLE,
    Reply,
    bill,
    cost_in_headers,
    cost_in_meta,
    is_modest,
    read,
)

MAX_REVISED_CHARS = MAX_PROMPT  # of the prompt that the model used: as long as a prompt of ours may be
_DATA_URI = re.compile(r"data:[\w/+.-]*;base64,", re.ASCII)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n\f\v="


def decode_patiently(text: str) -> bytes:
    """Decode base64 that may have line breaks, a `data:` prefix, the URL-safe alphabet or no padding.

    Raises `BadBase64Error`. It is only for what msgspec rejects: the picture has been paid for.
    """
    prefix = _DATA_URI.match(text)
    try:
        letters = text.encode("ascii")[prefix.end() if prefix else 0 :].translate(_URL_SAFE, _BLANKS)
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4), strict_mode=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadBase64Error(f"{len(text)} characters: {type(error).__name__}") from None


def check_body(body: bytes | bytearray) -> None:
    """Raise `AnswerEmptyError` if the body is blank, `AnswerNotJsonError` for more values than any answer has."""
    if not body or body.isspace():
        raise AnswerEmptyError("no body")
    if not is_modest(body):
        raise AnswerNotJsonError(f"{len(body)} bytes with more values than any answer has")


def not_json(body: bytes | bytearray, error: Exception) -> ProviderError:
    """Return the error for a body that msgspec could not decode: `AnswerTruncatedError` or `AnswerNotJsonError`.

    msgspec reports a truncated body only in its message: "Input data was truncated".
    """
    size = f"{len(body)} bytes"
    if "truncated" in str(error) and body[:64].lstrip().startswith((b"{", b"[")):
        return AnswerTruncatedError(f"the JSON stops after {size}")
    return AnswerNotJsonError(f"{size} that are not the JSON expected")


def error_in_success(raw: msgspec.Raw, prompt: str, references: int = 0) -> ProviderError | None:
    """Return the error that an `error` field of a success stands for; None if it cannot be understood."""
    complaint = read_complaint(raw, prompt=prompt)
    if not complaint.understood:
        return None
    detail = complaint.detail(200)
    subject = coded_refusal(complaint)
    if subject is None:
        subject = worded_refusal(complaint)
    if subject is not None:
        return RefusedError(detail, subject=subject)
    rejected = rejected_input(complaint, detail, references) if is_about_input(complaint) else None
    return rejected or ItemFailedError(detail)


_INFERENCE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A result's URL as the provider wrote it. Nothing about it has been checked."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result: its bytes or its address. The cost is in micro USD, None if the answer does not say."""

    content: bytes | Address
    revised_prompt: str | None
    cost_micro_usd: int | None
    inference_id: str | None


class _Item(msgspec.Struct):
    """One entry of `data`: `b64_json`, `url`, `revised_prompt` (the API's guide) and `error` (BytePlus)."""

    b64_json: bytes | None = None
    url: str | None = None
    revised_prompt: str | None = None
    error: msgspec.Raw = NOTHING


class _Answer(msgspec.Struct):
    data: list[_Item | None] | None = None
    meta: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING


class _Envelope(msgspec.Struct):
    """An `_Answer` with its fields left undecoded, for `data` of an unexpected shape."""

    data: msgspec.Raw = NOTHING
    meta: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING


def decipher(reply: Reply, *, prompt: str, references: int = 0) -> Result:
    """Return the result in a reply to an image request with so many references.

    Raises `ProviderError`, with the cost if body or headers state it; its detail never quotes `prompt`. Takes about
    1 ms per megabyte of JSON, so large answers are for a thread.
    """
    if not reply.succeeded:
        raise fault(reply, prompt=prompt, references=references)
    cost = cost_in_headers(reply.headers)
    try:
        answer = _decode(reply.body)
        told = cost_in_meta(answer.meta)
        cost = told if told is not None else cost
        content, revised_prompt = _content(answer, prompt, references)
    except ProviderError as error:
        bill(error, cost)
        raise
    return Result(
        content=content,
        revised_prompt=revised_prompt,
        cost_micro_usd=cost,
        inference_id=_inference_id(reply),
    )


def _decode(body: bytes | bytearray) -> _Answer | _Envelope:
    """Decode the standard shape in one pass, base64 included; leave the fields of any other shape undecoded."""
    check_body(body)
    try:
        return msgspec.json.decode(body, type=_Answer)
    except msgspec.ValidationError:
        return _decode_envelope(body)
    except UNREADABLE as error:
        raise not_json(body, error) from None


def _decode_envelope(body: bytes | bytearray) -> _Envelope:
    try:
        return msgspec.json.decode(body, type=_Envelope)
    except UNREADABLE as error:
        raise not_json(body, error) from None


def _content(answer: _Answer | _Envelope, prompt: str, references: int) -> tuple[bytes | Address, str | None]:
    """Return the first picture in `data` and the beginning of its revised prompt.

    Raises the first error if there is no picture, or the refusal if the picture comes with one.
    """
    items = answer.data or () if isinstance(answer, _Answer) else _items_patiently(answer.data)
    for item in items:
        if item is None:
            continue
        if item.b64_json or item.url:
            _keep_flagged_away((item.error, answer.error), prompt)
        revised_prompt = (item.revised_prompt or "")[:MAX_REVISED_CHARS].strip() or None
        if item.b64_json:
            return item.b64_json, revised_prompt
        if item.url:
            return Address(url=item.url), revised_prompt
    errors = [item.error for item in items if item is not None]
    raise _no_picture([*errors, answer.error], prompt, references)


def _keep_flagged_away(errors: Sequence[msgspec.Raw], prompt: str) -> None:
    """Raise a refusal that came with a picture. The picture was made, so the call may have been charged."""
    for raw in errors:
        error = error_in_success(raw, prompt)
        if isinstance(error, RefusedError):
            error.charge = Charge.UNKNOWN
            raise error


def _items_patiently(data: msgspec.Raw) -> Sequence[_Item]:
    """Read each readable field of a `data` that has wrong types somewhere."""
    try:
        entries = msgspec.json.decode(data, type=list[msgspec.Raw] | None) or ()
        return [_item_patiently(entry) for entry in entries]
    except msgspec.ValidationError:
        return ()
    except UNREADABLE as error:
        raise AnswerNotJsonError(f"the data cannot be read: {type(error).__name__}") from None


def _item_patiently(entry: msgspec.Raw) -> _Item:
    try:
        fields = msgspec.json.decode(entry, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return _Item()
    text = read(str, fields.get("b64_json", NOTHING))
    return _Item(
        b64_json=decode_patiently(text) if text else None,
        url=read(str, fields.get("url", NOTHING)),
        revised_prompt=read(str, fields.get("revised_prompt", NOTHING)),
        error=fields.get("error", NOTHING),
    )


def _no_picture(errors: Sequence[msgspec.Raw], prompt: str, references: int) -> ProviderError:
    spoken = (error_in_success(raw, prompt, references) for raw in errors)
    first = next((error for error in spoken if error is not None), None)
    return first or AnswerEmptyError("the answer holds no picture")


def _inference_id(reply: Reply) -> str | None:
    given = reply.headers.get("x-inference-id", "")
    return given if _INFERENCE_ID.fullmatch(given) else None
