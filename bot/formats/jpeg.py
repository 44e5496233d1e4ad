"""JPEG as a sequence of segments (ITU T.81 annex B): size, orientation, profile and XMP without decoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from bot.domain.sizes import Size
from bot.formats import exif
from bot.formats.container import MAX_ICC_BYTES, MAX_PARTS, Bare, Format, Header, truncated, unreadable

MAGIC = b"\xff\xd8\xff"

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP11, _APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0–SOF15 without DHT, JPG and DAC
# The segments a decoder needs: frame, tables (DHT, DAC, DQT), restart interval, and JFIF and Adobe for the colour
# model. All others go: Pillow searches the bodies of markers that it does not know for more segments.
_PIXELS = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, _APP0, _APP14}
_WITHOUT_BODY = frozenset({0x00, 0x01, _SOI, *range(0xD0, 0xD8)})
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
# Encoders use about 10 scans. A hostile scan is a few bytes long and costs a pass over the whole picture.
MAX_SCANS = 100


class _Segment(NamedTuple):
    """A segment's offsets: `start` is at the marker, `body` after the length, `end` after the last byte."""

    marker: int
    start: int
    body: int
    end: int


def read(data: bytes) -> Header:
    """Return the header, from the frame segment. Raises `PictureError`: TRUNCATED, UNREADABLE."""
    size: Size | None = None
    orientation = exif.UPRIGHT
    scan = 0
    for segment in _segments(data):
        scan = segment.end
        if segment.marker in _FRAMES:
            if size is not None:
                raise unreadable("two frames in one JPEG")
            size = _frame_size(data, segment)
        elif segment.marker == _APP1 and data.startswith(_EXIF, segment.body):
            orientation = exif.orientation(data[segment.body : segment.end])
    if size is None:
        raise unreadable("a JPEG without a frame")
    # In scan data FF is always followed by 00 or a restart marker, so FF DA and FF D9 are real markers.
    if data.count(b"\xff\xda", scan) > MAX_SCANS:
        raise unreadable("too many scans")
    is_complete = data.rfind(b"\xff\xd9", scan) >= 0
    return Header(format=Format.JPEG, size=size, orientation=orientation, is_complete=is_complete)


def bare(data: bytes) -> Bare:
    """Return only the segments that pixels and their colours depend on."""
    kept = [data[:2]]
    profile: dict[int, bytes] = {}
    for segment in _segments(data):
        if segment.marker == _SOS:
            kept.append(data[segment.start :])
        elif segment.marker == _APP2 and data.startswith(_ICC, segment.body):
            at = segment.body + len(_ICC)
            profile[int.from_bytes(data[at : at + 1])] = data[at + 2 : segment.end]
        elif segment.marker in _PIXELS:
            kept.append(data[segment.start : segment.end])
    icc = b"".join(part for _, part in sorted(profile.items()))
    return Bare(data=b"".join(kept), icc=icc if 0 < len(icc) <= MAX_ICC_BYTES else None)


def xmp(data: bytes) -> bytes | None:
    """Return the XMP packet; None if there is none."""
    segment = _xmp_segment(data)
    return data[segment.body + len(_XMP) : segment.end] if segment else None


def is_signed(data: bytes) -> bool:
    """Return whether the file has a C2PA manifest (JUMBF in APP11), whose signature any change would break."""
    return any(
        segment.marker == _APP11 and b"c2pa" in data[segment.body : segment.end]
        for segment in _segments(data)
    )


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return the file with `packet` instead of its old one, or else after JFIF and EXIF, as readers expect."""
    body = _XMP + packet
    segment = bytes((0xFF, _APP1)) + struct.pack(">H", len(body) + 2) + body
    old = _xmp_segment(data)
    start, end = (old.start, old.end) if old else (_after_leaders(data),) * 2
    return data[:start] + segment + data[end:]


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield every segment up to and including the first scan."""
    at = 2
    for _ in range(MAX_PARTS):
        at = data.find(b"\xff", at)
        while 0 <= at < len(data) - 1 and data[at + 1] == 0xFF:
            at += 1
        if at < 0 or at + 4 > len(data):
            raise truncated("a JPEG without a scan")
        marker = data[at + 1]
        if marker == _EOI:
            raise unreadable("a JPEG without a scan")
        if marker in _WITHOUT_BODY:
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end > len(data):
            raise truncated("a JPEG that stops inside a segment")
        if end < at + 4:
            raise unreadable("a JPEG segment shorter than its length")
        yield _Segment(marker, at, at + 4, end)
        if marker == _SOS:
            return
        at = end
    raise unreadable("too many segments")


def _frame_size(data: bytes, segment: _Segment) -> Size:
    if segment.end - segment.body < 6:
        raise unreadable("a short JPEG frame")
    _, height, width = struct.unpack_from(">BHH", data, segment.body)
    return Size(width, height)


def _xmp_segment(data: bytes) -> _Segment | None:
    for segment in _segments(data):
        if segment.marker == _APP1 and data.startswith(_XMP, segment.body):
            return segment
    return None


def _after_leaders(data: bytes) -> int:
    at = 2
    for segment in _segments(data):
        is_exif = segment.marker == _APP1 and data.startswith(_EXIF, segment.body)
        if segment.start != at or (segment.marker != _APP0 and not is_exif):
            break
        at = segment.end
    return at
