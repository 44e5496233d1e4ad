from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.provider import NotAPictureError
from bot.domain.sizes import Size
from bot.seedream.images import MAX_JPEG_SEGMENTS, read_header
from tests.unit.seedream.material import drawn

PNG = drawn("PNG", width=301, height=17)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (drawn("JPEG", width=301, height=17), "image/jpeg"),
        (drawn("JPEG", width=301, height=17, progressive=True), "image/jpeg"),
        (drawn("JPEG", width=301, height=17, exif=b"Exif\0\0" + bytes(9_000)), "image/jpeg"),
        (PNG, "image/png"),
        (drawn("WEBP", width=301, height=17), "image/webp"),
        (drawn("WEBP", width=301, height=17, lossless=True), "image/webp"),
        (drawn("WEBP", width=301, height=17, exif=b"Exif\0\0" + bytes(90)), "image/webp"),
    ],
    ids=["baseline", "progressive", "exif", "png", "lossy", "lossless", "extended"],
)
def test_format_and_size_come_from_the_first_bytes(data: bytes, mime: str) -> None:
    header = read_header(data)

    assert header.mime == mime
    assert header.size == Size(301, 17)


def test_the_three_webp_cases_are_three_kinds_of_chunk() -> None:
    kinds = {
        drawn("WEBP")[12:16],
        drawn("WEBP", lossless=True)[12:16],
        drawn("WEBP", exif=b"Exif\0\0" + bytes(90))[12:16],
    }

    assert kinds == {b"VP8 ", b"VP8L", b"VP8X"}


def test_fill_bytes_and_lone_markers_before_the_frame_are_skipped() -> None:
    plain = drawn("JPEG", width=301, height=17)

    assert read_header(plain[:2] + b"\xff\xff\xff\x01" + plain[2:]).size == Size(301, 17)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html></html>",
        b"GIF89a" + bytes(40),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xda" + bytes(40),  # the scan begins before any frame
        b"\xff\xd8\xff\xe0\x00\x04ab" + bytes(40),  # no marker where one is due
        PNG[:20],
        PNG[:12] + b"JUNK" + PNG[16:],
        PNG[:16] + struct.pack(">II", 0, 17) + PNG[24:],
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(40),
        b"RIFF\0\0\0\0WEBPICCP" + bytes(40),
    ],
)
def test_anything_else_is_not_a_picture(data: bytes) -> None:
    with pytest.raises(NotAPictureError):
        read_header(data)


def test_a_jpeg_of_endless_segments_is_given_up() -> None:
    frame = drawn("JPEG")[2:]

    with pytest.raises(NotAPictureError):
        read_header(b"\xff\xd8" + b"\xff\xe1\x00\x02" * (MAX_JPEG_SEGMENTS + 1) + frame)


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFFxxxxWEBPVP8", b""]), st.binary(max_size=200)
)
def test_arbitrary_bytes_are_a_header_or_not_a_picture(start: bytes, rest: bytes) -> None:
    try:
        header = read_header(start + rest)
    except NotAPictureError:
        return
    assert min(header.size.width, header.size.height) >= 1
