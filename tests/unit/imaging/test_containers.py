"""Odd corners of the containers that honest and dishonest files have."""

from __future__ import annotations

import struct

import pytest

import bot.imaging.formats.exif as exif
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.imaging.formats.header import read
from tests.unit.imaging import samples


def tiff(order: str, *entries: tuple[int, int, int]) -> bytes:
    magic = b"II*\0" if order == "<" else b"MM\0*"
    rows = b"".join(struct.pack(order + "HHIHH", tag, kind, 1, value, 0) for tag, kind, value in entries)
    return magic + struct.pack(order + "IH", 8, len(entries)) + rows


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_orientation_is_found_in_either_byte_order(order: str) -> None:
    data = tiff(order, (0x010F, 2, 0), (0x0112, 3, 6))
    assert exif.orientation(data) == 6
    assert exif.orientation(b"Exif\0\0" + data) == 6


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\0",
        b"no tiff at all",
        tiff("<"),
        tiff("<", (0x0112, 4, 6)),
        tiff("<", (0x0112, 3, 9)),
        tiff(">")[:9],
    ],
)
def test_without_a_readable_orientation_a_picture_is_upright(data: bytes) -> None:
    assert exif.orientation(data) == exif.UPRIGHT


def test_fill_bytes_and_junk_between_segments_are_skipped() -> None:
    data = samples.jpeg(64, 48)
    assert read(data[:2] + b"\xff\xff\xff\x01junk\xff\x00" + data[2:]).size == Size(64, 48)


@pytest.mark.parametrize(
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
        read(data)
    assert caught.value.problem is problem
