"""The offline provider's videos, through Easel's own adapter of the AIML API."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.domain.provider import (
    Charge,
    FixRequestError,
    InputPicture,
    ItemFailedError,
    NoAnswerError,
    NotAVideoError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    ResultFetchError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.sizes import Size
from bot.domain.video import VideoQuality, VideoSettings
from bot.domain.video_provider import VideoOrder, VideoProgress, VideoState
from bot.formats import mp4
from bot.sandbox.faults import MEANINGS, Fault
from bot.sandbox.provider import OfflineProvider
from bot.sandbox.videos import LARGE_BYTES, POLLS
from bot.seedream.video import VIDEO_MODELS, HailuoProvider
from bot.seedream.wire.video import VideoApi
from tests.unit.imaging import samples

PICTURE = InputPicture(data=samples.jpeg(640, 360), mime="image/jpeg", size=Size(640, 360))
ORDER = VideoOrder(
    request_id="job-1.1",
    model="minimax/hailuo-02",
    prompt="a fox at dawn",
    seconds=6,
    quality=VideoQuality.P768,
    first=PICTURE,
    last=PICTURE,
)
PRICE = 436_800  # micro USD


@pytest_asyncio.fixture(loop_scope="session")
async def offline() -> AsyncIterator[OfflineProvider]:
    async with OfflineProvider(latency_s=0, paint_fast=True) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def provider_of(
    session: aiohttp.ClientSession, offline: OfflineProvider, api: VideoApi = VideoApi.UNIVERSAL
) -> HailuoProvider:
    return HailuoProvider(
        session,
        base_url=offline.base_url,
        api_key="test",
        api=api,
        timeout_s=2.0,
        result_origins=frozenset({offline.base_url}),
    )


@pytest.fixture
def provider(session: aiohttp.ClientSession, offline: OfflineProvider) -> HailuoProvider:
    return provider_of(session, offline)


async def ready(provider: HailuoProvider, generation_id: str) -> VideoProgress:
    """The end of a video, as a worker that asks again and again sees it."""
    for _ in range(200):
        try:
            progress = await provider.poll(generation_id, age_s=1, prompt=ORDER.prompt)
        except (TryAgainError, SlowDownError):
            continue
        if progress.state in {VideoState.DONE, VideoState.FAILED}:
            return progress
    raise AssertionError("the video is never ready")


def files_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


async def made(provider: HailuoProvider, order: VideoOrder = ORDER) -> VideoProgress:
    return await ready(provider, (await provider.create(order)).generation_id)


@pytest.mark.parametrize("api", VideoApi)
async def test_a_video_is_ordered_asked_for_and_fetched(
    session: aiohttp.ClientSession, offline: OfflineProvider, tmp_path: Path, api: VideoApi
) -> None:
    provider = provider_of(session, offline, api)
    order = replace(ORDER, last=None)
    created = await provider.create(order)
    states = [
        (await provider.poll(created.generation_id, age_s=1, prompt=order.prompt)).state for _ in range(POLLS)
    ]
    done = await ready(provider, created.generation_id)
    count = await provider.fetch(done.address or "", tmp_path / "video.mp4")

    assert created.cost_micro_usd == done.cost_micro_usd == PRICE
    assert states == [VideoState.WAITING, VideoState.MAKING, VideoState.MAKING]
    data = (tmp_path / "video.mp4").read_bytes()
    assert (len(data), mp4.read(data).brand) == (count, b"isom")
    assert offline.calls[-1].n_references == 1


async def test_the_frames_of_an_order_are_let_go_once_its_film_is_made(
    session: aiohttp.ClientSession,
) -> None:
    kept = list[bytes]()

    def film(_prompt: str, frames: Sequence[bytes], _seconds: int, _number: int) -> bytes:
        kept.append(frames[0])
        return b"a film"

    async with OfflineProvider(latency_s=0, film=film) as offline:
        await made(provider_of(session, offline))
        kept.append(bytes(1_000))  # nobody else has it

        assert sys.getrefcount(kept[0]) == sys.getrefcount(kept[1])


async def test_the_books_know_an_order(offline: OfflineProvider, provider: HailuoProvider) -> None:
    await made(provider)

    assert await provider.look_up("job-1.1", offline.calls[0].at, model=ORDER.model) is Charge.CHARGED
    assert offline.calls[0].credits == 873_600


@pytest.mark.parametrize("model", VIDEO_MODELS)
@pytest.mark.parametrize("seconds", [6, 10])
async def test_every_model_of_the_catalogue_is_offered(
    provider: HailuoProvider, model: str, seconds: int
) -> None:
    last = PICTURE if VIDEO_MODELS[model].takes_last_frame else None
    created = await provider.create(replace(ORDER, model=model, seconds=seconds, last=last))

    assert created.cost_micro_usd == VIDEO_MODELS[model].price_of(
        VideoSettings(seconds=seconds, quality=VideoQuality.P768)
    )


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.NO_CREDIT_402, OutOfCreditError),
        (Fault.OUT_OF_CREDIT, OutOfCreditError),
        (Fault.SLOW_DOWN, SlowDownError),
        (Fault.BAD_REQUEST, FixRequestError),
        (Fault.DROP, NoAnswerError),
    ],
)
async def test_an_order_ends_in_the_fault_that_is_asked_for(
    offline: OfflineProvider, provider: HailuoProvider, fault: Fault, error: type[ProviderError]
) -> None:
    offline.fail_video(fault)

    with pytest.raises(error):
        await provider.create(ORDER)
    assert offline.calls[0].charged is (fault is Fault.DROP)


@pytest.mark.parametrize(
    ("fault", "subject"),
    [
        (Fault.NEW_SENSITIVE, RefusedSubject.PROMPT),
        (Fault.FRAME_SENSITIVE, RefusedSubject.REFERENCE),
        (Fault.REFUSED_PROMPT, RefusedSubject.PROMPT),
        (Fault.REFUSED_IMAGE, RefusedSubject.REFERENCE),
    ],
)
async def test_an_order_is_refused_for_its_prompt_or_a_frame(
    provider: HailuoProvider, fault: Fault, subject: RefusedSubject
) -> None:
    with pytest.raises(RefusedError) as caught:
        await provider.create(replace(ORDER, prompt=f"a fox [fault:{fault}]"))
    assert caught.value.subject is subject


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault.VIDEO_ERROR, ItemFailedError), (Fault.VIDEO_REFUSED, RefusedError)]
)
async def test_a_video_that_fails_while_it_is_made_is_free(
    offline: OfflineProvider, provider: HailuoProvider, fault: Fault, error: type[ProviderError]
) -> None:
    offline.fail_video(fault)
    progress = await made(provider)

    assert (progress.state, type(progress.error)) == (VideoState.FAILED, error)
    assert not offline.calls[0].charged


@pytest.mark.parametrize("fault", [Fault.VIDEO_TIMEOUTS, Fault.VIDEO_UNKNOWN])
async def test_polls_that_fail_are_made_again(
    offline: OfflineProvider, provider: HailuoProvider, fault: Fault
) -> None:
    offline.fail_video(fault)
    created = await provider.create(ORDER)

    with pytest.raises(TryAgainError):
        await provider.poll(created.generation_id, age_s=1, prompt=ORDER.prompt)
    assert (await ready(provider, created.generation_id)).state is VideoState.DONE


async def test_a_video_without_an_address_failed(offline: OfflineProvider, provider: HailuoProvider) -> None:
    offline.fail_video(Fault.VIDEO_NO_URL)

    assert (await made(provider)).state is VideoState.FAILED


async def test_a_video_may_never_be_finished(offline: OfflineProvider, provider: HailuoProvider) -> None:
    offline.fail_video(Fault.VIDEO_NEVER)
    created = await provider.create(ORDER)
    polls = [await provider.poll(created.generation_id, age_s=1, prompt="") for _ in range(9)]

    assert polls[-1].state is VideoState.MAKING


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.VIDEO_FORBIDDEN, ResultFetchError),
        (Fault.VIDEO_NOT_ONE, NotAVideoError),
    ],
)
async def test_a_video_that_cannot_be_fetched_leaves_no_file(
    offline: OfflineProvider,
    provider: HailuoProvider,
    tmp_path: Path,
    fault: Fault,
    error: type[ProviderError],
) -> None:
    offline.fail_video(fault)
    progress = await made(provider)

    with pytest.raises(error):
        await provider.fetch(progress.address or "", tmp_path / "video.mp4")
    assert not files_in(tmp_path)


async def test_a_large_video_is_a_whole_one(
    offline: OfflineProvider, provider: HailuoProvider, tmp_path: Path
) -> None:
    offline.fail_video(Fault.VIDEO_LARGE)
    progress = await made(provider)

    assert await provider.fetch(progress.address or "", tmp_path / "video.mp4") > LARGE_BYTES
    mp4.read((tmp_path / "video.mp4").read_bytes())


async def test_a_frame_that_is_no_picture_ends_the_video(session: aiohttp.ClientSession) -> None:
    async with OfflineProvider(latency_s=0) as offline:
        broken = replace(PICTURE, data=b"no picture")
        progress = await made(provider_of(session, offline), replace(ORDER, first=broken))

    assert progress.state is VideoState.FAILED


async def test_every_fault_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Fault) - {Fault.NONE}
