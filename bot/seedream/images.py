"""A picture's format and size, read from its first bytes without decoding a pixel."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.provider import NotAPictureError
from bot.domain.sizes import Size

MAX_JPEG_SEGMENTS = 1_000  # real files have a few dozen; this bounds the work for a crafted one

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# SOF0–SOF15 are frame headers, except DHT (C4), JPG (C8) and DAC (CC): ITU-T T.81, table B.1.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST0–RST7 have no length
_JPEG_SCAN_OR_END = frozenset({0xDA, 0xD9})


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeader:
    """The media type (`image/jpeg`, `image/png` or `image/webp`) and the size in pixels."""

    mime: str
    size: Size


def read_header(data: bytes) -> PictureHeader:
    """Read the header of a JPEG, PNG or WebP. Raises `NotAPictureError` for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        mime, sides = "image/jpeg", _jpeg_sides(data)
    elif data.startswith(_PNG_SIGNATURE):
        mime, sides = "image/png", _png_sides(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        mime, sides = "image/webp", _webp_sides(data)
    else:
        raise NotAPictureError(f"{len(data)} bytes beginning {data[:8].hex(' ') or 'nowhere'}")
    if sides is None or 0 in sides:
        raise NotAPictureError(f"{len(data)} bytes of {mime} without a readable size")
    return PictureHeader(mime=mime, size=Size(*sides))


def _jpeg_sides(data: bytes) -> tuple[int, int] | None:
    """Walk the segments to the frame header, which holds height before width."""
    at = 2
    for _ in range(MAX_JPEG_SEGMENTS):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte before the marker
            at += 1
        elif marker in _JPEG_STANDALONE:
            at += 2
        elif marker in _JPEG_FRAMES:
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        elif marker in _JPEG_SCAN_OR_END:
            return None
        else:
            at += 2 + _big(data[at + 2 : at + 4])
    return None


def _png_sides(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24 or data[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    return _big(data[16:20]), _big(data[20:24])


def _webp_sides(data: bytes) -> tuple[int, int] | None:
    """Read the first chunk: lossy (RFC 6386, 9.1), lossless or extended (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8 " and len(data) >= 30 and data[23:26] == b"\x9d\x01\x2a":
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    if kind == b"VP8L" and len(data) >= 25 and data[20] == 0x2F:
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if kind == b"VP8X" and len(data) >= 30:
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    return None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
