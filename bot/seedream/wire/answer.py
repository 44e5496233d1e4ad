"""The answer to an image request: a picture, its URL, or the reason why there is neither."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

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
from bot.seedream.wire.cost import Reply, bill, cost_in_headers, cost_in_meta
from bot.seedream.wire.errors import coded_refusal, fault, read_complaint, worded_refusal

_DATA_URI = re.compile(r"data:[\w/+.-]*;base64,", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")


def decode_patiently(text: str) -> bytes:
    """Decode base64 that may have line breaks, a `data:` prefix, the URL-safe alphabet or no padding.

    Raises `BadBase64Error`. Takes about 8 ms per megabyte, so it is only for what msgspec rejects: the picture
    has been paid for.
    """
    prefix = _DATA_URI.match(text)
    text = "".join(text[prefix.end() if prefix else 0 :].split()).translate(_URL_SAFE).rstrip("=")
    text += "=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadBase64Error(f"{len(text)} characters: {type(error).__name__}") from None


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # all that decoding may raise


def check_body(body: bytes | bytearray) -> None:
    """Raise `AnswerEmptyError` if the body is empty or blank."""
    if not body or body.isspace():
        raise AnswerEmptyError("no body")


def not_json(body: bytes | bytearray, error: Exception) -> ProviderError:
    """Return the error for a body that msgspec could not decode: `AnswerTruncatedError` or `AnswerNotJsonError`.

    msgspec reports a truncated body only in its message: "Input data was truncated".
    """
    size = f"{len(body)} bytes"
    if "truncated" in str(error) and body[:64].lstrip().startswith((b"{", b"[")):
        return AnswerTruncatedError(f"the JSON stops after {size}")
    return AnswerNotJsonError(f"{size} that are not the JSON expected")


def error_in_success(raw: msgspec.Raw, prompt: str) -> ProviderError | None:
    """Return the error that an `error` field of a success stands for; None if it cannot be understood."""
    try:
        complaint = read_complaint(msgspec.json.decode(raw), prompt=prompt)
    except UNREADABLE:
        return None
    if not complaint.understood:
        return None
    detail = complaint.detail(200)
    subject = coded_refusal(complaint)
    if subject is None:
        subject = worded_refusal(complaint)
    return ItemFailedError(detail) if subject is None else RefusedError(detail, subject=subject)


_INFERENCE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_NOTHING = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A result's URL as the provider wrote it. Nothing about it has been checked."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result: its bytes or its address. The cost is in micro USD, None if the answer does not tell."""

    content: bytes | Address
    revised_prompt: str | None
    cost_micro_usd: int | None
    inference_id: str | None


class _Item(msgspec.Struct):
    """One entry of `data`: `b64_json`, `url`, `revised_prompt` (the API's guide) and `error` (BytePlus)."""

    b64_json: bytes | None = None
    url: str | None = None
    revised_prompt: str | None = None
    error: msgspec.Raw = _NOTHING


class _Answer(msgspec.Struct):
    data: list[_Item | None] | None = None
    meta: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


class _Envelope(msgspec.Struct):
    """An `_Answer` with its fields left undecoded, for `data` of an unexpected shape."""

    data: msgspec.Raw = _NOTHING
    meta: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


def decipher(reply: Reply, *, prompt: str) -> Result:
    """Return the result in a reply to an image request.

    Raises `ProviderError`, with the cost if body or headers tell; its detail never quotes `prompt`. Takes about
    1 ms per megabyte of JSON while holding the GIL, so a thread would not help.
    """
    if not reply.succeeded:
        raise fault(reply, prompt=prompt)
    cost = cost_in_headers(reply.headers)
    try:
        answer = _decode(reply.body)
        in_meta = cost_in_meta(answer.meta)
        cost = in_meta if in_meta is not None else cost
        content, revised_prompt = _content(answer, prompt)
    except ProviderError as error:
        bill(error, cost)
        raise
    return Result(
        content=content, revised_prompt=revised_prompt, cost_micro_usd=cost, inference_id=_inference_id(reply)
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


def _content(answer: _Answer | _Envelope, prompt: str) -> tuple[bytes | Address, str | None]:
    """Return the first picture in `data` and its revised prompt.

    Raises the first error if there is no picture, or the refusal if the picture comes with one.
    """
    items = answer.data or () if isinstance(answer, _Answer) else _items_patiently(answer.data)
    for item in items:
        if item is None:
            continue
        if item.b64_json or item.url:
            _keep_flagged_away((item.error, answer.error), prompt)
        revised_prompt = (item.revised_prompt or "").strip() or None
        if item.b64_json:
            return item.b64_json, revised_prompt
        if item.url:
            return Address(url=item.url), revised_prompt
    raise _no_picture([item.error for item in items if item is not None] + [answer.error], prompt)


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
    text = _text(fields.get("b64_json"))
    return _Item(
        b64_json=decode_patiently(text) if text else None,
        url=_text(fields.get("url")),
        revised_prompt=_text(fields.get("revised_prompt")),
        error=fields.get("error", _NOTHING),
    )


def _text(value: msgspec.Raw | None) -> str | None:
    try:
        return None if value is None else msgspec.json.decode(value, type=str)
    except msgspec.ValidationError:
        return None


def _no_picture(errors: Sequence[msgspec.Raw], prompt: str) -> ProviderError:
    spoken = (error_in_success(raw, prompt) for raw in errors)
    first = next((error for error in spoken if error is not None), None)
    return first or AnswerEmptyError("the answer holds no picture")


def _inference_id(reply: Reply) -> str | None:
    given = reply.headers.get("x-inference-id", "")
    return given if _INFERENCE_ID.fullmatch(given) else None
