"""PNG as a sequence of chunks (W3C PNG, third edition): size, profile, EXIF and XMP without decoding."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from bot.domain.sizes import Size
from bot.formats.container import (
    MAX_ICC_BYTES,
    MAX_PARTS,
    MAX_XMP_BYTES,
    UPRIGHT,
    Bare,
    Format,
    Header,
    exif_orientation,
    truncated,
    unreadable,
)

MAGIC = b"\x89PNG\r\n\x1a\n"

_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_AFTER_IHDR = 33
_XMP = b"XML:com.adobe.xmp\0"


class _Chunk(NamedTuple):
    """A chunk's offsets: `start` is at the length, `body` after the name, `end` after the checksum."""

    name: bytes
    start: int
    body: int
    end: int


def read(data: bytes) -> Header:
    """Return the header, from IHDR. Raises `PictureError`: TRUNCATED, UNREADABLE."""
    if len(data) < _AFTER_IHDR:
        raise truncated("a PNG without a header")
    if data[8:16] != b"\0\0\0\rIHDR":
        raise unreadable("a PNG that does not begin with IHDR")
    size = Size(*struct.unpack_from(">II", data, 16))
    is_animated, frames, orientation, last = False, 0, UPRIGHT, b""
    for chunk in _chunks(data):
        last = chunk.name
        if chunk.name == b"acTL":
            is_animated = True
        elif chunk.name == b"fcTL":
            frames += 1
        elif chunk.name == b"eXIf":
            orientation = exif_orientation(_body(data, chunk))
    return Header(
        format=Format.PNG,
        size=size,
        frames=max(frames, 1) if is_animated else 1,
        orientation=orientation,
        is_complete=last == b"IEND",
    )


def check(data: bytes) -> None:
    """Check that there are pixels, and the checksum of every chunk. Raises `PictureError`: UNREADABLE."""
    names: set[bytes] = set()
    for chunk in _chunks(data):
        names.add(chunk.name)
        told = int.from_bytes(data[chunk.end - 4 : chunk.end])
        if zlib.crc32(memoryview(data)[chunk.start + 4 : chunk.end - 4]) != told:
            raise unreadable("a PNG chunk with a wrong checksum")
    if b"IDAT" not in names:
        raise unreadable("a PNG without pixels")


def bare(data: bytes) -> Bare:
    """Return pixels, palette and transparency; for an animated PNG, its default image."""
    kept = [MAGIC]
    icc: bytes | None = None
    for chunk in _chunks(data):
        if chunk.name in _PIXELS:
            kept.append(data[chunk.start : chunk.end])
        elif chunk.name == b"iCCP":
            _, _, packed = _body(data, chunk).partition(b"\0")
            icc = _inflate(packed[1:], MAX_ICC_BYTES)
    return Bare(data=b"".join(kept), icc=icc)


def xmp(data: bytes) -> bytes | None:
    """Return the decompressed XMP packet; None if it is absent or broken."""
    chunk = _xmp_chunk(data)
    if chunk is None:
        return None
    body = _body(data, chunk)[len(_XMP) :]
    parts = body[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(parts) < 3:
        return None
    return _inflate(parts[2], MAX_XMP_BYTES) if body[0] else parts[2]


def is_signed(data: bytes) -> bool:
    """Return whether the file has a C2PA manifest, whose signature any change would break."""
    return any(chunk.name == b"caBX" for chunk in _chunks(data))


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return the file with `packet` instead of its old one, or else right after IHDR."""
    body = b"iTXt" + _XMP + b"\0\0\0\0" + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    old = _xmp_chunk(data)
    start, end = (old.start, old.end) if old else (_AFTER_IHDR, _AFTER_IHDR)
    view = memoryview(data)  # no copies of the parts
    return b"".join((view[:start], chunk, view[end:]))


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield every complete chunk up to IEND; fewer if the file is cut off."""
    at = len(MAGIC)
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            return
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            return
        name = data[at + 4 : at + 8]
        yield _Chunk(name, at, at + 8, end)
        if name == b"IEND":
            return
        at = end
    raise unreadable("too many chunks")


def _body(data: bytes, chunk: _Chunk) -> bytes:
    return data[chunk.body : chunk.end - 4]


def _xmp_chunk(data: bytes) -> _Chunk | None:
    for chunk in _chunks(data):
        if chunk.name == b"iTXt" and data.startswith(_XMP, chunk.body):
            return chunk
    return None


def _inflate(packed: bytes, max_bytes: int) -> bytes | None:
    """Return the decompressed bytes; None if they are more than `max_bytes`, empty or broken."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, max_bytes)
    except zlib.error:
        return None
    return text if text and unpacker.eof else None
