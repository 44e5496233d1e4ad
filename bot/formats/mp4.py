"""MP4 as a tree of boxes (ISO/IEC 14496-12): brand, size, length and XMP without decoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats.container import truncated, unreadable

MIME: Final = "video/mp4"
EXTENSION: Final = "mp4"
MAX_BOXES: Final = 20_000  # a file of the provider has about 40; one in fragments has some for each

_UUID_BYTES: Final = 16
_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP part 3, 1.1.10
_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # C2PA specification, A.5
# Pictures in the same container (ISO/IEC 23008-12): they begin as videos do.
_PICTURE_BRANDS: Final = frozenset(
    {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
)
_DATE_BYTES: Final = {0: 4, 1: 8}  # by the version of `mvhd` and `mdhd`
_SAMPLE_SIZE_AT: Final = 40  # from the body of `stsd` to width and height in its first entry


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoHeader:
    """The facts of a video: its main brand, the size of a frame in pixels, and its length.

    `seconds` is 0.0 where the file does not say, as one in fragments may not.
    """

    brand: bytes
    size: Size
    seconds: float


class _Box(NamedTuple):
    """A box's offsets: `start` is at its length, `body` after its name, `end` after its last byte."""

    name: bytes
    start: int
    body: int
    end: int


def is_video(data: bytes) -> bool:
    """Return whether the first bytes are those of an MP4, and not of a picture in the same container."""
    return data[4:8] == b"ftyp" and data[8:12] not in _PICTURE_BRANDS


def read(data: bytes) -> VideoHeader:
    """Return the header. Raises `PictureError`: UNKNOWN_FORMAT, TRUNCATED, and UNREADABLE without a video track."""
    if not is_video(data):
        raise PictureError(PictureProblem.UNKNOWN_FORMAT, detail=f"begins with {data[:12].hex()}")
    steps = iter(range(MAX_BOXES))
    movie = next((box for box in list(_top(data, steps)) if box.name == b"moov"), None)
    if movie is None:
        raise truncated("an MP4 without its index")
    movie_s = 0.0
    for box in _inside(data, movie, steps):
        if box.name == b"mvhd":
            movie_s = _seconds(data, box)
        elif box.name == b"trak" and (track := _video_track(data, box, steps)) is not None:
            size, track_s = track
            return VideoHeader(brand=data[8:12], size=size, seconds=track_s or movie_s)
    raise unreadable("an MP4 without a video track")


def xmp(data: bytes) -> bytes | None:
    """Return the XMP packet; None if there is none."""
    box = _named_by(data, _XMP)
    return None if box is None else data[box.body + _UUID_BYTES : box.end]


def is_signed(data: bytes) -> bool:
    """Return whether the file has a C2PA manifest, whose signature any change would break."""
    return _named_by(data, _C2PA) is not None


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return the file with `packet` in a box at its end, where it moves no other byte; an old packet is made void."""
    changes: list[tuple[int, bytes]] = []
    old = _named_by(data, _XMP)
    if old is not None:
        changes += [(old.start + 4, b"free"), (old.body, bytes(old.end - old.body))]
    last = list(_top(data))[-1]
    if data[last.start : last.start + 4] == bytes(4):  # it reaches to the end of the file, wherever that is
        changes.append((last.start, struct.pack(">I", last.end - last.start)))
    view, parts, at = memoryview(data), list[bytes | memoryview](), 0  # no copies of the parts
    for start, new in sorted(changes):
        parts += (view[at:start], new)
        at = start + len(new)
    body = _XMP + packet
    return b"".join((*parts, view[at:], struct.pack(">I", 8 + len(body)), b"uuid", body))


def _named_by(data: bytes, uuid: bytes) -> _Box | None:
    boxes = _top(data)
    return next((box for box in boxes if box.name == b"uuid" and data.startswith(uuid, box.body)), None)


def _top(data: bytes, steps: Iterator[int] | None = None) -> Iterator[_Box]:
    """Yield the boxes of the file. Raises TRUNCATED for one that reaches beyond its end."""
    at, steps = 0, iter(range(MAX_BOXES)) if steps is None else steps
    while at < len(data):
        box = _box(data, at, len(data), steps)
        if box.end > len(data):
            raise truncated(f"an MP4 that stops {box.end - len(data)} bytes too early")
        yield box
        at = box.end


def _inside(data: bytes, parent: _Box, steps: Iterator[int]) -> Iterator[_Box]:
    """Yield the boxes in a box. Raises UNREADABLE for one that reaches beyond it."""
    at = parent.body
    while at < parent.end:
        box = _box(data, at, parent.end, steps)
        if box.end > parent.end:
            raise unreadable("a box that is larger than the one around it")
        yield box
        at = box.end


def _box(data: bytes, at: int, limit: int, steps: Iterator[int]) -> _Box:
    """Return the box at `at`, which may reach beyond `limit`; its header does not."""
    if next(steps, None) is None:
        raise unreadable("too many boxes")
    size, body = int.from_bytes(data[at : at + 4]), at + 8
    if size == 1:
        size, body = int.from_bytes(data[at + 8 : at + 16]), at + 16
    elif size == 0:
        size = limit - at
    if body > limit:
        raise truncated("an MP4 that stops inside the head of a box")
    if at + size < body:
        raise unreadable("a box that is smaller than its head")
    return _Box(data[at + 4 : at + 8], at, body, at + size)


def _video_track(data: bytes, track: _Box, steps: Iterator[int]) -> tuple[Size, float] | None:
    """Return the size of a track's frames and its length in seconds; None if it is no video."""
    seconds, size, is_seen = 0.0, None, False
    for box in _inside_all(data, track, b"mdia", steps):
        if box.name == b"mdhd":
            seconds = _seconds(data, box)
        elif box.name == b"hdlr":
            is_seen = data[box.body + 8 : min(box.body + 12, box.end)] == b"vide"
        elif box.name == b"minf":
            for table in _inside_all(data, box, b"stbl", steps):
                if table.name == b"stsd":
                    size = _frame_size(data, table)
    if not is_seen:
        return None
    if size is None or size.pixels == 0:
        raise unreadable("a video track without a size")
    return size, seconds


def _inside_all(data: bytes, parent: _Box, name: bytes, steps: Iterator[int]) -> Iterator[_Box]:
    """Yield what is inside the boxes of this name inside `parent`."""
    for box in _inside(data, parent, steps):
        if box.name == name:
            yield from _inside(data, box, steps)


def _frame_size(data: bytes, table: _Box) -> Size | None:
    at = table.body + _SAMPLE_SIZE_AT
    return Size(*struct.unpack_from(">HH", data, at)) if at + 4 <= table.end else None


def _seconds(data: bytes, box: _Box) -> float:
    """Return the length that `mvhd` or `mdhd` states, 0.0 if it is unknown."""
    wide = _DATE_BYTES.get(data[box.body] if box.body < box.end else -1)
    if wide is None or (at := box.body + 4 + 2 * wide) + 4 + wide > box.end:
        return 0.0
    scale, length = int.from_bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 4 + wide])
    is_known = scale > 0 and length != (1 << 8 * wide) - 1
    return length / scale if is_known else 0.0
