"""Where labels go, so that none covers another or a line."""

from __future__ import annotations

import math
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from PIL import ImageFont

GAP: Final = 10.0
CLEARANCE: Final = 5.0
SAMPLE_PX: Final = 4.0
_OUTSIDE: Final = 10_000.0  # worse than any number of lines crossed


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBox:
    """A rectangle, in pixels from the picture's top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def holds(self, x: float, y: float, *, clearance: float = 0.0) -> bool:
        """Whether the point is inside, or within `clearance` of it."""
        across = self.left - clearance <= x <= self.right + clearance
        return across and self.top - clearance <= y <= self.bottom + clearance

    def outside(self, frame: TextBox) -> float:
        """How many pixels stick out of `frame`, over all sides."""
        over = (frame.left - self.left, frame.top - self.top)
        under = (self.right - frame.right, self.bottom - frame.bottom)
        return sum(max(0.0, side) for side in (*over, *under))


def beside(
    point: tuple[float, float],
    size: tuple[float, float],
    *,
    frame: TextBox,
    lines: Iterable[Sequence[tuple[float, float]]],
) -> TextBox:
    """The place near `point` where a label of `size` lies in `frame` and covers the least of `lines`.

    Above and to the left is best: a curve that only rises leaves that free.
    """
    spots = [spot for line in lines for spot in _along(line)]

    def badness(box: TextBox) -> float:
        return _OUTSIDE * box.outside(frame) + sum(box.holds(x, y, clearance=CLEARANCE) for x, y in spots)

    return min(_places(point, size), key=badness)


def inside(box: TextBox, frame: TextBox) -> TextBox:
    """`box`, moved up or down as little as it takes to lie in `frame`."""
    return replace(box, top=max(frame.top, min(box.top, frame.bottom - box.height)))


def apart(upper: TextBox, lower: TextBox, *, frame: TextBox) -> tuple[TextBox, TextBox]:
    """Both, moved up and down equally little until they stand clear of each other inside `frame`."""
    upper, lower = inside(upper, frame), inside(lower, frame)
    overlap = upper.bottom + GAP - lower.top
    if overlap <= 0:
        return upper, lower
    both = replace(upper, top=upper.top - overlap / 2, height=upper.height + GAP + lower.height)
    top = inside(both, frame).top
    return replace(upper, top=top), replace(lower, top=top + upper.height + GAP)


def _places(point: tuple[float, float], size: tuple[float, float]) -> Iterator[TextBox]:
    x, y = point
    width, height = size
    for lift in (14.0, 26.0, 40.0, 70.0, 100.0):
        for left in (x - width - 4, x - width / 2, x + 6):
            yield TextBox(left=left, top=y - lift - height, width=width, height=height)
    for drop in (14.0, -height / 2):
        yield TextBox(left=x + 18, top=y + drop, width=width, height=height)
        yield TextBox(left=x - width - 18, top=y + drop, width=width, height=height)


def _along(line: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    for start, end in pairwise(line):
        steps = max(1, round(math.dist(start, end) / SAMPLE_PX))
        for number in range(steps + 1):
            share = number / steps
            yield start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# What Aileron, the font inside Pillow, has. Everything else would be an empty box.
GLYPHS: Final = frozenset(string.ascii_letters + string.digits + string.punctuation + " ©«°±´·»‘’“”…‹›⁄™")
SPELLED: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}
    | {"ı": "i", "–": "-", "—": "-", "−": "-", "€": "EUR"}
)
LONGEST_TEXT: Final = 120  # letters; more never fit


def font(size_px: int) -> Font:
    """A new one for each use: they are cheap, and threads must not share them."""
    return ImageFont.load_default(size_px)


def shown(word: str) -> str:
    """`word` without accents, line breaks and letters the font does not have."""
    letters = "".join(_drawable(letter) for letter in word[:LONGEST_TEXT].translate(SPELLED))
    return " ".join(letters.split())


def width(text: str, size_px: int) -> float:
    return font(size_px).getlength(text)


def fitted(word: str, size_px: int, max_px: float) -> str:
    """`shown(word)`, cut with `…` where it is wider than `max_px`."""
    text = shown(word)
    if width(text, size_px) <= max_px:
        return text
    while text and width(text + "…", size_px) > max_px:
        text = text[:-1].rstrip()
    return text + "…"


def _drawable(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter in GLYPHS:
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if part in GLYPHS)
