"""Videos as bytes: every answer that is documented or was seen, in both spellings of the operation."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTruncatedError,
    BadKeyError,
    Charge,
    FixRequestError,
    InputPicture,
    InputProblem,
    InputSubject,
    ItemFailedError,
    ModelGoneError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.sizes import Size
from bot.domain.video import FrameRole, VideoQuality
from bot.domain.video_provider import VideoOrder
from bot.seedream.video import VIDEO_MODELS
from bot.seedream.wire.video import (
    VideoApi,
    build_body,
    check,
    decipher_created,
    frames_in,
    poll_query,
)
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, a_reply, drawn, kind_of, recorded, told

FIRST, LAST = FrameRole.FIRST, FrameRole.LAST
PROMPT_S, REFERENCE, RESULT = RefusedSubject.PROMPT, RefusedSubject.REFERENCE, RefusedSubject.RESULT
JPEG = InputPicture(data=drawn(), mime="image/jpeg", size=Size(1024, 768))
PNG = InputPicture(data=drawn("PNG"), mime="image/png", size=Size(1024, 768))
ORDER = VideoOrder(
    request_id="easel-1.1:v",
    model="minimax/hailuo-02",
    prompt=PROMPT,
    seconds=6,
    quality=VideoQuality.P768,
)


def uri(picture: InputPicture) -> str:
    return f"data:{picture.mime};base64,{base64.b64encode(picture.data).decode()}"


# Orders


def test_an_order_is_written_in_the_names_of_today() -> None:
    order = replace(ORDER, first=JPEG, last=PNG, quality=VideoQuality.P1080)

    assert json.loads(build_body(order, VideoApi.UNIVERSAL)) == {
        "model": "minimax/hailuo-02",
        "prompt": PROMPT,
        "duration": 6,
        "resolution": "1080P",
        "image_url": uri(JPEG),
        "last_image_url": uri(PNG),
    }


def test_an_order_is_written_in_the_names_of_the_guide() -> None:
    assert json.loads(build_body(replace(ORDER, first=JPEG, seconds=10), VideoApi.LEGACY)) == {
        "model": "minimax/hailuo-02",
        "prompt": PROMPT,
        "duration": 10,
        "resolution": "768P",
        "first_frame_image": uri(JPEG),
    }


@each_case("api", VideoApi)
def test_without_frames_none_is_named(api: VideoApi) -> None:
    assert set(json.loads(build_body(ORDER, api))) == {"model", "prompt", "duration", "resolution"}


@each_case(
    "order",
    [
        ORDER,
        replace(ORDER, last=JPEG),
        replace(ORDER, first=JPEG, last=PNG, seconds=10),
        replace(ORDER, model="minimax/hailuo-2.3", first=JPEG),
        replace(ORDER, model="minimax/hailuo-2.3-fast", first=JPEG),
    ],
)
def test_what_a_model_takes_passes(order: VideoOrder) -> None:
    check(order, VIDEO_MODELS[order.model])


@each_case(
    "order",
    [
        replace(ORDER, request_id="no spaces"),
        replace(ORDER, prompt="  "),
        replace(ORDER, prompt="\ud800"),
        replace(ORDER, prompt="a" * 2_001),
        replace(ORDER, seconds=10, quality=VideoQuality.P1080),
        replace(ORDER, first=replace(JPEG, data=b"")),
        replace(ORDER, first=replace(JPEG, mime="image/webp")),
        replace(ORDER, last=replace(JPEG, size=Size(300, 300))),
        replace(ORDER, model="minimax/hailuo-2.3", last=JPEG),
        replace(ORDER, model="minimax/hailuo-2.3-fast"),
    ],
)
def test_what_a_model_does_not_take_is_not_sent(order: VideoOrder) -> None:
    with pytest.raises(FixRequestError) as caught:
        check(order, VIDEO_MODELS[order.model])

    assert PROMPT not in caught.value.detail


def test_an_id_is_percent_encoded_in_the_query() -> None:
    assert poll_query("349872:minimax/hailuo-2.3 ?&=+%ä") == (
        "generation_id=349872%3Aminimax%2Fhailuo-2.3%20%3F%26%3D%2B%25%C3%A4"
    )


# Answers to orders

IDS = [
    "282052359471184",
    "349872201343396:minimax/hailuo-2.3-fast",
    "XXLhM-WwM1UXTVnR5w9EV",
    "60ac7c34-3224-4b14-8e7d-0aa0db708325",
    "x",
    "a" * 200,
]


def answered(**fields: object) -> ProviderError:
    return created_failing(json.dumps(fields))


def created_failing(
    body: str | bytes,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    frames: tuple[FrameRole, ...] = (FIRST, LAST),
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        decipher_created(a_reply(body, status=status, headers=headers), prompt=PROMPT, frames=frames)
    return caught.value


@each_case("name", ["id", "generation_id"])
@each_case("given_id", IDS)
@each_case("status", [200, 201])
def test_an_id_comes_under_two_names_and_in_every_form(name: str, given_id: str, status: int) -> None:
    meta = {"usage": {"credits_used": 873_600}}
    reply = a_reply(json.dumps({name: given_id, "status": "queued", "meta": meta}), status=status)

    created = decipher_created(reply, prompt=PROMPT)

    assert created.generation_id == given_id
    assert created.cost_micro_usd == 436_800


def test_an_id_may_be_a_number() -> None:
    assert decipher_created(a_reply('{"id": 282052359471184}'), prompt="").generation_id == "282052359471184"


@each_case(
    ("meta", "headers", "cost"),
    [
        ({"usage": {"credits_used": 873_600, "usd_spent": 9.0}}, {}, 436_800),
        ({"usage": {"usd_spent": 0.4368}}, {}, 436_800),
        ({"usage": {"tokens_used": 5}}, {}, None),
        (None, {"x-aimlapi-usd-spent": "0.73"}, 730_000),
        (None, {}, None),
        ("free", {}, None),
    ],
)
def test_the_price_is_told_by_body_or_headers(
    meta: object, headers: dict[str, str], cost: int | None
) -> None:
    reply = a_reply(json.dumps({"generation_id": "7", "meta": meta}), headers=headers)

    assert decipher_created(reply, prompt=PROMPT).cost_micro_usd == cost


@each_case("bad", ["", "  ", "a" * 201, "a\nb", "a\x00", None, 1.5, -7, True, ["7"], {}])
def test_an_id_that_cannot_be_used_is_a_fault_that_may_have_been_charged(bad: object) -> None:
    error = answered(id=bad, meta={"usage": {"credits_used": 873_600}})

    assert type(error) is AnswerEmptyError
    assert (error.charge, error.cost_micro_usd) == (Charge.CHARGED, 436_800)
    assert answered(id=bad).charge is Charge.UNKNOWN


@each_case(
    ("body", "kind"),
    [
        (b"", AnswerEmptyError),
        (b"{}", AnswerEmptyError),
        (b"[]", AnswerNotJsonError),
        (b"null", AnswerNotJsonError),
        (recorded("gateway.html"), AnswerNotJsonError),
        (b'{"id": "28205', AnswerTruncatedError),
        (b"[" * 60_000, AnswerNotJsonError),
    ],
)
def test_a_success_of_no_use_may_have_been_charged(body: bytes, kind: type[ProviderError]) -> None:
    error = created_failing(body, headers={"x-aimlapi-credits-used": "873600"})

    assert type(error) is kind
    assert error.charge is Charge.CHARGED


# What the API says no with


@each_case(
    ("status", "body", "kind"),
    [
        (400, told("Body validation error"), FixRequestError),
        (422, told("invalid params (2013)"), FixRequestError),
        (400, told("video description contains sensitive content"), RefusedError),
        (422, told("input new_sensitive, the image is sensitive"), RefusedError),
        (500, told("input new_sensitive"), RefusedError),
        (400, told("no (1026)"), RefusedError),
        (500, {"error": {"name": "VideoError", "code": 1026, "message": "no"}}, RefusedError),
        (402, kind_of("err_insufficent_credits"), OutOfCreditError),
        (403, kind_of("err_insufficent_credits"), OutOfCreditError),
        (500, told("insufficient balance (1008)"), OutOfCreditError),
        (429, told("slow"), SlowDownError),
        (500, told("rate limit (1002)"), SlowDownError),
        (401, told("no key"), BadKeyError),
        (404, told("The model is deprecated"), ModelGoneError),
        (500, told("Something wrong"), ServerFaultError),
        (500, told("made 1027 of 2013"), ServerFaultError),  # numbers, but no codes
        (403, {"message": "Error code: 1008"}, TryAgainError),  # Cloudflare's words, not the API's
        (524, "a gateway", TryAgainError),
    ],
)
def test_each_no_to_an_order_has_its_error(status: int, body: object, kind: type[ProviderError]) -> None:
    error = created_failing(json.dumps(body), status=status)

    assert type(error) is kind
    assert error.charge is (Charge.UNKNOWN if status == 524 else Charge.FREE)


@each_case(
    ("body", "index", "problem"),
    [
        (told("x", meta=[{"path": ["image_url"], "message": "Invalid url"}]), 0, InputProblem.UNREADABLE),
        (told("x", meta=[{"path": ["last_image_url"], "message": "too large"}]), 1, InputProblem.TOO_LARGE),
        (told("invalid params, first_frame_image aspect ratio (2013)"), 0, InputProblem.RATIO),
        (told("invalid params, the last frame is too small (2013)"), 1, InputProblem.TOO_SMALL),
        (told("invalid params, image aspect ratio (2013)"), None, InputProblem.RATIO),
    ],
)  # fmt: skip
@each_case("status", [400, 422])
def test_what_was_wrong_with_which_frame_is_told_where_known(
    status: int, body: object, index: int | None, problem: InputProblem
) -> None:
    error = created_failing(json.dumps(body), status=status)

    assert isinstance(error, RejectedInputError)
    assert (error.subject, error.index, error.problem) == (InputSubject.REFERENCE, index, problem)


def test_the_last_frame_alone_is_the_first_that_was_sent() -> None:
    body = json.dumps(told("x", meta=[{"path": ["last_image_url"], "message": "too large"}]))

    error = created_failing(body, status=400, frames=(LAST,))

    assert isinstance(error, RejectedInputError)
    assert error.index == 0
    assert frames_in(replace(ORDER, last=JPEG)) == (LAST,)
    assert frames_in(replace(ORDER, first=JPEG, last=PNG)) == (FIRST, LAST)


def test_an_error_in_a_success_without_an_id_is_told() -> None:
    refused = answered(error={"name": "x", "message": "video description contains sensitive content"})

    assert isinstance(refused, RefusedError)
    assert refused.subject is PROMPT_S
    assert type(answered(error={"name": "x", "message": "no (1008)"})) is OutOfCreditError
    assert type(answered(error={"name": "x", "message": "busy"})) is ItemFailedError


@each_case("message", [f"Cannot animate {PROMPT}", f"Rejected: {PROMPT.upper()}", f"'{PROMPT}' (2013)"])
def test_no_error_quotes_the_prompt(message: str) -> None:
    by_status = created_failing(json.dumps(told(message)), status=400)

    assert "evening" not in f"{by_status.detail} {answered(error={'message': message}).detail}".lower()
