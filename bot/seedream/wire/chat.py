"""`POST /v1/chat/completions`: the bodies that have a prompt rewritten or a picture put into words, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerTooLargeError,
    Charge,
    InputPicture,
    ProviderError,
    RefusedError,
    RefusedSubject,
)
from bot.seedream.wire.answer import check_body, error_in_success, not_json
from bot.seedream.wire.errors import fault
from bot.seedream.wire.order import check_prompt, check_reference, check_request_id, data_uri
from bot.seedream.wire.reply import NOTHING, UNREADABLE, Reply, bill, cost_in_headers, cost_in_meta, read

MAX_TOKENS = 600  # 120 words are about 170 tokens in English, and up to three times that in other scripts
MAX_DESCRIPTION_TOKENS = 900  # four prompts of 70 words are about 500 in English
TEMPERATURE = 0.7
DESCRIBE_WORDS = "Describe this picture."
ALT_TEXT_WORDS = "Write alt text for this picture."
MAX_ALT_TEXT_TOKENS = 200  # 60 words are about 80
MAX_TEXT_CHARS = 16 * 1024  # several times what MAX_TOKENS and a model's thoughts before them can be

# Values of `finish_reason`: OpenAI's, then those of Google and Anthropic that gateways pass through.
_FILTERED = frozenset({"content_filter", "safety", "prohibited_content", "blocklist", "refusal"})
_CUT = frozenset({"length", "max_tokens"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The model's text, unchanged and never blank. The cost is in micro USD, None if the answer does not say."""

    text: str
    cost_micro_usd: int | None


class _Url(msgspec.Struct):
    url: msgspec.Raw


class _Part(msgspec.Struct, omit_defaults=True):
    type: Literal["text", "image_url"]
    text: str = ""
    image_url: _Url | None = None


class _Message(msgspec.Struct):
    role: Literal["system", "user"]
    content: str | list[_Part]


class _Body(msgspec.Struct):
    model: str
    messages: list[_Message]
    max_tokens: int = MAX_TOKENS
    temperature: float = TEMPERATURE


class _Answer(msgspec.Struct):
    choices: msgspec.Raw = NOTHING
    meta: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING


class _Choice(msgspec.Struct):
    message: msgspec.Raw = NOTHING
    finish_reason: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING


class _Content(msgspec.Struct):
    """A message, or one part of its `content`: the schema allows `{type: text, text}`, `{type: refusal, refusal}`."""

    content: msgspec.Raw = NOTHING
    text: msgspec.Raw = NOTHING
    refusal: msgspec.Raw = NOTHING


def check_chat(request_id: str, words: str) -> None:
    """Raise `FixRequestError` for a request that the API would reject."""
    check_request_id(request_id)
    check_prompt(words)


def chat_body(*, model: str, instructions: str, words: str) -> bytes:
    """Return the request body. The person's words are a message of their own, apart from the instructions."""
    messages = [_Message(role="system", content=instructions), _Message(role="user", content=words)]
    return msgspec.json.encode(_Body(model=model, messages=messages))


def check_shown(request_id: str, picture: InputPicture) -> None:
    """Raise `FixRequestError` for a request that the API would reject."""
    check_request_id(request_id)
    check_reference(picture)


def build_shown(
    *, model: str, instructions: str, words: str, picture: InputPicture, max_tokens: int
) -> bytes:
    """Return the request body with a picture in it, as OpenAI's schema has it."""
    shown = _Part(type="image_url", image_url=_Url(url=data_uri(picture)))
    asked = _Message(role="user", content=[_Part(type="text", text=words), shown])
    messages = [_Message(role="system", content=instructions), asked]
    return msgspec.json.encode(_Body(model=model, messages=messages, max_tokens=max_tokens))


def decipher_chat(reply: Reply, *, words: str) -> Completion:
    """Return the text in a reply.

    Raises `ProviderError`, with the cost if body or headers state it; its detail quotes neither `words` nor the model.
    """
    if not reply.succeeded:
        raise fault(reply, prompt=words)
    cost = cost_in_headers(reply.headers)
    try:
        answer = _decode(reply.body)
        told = cost_in_meta(answer.meta)
        cost = told if told is not None else cost
        return Completion(text=_text(answer, words), cost_micro_usd=cost)
    except ProviderError as error:
        bill(error, cost)
        raise


def _decode(body: bytes | bytearray) -> _Answer:
    check_body(body)
    try:
        return msgspec.json.decode(body, type=_Answer)
    except UNREADABLE as error:
        raise not_json(body, error) from None


def _text(answer: _Answer, words: str) -> str:
    """Return the first choice's text. Raise if it is flagged, cut short or missing."""
    choices = read(list[msgspec.Raw], answer.choices) or [NOTHING]
    choice = read(_Choice, choices[0]) or _Choice()
    message = read(_Content, choice.message) or _Content()
    parts = [read(_Content, part) or _Content() for part in read(list[msgspec.Raw], message.content) or ()]
    text = read(str, message.content) or "".join(read(str, part.text) or "" for part in parts)
    reason = (read(str, choice.finish_reason) or "").lower()
    if reason in _FILTERED or any(read(str, said.refusal) for said in (message, *parts)):
        raise _declined(f"HTTP 200 the model declined ({reason[:20] or 'no reason'})")
    _raise_spoken((choice.error, answer.error), words, is_text_there=bool(text.strip()))
    if reason in _CUT:
        raise AnswerTooLargeError("the model was cut off at the limit of tokens")
    if len(text) > MAX_TEXT_CHARS:
        raise AnswerTooLargeError(f"a text of {len(text)} characters")
    if not text.strip():
        raise AnswerEmptyError("the answer holds no text")
    return text


def _declined(detail: str) -> RefusedError:
    """Return a refusal that may have been charged: unlike one by status, the model has worked on it."""
    error = RefusedError(detail, subject=RefusedSubject.PROMPT)
    error.charge = Charge.UNKNOWN
    return error


def _raise_spoken(errors: Sequence[msgspec.Raw], words: str, *, is_text_there: bool) -> None:
    """Raise the `error` in a success. If there is a text as well, raise a refusal only."""
    for raw in errors:
        error = error_in_success(raw, words)
        if error is not None and (isinstance(error, RefusedError) or not is_text_there):
            raise error
