"""Ways in which people write a word so that it is not found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Final

_ALIKE: Final = {
    "a": "аαɑ", "b": "ьʙ", "c": "сϲ", "d": "ԁժ", "e": "еεє", "g": "ɡց", "h": "һհ", "i": "іι",
    "k": "кκ", "l": "ӏʟ", "m": "мᴍ",
    "n": "ոռп", "o": "оοօ", "p": "рρ", "r": "гʀ", "s": "ѕꜱ", "t": "тτ", "u": "սυ", "y": "уү",
}  # fmt: skip
_LEET: Final = {"o": "0", "i": "1!", "l": "1|", "e": "3", "a": "4@", "s": "5$", "t": "7+", "b": "8", "g": "9"}
_ACCENTS: Final = "\u0300\u0301\u0308\u0327\u0332\u0336"
_UNSEEN: Final = "\u200b\u200d\u00ad\u2060\ufe0f\u202e\ufeff"


def _case(letter: str, choose: random.Random) -> str:
    return choose.choice([letter.lower(), letter.upper()])


def _accents(letter: str, choose: random.Random) -> str:
    return letter + choose.choice(_ACCENTS) * choose.randint(0, 2)


def _unseen(letter: str, choose: random.Random) -> str:
    return letter + choose.choice(_UNSEEN)


def _wide(letter: str, choose: random.Random) -> str:
    return chr(ord(letter) + 0xFEE0) if "a" <= letter <= "z" else letter


def _lookalikes(letter: str, choose: random.Random) -> str:
    return choose.choice(letter + _ALIKE.get(letter, ""))


def _leet(letter: str, choose: random.Random) -> str:
    return choose.choice(letter + _LEET.get(letter, ""))


_CHANGES: Final[dict[str, Callable[[str, random.Random], str]]] = {
    "case": _case,
    "accents": _accents,
    "unseen": _unseen,
    "wide": _wide,
    "lookalikes": _lookalikes,
    "leet": _leet,
}
_BY_HAND: Final = ("lookalikes", "leet", "wide")  # these replace letters: first, and one of them
DISGUISES: Final = ("stretched", "spaced", "dotted", *_CHANGES)


def disguise(word: str, how: Iterable[str], choose: random.Random) -> str:
    """`word`, written in all of the ways at once."""
    ways = sorted(how, key=lambda way: (way not in _BY_HAND, way))
    replaced = False
    letters = list(word)
    for way in ways:
        if way in _CHANGES and not (way in _BY_HAND and replaced):
            # The first letter stays: a word of signs and digits alone is not read as letters.
            letters[1:] = [_CHANGES[way](letter, choose) for letter in letters[1:]]
            replaced = replaced or way in _BY_HAND
    # Digits are stretched only inside a word, and these may come to stand alone.
    places = [at for at, letter in enumerate(letters) if letter[0].isalpha()]
    if "stretched" in ways and places:
        at = choose.choice(places)
        letters[at] *= choose.randint(3, 6)
        if at and word[at - 1] == word[at]:
            letters[at - 1] = ""
    joint = " " if "spaced" in ways else "." if "dotted" in ways else ""
    # These signs are letters only inside a word: at its end, or alone, the letter stays.
    inside = len(word) - 1 if not joint else 0
    letters[inside:] = [
        plain if sign[:1] in {*"!|+"} else sign
        for sign, plain in zip(letters[inside:], word[inside:], strict=True)
    ]
    return joint.join(filter(None, letters))
