"""Which way is up, from honest and broken EXIF."""

from __future__ import annotations

import struct

from bot.formats.container import UPRIGHT, exif_orientation
from tests.tables import each_case


def tiff(order: str, *entries: tuple[int, int, int]) -> bytes:
    magic = b"II*\0" if order == "<" else b"MM\0*"
    rows = b"".join(struct.pack(order + "HHIHH", tag, kind, 1, value, 0) for tag, kind, value in entries)
    return magic + struct.pack(order + "IH", 8, len(entries)) + rows


@each_case("order", ["<", ">"])
def test_the_orientation_is_found_in_either_byte_order(order: str) -> None:
    data = tiff(order, (0x010F, 2, 0), (0x0112, 3, 6))
    assert exif_orientation(data) == 6
    assert exif_orientation(b"Exif\0\0" + data) == 6


@each_case(
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
    assert exif_orientation(data) == UPRIGHT
