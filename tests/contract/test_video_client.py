"""Videos against real sockets: one paid call that is never repeated, and free polls."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    BadKeyError,
    Charge,
    FixRequestError,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.video import VideoQuality
from bot.domain.video_provider import VideoOrder, VideoProgress, VideoProvider, VideoState
from bot.errors import SetupError
from bot.seedream.video import HailuoProvider, models_of
from bot.seedream.wire.video import VideoApi
from tests.contract.seedream_api import (
    Answer,
    breaking_off,
    dripping,
    flooding,
    hanging,
    hanging_up,
    in_turn,
    saying,
)
from tests.contract.video_api import (
    GENERATION_ID,
    KEY,
    MP4,
    ORDER,
    PICTURE,
    VideoStandIn,
    created,
    gateway,
    official,
    provider,
    serving_videos,
    telling,
    under_way,
)
from tests.unit.seedream.material import NOW, PROMPT, recorded

SOON_S = 0.15
PATHS = {
    VideoApi.UNIVERSAL: "/v2/video/generations",
    VideoApi.LEGACY: "/v2/generate/video/minimax/generation",
}


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[VideoStandIn]:
    async with serving_videos() as api:
        yield api


async def order_failing(
    api: VideoStandIn, session: aiohttp.ClientSession, answer: Answer, *, timeout_s: float = 10.0
) -> ProviderError:
    api.order = answer
    with pytest.raises(ProviderError) as caught:
        await provider(session, api, timeout_s=timeout_s).create(ORDER)
    assert KEY not in repr(caught.value)
    assert PROMPT not in caught.value.detail
    assert api.steps().count("order") == 1
    return caught.value


async def poll(
    api: VideoStandIn, session: aiohttp.ClientSession, answer: Answer, *, age_s: float = 90.0
) -> VideoProgress:
    api.poll = answer
    return await provider(session, api).poll(GENERATION_ID, age_s=age_s, prompt=PROMPT)


async def poll_failing(
    api: VideoStandIn, session: aiohttp.ClientSession, answer: Answer, *, age_s: float = 90.0
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await poll(api, session, answer, age_s=age_s)
    assert KEY not in repr(caught.value)
    assert PROMPT not in caught.value.detail
    assert caught.value.charge is Charge.FREE
    assert api.steps().count("poll") == 1
    return caught.value


# From an order to a file


@pytest.mark.parametrize("spelling", VideoApi)
@pytest.mark.parametrize("name", ["id", "generation_id"])
async def test_a_video_is_ordered_asked_for_and_fetched(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path, spelling: VideoApi, name: str
) -> None:
    api.order = created(name)
    url = f"{api.origin}/files/inference_output%2Fvideo%2Fa.mp4?Expires=1&Signature=a%2Fb%3D"
    done = telling(id=GENERATION_ID, status="completed", video={"url": url}, error=None)
    api.poll = in_turn(under_way("queued"), under_way("generating"), done)
    hailuo: VideoProvider = provider(session, api, spelling)

    order = await hailuo.create(ORDER)
    polls = [await hailuo.poll(order.generation_id, age_s=30.0, prompt=PROMPT) for _ in range(3)]
    count = await hailuo.fetch(polls[-1].address or "", tmp_path / "a.mp4")

    assert (order.generation_id, order.cost_micro_usd) == (GENERATION_ID, 436_800)
    assert [one.state for one in polls] == [VideoState.WAITING, VideoState.MAKING, VideoState.DONE]
    assert (tmp_path / "a.mp4").read_bytes() == MP4
    assert count == len(MP4)
    assert (tmp_path / "a.mp4").stat().st_mode & 0o077 == 0
    ordered, *polled, fetched = api.seen
    assert api.steps() == ["order", "poll", "poll", "poll", "file"]
    assert {seen.path for seen in (ordered, *polled)} == {PATHS[spelling]}
    assert ordered.headers["X-Client-Request-Id"] == "easel-1.1:v"
    assert {seen.headers["Authorization"] for seen in (ordered, *polled)} == {f"Bearer {KEY}"}
    frame = "image_url" if spelling is VideoApi.UNIVERSAL else "first_frame_image"
    assert json.loads(ordered.body)[frame].startswith("data:image/jpeg;base64,")
    assert fetched.path == "/files/inference_output%2Fvideo%2Fa.mp4"
    assert fetched.raw_query == "Expires=1&Signature=a%2Fb%3D"
    assert KEY not in repr(fetched.headers)


@pytest.mark.parametrize(
    ("generation_id", "raw"),
    [
        ("282052359471184", "282052359471184"),
        ("349872201343396:minimax/hailuo-2.3-fast", "349872201343396%3Aminimax%2Fhailuo-2.3-fast"),
        ("XXLhM-WwM1UXTVnR5w9EV", "XXLhM-WwM1UXTVnR5w9EV"),
        ("a b&generation_id=c#d%2Fé", "a%20b%26generation_id%3Dc%23d%252F%C3%A9"),
    ],
)
@pytest.mark.parametrize("spelling", VideoApi)
async def test_an_id_arrives_as_it_was_told(
    api: VideoStandIn, session: aiohttp.ClientSession, spelling: VideoApi, generation_id: str, raw: str
) -> None:
    api.order = created(generation_id=generation_id)
    hailuo = provider(session, api, spelling)

    order = await hailuo.create(ORDER)
    await hailuo.poll(order.generation_id, age_s=30.0, prompt=PROMPT)

    seen = api.seen[-1]
    assert seen.query == {"generation_id": generation_id}
    assert seen.raw_query == f"generation_id={raw}"
    assert seen.path == PATHS[spelling]


# Orders


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, model="minimax/h3"),
        replace(ORDER, seconds=10, quality=VideoQuality.P1080),
        replace(ORDER, request_id=""),
    ],
)
async def test_a_wrong_order_is_not_sent(
    api: VideoStandIn, session: aiohttp.ClientSession, order: VideoOrder
) -> None:
    with pytest.raises(FixRequestError):
        await provider(session, api).create(order)

    assert api.seen == []


async def test_the_older_operation_has_no_last_frame(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    order = replace(ORDER, last=PICTURE)
    with pytest.raises(FixRequestError):
        await provider(session, api, VideoApi.LEGACY).create(order)
    assert api.seen == []

    await provider(session, api).create(order)
    assert "last_image_url" in json.loads(api.seen[0].body)
    assert not any(model.takes_last_frame for model in models_of(VideoApi.LEGACY).values())


@pytest.mark.parametrize("answer", [hanging, hanging_up, dripping(), breaking_off(b'{"id": "7')])
async def test_an_order_whose_answer_is_lost_may_have_been_charged_and_is_not_repeated(
    api: VideoStandIn, session: aiohttp.ClientSession, answer: Answer
) -> None:
    error = await order_failing(api, session, answer, timeout_s=SOON_S)

    assert type(error) is NoAnswerError
    assert error.charge is Charge.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "kind", "charge"),
    [
        (official(400, "Body validation error"), FixRequestError, Charge.FREE),
        (official(422, "invalid params (2013)"), FixRequestError, Charge.FREE),
        (official(400, "video description contains sensitive content"), RefusedError, Charge.FREE),
        (official(500, "input new_sensitive, image is sensitive (1026)"), RefusedError, Charge.FREE),
        (official(403, "You've run out of credits."), OutOfCreditError, Charge.FREE),
        (official(500, "insufficient balance (1008)"), OutOfCreditError, Charge.FREE),
        (official(429, "slow"), SlowDownError, Charge.FREE),
        (official(500, "rate limit (1002)"), SlowDownError, Charge.FREE),
        (official(401, "no key"), BadKeyError, Charge.FREE),
        (official(500, "oops"), ServerFaultError, Charge.FREE),
        (gateway(524), TryAgainError, Charge.UNKNOWN),
        (saying(status=302, headers={"Location": "/elsewhere"}), TryAgainError, Charge.FREE),
        (telling(status="queued"), AnswerEmptyError, Charge.UNKNOWN),
        (telling(id="a" * 201), AnswerEmptyError, Charge.UNKNOWN),
        (saying(recorded("gateway.html")), AnswerNotJsonError, Charge.UNKNOWN),
        (flooding(), AnswerTooLargeError, Charge.UNKNOWN),
    ],
)
async def test_each_no_to_an_order_has_its_error(
    api: VideoStandIn,
    session: aiohttp.ClientSession,
    answer: Answer,
    kind: type[ProviderError],
    charge: Charge,
) -> None:
    error = await order_failing(api, session, answer)

    assert type(error) is kind
    assert error.charge is charge


async def test_no_credit_is_doubted_while_the_account_has_money(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    """A poll that said so would be the last, and the video be lost."""
    api.account = telling(current_balance=10.07, currency="USD")
    no_credit = official(403, "You've run out of credits.")

    assert type(await order_failing(api, session, no_credit)) is TryAgainError
    assert type(await poll_failing(api, session, no_credit)) is TryAgainError
    failed = await poll(api, session, telling(status="error", error={"message": "balance (1008)"}))
    assert type(failed.error) is TryAgainError


# Polls


@pytest.mark.parametrize("word", ["queued", "waiting", "generating", "polishing", ""])
async def test_any_other_word_means_that_it_is_under_way(
    api: VideoStandIn, session: aiohttp.ClientSession, word: str
) -> None:
    progress = await poll(api, session, under_way(word))

    assert progress.state in {VideoState.WAITING, VideoState.MAKING}
    assert progress.error is progress.address is None


async def test_three_gateways_that_gave_up_and_the_video_is_there_all_the_same(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    done = telling(status="completed", video={"url": "https://cdn.aimlapi.com/a.mp4"})
    api.poll = in_turn(gateway(524), gateway(524), gateway(524), done)
    hailuo = provider(session, api)

    for _ in range(3):
        with pytest.raises(TryAgainError) as caught:
            await hailuo.poll(GENERATION_ID, age_s=400.0, prompt=PROMPT)
        assert caught.value.charge is Charge.FREE
    progress = await hailuo.poll(GENERATION_ID, age_s=420.0, prompt=PROMPT)

    assert progress.address == "https://cdn.aimlapi.com/a.mp4"
    assert api.steps() == ["poll"] * 4


async def test_a_video_that_is_not_found_at_first_is_found_later(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    unknown = official(404, "Inference not found")
    api.poll = in_turn(unknown, under_way("queued"), unknown)
    hailuo = provider(session, api)

    with pytest.raises(TryAgainError):
        await hailuo.poll(GENERATION_ID, age_s=30.0, prompt=PROMPT)
    early = await hailuo.poll(GENERATION_ID, age_s=40.0, prompt=PROMPT)
    late = await hailuo.poll(GENERATION_ID, age_s=90.0, prompt=PROMPT)

    assert early.state is VideoState.WAITING
    assert late.state is VideoState.FAILED
    assert late.error is not None
    assert late.error.charge is Charge.UNKNOWN


async def test_a_completed_video_without_an_address_is_lost(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    progress = await poll(api, session, telling(status="completed", video=None))

    assert progress.state is VideoState.FAILED
    assert type(progress.error) is AnswerEmptyError


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("video contains sensitive content (1027)", RefusedError),
        ("insufficient balance (1008)", OutOfCreditError),
        ("something broke", TryAgainError),
    ],
)
async def test_a_failed_video_tells_why(
    api: VideoStandIn, session: aiohttp.ClientSession, message: str, kind: type[ProviderError]
) -> None:
    progress = await poll(api, session, telling(status="error", error={"name": "E", "message": message}))

    assert progress.state is VideoState.FAILED
    assert isinstance(progress.error, kind)
    assert progress.error.charge is Charge.FREE


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (official(401, "no key"), BadKeyError),
        (official(403, "Forbidden"), FixRequestError),
        (official(403, "You've run out of credits."), OutOfCreditError),
        (official(500, "oops"), ServerFaultError),
        (official(429, "slow"), SlowDownError),
        (gateway(502), TryAgainError),
        (gateway(403), TryAgainError),
        (saying(status=302, headers={"Location": "/elsewhere"}), TryAgainError),
        (saying(recorded("gateway.html")), TryAgainError),
        (saying(b""), TryAgainError),
        (saying(b" " * 70_000), TryAgainError),
        (flooding(), TryAgainError),
        (breaking_off(b'{"status": "comp'), TryAgainError),
    ],
)
async def test_a_poll_without_a_word_about_the_video_says_whether_another_is_worth_it(
    api: VideoStandIn, session: aiohttp.ClientSession, answer: Answer, kind: type[ProviderError]
) -> None:
    assert type(await poll_failing(api, session, answer)) is kind


async def test_a_429_to_a_poll_says_when_to_come_back(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    error = await poll_failing(api, session, telling(429, headers={"Retry-After": "30"}, message="slow"))

    assert isinstance(error, SlowDownError)
    assert error.retry_after_s == 30.0


@pytest.mark.parametrize("answer", [hanging, dripping()])
async def test_a_poll_ends_with_its_time(
    api: VideoStandIn, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr("bot.seedream.video.POLL_TIMEOUT_S", SOON_S)

    assert type(await poll_failing(api, session, answer)) is TryAgainError


async def test_polls_out_of_reach_are_worth_another(api: VideoStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        nobody = VideoStandIn(origin="http://127.0.0.1:1")
        with pytest.raises(TryAgainError):
            await provider(session, nobody).poll("7", age_s=30.0, prompt=PROMPT)
    with pytest.raises(TryAgainError):
        await provider(session, api).poll("7", age_s=30.0, prompt=PROMPT)


# The request log, logs and settings


async def test_an_order_is_found_in_the_request_log_until_its_video_is_due(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    api.account = saying(recorded("logs.json"))

    assert await provider(session, api).look_up("easel-paid", NOW, model=None) is Charge.CHARGED
    assert await provider(session, api).look_up("easel-other", NOW, model=None) is Charge.UNKNOWN
    assert api.seen[0].path == "/v2/logs"


async def test_logs_hold_neither_key_nor_prompt(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hailuo = provider(session, api)
    with caplog.at_level(logging.DEBUG):
        order = await hailuo.create(ORDER)
        await hailuo.poll(order.generation_id, age_s=30.0, prompt=PROMPT)
        await hailuo.fetch(f"{api.origin}/files/a.mp4", tmp_path / "a.mp4")

    assert "order video easel-1.1:v: HTTP 200" in caplog.text
    assert KEY not in caplog.text
    assert PROMPT not in caplog.text
    assert KEY not in repr(vars(hailuo))


async def test_a_setting_that_cannot_work_is_told_at_the_start(session: aiohttp.ClientSession) -> None:
    with pytest.raises(SetupError):
        HailuoProvider(session, base_url="https://api.aimlapi.com/v2", api_key=KEY)
