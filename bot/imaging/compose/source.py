"""A picture to make another one of: its bytes, and what its header says. No pixel is decoded before that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

from bot.domain.sizes import Size
from bot.imaging import header as headers
from bot.imaging.container import Header
from bot.imaging.pixels import decode_cost_bytes, develop

_ON_ITS_SIDE: Final = 5  # from this EXIF orientation on, width and height change places


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bytes whose header was checked."""

    data: bytes
    header: Header

    @property
    def size(self) -> Size:
        """In pixels, upright."""
        stored = self.header.size
        turned = self.header.orientation >= _ON_ITS_SIDE
        return Size(stored.height, stored.width) if turned else stored

    @property
    def cost_bytes(self) -> int:
        """What decoding it may take at its peak."""
        return decode_cost_bytes(self.header, self.data)

    def developed(self, *, max_side: int) -> Image.Image:
        """Upright, RGB, at most `max_side` a side. Raises `PictureError`."""
        return develop(self.data, self.header, max_side=max_side)


def source_of(data: bytes) -> Source:
    """Raises `PictureError` for what is no picture, or is too large to be decoded."""
    return Source(data=data, header=headers.read(data))
