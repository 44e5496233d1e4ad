"""GIF as a sequence of blocks (GIF89a): size, frames and the first picture without decoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from bot.domain.sizes import Size
from bot.formats.container import MAX_PARTS, Bare, Format, Header, truncated

MAGICS = (b"GIF87a", b"GIF89a")

_SCREEN_END = 13
_EXTENSION, _IMAGE, _CONTROL = 0x21, 0x2C, 0xF9


class _Frame(NamedTuple):
    """A frame. `control` is its graphic control extension, empty if absent; `is_whole` is False if cut off."""

    size: Size
    control: bytes
    start: int
    end: int
    is_whole: bool


def read(data: bytes) -> Header:
    """Return the header. Its size is the screen's, or the first frame's if that is larger.

    Raises `PictureError`: TRUNCATED.
    """
    if len(data) < _SCREEN_END:
        raise truncated("a GIF without a header")
    frames = list(_frames(data))
    if not frames:
        raise truncated("a GIF without a picture")
    width, height = struct.unpack_from("<HH", data, 6)
    first = frames[0]
    size = Size(max(width, first.size.width), max(height, first.size.height))
    return Header(format=Format.GIF, size=size, frames=len(frames), is_complete=first.is_whole)


def bare(data: bytes) -> Bare:
    """Return the first frame with its palette and transparency."""
    first = next(_frames(data))
    screen = data[: _SCREEN_END + _palette_bytes(data[10])]
    return Bare(data=screen + first.control + data[first.start : first.end] + b";")


def _frames(data: bytes) -> Iterator[_Frame]:
    at = _SCREEN_END + _palette_bytes(data[10])
    control = b""
    # Shared by all blocks: an animation of a million blocks is counted in part.
    steps = iter(range(MAX_PARTS))
    while at + 10 <= len(data):
        start = at
        if data[at] == _EXTENSION:
            at, is_whole = _skip_blocks(data, at + 2, steps)
            if not is_whole:
                return
            if data[start + 1] == _CONTROL:
                control = data[start:at]
        elif data[at] == _IMAGE:
            left, top, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
            at, is_whole = _skip_blocks(data, at + 11 + _palette_bytes(flags), steps)
            yield _Frame(Size(left + width, top + height), control, start, at, is_whole)
            if not is_whole:
                return
            control = b""
        else:
            return


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_blocks(data: bytes, at: int, steps: Iterator[int]) -> tuple[int, bool]:
    """Return the end of a sequence of data blocks, and whether it was found."""
    for _ in steps:
        if at >= len(data):
            break
        length = data[at]
        at += 1 + length
        if length == 0:
            return at, True
    return min(at, len(data)), False
