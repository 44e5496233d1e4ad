"""Polls as bytes: every status and error that is documented or was seen, and anything else."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.provider import (
    AnswerEmptyError,
    BadKeyError,
    Charge,
    FixRequestError,
    InputProblem,
    InputSubject,
    ItemFailedError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.video import FrameRole
from bot.domain.video_provider import VideoProgress, VideoState
from bot.seedream.wire.video import (
    FOUND_WITHIN_S,
    decipher_created,
    decipher_poll,
    poll_query,
)
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, a_reply, kind_of, recorded, told

FIRST = FrameRole.FIRST
PROMPT_S, REFERENCE, RESULT = RefusedSubject.PROMPT, RefusedSubject.REFERENCE, RefusedSubject.RESULT


def polled(**fields: object) -> VideoProgress:
    return decipher_poll(a_reply(json.dumps(fields)), age_s=90.0, prompt=PROMPT)


def poll_failing(body: object, *, status: int, age_s: float = 90.0) -> ProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body)
    with pytest.raises(ProviderError) as caught:
        decipher_poll(a_reply(raw, status=status), age_s=age_s, prompt=PROMPT)
    assert caught.value.charge is Charge.FREE
    return caught.value


@each_case(
    ("word", "state"),
    [
        ("queued", VideoState.WAITING),
        ("waiting", VideoState.WAITING),
        ("generating", VideoState.MAKING),
        ("polishing", VideoState.MAKING),
        ("processing", VideoState.MAKING),
        ("", VideoState.MAKING),
        (None, VideoState.MAKING),
        (7, VideoState.MAKING),
    ],
)
def test_a_video_is_under_way_until_its_end_is_told(word: object, state: VideoState) -> None:
    assert polled(id="7", status=word, video=None, error=None) == VideoProgress(state=state)


def test_a_completed_video_has_an_address_and_a_price() -> None:
    url = "https://cdn.aimlapi.com/whale/inference_output%2Fvideo%2Fa.mp4?Expires=1&Signature=a%2Fb%3D"
    meta = {"usage": {"credits_used": 873_600}}

    assert polled(id="7", status="completed", video={"url": url}, meta=meta) == VideoProgress(
        state=VideoState.DONE, address=url, cost_micro_usd=436_800
    )


@each_case("video", [None, {}, {"url": None}, {"url": ""}, {"url": 7}, "https://a", []])
def test_a_completed_video_without_an_address_is_lost_and_may_be_paid_for(video: object) -> None:
    lost = polled(status="completed", video=video)
    paid = polled(status="completed", video=video, meta={"usage": {"usd_spent": 0.44}})

    assert lost.state is VideoState.FAILED
    assert type(lost.error) is AnswerEmptyError
    assert lost.error.charge is Charge.UNKNOWN
    assert paid.error is not None
    assert (paid.error.charge, paid.error.cost_micro_usd) == (Charge.CHARGED, 440_000)


@each_case(
    ("error", "kind", "subject"),
    [
        ({"name": "E", "message": "video contains sensitive content"}, RefusedError, RESULT),
        ({"name": "E", "message": "output new_sensitive"}, RefusedError, RESULT),
        ({"name": "E", "message": "no", "code": "1027"}, RefusedError, RESULT),
        ({"name": "E", "message": "no (1026)"}, RefusedError, PROMPT_S),
        ({"name": "E", "message": "input new_sensitive: image is sensitive (1026)"}, RefusedError, REFERENCE),
        ({"name": "E", "message": "invalid params (2013)"}, FixRequestError, None),
        ({"name": "E", "message": "insufficient balance (1008)"}, OutOfCreditError, None),
        ({"name": "E", "message": "rate limit (1002)"}, SlowDownError, None),
        ({"name": "E", "message": "something broke"}, ItemFailedError, None),
        ("something broke", ItemFailedError, None),
        (None, ItemFailedError, None),
        (7, ItemFailedError, None),
    ],
)
def test_a_video_that_failed_tells_why_and_costs_nothing(
    error: object, kind: type[ProviderError], subject: RefusedSubject | None
) -> None:
    progress = polled(status="error", error=error, meta={"usage": {"credits_used": 873_600}})

    assert (progress.state, progress.cost_micro_usd) == (VideoState.FAILED, None)
    assert progress.error is not None
    assert type(progress.error) is kind
    assert progress.error.charge is Charge.FREE
    assert getattr(progress.error, "subject", None) is subject


def test_an_error_without_a_status_may_be_about_the_poll_alone() -> None:
    with pytest.raises(TryAgainError):
        polled(error={"message": "something broke"})


@each_case("status", ["failed", "expired", "Canceled"])
def test_other_words_for_a_video_that_failed_are_understood(status: str) -> None:
    assert polled(status=status).state is VideoState.FAILED


def test_a_refusal_without_a_status_is_the_end() -> None:
    error = {"code": "1027", "message": "video contains sensitive content (1027)"}
    assert polled(error=error).state is VideoState.FAILED


@each_case("status", ["succeeded", "success", "DONE"])
def test_other_words_for_a_video_that_is_ready_are_understood(status: str) -> None:
    assert polled(status=status, video={"url": "https://cdn.example/v.mp4"}).state is VideoState.DONE


def test_a_frame_that_a_poll_complains_of_is_told() -> None:
    error = polled(status="error", error={"name": "E", "message": "image aspect ratio (2013)"}).error

    assert isinstance(error, RejectedInputError)
    assert (error.subject, error.problem) == (InputSubject.REFERENCE, InputProblem.RATIO)


NOT_FOUND = [told("Inference not found"), {"message": "Inference not found"}, told("There is no such thing")]


@each_case("body", NOT_FOUND)
def test_a_video_may_not_be_found_at_first_and_is_lost_later(body: object) -> None:
    early = poll_failing(body, status=404, age_s=FOUND_WITHIN_S - 1)
    late = decipher_poll(a_reply(json.dumps(body), status=404), age_s=FOUND_WITHIN_S, prompt=PROMPT)

    assert type(early) is TryAgainError
    assert late.state is VideoState.FAILED
    assert type(late.error) is OutcomeUnknownError
    assert late.error.charge is Charge.UNKNOWN


@each_case(
    ("status", "body", "kind"),
    [
        (500, told("Something wrong"), ServerFaultError),
        (503, b"unavailable", TryAgainError),
        (524, recorded("gateway.html"), TryAgainError),
        (504, told("Generation timeout"), ServerFaultError),
        (404, recorded("gateway.html"), TryAgainError),
        (403, recorded("gateway.html"), TryAgainError),
        (302, b"", TryAgainError),
        (429, told("slow"), SlowDownError),
        (400, told("rate limit (1002)"), SlowDownError),
    ],
)
def test_a_poll_that_is_worth_another_says_so(status: int, body: object, kind: type[ProviderError]) -> None:
    assert type(poll_failing(body, status=status)) is kind


@each_case(
    ("status", "body", "kind"),
    [
        (401, told("no key"), BadKeyError),
        (403, told("The key is disabled"), BadKeyError),
        (403, told("Forbidden"), FixRequestError),
        (403, kind_of("err_insufficent_credits"), OutOfCreditError),
        (404, told("Cannot GET /v2/video/generation"), FixRequestError),
        (400, told("Query validation error"), FixRequestError),
    ],
)
def test_a_poll_that_is_not_worth_another_says_so(
    status: int, body: object, kind: type[ProviderError]
) -> None:
    error = poll_failing(body, status=status)

    assert type(error) is kind
    assert not isinstance(error, TryAgainError | SlowDownError)


def test_a_refusal_with_a_status_ends_the_video() -> None:
    reply = a_reply(json.dumps(told("output new_sensitive")), status=400)

    progress = decipher_poll(reply, age_s=90.0, prompt=PROMPT)

    assert progress.state is VideoState.FAILED
    assert isinstance(progress.error, RefusedError)


@each_case("body", [b"", b"[]", b"null", b"{", recorded("gateway.html"), b"[" * 60_000])
def test_an_answer_of_no_use_is_asked_for_again(body: bytes) -> None:
    assert type(poll_failing(body, status=200)) is TryAgainError


@each_case("message", [f"Cannot animate {PROMPT}", f"Rejected: {PROMPT.upper()}", f"'{PROMPT}' (2013)"])
def test_no_error_quotes_the_prompt(message: str) -> None:
    failed = polled(status="error", error={"name": "E", "message": message}).error
    assert failed is not None

    assert "evening" not in f"{failed.detail} {poll_failing(told(message), status=500).detail}".lower()


# Anything at all

KEYS = ["id", "generation_id", "status", "video", "url", "error", "name", "code", "message", "meta", "usage"]
WORDS = st.sampled_from(
    ["completed", "error", "queued", "7", "no (1026)", "Inference not found", "https://a/b"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYS, "credits_used", "requestId"]), inner, max_size=6)
    ),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
STATUSES = st.integers(min_value=100, max_value=599) | st.sampled_from([200, 201, 400, 403, 404, 500, 524, 0])


@given(body=BODIES, status=STATUSES, age_s=st.floats(0, 1_200))
@example(body=b"[" * 100_000, status=200, age_s=0)
@example(body=b'{"error":' * 100_000, status=200, age_s=0)
@example(body=b'{"status":"error","error":' + b"[" * 90_000, status=200, age_s=0)
@example(body=b'{"id":"\xff","status":"\xff","video":"\xff"}', status=200, age_s=0)
@example(body=b'{"id":' + b"9" * 6_000 + b"}", status=200, age_s=0)
@example(body=b'{"error":{"code":' + b"9" * 6_000 + b"}}", status=500, age_s=0)
@example(body=b'{"status":"completed","video":{"url":"\\ud800"}}', status=200, age_s=0)
def test_arbitrary_answers_never_raise_anything_but_provider_errors(
    body: bytes, status: int, age_s: float
) -> None:
    reply = a_reply(body, status=status)
    with suppress(ProviderError):
        created = decipher_created(reply, prompt=PROMPT, frames=(FIRST,))
        assert 1 <= len(created.generation_id) <= 200
        assert poll_query(created.generation_id).isascii()
    with suppress(ProviderError):
        progress = decipher_poll(reply, age_s=age_s, prompt=PROMPT)
        assert (progress.state is VideoState.DONE) == bool(progress.address)
        assert (progress.state is VideoState.FAILED) == (progress.error is not None)
