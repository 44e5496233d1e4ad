"""What is refused before a pixel is decoded."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import bot.formats.header as headers
from bot.domain.pictures import MAX_REFERENCE_BYTES, PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats import container, gif, jpeg, png, webp
from bot.formats.container import Format
from tests.tables import each_case
from tests.unit.imaging import samples

COUNTLESS = 2_001


@pytest.fixture
def few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk ends sooner than in earnest, where it takes a quarter of a second."""
    assert container.MAX_PARTS <= 250_000
    for walked in (gif, jpeg, png, webp):
        monkeypatch.setattr(walked, "MAX_PARTS", COUNTLESS - 1)


def problem_of(data: bytes) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        headers.read_reference(data)
    return caught.value.problem


@each_case(
    ("data", "expected"),
    [
        (samples.jpeg(70, 50), Format.JPEG),
        (samples.jpeg(70, 50, progressive=True), Format.JPEG),
        (samples.png(70, 50), Format.PNG),
        (samples.webp(70, 50), Format.WEBP),
        (samples.webp(70, 50, lossless=True), Format.WEBP),
        (samples.webp(70, 50, "RGBA"), Format.WEBP),
        (samples.encoded(samples.gradient(70, 50).quantize(16), "GIF"), Format.GIF),
    ],
)
def test_the_header_tells_format_and_size(data: bytes, expected: Format) -> None:
    header = headers.read_reference(data)
    assert (header.format, header.size) == (expected, Size(70, 50))
    assert header.is_complete
    assert header.frames == 1


def other_format(name: str) -> bytes:
    return samples.encoded(Image.new("RGB", (32, 32)), name)


@each_case(
    "data",
    [
        b"",
        b"\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'/>",
        b"<!doctype html><img src=x>",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n",
        b"\0\0\0\x1cftypavif",
        b"\0\0\0\x1cftypheic",
        b"RIFF\x24\0\0\0WAVEfmt ",
        other_format("TIFF"),
        other_format("BMP"),
        other_format("ICO"),
        other_format("TGA"),
        other_format("PPM"),
        other_format("JPEG2000"),
        other_format("AVIF"),
    ],
)
def test_what_is_not_on_the_allow_list_is_unknown(data: bytes) -> None:
    assert problem_of(data) is PictureProblem.UNKNOWN_FORMAT


@each_case(
    "data",
    [
        samples.png_header(8000, 5000),
        samples.jpeg_header(8000, 5000),
        samples.webp_header(8000, 5000),
        samples.gif_header(8000, 5000),
        samples.png_header(2**31 - 1, 2**31 - 1),
    ],
)
def test_a_header_of_40_megapixels_is_enough_to_refuse(data: bytes) -> None:
    assert problem_of(data) is PictureProblem.TOO_MANY_PIXELS


def test_36_megapixels_are_still_allowed() -> None:
    assert headers.read_reference(samples.png_header(6000, 6000)).size == Size(6000, 6000)
    assert problem_of(samples.png_header(6000, 6001)) is PictureProblem.TOO_MANY_PIXELS


@each_case(
    ("width", "height", "expected"),
    [
        (14, 100, PictureProblem.TOO_SMALL),
        (100, 14, PictureProblem.TOO_SMALL),
        (1, 20_000, PictureProblem.TOO_SMALL),
        (15, 241, PictureProblem.WRONG_RATIO),
        (20_000, 1000, PictureProblem.WRONG_RATIO),
        (0, 100, PictureProblem.UNREADABLE),
    ],
)
def test_sides_and_ratios_the_provider_refuses_are_refused(
    width: int, height: int, expected: PictureProblem
) -> None:
    assert problem_of(samples.png_header(width, height)) is expected


def test_the_smallest_and_the_longest_allowed_pictures_pass() -> None:
    assert headers.read_reference(samples.png_header(15, 240)).size == Size(15, 240)


def test_too_many_bytes_are_refused_whatever_they_are() -> None:
    assert problem_of(b"?" * (MAX_REFERENCE_BYTES + 1)) is PictureProblem.TOO_MANY_BYTES


def test_a_gif_frame_larger_than_its_screen_counts() -> None:
    data = bytearray(samples.gif_header(20, 20))
    data[18:22] = b"\xff\xff\xff\xff"
    assert problem_of(bytes(data)) is PictureProblem.TOO_MANY_PIXELS


def test_a_result_may_be_any_format_but_gif() -> None:
    for data in (samples.jpeg(), samples.png(), samples.webp()):
        assert headers.read_result(data).is_complete
    with pytest.raises(PictureError) as caught:
        headers.read_result(samples.animation("GIF"))
    assert caught.value.problem is PictureProblem.UNKNOWN_FORMAT


def test_the_three_webp_cases_are_three_kinds_of_chunk() -> None:
    cases = (samples.webp(), samples.webp(lossless=True), samples.webp(mode="RGBA"))
    assert {data[12:16] for data in cases} == {b"VP8 ", b"VP8L", b"VP8X"}


def test_fill_bytes_and_junk_between_segments_are_skipped() -> None:
    data = samples.jpeg(64, 48)
    assert headers.read(data[:2] + b"\xff\xff\xff\x01junk\xff\x00" + data[2:]).size == Size(64, 48)


@each_case(
    ("data", "problem"),
    [
        (b"\xff\xd8\xff\xd9" + bytes(20), PictureProblem.UNREADABLE),
        (b"\xff\xd8\xff\xe0\0\0" + bytes(20), PictureProblem.UNREADABLE),
        (b"\xff\xd8" + samples.jpeg_segment(0xC0, b"\x08\0") + bytes(9), PictureProblem.UNREADABLE),
        (b"\xff\xd8" + samples.jpeg_segment(0xDA, b"\1\1\0\0\x3f\0"), PictureProblem.UNREADABLE),
        (b"\xff\xd8\xff", PictureProblem.TRUNCATED),
        (b"\x89PNG\r\n\x1a\n", PictureProblem.TRUNCATED),
        (b"\x89PNG\r\n\x1a\n" + samples.png_chunk(b"CgBI", bytes(30)), PictureProblem.UNREADABLE),
        (samples.riff([(b"JUNK", bytes(30))]), PictureProblem.UNREADABLE),
        (b"RIFF\0\0\0\0WEBP", PictureProblem.TRUNCATED),
    ],
)
def test_a_file_without_a_frame_is_no_picture(data: bytes, problem: PictureProblem) -> None:
    with pytest.raises(PictureError) as caught:
        headers.read(data)
    assert caught.value.problem is problem


@each_case("file_format", ["GIF", "WEBP", "PNG"])
def test_frames_of_an_animation_are_counted(file_format: str) -> None:
    assert headers.read_reference(samples.animation(file_format, 5)).frames == 5


def test_a_progressive_jpeg_of_countless_scans_is_refused() -> None:
    scan = samples.jpeg_segment(0xDA, b"\1\1\0\0\x3f\0") + b"\0"
    data = samples.jpeg_header(5000, 5000) + scan * (jpeg.MAX_SCANS + 1)
    assert problem_of(data) is PictureProblem.UNREADABLE


def test_a_second_frame_header_cannot_smuggle_another_size() -> None:
    data = samples.jpeg(64, 64)
    second = samples.jpeg_header(20, 20)[2:15]
    assert problem_of(data[:2] + second + data[2:]) is PictureProblem.UNREADABLE


@each_case(
    "data",
    [
        samples.png_header(64, 64) + samples.png_chunk(b"tEXt", b"") * COUNTLESS,
        b"\xff\xd8" + samples.jpeg_segment(0xFE, b"") * COUNTLESS + samples.jpeg()[2:],
        samples.riff([(b"VP8X", bytes(10)), ((b"ABCD" + bytes(4)) * (COUNTLESS - 1) + b"ABCD", b"")]),
    ],
)
@pytest.mark.usefixtures("few_parts")
def test_walking_a_file_of_countless_parts_stops(data: bytes) -> None:
    assert problem_of(data) is PictureProblem.UNREADABLE


@pytest.mark.usefixtures("few_parts")
def test_counting_the_frames_of_a_gif_of_countless_blocks_stops() -> None:
    data = samples.animation("GIF", 2)
    header = headers.read_reference(data[:-1] + b"!\xfe" + b"\1x" * COUNTLESS + b"\0;")
    assert header.frames == 2


def test_a_bomb_is_refused_without_its_memory(tmp_path: Path) -> None:
    """9400 × 9400 in a few hundred kB: decoding it would take over 250 MB."""
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(samples.png_bomb(9400, 9400))
    assert bomb.stat().st_size < 500_000
    code = """
import pathlib, resource, sys
from bot.domain.pictures import PictureError
import bot.formats.header as header
from bot.imaging import pixels
data = pathlib.Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    pixels.develop(data, header.read_reference(data))
except PictureError as error:
    print(error.problem.value, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code, str(bomb)], capture_output=True, text=True, check=True)
    problem, grown_kb = done.stdout.split()
    assert problem == PictureProblem.TOO_MANY_PIXELS
    assert int(grown_kb) < 20_000


def test_reading_a_header_agrees_with_pillow_about_truecolour_gif_frames() -> None:
    data = samples.animation("GIF", 2)
    with Image.open(io.BytesIO(data)) as image:
        assert headers.read(data).size == Size(*image.size)
