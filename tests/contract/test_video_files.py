"""Files of videos over real sockets: bounded, from allowed places, and checked before anybody gets one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import select
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import aiohttp
import pytest
import pytest_asyncio

from bot.domain.provider import (
    Charge,
    NotAVideoError,
    ProviderError,
    ResultFetchError,
)
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
    MP4,
    VideoStandIn,
    provider,
    serving_videos,
)

SOON_S = 0.15
FULL = Path("/dev/full")


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[VideoStandIn]:
    async with serving_videos() as api:
        yield api


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (saying(b"<html>", content_type="video/mp4"), NotAVideoError),
        (saying(b""), NotAVideoError),
        (saying(MP4[:7]), NotAVideoError),
        (saying(b"\x1aE\xdf\xa3" + MP4), NotAVideoError),
        (saying(MP4.replace(b"isom", b"avif", 1)), NotAVideoError),
        (saying(b"Forbidden", status=403), ResultFetchError),
        (saying(status=302, headers={"Location": "/files/b.mp4"}), ResultFetchError),
        (saying(MP4 + bytes(1_000_001)), ResultFetchError),
        (flooding(), ResultFetchError),
        (breaking_off(MP4), ResultFetchError),
        (hanging_up, ResultFetchError),
    ],
)
async def test_a_file_that_is_no_video_leaves_nothing_behind(
    api: VideoStandIn,
    session: aiohttp.ClientSession,
    tmp_path: Path,
    answer: Answer,
    kind: type[ProviderError],
) -> None:
    api.file = answer

    with pytest.raises(ProviderError) as caught:
        await provider(session, api).fetch(f"{api.origin}/files/a.mp4?Signature=abcdef", tmp_path / "a.mp4")

    assert type(caught.value) is kind
    assert caught.value.charge is Charge.UNKNOWN
    assert "abcdef" not in caught.value.detail
    assert files_in(tmp_path) == []
    assert {seen.path for seen in api.seen} == {"/files/a.mp4"}


@pytest.mark.parametrize("answer", [hanging, dripping()])
async def test_a_file_that_does_not_come_in_time_is_given_up(
    api: VideoStandIn,
    session: aiohttp.ClientSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
) -> None:
    monkeypatch.setattr("bot.seedream.video.FETCH_TIMEOUT_S", SOON_S)
    api.file = answer

    with pytest.raises(ResultFetchError):
        await provider(session, api).fetch(f"{api.origin}/files/a.mp4", tmp_path / "a.mp4")

    assert files_in(tmp_path) == []


async def test_a_fetch_that_breaks_off_once_begins_the_file_anew(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    api.file = in_turn(breaking_off(MP4 + b"more"), saying(MP4))

    await provider(session, api).fetch(f"{api.origin}/files/a.mp4", tmp_path / "a.mp4")

    assert (tmp_path / "a.mp4").read_bytes() == MP4


async def test_a_file_of_many_pieces_arrives_whole(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    large = MP4 + random.Random(7).randbytes(6_000_000)
    api.file = saying(large)

    await provider(session, api, max_video_bytes=len(large)).fetch(
        f"{api.origin}/files/a.mp4", tmp_path / "a.mp4"
    )

    assert (tmp_path / "a.mp4").read_bytes() == large


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/a.mp4", "http://cdn.aimlapi.com/a.mp4", "file:///etc/passwd", "", "https://a b/"],
)
async def test_a_file_anywhere_else_is_not_fetched(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path, address: str
) -> None:
    with pytest.raises(ResultFetchError):
        await provider(session, api).fetch(address, tmp_path / "a.mp4")

    assert api.seen == []


async def test_a_file_that_cannot_be_written_is_not_fetched(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with pytest.raises(ResultFetchError) as caught:
        await provider(session, api).fetch(f"{api.origin}/files/a.mp4", tmp_path / "gone" / "a.mp4")

    assert "No such file" in caught.value.detail
    assert str(tmp_path) not in caught.value.detail
    assert len(api.seen) == 1


@pytest.mark.skipif(not FULL.exists(), reason="no device is full")
@pytest.mark.parametrize("more", [0, 300_000], ids=["at its end", "on the way"])
async def test_a_full_disk_is_no_reason_to_fetch_a_file_again(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path, more: int
) -> None:
    api.file = saying(MP4 + bytes(more))
    path = tmp_path / "a.mp4"
    path.symlink_to(FULL)

    with pytest.raises(ResultFetchError, match="No space left"):
        await provider(session, api).fetch(f"{api.origin}/files/a.mp4", path)

    assert len(api.seen) == 1
    assert files_in(tmp_path) == []


async def test_a_file_that_cannot_be_read_is_a_failed_fetch(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, *_given: object) -> NoReturn:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "open", broken)

    with pytest.raises(ResultFetchError, match="Input/output error") as caught:
        await provider(session, api).fetch(f"{api.origin}/files/a.mp4", tmp_path / "a.mp4")

    assert str(tmp_path) not in caught.value.detail
    assert files_in(tmp_path) == []


async def test_a_fetch_that_breaks_in_an_unforeseen_way_leaves_nothing_behind(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_start: bytes) -> NoReturn:
        assert files_in(tmp_path)
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr("bot.seedream.video.is_video", broken)

    with pytest.raises(RuntimeError, match="foresaw"):
        await provider(session, api).fetch(f"{api.origin}/files/a.mp4", tmp_path / "a.mp4")

    assert files_in(tmp_path) == []


async def test_a_cancelled_fetch_leaves_nothing_behind(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    api.file = dripping()
    path = tmp_path / "a.mp4"
    task = asyncio.create_task(provider(session, api).fetch(f"{api.origin}/files/a.mp4", path), name="fetch")
    async with asyncio.timeout(30):
        while not files_in(tmp_path):  # noqa: ASYNC110  # a folder rings no bell
            await asyncio.sleep(0.005)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_in(tmp_path) == []


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="the size of a pipe cannot be set")
async def test_a_fetch_that_is_cancelled_within_a_write_waits_for_it_and_holds_nobody_up(
    api: VideoStandIn, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    api.file = saying(MP4 + bytes(900_000))
    path = tmp_path / "a.mp4"
    os.mkfifo(path)
    reader, released = os.open(path, os.O_RDONLY | os.O_NONBLOCK), threading.Event()
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)

    def drain() -> None:
        released.wait(5)
        with os.fdopen(reader, "rb") as pipe:
            while pipe.read(65_536):
                pass

    task = asyncio.create_task(provider(session, api).fetch(f"{api.origin}/files/a.mp4", path), name="fetch")
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while not poll.poll(0):  # noqa: ASYNC110 - a pipe that another thread fills
        await asyncio.sleep(0.005)
    os.set_blocking(reader, True)
    draining = asyncio.get_running_loop().run_in_executor(None, drain)

    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.01)
    was_waiting = not task.done()
    released.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    await draining
    assert was_waiting
    assert files_in(tmp_path) == []
