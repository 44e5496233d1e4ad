from __future__ import annotations

import base64
import json

import pytest

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTruncatedError,
    BadBase64Error,
    Charge,
    ItemFailedError,
    ProviderError,
    RefusedError,
    RefusedSubject,
)
from bot.seedream.wire.answer import Address, Result, decipher
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, a_reply, drawn, recorded

PICTURE = drawn()
BASE64 = base64.b64encode(PICTURE).decode()
PAID = {"x-aimlapi-credits-used": "84000", "x-aimlapi-usd-spent": "0.042000000", "x-inference-id": "V1StGXR8"}


def read(body: bytes | str, headers: dict[str, str] | None = None) -> Result:
    return decipher(a_reply(body, headers=headers), prompt=PROMPT)


def failed(body: bytes | str, headers: dict[str, str] | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        read(body, headers)
    return caught.value


def item(**fields: object) -> str:
    return json.dumps({"data": [fields]})


def test_the_guides_answer_gives_picture_and_revised_prompt() -> None:
    result = read(recorded("answer_guide.json", picture=PICTURE))

    assert result.content == PICTURE
    assert result.revised_prompt is not None
    assert result.revised_prompt.startswith("Mount Fuji")
    assert result.cost_micro_usd is None
    assert result.inference_id is None


def test_todays_answer_gives_picture_and_cost() -> None:
    result = read(recorded("answer_today.json", picture=PICTURE), PAID)

    assert result.content == PICTURE
    assert result.revised_prompt is None
    assert result.cost_micro_usd == 42_000
    assert result.inference_id == "V1StGXR8"


def test_an_answer_with_an_address_gives_the_address() -> None:
    result = read(recorded("answer_url.json"))

    assert result.content == Address(
        url="https://cdn.aimlapi.com/generations/hedgehog/1749730923700-29fe35d2.png"
    )
    assert result.cost_micro_usd == 42_000


@each_case("revised_prompt", [None, "", "  \n"])
def test_an_empty_revised_prompt_is_none(revised_prompt: str | None) -> None:
    assert read(item(b64_json=BASE64, revised_prompt=revised_prompt)).revised_prompt is None


@each_case(
    ("meta", "headers", "cost"),
    [
        ({"usage": {"credits_used": 84000}}, {}, 42_000),
        ({"usage": {"credits_used": "84000"}}, {}, 42_000),
        ({"usage": {"usd_spent": 0.0455}}, {}, 45_500),
        ({"usage": {"credits_used": 1, "usd_spent": 9}}, {}, 0),  # half a millionth rounds to even
        ({"usage": {"credits_used": 91000}}, PAID, 45_500),  # the body is nearer to the picture
        ({"usage": {"credits_used": 0}}, {}, 0),
        ({"usage": {"credits_used": None}}, PAID, 42_000),
        ({"usage": None}, PAID, 42_000),
        ([], PAID, 42_000),
        (None, PAID, 42_000),
        (None, {"x-aimlapi-usd-spent": "0.042"}, 42_000),
        (None, {"x-aimlapi-credits-used": "84000"}, 42_000),
        (None, {"x-aimlapi-credits-used": "many", "x-aimlapi-usd-spent": "inf"}, None),
        (None, {"x-aimlapi-credits-used": "-84000"}, None),
        ({"usage": {"credits_used": 1e300}}, {}, None),
    ],
)
def test_the_cost_is_found_where_it_is_said(meta: object, headers: dict[str, str], cost: int | None) -> None:
    body = json.dumps({"data": [{"b64_json": BASE64}], "meta": meta})

    assert read(body, headers).cost_micro_usd == cost


@each_case(
    "text",
    [
        "\n".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76)),
        BASE64.rstrip("="),
        base64.urlsafe_b64encode(PICTURE).decode(),
        "data:image/jpeg;base64," + BASE64,
        f"  {BASE64}\r\n",
    ],
    ids=["wrapped", "unpadded", "url-safe", "data-uri", "spaced"],
)
def test_unusual_base64_still_brings_the_picture(text: str) -> None:
    assert read(item(b64_json=text)).content == PICTURE


@each_case(
    "body",
    [
        json.dumps({"data": [{"b64_json": BASE64, "url": 7, "revised_prompt": []}], "meta": "?"}),
        json.dumps({"data": [None, 3, {"error": {}}, {"b64_json": BASE64}], "usage": [], "created": "x"}),
        json.dumps({"data": [{"b64_json": BASE64, "size": {}, "error": None}], "error": None}),
        json.dumps({"data": [{"b64_json": BASE64}]}).replace("/", "\\/"),
    ],
)
def test_fields_of_a_wrong_type_do_not_cost_the_picture(body: str) -> None:
    assert read(body).content == PICTURE


def test_an_answer_cut_anywhere_is_truncated() -> None:
    body = recorded("answer_today.json", picture=PICTURE).rstrip()

    for percent in range(1, 100):
        error = failed(body[: len(body) * percent // 100], PAID)

        assert type(error) is AnswerTruncatedError, percent
        assert error.charge is Charge.CHARGED, percent
        assert error.cost_micro_usd == 42_000, percent


@each_case(
    "body",
    [
        recorded("gateway.html"),
        b"\x00\xff",
        b"OK",
        b"[]",
        b'"text"',
        b"7",
        b'{"data": nope}',
        b"{}{}",
        b"nul",
    ],
)
def test_a_success_that_is_not_the_json_expected_is_told_apart(body: bytes) -> None:
    assert type(failed(body)) is AnswerNotJsonError


@each_case(
    "body",
    [
        "",
        "  \n",
        "{}",
        '{"data": null}',
        '{"data": []}',
        '{"data": {}}',
        '{"data": "soon"}',
        '{"data": [null]}',
        '{"data": [{}]}',
        '{"data": [{"b64_json": "", "url": ""}]}',
        '{"data": [{"b64_json": 7}]}',
        '{"id": "a", "status": "queued"}',
    ],
)
def test_a_success_without_a_picture_is_empty(body: str) -> None:
    error = failed(body)

    assert type(error) is AnswerEmptyError
    assert error.charge is Charge.UNKNOWN


@each_case("text", ["!!!!", "A", "ünïcode", "data:image/png;base64,?"])
def test_base64_beyond_repair_is_told_with_its_cost(text: str) -> None:
    body = json.dumps({"data": [{"b64_json": text}], "meta": {"usage": {"credits_used": 84000}}})

    error = failed(body)

    assert type(error) is BadBase64Error
    assert error.charge is Charge.CHARGED
    assert error.cost_micro_usd == 42_000


def test_a_cost_of_nothing_does_not_prove_that_a_lost_picture_was_free() -> None:
    assert failed("{}", {"x-aimlapi-credits-used": "0"}).charge is Charge.UNKNOWN


def test_an_item_that_was_refused_is_a_refusal() -> None:
    error = failed(recorded("item_refused.json"))

    assert isinstance(error, RefusedError)
    assert error.subject is RefusedSubject.RESULT
    assert error.charge is Charge.FREE


def test_an_item_that_failed_may_be_tried_again() -> None:
    error = failed(recorded("item_failed.json"))

    assert type(error) is ItemFailedError
    assert error.charge is Charge.FREE
    assert error.detail.startswith("HTTP 200 InternalServiceError The service encountered")


def test_an_item_that_failed_and_cost_money_says_so() -> None:
    error = failed(recorded("item_failed.json"), PAID)

    assert type(error) is ItemFailedError
    assert error.charge is Charge.CHARGED


@each_case(
    ("code", "subject"),
    [
        ("SensitiveContentDetected", RefusedSubject.PROMPT),
        ("SensitiveContentDetected.SevereViolation", RefusedSubject.PROMPT),
        ("SensitiveContentDetected.Violence", RefusedSubject.PROMPT),
        ("InputTextSensitiveContentDetected", RefusedSubject.PROMPT),
        ("inputtextsensitivecontentdetected", RefusedSubject.PROMPT),
        ("InputTextRiskDetection", RefusedSubject.PROMPT),
        ("InputImageSensitiveContentDetected", RefusedSubject.REFERENCE),
        ("InputImageRiskDetection", RefusedSubject.REFERENCE),
        ("InputImageSensitiveContentDetected.PrivacyInformation", RefusedSubject.REAL_PERSON),
        ("OutputImageSensitiveContentDetected", RefusedSubject.RESULT),
        ("OutputTextRiskDetection", RefusedSubject.RESULT),
        ("OutputImageRiskDetection", RefusedSubject.RESULT),
    ],
)
def test_each_moderation_code_says_what_it_objects_to(code: str, subject: RefusedSubject) -> None:
    at_item = failed(item(error={"code": code, "message": ""}))
    at_top = failed(json.dumps({"data": [], "error": {"code": code}}))

    assert isinstance(at_item, RefusedError)
    assert isinstance(at_top, RefusedError)
    assert at_item.subject is at_top.subject is subject


def test_a_picture_beside_a_failed_item_is_taken() -> None:
    body = json.dumps({"data": [{"error": {"code": "X", "message": "y"}}, {"b64_json": BASE64}]})

    assert read(body).content == PICTURE


FLAG = {"code": "OutputImageSensitiveContentDetected", "message": "flagged"}


@each_case(
    "body",
    [
        {"data": [{"b64_json": BASE64, "error": FLAG}]},
        {"data": [{"url": "https://cdn.aimlapi.com/a.png", "error": FLAG}]},
        {"data": [{"b64_json": BASE64}], "error": FLAG},
        {"data": [{"b64_json": BASE64, "size": {}, "error": FLAG}]},
        {"data": [{"b64_json": BASE64, "error": FLAG}, {"b64_json": BASE64}]},
    ],
)
def test_a_picture_that_comes_flagged_is_a_refusal_that_may_have_cost_money(body: dict[str, object]) -> None:
    error = failed(json.dumps(body))

    assert isinstance(error, RefusedError)
    assert error.subject is RefusedSubject.RESULT
    assert error.charge is Charge.UNKNOWN
    assert failed(json.dumps(body), PAID).charge is Charge.CHARGED


def test_an_inference_id_with_odd_letters_is_dropped() -> None:
    assert read(item(b64_json=BASE64), {"x-inference-id": "a b\x1b[31m"}).inference_id is None
