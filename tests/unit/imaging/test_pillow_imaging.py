"""The port as the worker uses it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest
import pytest_asyncio

import bot.imaging.pillow_imaging as adapter
from bot.domain.pictures import CleanPicture, Imaging, Mark, PictureError, PictureProblem
from bot.domain.policy.budget import Month
from bot.domain.ports.drawing import PlotWords, SpendingChart, TreeNode
from bot.domain.sizes import Size
from bot.formats.container import Header
from bot.imaging import video
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.pool import ClosedError, Pool
from tests.unit.children import run_here
from tests.unit.imaging import samples
from tests.unit.imaging.clips import clip

MAX_LAG_S = 0.05


@pytest_asyncio.fixture
async def imaging() -> AsyncIterator[PillowImaging]:
    async with PillowImaging() as opened:
        yield opened


async def test_the_port_cleans_and_packs(imaging: PillowImaging) -> None:
    port: Imaging = imaging
    assert (await port.clean(samples.png(80, 40))).picture.size == Size(80, 40)
    packed = await port.pack(samples.jpeg(80, 40), mark=Mark.GENERATED, max_bytes=1_000_000)
    assert (packed.extension, packed.fitted) == ("jpg", False)


async def test_a_refusal_reaches_the_caller(imaging: PillowImaging) -> None:
    with pytest.raises(PictureError) as caught:
        await imaging.clean(b"GIF89a")
    assert caught.value.problem is PictureProblem.TRUNCATED


async def test_a_picture_over_the_whole_budget_still_gets_its_turn() -> None:
    async with PillowImaging(workers=2, memory_budget_bytes=1) as small:
        results = await asyncio.gather(*(small.clean(samples.webp(300, 200)) for _ in range(6)))
    assert len(results) == 6


async def test_a_budget_for_one_picture_lets_one_be_decoded_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside, most = 0, 0
    lock = threading.Lock()
    original = adapter.clean

    def watched(data: bytes, header: Header, *, max_side: int) -> CleanPicture:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        result = original(data, header, max_side=max_side)
        with lock:
            inside -= 1
        return result

    monkeypatch.setattr(adapter, "clean", watched)
    data = samples.png(700, 700)
    async with PillowImaging(workers=4, memory_budget_bytes=700 * 700 * 12 + 2 * len(data)) as one_at_a_time:
        await asyncio.gather(*(one_at_a_time.clean(data) for _ in range(8)))
    assert most == 1


async def test_closed_imaging_takes_nothing_new() -> None:
    imaging = PillowImaging()
    await imaging.close()
    with pytest.raises(ClosedError):
        await imaging.clean(samples.jpeg())


async def test_the_event_loop_stays_free_while_large_pictures_are_worked_on(imaging: PillowImaging) -> None:
    lags = [await slowest_of_a_hundred(imaging)]
    while lags[-1] >= MAX_LAG_S and len(lags) < 5:
        await asyncio.sleep(len(lags))  # until a busy machine has time again
        lags.append(await slowest_of_a_hundred(imaging))
    assert lags[-1] < MAX_LAG_S, lags


async def slowest_of_a_hundred(imaging: PillowImaging) -> float:
    """How late the loop is while pictures are worked on, but for one time in a hundred, in seconds."""
    data = samples.jpeg(2000, 2000, quality=95)
    lags: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            lags.append(time.perf_counter() - before)

    watching = asyncio.create_task(watch(), name="watch")
    await asyncio.gather(
        imaging.clean(data),
        imaging.pack(data, mark=Mark.GENERATED, max_bytes=len(data) // 2),
        imaging.side_by_side(data, data, before_label="Before", after_label="After"),
        imaging.contact_sheet([data, None]),
    )
    watching.cancel()
    lags.sort()
    assert len(lags) > 100
    return lags[int(len(lags) * 0.99)]


async def test_every_picture_made_from_pictures_reserves_what_decoding_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    costs: list[int] = []
    original = Pool.run

    async def watched(self: Pool, work: Callable[[], object], *, cost_bytes: int) -> object:
        costs.append(cost_bytes)
        return await original(self, work, cost_bytes=cost_bytes)

    monkeypatch.setattr(Pool, "run", watched)
    data = samples.jpeg(600, 600)
    node = TreeNode(key="a", parent=None, title="a", note="", thumbnail=data, is_here=False)
    async with PillowImaging() as composer:
        for work in (
            composer.thumbnail(data),
            composer.side_by_side(data, data, before_label="", after_label=""),
            composer.tree([node]),
            composer.contact_sheet([None, data]),
        ):
            costs.clear()
            await work
            assert costs[-1] > 600 * 600 * 11
            assert not any(costs[:-1])  # headers


async def test_the_chart_is_drawn_in_the_pools_own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def watched(*given: object) -> bytes:
        threads.append(threading.current_thread().name)
        return b"a picture"

    monkeypatch.setattr(adapter, "draw_month", watched)
    day = date(2026, 11, 1)
    month = Month(start=day, days=30, spent=(), today=day, budget_micro_usd=None)
    words = PlotWords(title="", spent="", forecast="", budget="", nothing="")
    async with PillowImaging() as imaging:
        chart: SpendingChart = imaging
        assert await chart.month(month, forecast_micro_usd=None, words=words) == b"a picture"
    assert threads[0].startswith("imaging")


async def test_the_port_packs_videos_as_it_packs_pictures(imaging: PillowImaging) -> None:
    port: Imaging = imaging
    packed = await port.pack(clip(), mark=Mark.GENERATED, max_bytes=1_000_000)
    assert (packed.mime, packed.extension, packed.size) == ("video/mp4", "mp4", Size(320, 180))
    assert not packed.fitted
    assert packed.data.startswith(clip())


async def test_a_thumbnail_of_a_video_is_a_frame_with_a_play_sign(imaging: PillowImaging) -> None:
    small = samples.opened_jpeg(await imaging.thumbnail(clip(640, 360)))

    assert small.size == (320, 180)
    assert samples.is_about(small, (160, 90), samples.WHITE)


async def test_a_picture_is_compared_with_the_video_it_became(
    imaging: PillowImaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "run_child", run_here)
    pair = await imaging.side_by_side(samples.jpeg(320, 180), clip(), before_label="a", after_label="b")

    assert samples.opened_jpeg(pair).width > samples.opened_jpeg(pair).height
