"""Videos are packaged: marked, made smaller in a child process, and stood for by a frame."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import ImageStat

from bot.child import MAX_ADDRESSES
from bot.domain.pictures import Mark, PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats import header as headers
from bot.formats import mp4, webp
from bot.imaging import pillow_imaging
from bot.imaging import video as adapter
from bot.imaging.encoder import VideoSource, encode, picture, preview
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.tile import source_of
from bot.imaging.video import EncodedVideoFiles
from tests.unit.children import run_here
from tests.unit.formats.test_mp4 import box, track, video
from tests.unit.imaging import samples
from tests.unit.imaging.clips import clip, frames_in

T = TypeVar("T")
PLENTY = 50_000_000
SOURCE_TYPE = b"digitalsourcetype/trainedAlgorithmicMedia"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child is started, see `children`."""
    monkeypatch.setattr(adapter, "run_child", run_here)


async def problem_of(
    data: bytes, *, max_bytes: int = PLENTY, files: EncodedVideoFiles | None = None
) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        await (files or EncodedVideoFiles()).pack(data, mark=Mark.GENERATED, max_bytes=max_bytes)
    return caught.value.problem


async def test_a_video_that_fits_is_only_marked() -> None:
    packed = await EncodedVideoFiles(has_encoder=False).pack(clip(), mark=Mark.GENERATED, max_bytes=PLENTY)

    assert packed.data.startswith(clip())
    assert SOURCE_TYPE in (mp4.xmp(packed.data) or b"")
    assert (packed.mime, packed.extension, packed.size) == ("video/mp4", "mp4", Size(320, 180))
    assert (packed.seconds, packed.fitted, packed.is_preview) == (1.0, False, False)
    assert len(frames_in(packed.data)) == 12


async def test_a_mark_that_is_there_is_left_alone() -> None:
    files = EncodedVideoFiles()
    marked = (await files.pack(clip(), mark=Mark.GENERATED, max_bytes=PLENTY)).data

    assert (await files.pack(marked, mark=Mark.COMPOSITE, max_bytes=PLENTY)).data == marked


async def test_a_video_that_is_too_large_is_encoded_to_fit() -> None:
    large = clip(is_noisy=True)
    limit = len(large) // 4

    packed = await EncodedVideoFiles().pack(large, mark=Mark.COMPOSITE, max_bytes=limit)

    assert len(packed.data) <= limit
    assert (packed.fitted, packed.is_preview, packed.mime) == (True, False, "video/mp4")
    assert set(frames_in(packed.data)) == {(packed.size.width, packed.size.height)}
    assert len(frames_in(packed.data)) == 12
    assert packed.data.index(b"moov") < packed.data.index(b"mdat")  # it plays while it loads
    assert b"compositeWithTrained" in (mp4.xmp(packed.data) or b"")


@pytest.mark.usefixtures("here")
async def test_what_no_video_fits_into_holds_a_preview() -> None:
    large = clip(1920, 240, frames=30)  # many pixels for few bytes, and few frames to look at

    packed = await EncodedVideoFiles().pack(large, mark=Mark.GENERATED, max_bytes=20_000)

    assert len(packed.data) <= 20_000
    assert (packed.fitted, packed.is_preview, packed.mime, packed.seconds) == (True, True, "image/webp", 2.5)
    assert headers.read(packed.data).frames > 1
    assert SOURCE_TYPE in (webp.xmp(packed.data) or b"")


async def test_without_the_extra_a_video_is_too_large_and_has_no_frame() -> None:
    files = EncodedVideoFiles(has_encoder=False)

    assert await problem_of(clip(), max_bytes=5_000, files=files) is PictureProblem.TOO_MANY_BYTES
    with pytest.raises(PictureError):
        await files.frame(clip())


@pytest.mark.parametrize(
    ("data", "max_bytes", "expected"),
    [
        (samples.jpeg(), PLENTY, PictureProblem.UNKNOWN_FORMAT),
        (clip()[:-100], PLENTY, PictureProblem.TRUNCATED),
        (video(track(width=8000, height=4000)), PLENTY, PictureProblem.TOO_MANY_PIXELS),
        (clip(), 19_999, PictureProblem.TOO_MANY_BYTES),
        (video(track(), after=box(b"free", bytes(90_000))), 30_000, PictureProblem.TOO_MANY_BYTES),
        (clip(is_noisy=True).replace(b"avc1", b"mjpa"), 30_000, PictureProblem.TOO_MANY_BYTES),
    ],
    ids=["jpeg", "truncated", "8000 × 4000", "a tiny limit", "no frames", "a rare decoder"],
)
@pytest.mark.usefixtures("here")
async def test_a_video_that_cannot_be_packaged_says_why(
    data: bytes, max_bytes: int, expected: PictureProblem
) -> None:
    assert await problem_of(data, max_bytes=max_bytes) is expected


async def test_a_video_of_too_many_bytes_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "MAX_VIDEO_BYTES", 1_000)

    assert await problem_of(clip()) is PictureProblem.TOO_MANY_BYTES


@pytest.mark.usefixtures("here")
async def test_the_frame_is_the_first_that_is_not_blank() -> None:
    frame = await EncodedVideoFiles().frame(clip(dark=4))

    image = samples.opened(frame)
    assert image.size == (320, 180)
    assert ImageStat.Stat(image.convert("L")).mean[0] > 50


@pytest.mark.usefixtures("here")
async def test_pictures_out_of_videos_are_read_apart_from_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readers = list[threading.Thread]()

    def watching(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
        def watched(data: bytes) -> T:
            readers.append(threading.current_thread())
            return read(data)

        return watched

    monkeypatch.setattr(headers, "read_result", watching(headers.read_result))
    monkeypatch.setattr(pillow_imaging, "source_of", watching(source_of))
    async with PillowImaging() as imaging:
        await imaging.thumbnail(clip())

    assert len(readers) == 3
    assert threading.current_thread() not in readers


async def smaller(*_given: object, **_named: object) -> bytes:
    """In the place of the child that makes a video smaller."""
    return clip()


async def test_a_video_over_the_limit_is_not_copied_for_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = list[bytes]()
    monkeypatch.setattr(adapter, "mark_in", lambda data, *_: marked.append(data) or data)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    monkeypatch.setattr(adapter, "_decoded", smaller)

    assert (await EncodedVideoFiles().pack(clip(is_noisy=True), mark=Mark.GENERATED, max_bytes=60_000)).fitted
    assert marked == []


def test_a_video_that_stays_dark_has_a_dark_frame() -> None:
    source = VideoSource(clip(dark=12), max_pixels=1_000_000, max_s=10)

    image = samples.opened(picture(source))

    assert image.size == (320, 180)
    assert ImageStat.Stat(image.convert("L")).mean[0] < 5


def test_the_encoder_takes_a_video_of_odd_sides_and_previews_it() -> None:
    source = VideoSource(clip(), max_pixels=1_000_000, max_s=10)

    assert set(frames_in(encode(source, scale=0.51, bits_a_s=200_000, max_bytes=PLENTY))) == {(164, 92)}
    assert headers.read(preview(source, 100_000)).size == Size(320, 180)


def test_the_encoder_stops_at_twice_the_bytes_that_may_be() -> None:
    source = VideoSource(clip(160, 90, is_noisy=True, frames=36), max_pixels=1_000_000, max_s=10)
    whole = encode(source, scale=1.0, bits_a_s=2_000_000, max_bytes=PLENTY)

    part = encode(source, scale=1.0, bits_a_s=2_000_000, max_bytes=25_000)

    assert 50_000 < len(part) < len(whole) / 2


def test_a_preview_has_few_frames_whatever_their_times_are(monkeypatch: pytest.MonkeyPatch) -> None:
    source = VideoSource(clip(64, 48, frames=240), max_pixels=1_000_000, max_s=20)
    monkeypatch.setattr(source, "seconds", 0.01)  # as a file tells whose frames are at other times

    assert headers.read(preview(source, PLENTY)).frames <= 100


def test_the_encoder_leaves_the_bot_a_third_of_the_containers_memory() -> None:
    compose = Path(__file__).parents[3] / "compose.yaml"
    told = re.search(r"mem_limit: (\d+)m", compose.read_text(encoding="utf-8"))

    assert told is not None
    assert int(told[1]) * 1024**2 * 2 / 3 >= MAX_ADDRESSES


@pytest.mark.parametrize(("max_pixels", "max_s"), [(1_000, 10.0), (1_000_000, 0.05)])
def test_the_encoder_stops_at_its_limits(max_pixels: int, max_s: float) -> None:
    with pytest.raises(ValueError, match="frame"):
        list(VideoSource(clip(), max_pixels=max_pixels, max_s=max_s).frames())


def test_a_rare_decoder_is_not_even_tried() -> None:
    with pytest.raises(ValueError, match="a video in mjpeg"):
        VideoSource(clip().replace(b"avc1", b"mjpa"), max_pixels=1_000_000, max_s=10)


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A child that tells its process id in a file and then takes for ever."""
    module, told = tmp_path / "sleeper.py", tmp_path / "pid"
    module.write_text(
        f"import os, pathlib, time\npathlib.Path({str(told)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(adapter, "_PROGRAM", "sleeper")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return told


def is_running(told: Path) -> bool:
    return written(told) and Path(f"/proc/{told.read_text()}").exists()


def written(told: Path) -> bool:
    return told.exists() and bool(told.read_text())


async def test_a_child_that_takes_too_long_is_killed(sleeper: Path) -> None:
    files = EncodedVideoFiles(timeout_s=0.7)

    assert (
        await problem_of(clip(is_noisy=True), max_bytes=30_000, files=files) is PictureProblem.TOO_MANY_BYTES
    )
    assert not is_running(sleeper)


async def test_a_cancelled_job_leaves_no_process_and_gives_up_its_turn(
    sleeper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = EncodedVideoFiles()
    job = asyncio.create_task(files.pack(clip(is_noisy=True), mark=Mark.GENERATED, max_bytes=30_000))
    while not written(sleeper):  # noqa: ASYNC110 - another process has no event of ours
        await asyncio.sleep(0.01)
    job.cancel()

    with pytest.raises(asyncio.CancelledError):
        await job
    assert not is_running(sleeper)
    monkeypatch.undo()
    assert (await files.pack(clip(is_noisy=True), mark=Mark.GENERATED, max_bytes=60_000)).fitted


async def test_one_video_is_encoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def watched(*_given: object, **_named: object) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return clip()

    monkeypatch.setattr(adapter, "_decoded", watched)
    files, large = EncodedVideoFiles(), clip(is_noisy=True)
    await asyncio.gather(*(files.pack(large, mark=Mark.GENERATED, max_bytes=30_000) for _ in range(3)))

    assert most == 1


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], object]:
    """Sets what runs in the place of the encoder."""
    monkeypatch.setattr(adapter, "_PROGRAM", "program")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return (tmp_path / "program.py").write_text


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.kill(os.getpid(), 11)",
        "import os; os.kill(os.getpid(), 9)",
        "import sys; sys.stdout.buffer.write(bytes(9_000_000))",
        "print('no video')",
        "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[:5000])",
    ],
    ids=["crash", "out of memory", "flood", "words", "half a video"],
)
async def test_what_a_child_answers_is_not_trusted(program: Callable[[str], object], code: str) -> None:
    program(code)

    assert await problem_of(clip(is_noisy=True), max_bytes=30_000) is PictureProblem.TOO_MANY_BYTES


async def problem_of_frame(data: bytes) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        await EncodedVideoFiles().frame(data)
    return caught.value.problem


async def test_a_video_that_crashes_the_child_has_no_frame(program: Callable[[str], object]) -> None:
    program("import os; os.kill(os.getpid(), 11)")

    assert await problem_of_frame(clip()) is PictureProblem.UNREADABLE


async def test_a_video_stays_too_large_where_no_child_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert await problem_of(clip(is_noisy=True), max_bytes=30_000) is PictureProblem.TOO_MANY_BYTES
    assert await problem_of_frame(clip()) is PictureProblem.UNREADABLE


@pytest.mark.usefixtures("here")
async def test_a_video_with_broken_pictures_in_it_stays_too_large() -> None:
    large = clip(is_noisy=True)
    inside = large.index(b"mdat") + 4
    broken = large[:inside] + bytes(60_000) + large[inside + 60_000 :]

    assert await problem_of(broken, max_bytes=30_000) is PictureProblem.TOO_MANY_BYTES


async def test_a_child_knows_nothing_of_our_environment(
    program: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    program("import os, sys; print(sorted(os.environ)); sys.exit(1)")

    with pytest.raises(PictureError) as caught:
        await EncodedVideoFiles().frame(clip())
    assert "DISCORD_TOKEN" in os.environ
    assert "DISCORD_TOKEN" not in caught.value.detail
