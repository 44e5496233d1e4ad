"""Labels on pictures: words on frosted glass."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageFilter

from bot.imaging.compose.ink import rounded_mask
from bot.imaging.plot.canvas import BRIGHT, write
from bot.imaging.plot.text import fitted, shown, width

# Discord shows a picture in a chat at about 550 × 350 px: there the words are 12 px high.
_WORDS_ACROSS: Final = 44
_WORDS_DOWN: Final = 28
_LEAST_SHARE: Final = 0.4  # of that, where a label is long for its picture

# In parts of the letters' size
_MARGIN: Final = 0.7
_PADDING: Final = 0.75
_HEIGHT: Final = 1.75

_FROST: Final = (0x14, 0x15, 0x18)
_FROST_SHARE: Final = 0.64


def draw_pills(image: Image.Image, labels: tuple[str, str], *, widths: tuple[int, int]) -> None:
    """Labels of one size in the upper corners of `image`, whose outer parts are `widths` wide.

    Both are set smaller, and at last cut, where one is long. Nothing is drawn for a label without letters.
    """
    size = _size(image, labels, widths)
    margin = round(size * _MARGIN)
    for number, (label, across) in enumerate(zip(labels, widths, strict=True)):
        word = fitted(label, size, across - _around(size))
        if shown(label) and across > 2 * _around(size):
            wide = round(width(word, size) + 2 * size * _PADDING)
            left = image.width - margin - wide if number else margin
            _draw_pill(image, word, size, (left, margin, left + wide, margin + round(size * _HEIGHT)))


def _size(image: Image.Image, labels: tuple[str, str], widths: tuple[int, int]) -> int:
    """Of the letters, in pixels."""
    wanted = max(image.width / _WORDS_ACROSS, image.height / _WORDS_DOWN)
    needed = [width(shown(label), round(wanted)) + _around(wanted) for label in labels]
    share = min(across / need for across, need in zip(widths, needed, strict=True))
    return int(wanted * min(1.0, max(_LEAST_SHARE, share)))


def _around(size: float) -> float:
    """What a word needs beside its letters."""
    return 2 * size * (_MARGIN + _PADDING) + 2


def _draw_pill(image: Image.Image, word: str, size: int, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    under = image.crop(box).filter(ImageFilter.GaussianBlur(tall / 4))
    glass = Image.blend(under, Image.new("RGB", under.size, _FROST), _FROST_SHARE)
    image.paste(glass, box, rounded_mask(wide, tall, tall / 2))
    middle = (left + wide / 2, top + tall / 2)
    write(image, middle, word, size=size, colour=BRIGHT, anchor="mm")
