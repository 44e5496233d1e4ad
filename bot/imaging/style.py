"""The style that the chart, tree and sheets share: colours, boxes, and text in the letters of the font."""

from __future__ import annotations

import string
import unicodedata
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PANEL_COLOUR: Final[Colour] = (0x2B, 0x2D, 0x31)  # Discord's own dark card
MUTED: Final[Colour] = (0xA9, 0xAE, 0xB7)
BRIGHT: Final[Colour] = (0xF2, 0xF3, 0xF5)
# The colours of the cards, see `bot/ui/base/theme.py`
DRAWN_TEAL: Final[Colour] = (0x2F, 0xB5, 0xA0)
DRAWN_AMBER: Final[Colour] = (0xF0, 0xA9, 0x3B)
DRAWN_RED: Final[Colour] = (0xD9, 0x54, 0x4F)

# The glyphs of Aileron, the font inside Pillow. Any other letter would be an empty box.
GLYPHS: Final = frozenset(string.ascii_letters + string.digits + string.punctuation + " ©«°±´·»‘’“”…‹›⁄™")
SPELLED: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}
    | {"ı": "i", "–": "-", "—": "-", "−": "-", "€": "EUR"}
)
LONGEST_TEXT: Final = 120  # letters; longer texts never fit


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


def mixed(colour: Colour, share: float) -> Colour:
    """Return `colour` over the panel, as if `share` of it were opaque."""
    pairs = zip(colour, PANEL_COLOUR, strict=True)
    red, green, blue = (round(over * share + under * (1 - share)) for over, under in pairs)
    return red, green, blue


def between(start: Point, end: Point, share: float) -> Point:
    """Return the point on the way from `start` (`share` 0) to `end` (`share` 1)."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def font(size_px: int) -> Font:
    """Return a font for one use: they are cheap, and threads must not share them."""
    return ImageFont.load_default(size_px)


def shown(word: str) -> str:
    """Return `word` without accents, line breaks and letters the font does not have."""
    letters = "".join(_drawable(letter) for letter in word[:LONGEST_TEXT].translate(SPELLED))
    return " ".join(letters.split())


def width(text: str, size_px: int) -> float:
    """Measure `text`, in pixels."""
    return font(size_px).getlength(text)


def fitted(word: str, size_px: int, max_px: float) -> str:
    """Return `shown(word)`, cut with `…` where it is wider than `max_px`."""
    text = shown(word)
    if width(text, size_px) <= max_px:
        return text
    while text and width(text + "…", size_px) > max_px:
        text = text[:-1].rstrip()
    return text + "…"


def write(image: Image.Image, at: Point, text: str, *, size: int, colour: Colour, anchor: str = "ls") -> None:
    """Draw `text` at `at`; `anchor` is Pillow's."""
    ImageDraw.Draw(image).text(at, text, fill=colour, font=font(size), anchor=anchor)


def _drawable(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter in GLYPHS:
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if part in GLYPHS)
