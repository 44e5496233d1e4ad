from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    Charge,
    FixRequestError,
    ItemFailedError,
    ModelGoneError,
    ProviderError,
    RefusedError,
    RefusedSubject,
)
from bot.seedream.wire.chat import Completion, chat_body, check_chat, decipher_chat
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, a_reply, recorded
from tests.unit.seedream.test_wire_any_bytes import HEADERS, STATUSES

PAID = {"x-aimlapi-credits-used": "2480", "x-aimlapi-usd-spent": "0.001240000"}
SAID = "A russet fox in snow."


def read(body: bytes | str, headers: dict[str, str] | None = None) -> Completion:
    return decipher_chat(a_reply(body, headers=headers), words=PROMPT)


def failed(body: bytes | str, headers: dict[str, str] | None = None, *, status: int = 200) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        decipher_chat(a_reply(body, status=status, headers=headers), words=PROMPT)
    assert PROMPT not in caught.value.detail
    assert SAID not in caught.value.detail
    return caught.value


def answer(content: object = SAID, **message: object) -> str:
    return choice(message={"role": "assistant", "content": content, **message})


def choice(**fields: object) -> str:
    return json.dumps({"choices": [fields]})


# What is sent


def test_the_words_are_a_message_of_their_own() -> None:
    body = json.loads(chat_body(model="gpt-4o-mini", instructions="Rewrite it.", words=PROMPT))

    assert body["model"] == "gpt-4o-mini"
    assert body["messages"] == [
        {"role": "system", "content": "Rewrite it."},
        {"role": "user", "content": PROMPT},
    ]
    assert body["max_tokens"] == 600
    assert body["temperature"] == pytest.approx(0.7)
    assert set(body) == {"model", "messages", "max_tokens", "temperature"}


@each_case(
    ("request_id", "words"),
    [
        ("", PROMPT),
        ("a b", PROMPT),
        ("x" * 129, PROMPT),
        ("easel-1", ""),
        ("easel-1", " \n"),
        ("easel-1", "\ud800"),
    ],
)
def test_what_the_api_would_drop_or_turn_down_is_not_sent(request_id: str, words: str) -> None:
    with pytest.raises(FixRequestError):
        check_chat(request_id, words)


def test_any_words_are_sent() -> None:
    check_chat("easel-1.1:a", "狐 \x00 🦊")


# Answers with a text


def test_todays_answer_gives_text_and_cost() -> None:
    completion = read(recorded("chat_today.json"))

    assert completion.text.startswith("A russet fox")
    assert completion.cost_micro_usd == 1_240


@each_case(
    "body",
    [
        answer(),
        answer(refusal=None),
        answer(refusal=""),
        answer([{"type": "text", "text": "A russet fox"}, {"type": "text", "text": " in snow."}]),
        answer([{"type": "reasoning", "summary": "…"}, "odd", 7, None, {"type": "text", "text": SAID}]),
        choice(message={"content": SAID}, finish_reason=7),
        choice(message={"content": SAID}, finish_reason="stop"),
        choice(message={"content": SAID}, error=None),
        choice(message={"content": SAID}, error={"code": "InternalServiceError", "message": "late"}),
        json.dumps({"choices": [{"message": {"content": SAID}}], "meta": "none", "usage": 7, "error": {}}),
        json.dumps({"choices": [{"message": {"content": SAID}}, {"message": {"content": "another"}}]}),
    ],
)
def test_the_first_text_is_read_whatever_stands_around_it(body: str) -> None:
    assert read(body) == Completion(text=SAID, cost_micro_usd=None)


@each_case(
    ("meta", "headers", "cost"),
    [
        (None, PAID, 1_240),
        ({"usage": {"credits_used": 600}}, {}, 300),
        ({"usage": {"credits_used": 600}}, PAID, 300),
        ({"usage": {"usd_spent": 0.0003}}, {}, 300),
        ({"usage": {"credits_used": 0}}, {}, 0),
        ({"usage": None}, {}, None),
        (None, {"x-aimlapi-credits-used": "many"}, None),
    ],
)
def test_the_cost_comes_from_the_answer_or_its_headers(
    meta: object, headers: dict[str, str], cost: int | None
) -> None:
    body = json.dumps({"choices": [{"message": {"content": SAID}}], "meta": meta})

    assert read(body, headers).cost_micro_usd == cost


# Answers without one


@each_case(
    "body",
    [
        b"",
        b"  ",
        b"{}",
        b'{"choices": null}',
        b'{"choices": []}',
        b'{"choices": {}}',
        b'{"choices": [null]}',
        b'{"choices": ["text"]}',
        b'{"choices": [{"message": null}]}',
        answer(None),
        answer(""),
        answer("  \n"),
        answer(7),
        answer([]),
        answer([{"type": "text"}]),
        answer({"text": SAID}),
    ],
)
def test_an_answer_without_text_is_empty(body: bytes | str) -> None:
    error = failed(body)

    assert type(error) is AnswerEmptyError
    assert error.charge is Charge.UNKNOWN


@each_case(
    ("body", "kind"),
    [
        (recorded("gateway.html"), AnswerNotJsonError),
        (b"data: {}\n\ndata: [DONE]\n", AnswerNotJsonError),
        (b'"text"', AnswerNotJsonError),
        (b"[]", AnswerNotJsonError),
        (recorded("chat_today.json")[:-40], AnswerTruncatedError),
        (recorded("chat_today.json")[:200], AnswerTruncatedError),
    ],
)
def test_a_body_that_is_not_the_json_expected_is_told_with_its_cost(
    body: bytes, kind: type[ProviderError]
) -> None:
    error = failed(body, PAID)

    assert type(error) is kind
    assert (error.charge, error.cost_micro_usd) == (Charge.CHARGED, 1_240)


@each_case("reason", ["length", "max_tokens", "LENGTH"])
@each_case("content", [SAID, None])
def test_a_text_that_was_cut_off_is_not_used(reason: str, content: str | None) -> None:
    error = failed(choice(message={"content": content}, finish_reason=reason))

    assert type(error) is AnswerTooLargeError
    assert error.charge is Charge.UNKNOWN


@each_case(
    "body",
    [
        answer(None, refusal="I can't help with that."),
        answer(refusal="I can't help with that."),
        answer([{"type": "refusal", "refusal": "I can't help with that."}]),
        choice(message={"content": None}, finish_reason="content_filter"),
        choice(message={"content": SAID}, finish_reason="content_filter"),
        choice(message={"content": ""}, finish_reason="SAFETY"),
    ],
)
def test_a_refusal_may_have_been_charged(body: str) -> None:
    error = failed(body)

    assert isinstance(error, RefusedError)
    assert (error.subject, error.charge) == (RefusedSubject.PROMPT, Charge.UNKNOWN)
    assert failed(body, PAID).cost_micro_usd == 1_240


@each_case("where", ["answer", "choice"])
def test_an_error_in_a_success_is_told(where: str) -> None:
    fault = {"code": "InternalServiceError", "message": f"It failed: {PROMPT}"}
    body = {"error": fault} if where == "answer" else {"choices": [{"error": fault}]}

    error = failed(json.dumps(body))

    assert type(error) is ItemFailedError
    assert error.charge is Charge.FREE
    assert "InternalServiceError" in error.detail


@each_case("content", [SAID, None])
def test_a_refusal_may_be_an_error_in_a_success(content: str | None) -> None:
    fault = {"code": "InputTextSensitiveContentDetected", "message": "no"}

    assert isinstance(failed(choice(message={"content": content}, error=fault)), RefusedError)


# Error statuses


@each_case(
    "error",
    [
        {"code": "content_filter", "message": "The response was filtered."},
        {"message": "The prompt triggered the content management policy."},
        {"code": "content_policy_violation", "message": "no"},
    ],
)
def test_a_chat_models_filter_is_a_refusal(error: dict[str, str]) -> None:
    assert isinstance(failed(json.dumps({"error": error}), status=400), RefusedError)


def test_an_unknown_model_is_gone() -> None:
    error = failed('{"error": {"message": "No such model", "code": "model_not_found"}}', status=404)

    assert type(error) is ModelGoneError
    assert "model_not_found" in error.detail


# Any bytes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "text", "refusal", "finish_reason", "error", "code", "meta"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def is_text_or_provider_error(body: bytes, status: int, headers: dict[str, str]) -> bool:
    try:
        completion = decipher_chat(a_reply(body, status=status, headers=headers), words=PROMPT)
    except ProviderError as error:
        return len(error.detail) <= 300
    return completion.text.strip() != ""


@given(
    body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    status=STATUSES,
    headers=HEADERS,
)
@example(body=b'{"choices":' + b"[" * 100_000, status=200, headers={})
@example(body=b'{"choices":[{"message":{"content":' + b"[" * 100_000, status=200, headers={})
@example(body=b'{"choices":[{"message":{"content":"\xff"}}]}', status=200, headers={})
@example(body=b'{"choices":[{"message":{"content":"\\ud800"}}]}', status=200, headers={})
@example(body=b'{"choices":[{"finish_reason":1e999}]}', status=200, headers={})
def test_arbitrary_answers_are_a_text_or_a_provider_error(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    assert is_text_or_provider_error(body, status, headers)
