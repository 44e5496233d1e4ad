from __future__ import annotations

import json

import pytest

from bot.domain.provider import (
    BadKeyError,
    Charge,
    FixRequestError,
    ModelGoneError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.seedream.wire.answer import decipher
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, a_reply, recorded


def fault(
    status: int, body: bytes | str = b"", *, headers: dict[str, str] | None = None, prompt: str = PROMPT
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        decipher(a_reply(body, status=status, headers=headers), prompt=prompt)
    return caught.value


def said(message: str) -> str:
    return json.dumps({"message": message, "statusCode": "400"})


@each_case(
    ("status", "fixture", "kind"),
    [
        (400, "fault_400_validation.json", FixRequestError),
        (400, "fault_400_moderation_byteplus.json", RefusedError),
        (400, "fault_400_moderation_wrapped.json", RefusedError),
        (500, "fault_400_moderation_wrapped.json", RefusedError),
        (401, "fault_401.json", BadKeyError),
        (402, "fault_403_credits.json", OutOfCreditError),
        (403, "fault_403_credits.json", OutOfCreditError),
        (403, "fault_403_scope.json", BadKeyError),
        (403, "fault_403_credits_today.json", OutOfCreditError),
        (403, "fault_403_other.json", TryAgainError),
        (404, "fault_404.json", FixRequestError),  # the address is wrong
        (404, "fault_404_model.json", ModelGoneError),
        (429, "fault_429.json", SlowDownError),
        (500, "fault_500.json", ServerFaultError),
        (504, "fault_504.json", ServerFaultError),
    ],
)
def test_a_recorded_fault_becomes_the_error_named_by_what_to_do(
    status: int, fixture: str, kind: type[ProviderError]
) -> None:
    error = fault(status, recorded(fixture))

    assert type(error) is kind
    assert error.charge is Charge.FREE


FOREIGN = [
    recorded("gateway.html"),
    recorded("unavailable.txt"),
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"Forbidden"',
    b'{"message": "Forbidden"}',  # AWS
    b'{"error": "access denied"}',
    b'{"error": {"code": 403, "message": "The request is blocked."}}',  # Google's load balancers
    b'{"type": "about:blank", "title": "Error 1020: Access denied", "status": 403, "detail": "no", "instance": "8f"}',
    b'{"message": "You have run out of cre',  # cut off
]
WEATHER = [300, 301, 307, 400, 401, 402, 403, 404, 405, 408, 410, 418, 422, 425, 451, 500, 503, 507, 521, 530]


@each_case("body", FOREIGN, ids=range(len(FOREIGN)))
def test_what_anybody_but_the_api_answers_says_nothing_about_account_or_request(body: bytes) -> None:
    for status in WEATHER:
        error = fault(status, body)

        assert type(error) is TryAgainError, status
        assert error.charge is Charge.FREE, status
        assert error.detail.startswith(f"HTTP {status}")
        assert "cloudflare" not in error.detail, status


@each_case("body", FOREIGN, ids=range(len(FOREIGN)))
def test_a_rate_limit_may_be_anybodys(body: bytes) -> None:
    assert type(fault(429, body)) is SlowDownError


def test_the_log_says_that_the_api_did_not_answer() -> None:
    assert fault(403, recorded("gateway.html")).detail == "HTTP 403 (not the API's own words)"


@each_case(
    ("status", "kind", "expected"),
    [
        (403, "err_insufficent_credits", OutOfCreditError),
        (403, "err_insufficient_credits", OutOfCreditError),
        (400, "err_insufficent_credits", OutOfCreditError),
        (403, "err_model_forbidden", TryAgainError),
        (403, "err_rate_policy", TryAgainError),
    ],
)
def test_the_kind_of_an_error_decides_whether_the_account_is_empty(
    status: int, kind: str, expected: type[ProviderError]
) -> None:
    error = {"name": "ForbiddenException", "message": "No.", "data": {"kind": kind}}
    body = {"title": "Forbidden", "status": status, "message": "No.", "timestamp": "2026", "error": error}

    assert type(fault(status, json.dumps(body))) is expected


@each_case(
    ("message", "expected"),
    [
        ("Insufficient balance", OutOfCreditError),
        ("Please add funds to go on", OutOfCreditError),
        ("Payment required", OutOfCreditError),
        ("Your API key has no credits left", OutOfCreditError),
        ("This API key has reached its spending limit", BadKeyError),
        ("The credit limit of this key is reached", BadKeyError),
        ("The key is disabled", BadKeyError),
        ("Request limit for this model reached", TryAgainError),
        ("Forbidden", TryAgainError),
        ("Access from your country is not possible", TryAgainError),
    ],
)
@each_case("status", [402, 403])
def test_without_a_kind_only_words_about_money_mean_an_empty_account(
    status: int, message: str, expected: type[ProviderError]
) -> None:
    assert type(fault(status, said(message))) is expected


def test_a_model_the_api_does_not_take_is_gone_whatever_the_status() -> None:
    body = {
        "message": "Body validation error",
        "statusCode": 400,
        "meta": [{"path": ["model"], "message": "?"}],
    }

    assert type(fault(400, json.dumps(body))) is ModelGoneError


@each_case("status", [502, 504, 520, 524])
def test_a_gateway_that_gave_up_does_not_know_whether_the_call_was_charged(status: int) -> None:
    assert fault(status, recorded("gateway.html")).charge is Charge.UNKNOWN
    assert fault(status, said("Generation timeout")).charge is Charge.FREE


def test_a_failure_that_names_its_cost_was_charged() -> None:
    error = fault(500, recorded("fault_500.json"), headers={"x-aimlapi-credits-used": "84000"})

    assert error.charge is Charge.CHARGED
    assert error.cost_micro_usd == 42_000


@each_case(
    ("message", "subject"),
    [
        (
            "The request failed because the input text may contain sensitive information.",
            RefusedSubject.PROMPT,
        ),
        ("THE INPUT IMAGE MAY CONTAIN SENSITIVE INFORMATION", RefusedSubject.REFERENCE),
        ("The input image may contain real person.", RefusedSubject.REAL_PERSON),
        ("The output image may contain sensitive information.", RefusedSubject.RESULT),
        ("Your prompt was flagged by our moderation", RefusedSubject.PROMPT),
        ("Rejected by the safety system", RefusedSubject.UNKNOWN),
        ("content_policy_violation", RefusedSubject.UNKNOWN),
        ("video description contains sensitive content", RefusedSubject.PROMPT),
        ("The input text is sensitive, please check your input", RefusedSubject.PROMPT),
        ("input new_sensitive, the image is sensitive", RefusedSubject.REFERENCE),
        ("The first frame is sensitive", RefusedSubject.REFERENCE),
        ("input new_sensitive", RefusedSubject.UNKNOWN),
        ("output new_sensitive", RefusedSubject.RESULT),
        ("video contains sensitive content", RefusedSubject.RESULT),
        ("The generated video is sensitive", RefusedSubject.RESULT),
    ],
)
@each_case("status", [400, 403, 422])
def test_a_refusal_in_words_says_what_it_objects_to(
    message: str, subject: RefusedSubject, status: int
) -> None:
    error = fault(status, said(message))

    assert isinstance(error, RefusedError)
    assert error.subject is subject


@each_case("status", [400, 424, 500])
def test_the_code_of_a_videos_maker_is_a_refusal_whatever_the_status(status: int) -> None:
    error = fault(status, said("input new_sensitive, image is sensitive"))

    assert isinstance(error, RefusedError)
    assert error.subject is RefusedSubject.REFERENCE


@each_case("code", [1026, "1026"])
def test_the_number_of_an_error_is_told(code: int | str) -> None:
    body = {"error": {"name": "VideoError", "code": code, "message": "no"}}

    assert fault(400, json.dumps(body)).detail == "HTTP 400 VideoError no"
    assert fault(400, json.dumps({"error": {"code": code, "message": "no"}})).detail.startswith(
        "HTTP 400 1026"
    )


def test_a_privacy_code_means_a_real_person() -> None:
    error = fault(400, recorded("fault_400_moderation_byteplus.json"))

    assert isinstance(error, RefusedError)
    assert error.subject is RefusedSubject.REAL_PERSON


@each_case(
    "message",
    [
        "Body validation error! Expected string, received: nsfw content everywhere",
        "Model names are case sensitive",
        "The field is sensitive to case",
        "Unrecognized key(s) in object: 'moderation', 'safety system'",
        "Expected boolean for enable_safety_checker",
        "image size must be at least 3686400 pixels",
    ],
)
def test_a_validation_message_is_never_taken_for_a_refusal(message: str) -> None:
    assert type(fault(400, said(message))) is FixRequestError


def test_a_prompt_that_talks_like_a_moderator_is_not_refused_for_being_quoted() -> None:
    prompt = "a poster saying InputTextSensitiveContentDetected and content policy"

    error = fault(400, said(f"Cannot use {prompt} here"), prompt=prompt)

    assert type(error) is FixRequestError


@each_case(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("99999", 3600.0),
        ("-3", 0.0),
        ("Fri, 20 Nov 2026 10:16:30 GMT", 30.0),  # half a minute after the reply
        ("Fri, 20 Nov 2026 10:15:00 GMT", 0.0),
        ("Fri, 20 Nov 2126 10:15:00 GMT", 3600.0),
        ("Fri, 20 Nov 2026 10:16:30 -0000", 30.0),
        ("inf", 3600.0),
        ("nan", None),
        ("soon", None),
        ("Fri, 99 Nov 2026 10:16:30 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str, seconds: float | None) -> None:
    error = fault(429, recorded("fault_429.json"), headers={"retry-after": header})

    assert isinstance(error, SlowDownError)
    assert error.retry_after_s == seconds


def test_a_429_without_retry_after_says_nothing_about_when() -> None:
    error = fault(429)

    assert isinstance(error, SlowDownError)
    assert error.retry_after_s is None


def test_the_detail_holds_code_words_and_the_apis_request_id() -> None:
    assert fault(400, recorded("fault_400_moderation_byteplus.json")).detail == (
        "HTTP 400 InputImageSensitiveContentDetected.PrivacyInformation "
        "The request failed because the input image may contain real person. Request id: …"
    )
    assert fault(404, recorded("fault_404.json")).detail == (
        "HTTP 404 Cannot POST /v1/images/generation (request 8f0b1c9e-2a16)"
    )


@each_case(
    "message",
    [
        f"Invalid value, received '{PROMPT}'",
        f'Invalid value, received "{PROMPT}',
        f"Rejected: {PROMPT.upper()}!",
        f"Rejected: {PROMPT[:20]}...",
        "Rejected: AN\n  ORANGE FOX reading the evening",
        "Incorrect API key provided: sk-1234567890abcdef1234",
        "Incorrect API key provided: 0123456789abcdef*********cdef",
    ],
)
def test_neither_prompt_nor_key_gets_into_the_detail(message: str) -> None:
    detail = fault(400, said(message)).detail.lower()

    assert "evening" not in detail
    assert "orange fox read" not in detail
    assert "1234567890" not in detail
    assert "cdef" not in detail


def test_a_message_full_of_control_characters_is_one_clean_line() -> None:
    detail = fault(400, said("bad\r\n\x1b[31mred\u202e end")).detail

    assert detail == "HTTP 400 bad [31mred end"


def test_a_very_long_message_is_cut_and_keeps_the_request_id() -> None:
    body = json.dumps({"message": "long words " * 9_000, "requestId": "abc-1"})

    detail = fault(400, body).detail

    assert len(detail) <= 300
    assert detail.endswith("(request abc-1)")


@each_case(
    ("body", "detail"),
    [
        (
            {"message": ["a is wrong", "b is wrong"], "error": "Bad Request"},
            "a is wrong b is wrong Bad Request",
        ),
        ({"error": {"message": {"error": {"message": "deep"}}}}, "deep"),
        ({"statusCode": 400, "message": None, "error": None}, ""),
        ("only text", "only text"),
        ([1, 2], ""),
    ],
)
def test_errors_of_other_shapes_are_understood_as_far_as_they_go(body: object, detail: str) -> None:
    text = fault(400, json.dumps(body)).detail.removesuffix(" (not the API's own words)")

    assert text == f"HTTP 400 {detail}".strip()
