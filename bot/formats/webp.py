"""WebP as RIFF chunks (RFC 9649): size, profile, EXIF and XMP without decoding."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
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

MAGIC = b"RIFF"
KIND = b"WEBP"

_ALPHA, _XMP_FLAG, _ANIMATED = 0x10, 0x04, 0x02
_PIXELS = frozenset({b"VP8X", b"ANIM", b"ALPH", b"VP8 ", b"VP8L"})
_FIRST_CHUNK = 12
_EXTENDED_HEADER_BYTES = 10


class _Chunk(NamedTuple):
    name: bytes
    body: bytes


def read(data: bytes) -> Header:
    """Return the header, from the first chunk. Raises `PictureError`: TRUNCATED, UNREADABLE."""
    size = _size(data)
    frames, orientation = 0, UPRIGHT
    for chunk in _chunks(data):
        if chunk.name == b"ANMF":
            frames += 1
        elif chunk.name == b"EXIF":
            orientation = exif_orientation(chunk.body)
    return Header(
        format=Format.WEBP,
        size=size,
        frames=max(frames, 1),
        orientation=orientation,
        is_complete=len(data) >= _end(data),
    )


def check(data: bytes) -> None:
    """Check that there are pixels, and that the chunks fill the file. Raises `PictureError`: UNREADABLE."""
    chunks = list(_chunks(data))
    if not any(chunk.name in {b"VP8 ", b"VP8L", b"ANMF"} for chunk in chunks):
        raise unreadable("a WebP without pixels")
    if _FIRST_CHUNK + sum(8 + len(one.body) + len(one.body) % 2 for one in chunks) < _end(data):
        raise unreadable("a WebP that does not end with a chunk")


def bare(data: bytes) -> Bare:
    """Return the pixels and alpha of a still picture, or the first frame of an animation."""
    kept: list[_Chunk] = []
    icc: bytes | None = None
    has_frame = False
    for chunk in _chunks(data):
        if chunk.name == b"VP8X":
            kept.append(_Chunk(b"VP8X", bytes((chunk.body[0] & (_ALPHA | _ANIMATED),)) + chunk.body[1:]))
        elif chunk.name in _PIXELS or (chunk.name == b"ANMF" and not has_frame):
            has_frame = has_frame or chunk.name == b"ANMF"
            kept.append(chunk)
        elif chunk.name == b"ICCP" and len(chunk.body) <= MAX_ICC_BYTES:
            icc = chunk.body
    return Bare(data=_file(kept), icc=icc)


def xmp(data: bytes) -> bytes | None:
    """Return the XMP packet; None if there is none."""
    return next((chunk.body for chunk in _chunks(data) if chunk.name == b"XMP "), None)


def is_signed(data: bytes) -> bool:
    """Return whether the file has a C2PA manifest, whose signature any change would break."""
    return any(chunk.name == b"C2PA" for chunk in _chunks(data))


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return the file in the extended format, with `packet` as its last chunk instead of any old one."""
    chunks = [chunk for chunk in _chunks(data) if chunk.name != b"XMP "]
    if chunks[0].name == b"VP8X":
        header = chunks.pop(0).body
    else:
        header = _extended_header(_size(data), has_alpha=_has_alpha(chunks[0]))
    header = bytes((header[0] | _XMP_FLAG,)) + header[1:]
    return _file((_Chunk(b"VP8X", header), *chunks, _Chunk(b"XMP ", packet)))


def _end(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield every complete chunk; fewer if the file is cut off."""
    at, limit = _FIRST_CHUNK, min(_end(data), len(data))
    for _ in range(MAX_PARTS):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 > limit or end > limit:
            return
        chunk = _Chunk(data[at : at + 4], data[at + 8 : end])
        if chunk.name == b"VP8X" and len(chunk.body) < _EXTENDED_HEADER_BYTES:
            raise unreadable("a short VP8X chunk")
        yield chunk
        at = end + end % 2  # padded to an even length
    raise unreadable("too many chunks")


def _size(data: bytes) -> Size:
    if len(data) < 30:
        raise truncated("a WebP without a header")
    name = data[12:16]
    if name == b"VP8X":
        return Size(1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    if name == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if name == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return Size(width & 0x3FFF, height & 0x3FFF)
    raise unreadable("a WebP that begins with something else than a picture")


def _has_alpha(chunk: _Chunk) -> bool:
    return chunk.name == b"VP8L" and bool(chunk.body[4] & 0x10)


def _extended_header(size: Size, *, has_alpha: bool) -> bytes:
    flags = _ALPHA if has_alpha else 0
    sides = (size.width - 1).to_bytes(3, "little") + (size.height - 1).to_bytes(3, "little")
    return bytes((flags, 0, 0, 0)) + sides


def _file(chunks: Iterable[_Chunk]) -> bytes:
    body = b"".join(
        chunk.name + struct.pack("<I", len(chunk.body)) + chunk.body + b"\0" * (len(chunk.body) % 2)
        for chunk in chunks
    )
    return MAGIC + struct.pack("<I", len(body) + 4) + KIND + body
