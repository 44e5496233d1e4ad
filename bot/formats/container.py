"""The four file formats Easel reads, and what can be known of a file before a pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size

# More segments, chunks or blocks than any honest file of 25 MiB has; bounds the time spent walking one.
MAX_PARTS = 250_000
# Profiles for print are about 2 MB; what is larger is not worth unpacking.
MAX_ICC_BYTES = 4 * 1024 * 1024
# A packet has to fit one JPEG segment. Used for all formats, so that a mark never depends on the format.
MAX_XMP_BYTES = 65_502


class Format(StrEnum):
    """A file format, by Pillow's name for it. This is the whole allow-list."""

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
    """What the container says. `size` is in stored pixels, before `orientation` (EXIF, 1–8) is applied.

    `is_complete` is False where the file stops before its own end; it may decode all the same.
    """

    format: Format
    size: Size
    frames: int = 1
    orientation: int = 1
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """The same picture with nothing but what its (first frame's) pixels need, and the colour profile apart.

    Decoders see only this: no parser of text, EXIF, XMP or animations ever runs on a stranger's bytes.
    """

    data: bytes
    icc: bytes | None = None


class Container(Protocol):
    """The one protocol that the modules `jpeg`, `png` and `webp` implement, each for its format.

    So their public functions have the same names on purpose. `gif` has `read` and `bare` only: no result is a
    GIF. Each also names the first bytes of its files, for `header.sniff`.
    """

    def read(self, data: bytes, /) -> Header: ...
    def bare(self, data: bytes, /) -> Bare: ...
    def xmp(self, data: bytes, /) -> bytes | None: ...
    def is_signed(self, data: bytes, /) -> bool: ...
    def with_xmp(self, data: bytes, packet: bytes, /) -> bytes: ...


def truncated(detail: str) -> PictureError:
    """Return the error for a file that stops before its end."""
    return PictureError(PictureProblem.TRUNCATED, detail=detail)


def unreadable(detail: str) -> PictureError:
    """Return the error for a file that breaks its format's rules."""
    return PictureError(PictureProblem.UNREADABLE, detail=detail)
