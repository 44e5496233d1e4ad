"""Two pictures beside each other, to see what an edit has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from bot.domain.sizes import Size
from bot.imaging.compose.ink import marked_jpeg
from bot.imaging.compose.pill import draw_pills
from bot.imaging.compose.source import Source
from bot.imaging.plot.canvas import PANEL

MAX_WIDTH: Final = 2600
MAX_HEIGHT: Final = 1200
MIN_HEIGHT: Final = 480  # smaller ones are enlarged: the labels need room
MOST_RATIO: Final = 4.0  # what is longer lies in a frame of this
GAP: Final = 12

_QUALITY: Final = 88
_FINER: Final = 2  # decoded at up to this many times the size needed, then reduced once
_BYTES_PER_PIXEL: Final = 10  # of the whole, beside the decoding; measured 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A picture and the word on it."""

    source: Source
    label: str


def side_by_side(before: Side, after: Side) -> bytes:
    """See `Artist.side_by_side`. Raises `PictureError`."""
    first, second = tiles_of(before.source.size, after.source.size)
    whole = Image.new("RGB", (first.width + GAP + second.width, first.height), PANEL)
    whole.paste(_fitted(before.source, first), (0, 0))
    whole.paste(_fitted(after.source, second), (first.width + GAP, 0))
    draw_pills(whole, (before.label, after.label), widths=(first.width, second.width))
    return marked_jpeg(whole, quality=_QUALITY, subsampling=2)


def pair_cost_bytes(before: Side, after: Side) -> int:
    """What `side_by_side` may take at its peak: one picture is decoded after the other."""
    first, second = tiles_of(before.source.size, after.source.size)
    pixels = (first.width + GAP + second.width) * first.height
    return max(before.source.cost_bytes, after.source.cost_bytes) + pixels * _BYTES_PER_PIXEL


def tiles_of(before: Size, after: Size) -> tuple[Size, Size]:
    """How large each is drawn: equally high, as high as the higher one is or the limits allow."""
    first, second = (min(max(size.ratio, 1 / MOST_RATIO), MOST_RATIO) for size in (before, after))
    natural = max(MIN_HEIGHT, before.height, after.height)
    height = min(MAX_HEIGHT, natural, int((MAX_WIDTH - GAP) / (first + second)))
    return Size(int(height * first), height), Size(int(height * second), height)


def _fitted(source: Source, tile: Size) -> Image.Image:
    """The whole picture in the middle of its tile, which it fills unless it is longer than MOST_RATIO."""
    image = source.developed(max_side=_FINER * max(tile.width, tile.height))
    if 1 / MOST_RATIO <= source.size.ratio <= MOST_RATIO:
        return ImageOps.fit(image, (tile.width, tile.height), Image.Resampling.LANCZOS)
    return ImageOps.pad(image, (tile.width, tile.height), Image.Resampling.LANCZOS, color=PANEL)
