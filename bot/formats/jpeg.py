"""JPEG as a sequence of segments (ITU T.81 annex B): size, orientation, profile and XMP without decoding."""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.domain.sizes import Size
from bot.formats.container import (
    MAX_ICC_BYTES,
    MAX_PARTS,
    UPRIGHT,
    Bare,
    Format,
    Header,
    exif_orientation,
    truncated,
    unreadable,
)

MAGIC = b"\xff\xd8\xff"

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP11, _APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0–SOF15 without DHT, JPG and DAC
# The segments a decoder needs: frame, tables (DHT, DAC, DQT), restart interval, and JFIF and Adobe for the colour
# model. All others go: Pillow searches the bodies of markers that it does not know for more segments.
_PIXELS = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, _APP0, _APP14}
_WITHOUT_BODY = frozenset({0x00, 0x01, _SOI, *range(0xD0, 0xD8)})
# In scan data, FF is followed by 00 or the number of a restart; anything else ends the scan.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # without `+`, which would be 20 times slower
_END = bytes((0xFF, _EOI))
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_ALL_COEFFICIENTS = (1 << 64) - 1
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
    frame = b""
    orientation = UPRIGHT
    segments: list[_Segment] = []
    for segment in _segments(data):
        segments.append(segment)
        if segment.marker in _FRAMES:
            if size is not None:
                raise unreadable("two frames in one JPEG")
            size, frame = _frame_size(data, segment), data[segment.start : segment.end]
        elif segment.marker == _APP1 and data.startswith(_EXIF, segment.body):
            orientation = exif_orientation(data[segment.body : segment.end])
    if size is None:
        raise unreadable("a JPEG without a frame")
    segments += _after(data, segments[-1].end)
    scans = [data[one.body : one.end] for one in segments if one.marker == _SOS]
    if len(scans) - 1 > MAX_SCANS:
        raise unreadable("too many scans")
    is_complete = segments[-1].marker == _EOI
    if not is_complete and not _cover(scans, frame):
        raise truncated("a JPEG without its last scans")
    return Header(format=Format.JPEG, size=size, orientation=orientation, is_complete=is_complete)


def bare(data: bytes, *, before_end: bytes = b"") -> Bare:
    """Return only the segments that pixels and their colours depend on, up to the first end of an image.

    Phones put more behind it: a video, a second picture. A missing end mark is added, after `before_end`.
    """
    kept = [data[:2]]
    profile: dict[int, bytes] = {}
    for segment in _segments(data):
        if segment.marker == _SOS:
            kept += (_scan_data(data, segment), before_end, _END)
        elif segment.marker == _APP2 and data.startswith(_ICC, segment.body):
            at = segment.body + len(_ICC)
            profile[int.from_bytes(data[at : at + 1])] = data[at + 2 : segment.end]
        elif segment.marker in _PIXELS:
            kept.append(data[segment.start : segment.end])
    icc = b"".join(part for _, part in sorted(profile.items()))
    return Bare(data=b"".join(kept), icc=icc if 0 < len(icc) <= MAX_ICC_BYTES else None)


def noise() -> bytes:
    """Return meaningless scan data, with restarts, to put where scan data may have been cut off."""
    parts = (hashlib.shake_256(bytes((number,))).digest(512) for number in range(16))
    return b"".join(
        part.replace(b"\xff", b"\xfe") + bytes((0xFF, 0xD0 + number % 8)) for number, part in enumerate(parts)
    )


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
    view = memoryview(data)  # no copies of the parts
    return b"".join((view[:start], segment, view[end:]))


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


def _after(data: bytes, at: int) -> Iterator[_Segment]:
    """Yield every segment after the first scan's header, up to and including the end mark if there is one."""
    for _ in range(MAX_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            return
        start, at = found.end() - 2, found.end()
        marker = data[start + 1]
        if marker == _EOI:
            yield _Segment(marker, start, at, at)
            return
        if marker not in _WITHOUT_BODY:
            body = at + 2
            at = max(body, at + int.from_bytes(data[at:body]))
            if at > len(data):
                return
            yield _Segment(marker, start, body, at)
    raise unreadable("too many segments")


def _scan_data(data: bytes, first_scan: _Segment) -> bytes:
    """Return all scans, without the end mark."""
    end = next((one.start for one in _after(data, first_scan.end) if one.marker == _EOI), None)
    if end is not None:
        return data[first_scan.start : end]
    # What a broken copy did not fill is zero. Half an end mark goes too, but FF 00 is a byte of the scan.
    filled = data[first_scan.start :].removesuffix(b"\xff").rstrip(b"\0")
    return filled + b"\0" if filled.endswith(b"\xff") else filled


def _cover(scans: Sequence[bytes], frame: bytes) -> bool:
    """Return whether the scans, by their headers, hold every coefficient of every component to its last bit."""
    is_progressive = frame[1] in _PROGRESSIVE
    told: dict[int, int] = {}
    for scan in scans:
        count = scan[0] if scan else 0
        if len(scan) < 4 + 2 * count:
            return False
        first, last, bits = scan[1 + 2 * count : 4 + 2 * count]
        if not is_progressive:
            first, last, bits = 0, 63, 0
        if bits & 0x0F == 0 and first <= last <= 63:
            for component in scan[1 : 1 + 2 * count : 2]:
                told[component] = told.get(component, 0) | (1 << last + 1) - (1 << first)
    components = frame[10::3]
    return all(told.get(component) == _ALL_COEFFICIENTS for component in components)


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
