"""Words in pictures: only letters that the font has, and never wider than their room."""

from __future__ import annotations

from PIL import Image, ImageDraw

import bot.ui.base.theme as theme
from bot.imaging.style import DRAWN_AMBER, DRAWN_RED, DRAWN_TEAL, GLYPHS, fitted, font, shown, width


def test_the_colours_are_those_of_the_cards() -> None:
    inks = [(red << 16) + (green << 8) + blue for red, green, blue in (DRAWN_TEAL, DRAWN_AMBER, DRAWN_RED)]
    assert inks == [theme.TEAL, theme.AMBER, theme.RED]


def test_long_words_are_cut_and_say_so() -> None:
    cut = fitted("Everything this community has spent", 26, 200)
    assert cut.endswith("…")
    assert width(cut, 26) <= 200
    assert fitted("Spent", 26, 200) == "Spent"


def test_words_become_what_the_font_can_show() -> None:
    assert shown("Dépensé à Łódź – größer\n 🎨") == "Depense a Lodz - grosser"


def drawn(letter: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((5, 30), letter, fill=255, font=font(24), anchor="ls")
    return image.tobytes()


def test_the_font_has_every_letter_we_rely_on() -> None:
    missing = drawn("\ue000")
    assert [letter for letter in GLYPHS if drawn(letter) == missing] == []
