"""Words as the font of the picture can show them, and how wide they are."""

from __future__ import annotations

import string
import unicodedata
from typing import Final

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# What Aileron, the font inside Pillow, has. Everything else would be an empty box.
GLYPHS: Final = frozenset(string.ascii_letters + string.digits + string.punctuation + " ©«°±´·»‘’“”…‹›⁄™")
SPELLED: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}
    | {"ı": "i", "–": "-", "—": "-", "−": "-", "€": "EUR"}
)
LONGEST: Final = 120  # letters; more never fit


def font(size_px: int) -> Font:
    """A new one for each use: they are cheap, and threads must not share them."""
    return ImageFont.load_default(size_px)


def shown(word: str) -> str:
    """`word` without accents, line breaks and letters the font does not have."""
    letters = "".join(_drawable(letter) for letter in word[:LONGEST].translate(SPELLED))
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
