"""A 2xx answer: the picture in it, the address of one, or the reason why there is neither."""

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
from bot.seedream.wire.cost import Reply, bill, told_by_headers, told_by_meta
from bot.seedream.wire.errors import coded_refusal, read_complaint, worded_refusal

_DATA_URI = re.compile(r"data:[\w/+.-]*;base64,", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")


def decode_patiently(text: str) -> bytes:
    """Bytes of base64 with line breaks, a `data:` prefix, the URL alphabet or no padding.

    Raises `BadBase64Error`. Slow (about 8 ms a megabyte): msgspec takes the standard form.
    """
    prefix = _DATA_URI.match(text)
    text = "".join(text[prefix.end() if prefix else 0 :].split()).translate(_URL_SAFE).rstrip("=")
    text += "=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadBase64Error(f"{len(text)} characters: {type(error).__name__}") from None


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


def spoken_error(raw: msgspec.Raw, prompt: str) -> ProviderError | None:
    """What an `error` says; None where it says nothing that can be understood."""
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
    """Where a result waits, as the provider wrote it. Nothing about it has been checked."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result the provider says it made: its bytes, or its address. The cost is None where not said."""

    content: bytes | Address
    revised_prompt: str | None
    cost_micro_usd: int | None
    inference_id: str | None


class _Item(msgspec.Struct):
    """One entry of `data`: the guide's `b64_json, url, revised_prompt` and BytePlus' `error`."""

    b64_json: bytes | None = None
    url: str | None = None
    revised_prompt: str | None = None
    error: msgspec.Raw = _NOTHING


class _Answer(msgspec.Struct):
    data: list[_Item | None] | None = None
    meta: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


class _Envelope(msgspec.Struct):
    """The same with nothing looked at, for answers whose `data` has an unexpected form."""

    data: msgspec.Raw = _NOTHING
    meta: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


def read_answer(reply: Reply, *, prompt: str) -> Result:
    """The result in a 2xx answer. Raises the `ProviderError` that says what is wrong with it, and what
    it cost where body or headers tell. `prompt` is kept out of the details.

    About 1 ms for each megabyte of JSON; the interpreter lock is held, so a thread would not help.
    """
    cost = told_by_headers(reply.headers)
    try:
        answer = _decode(reply.body)
        told = told_by_meta(answer.meta)
        cost = told if told is not None else cost
        content, revised_prompt = _content(answer, prompt)
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
    """One pass over the standard form, base64 included; a patient second one over anything else."""
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
    """The first picture of `data`; else the first error is raised. One that comes flagged is never shown."""
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
    """Raises the refusal that came together with a picture: it was made, and may have been charged."""
    for raw in errors:
        error = spoken_error(raw, prompt)
        if isinstance(error, RefusedError):
            error.charge = Charge.UNKNOWN
            raise error


def _items_patiently(data: msgspec.Raw) -> Sequence[_Item]:
    """Entries of a `data` that has wrong types somewhere: each field that can be read is."""
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
    spoken = (spoken_error(raw, prompt) for raw in errors)
    first = next((error for error in spoken if error is not None), None)
    return first or AnswerEmptyError("the answer holds no picture")


def _inference_id(reply: Reply) -> str | None:
    given = reply.headers.get("x-inference-id", "")
    return given if _INFERENCE_ID.fullmatch(given) else None
