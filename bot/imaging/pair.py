"""A before-and-after picture: two pictures side by side, equally high, with labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFilter, ImageOps

from bot.domain.sizes import Size
from bot.imaging.style import BRIGHT, PANEL_COLOUR, fitted, shown, width, write
from bot.imaging.tile import Source, marked_jpeg, rounded_mask

MAX_WIDTH: Final = 2600
MAX_HEIGHT: Final = 1200
MIN_HEIGHT: Final = 480  # lower pictures are enlarged, because the labels need room
MOST_RATIO: Final = 4.0  # longer pictures are placed in a frame of this ratio
GAP: Final = 12

_QUALITY: Final = 88
_OVERSAMPLING: Final = 2  # decoded at up to this many times the size needed, then reduced once
_BYTES_PER_PIXEL: Final = 10  # of the whole, beside the decoding; measured 6

# Discord shows a picture in a chat at about 550 × 350 px: there the words are 12 px high.
_WORDS_ACROSS: Final = 44
_WORDS_DOWN: Final = 28
_LEAST_SHARE: Final = 0.4  # of the letters' usual size, where a label is long for its picture

# In parts of the letters' size
_PILL_MARGIN: Final = 0.7
_PADDING: Final = 0.75
_HEIGHT: Final = 1.75

_FROST: Final = (0x14, 0x15, 0x18)
_FROST_SHARE: Final = 0.64


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A picture and its label."""

    source: Source
    label: str


def side_by_side(before: Side, after: Side) -> bytes:
    """Draw the JPEG of `ImageComposer.side_by_side`. Raises `PictureError`."""
    first, second = tiles_of(before.source.size, after.source.size)
    whole = Image.new("RGB", (first.width + GAP + second.width, first.height), PANEL_COLOUR)
    whole.paste(_fitted(before.source, first), (0, 0))
    whole.paste(_fitted(after.source, second), (first.width + GAP, 0))
    _draw_labels(whole, (before.label, after.label), widths=(first.width, second.width))
    return marked_jpeg(whole, quality=_QUALITY, subsampling=2)


def pair_cost_bytes(before: Side, after: Side) -> int:
    """Estimate the peak memory of `side_by_side`, in bytes; it decodes one picture at a time."""
    first, second = tiles_of(before.source.size, after.source.size)
    pixels = (first.width + GAP + second.width) * first.height
    return max(before.source.cost_bytes, after.source.cost_bytes) + pixels * _BYTES_PER_PIXEL


def tiles_of(before: Size, after: Size) -> tuple[Size, Size]:
    """Return the drawn sizes: equally high, as high as the higher picture if the limits allow it."""
    first, second = (min(max(size.ratio, 1 / MOST_RATIO), MOST_RATIO) for size in (before, after))
    natural = max(MIN_HEIGHT, before.height, after.height)
    height = min(MAX_HEIGHT, natural, int((MAX_WIDTH - GAP) / (first + second)))
    return Size(int(height * first), height), Size(int(height * second), height)


def _fitted(source: Source, tile: Size) -> Image.Image:
    """Return the uncropped picture centred in its tile, which it fills unless it is longer than MOST_RATIO."""
    image = source.developed(max_side=_OVERSAMPLING * max(tile.width, tile.height))
    if 1 / MOST_RATIO <= source.size.ratio <= MOST_RATIO:
        return ImageOps.fit(image, (tile.width, tile.height), Image.Resampling.LANCZOS)
    return ImageOps.pad(image, (tile.width, tile.height), Image.Resampling.LANCZOS, color=PANEL_COLOUR)


def _draw_labels(image: Image.Image, labels: tuple[str, str], *, widths: tuple[int, int]) -> None:
    """Draw labels of one size in the upper corners of `image`, whose left and right parts are `widths` wide.

    If one is too long, both get smaller, down to a limit, and then it is cut. A label without letters is skipped.
    """
    size = _size(image, labels, widths)
    margin = round(size * _PILL_MARGIN)
    for number, (label, across) in enumerate(zip(labels, widths, strict=True)):
        word = fitted(label, size, across - _around(size))
        if shown(label) and across > 2 * _around(size):
            wide = round(width(word, size) + 2 * size * _PADDING)
            left = image.width - margin - wide if number else margin
            _draw_pill(image, word, size, (left, margin, left + wide, margin + round(size * _HEIGHT)))


def _size(image: Image.Image, labels: tuple[str, str], widths: tuple[int, int]) -> int:
    """Return the size of the letters, in pixels."""
    wanted = max(image.width / _WORDS_ACROSS, image.height / _WORDS_DOWN)
    needed = [width(shown(label), round(wanted)) + _around(wanted) for label in labels]
    share = min(across / need for across, need in zip(widths, needed, strict=True))
    return int(wanted * min(1.0, max(_LEAST_SHARE, share)))


def _around(size: float) -> float:
    """Return the width that a label needs beside its letters."""
    return 2 * size * (_PILL_MARGIN + _PADDING) + 2


def _draw_pill(image: Image.Image, word: str, size: int, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    under = image.crop(box).filter(ImageFilter.GaussianBlur(tall / 4))
    glass = Image.blend(under, Image.new("RGB", under.size, _FROST), _FROST_SHARE)
    image.paste(glass, box, rounded_mask(wide, tall, tall / 2))
    middle = (left + wide / 2, top + tall / 2)
    write(image, middle, word, size=size, colour=BRIGHT, anchor="mm")
