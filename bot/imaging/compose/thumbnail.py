"""A picture → a small JPEG to remember it by."""

from __future__ import annotations

from typing import Final

from bot.domain.ports.artist import THUMBNAIL_SIDE
from bot.imaging.compose.source import Source
from bot.imaging.fit import encode, fit

MAX_BYTES: Final = 25_000
_QUALITY: Final = 82


def thumbnail(source: Source) -> bytes:
    """See `Artist.thumbnail`. Raises `PictureError`."""
    image = source.developed(max_side=THUMBNAIL_SIDE)
    data = encode(image, _QUALITY)
    return data if len(data) <= MAX_BYTES else fit(image, MAX_BYTES).data
