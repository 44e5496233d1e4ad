"""The four formats of pictures that Easel reads, and the facts of a file known before its pixels are decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size

# More segments, chunks or blocks than a normal file of 25 MiB has; bounds the time to walk a hostile one.
MAX_PARTS = 250_000
# Profiles for print are about 2 MB; larger ones are ignored.
MAX_ICC_BYTES = 4 * 1024 * 1024
# The most that fits in one JPEG segment. The same for all formats, so that a mark never depends on the format.
MAX_XMP_BYTES = 65_502


class Format(StrEnum):
    """An accepted file format, by Pillow's name for it."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"

    @property
    def mime(self) -> str:
        return f"image/{self.value.lower()}"

    @property
    def extension(self) -> str:
        return "jpg" if self is Format.JPEG else self.value.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The facts in the container. `size` is in stored pixels, before `orientation` (EXIF, 1–8) is applied.

    `is_complete` is False if the file is cut off; it may still decode.
    """

    format: Format
    size: Size
    frames: int = 1
    orientation: int = 1
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """A picture reduced to the data of its (first frame's) pixels, with the ICC profile apart, None if absent.

    Decoders get only this, so no parser of text, EXIF, XMP or animations runs on untrusted bytes.
    """

    data: bytes
    icc: bytes | None = None


class Markable(Protocol):
    """The functions about metadata that the modules of pictures and `mp4` each implement for their format."""

    def xmp(self, data: bytes, /) -> bytes | None: ...
    def is_signed(self, data: bytes, /) -> bool: ...
    def with_xmp(self, data: bytes, packet: bytes, /) -> bytes: ...


class Container(Markable, Protocol):
    """The functions that the modules `jpeg`, `png` and `webp` each implement for their format.

    `gif` has only `read` and `bare`, because no result is a GIF. Each module also has `MAGIC`, the first bytes
    of its files, for `header.sniff`.
    """

    def read(self, data: bytes, /) -> Header: ...
    def bare(self, data: bytes, /) -> Bare: ...


def truncated(detail: str) -> PictureError:
    """Return the error for a file that stops before its end."""
    return PictureError(PictureProblem.TRUNCATED, detail=detail)


def unreadable(detail: str) -> PictureError:
    """Return the error for a file that breaks its format's rules."""
    return PictureError(PictureProblem.UNREADABLE, detail=detail)


UPRIGHT = 1  # the orientation in EXIF data, the only EXIF value that Easel uses
_ORIENTATION_TAG = 0x0112
_EXIF_SHORT = 3
_EXIF_ENTRY_BYTES = 12
_EXIF_PREFIX = b"Exif\0\0"


def exif_orientation(data: bytes) -> int:
    """Return the orientation, 1–8, in EXIF bytes with or without their JPEG prefix; 1 if absent or broken."""
    tiff = data.removeprefix(_EXIF_PREFIX)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(at + 2, at + 2 + count * _EXIF_ENTRY_BYTES, _EXIF_ENTRY_BYTES):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == _ORIENTATION_TAG:
                return value if kind == _EXIF_SHORT and 1 <= value <= 8 else UPRIGHT
    except struct.error:
        return UPRIGHT
    return UPRIGHT
