"""Characters as letters: their plain form, the Latin letters they look like, and the words they make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from bot.domain.content.look_alikes import LOOK_ALIKES


class LetterKind(Enum):
    """The part that a character plays in words."""

    LETTER = auto()
    DIGIT = auto()
    FLAG = auto()  # half of a flag emoji; people also write letters with it
    HANGUL = auto()  # words begin at spaces and end anywhere, because particles are attached to them
    FREE_LATIN = auto()  # of a script without spaces, but looks Latin: a word may begin and end beside it
    FREE = auto()  # of a script without spaces: a word may begin and end anywhere
    SIGN = auto()  # punctuation that people write in place of a letter
    EMOJI = auto()  # a word by itself, and a break between other words
    BREAK = auto()


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as read: `plain` is its folded form, `looks` holds the Latin letters that it resembles."""

    plain: str
    looks: str
    kind: LetterKind

    # These are needed for every character of every prompt, so they are computed once.
    same: str = field(init=False)  # equal for two glyphs that may be one letter, stretched
    letters: str = field(init=False)  # every letter that this character may be read as
    leet_letters: str = field(init=False)  # `letters`, and those it may be read as beside digits or signs
    in_word: bool = field(init=False)
    is_break: bool = field(init=False)

    def __post_init__(self) -> None:
        worked_out = {
            "same": self.plain if "a" <= self.plain <= "z" else self.looks[:1] or self.plain,
            "letters": self.plain + self.looks,
            "leet_letters": self.plain + self.looks + LEET.get(self.plain, ""),
            "in_word": self.kind
            in {
                LetterKind.LETTER,
                LetterKind.DIGIT,
                LetterKind.FLAG,
                LetterKind.HANGUL,
                LetterKind.FREE_LATIN,
                LetterKind.SIGN,
            },
            "is_break": self.kind in {LetterKind.BREAK, LetterKind.EMOJI, LetterKind.SIGN},
        }
        for name, value in worked_out.items():
            object.__setattr__(self, name, value)


# Letters that look Latin in either case, beside `LOOK_ALIKES`. A letter may be in several rows: Greek Ν looks like N,
# its small ν like v.
_ALIKE: Final = {
    "a": "ᴀλʌⲁᗩ",
    "b": "ъƀɓʙ",
    "c": "ɔᑕ",
    "d": "ժđɖɗᴅδ",
    "e": "єɛэзəɘᴇⲉᗴ",
    "f": "ғꜰ",
    "g": "ɢɠ",
    "h": "իħɦʜ",
    "i": "ɨᏆ",
    "j": "յᴊɉ",
    "k": "ƙĸᴋ",
    "l": "łɭլʟ",
    "m": "ᴍʍɱ",
    "n": "пиηɴɲŋɳᑎ",
    "o": "øөθɵ",
    "p": "ᴘƥ",
    "q": "ᑫ",
    "r": "яɾɼɍ",
    "s": "ʂᔕ",
    "t": "ŧƭʈᴛ",
    "u": "цμʉ",
    "w": "ωщᗯ",
    "x": "ҳ",
    "y": "ƴɏ",
    "z": "ʐƶȥᘔ",
}
# Digits and signs that people write for letters; the usual reading comes first.
LEET: Final = {
    "0": "o",
    "1": "il",
    "2": "z",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "g",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "€": "e",
    "¢": "c",
    "¥": "y",
    "!": "il",
    "¡": "i",
    "|": "il",
    "+": "t",
    "*": "aeiou",
}
# These signs also end words that have nothing to do with leet ("nude!"); the others rarely do.
ENDING_SIGNS: Final = frozenset("!¡|+*")

_TWO_LETTERS: Final = str.maketrans({"æ": "ae", "œ": "oe"})
_NO_LETTERS: Final = frozenset("™℠")  # NFKC would turn them into letters of the word before
_FIRST_MARK: Final = "\u0300"
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_TONES: Final = range(0x1F3FB, 0x1F400)  # skin tones of emoji
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_GLUED: Final = frozenset(map(chr, (*range(0x1160, 0x1200), 0xFF9E, 0xFF9F)))  # Hangul parts, kana marks
# Letter tiles: 🄰 and its circled, negative and negative circled variants.
_TILES: Final = (range(0x1F130, 0x1F14A), range(0x1F150, 0x1F16A), range(0x1F170, 0x1F18A))
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)
_SPACELESS: Final = (
    range(0x0E00, 0x1000),  # Thai, Lao, Tibetan
    range(0x1000, 0x10A0),  # Myanmar
    range(0x1780, 0x1800),  # Khmer
    range(0x2E80, 0x3130),  # radicals, kana
    range(0x31A0, 0xA000),  # bopomofo, ideographs
    range(0xF900, 0xFB00),
    range(0x1B000, 0x1B170),
    range(0x20000, 0x32000),
)
_HANGUL: Final = (range(0x1100, 0x1200), range(0x3130, 0x3190), range(0xAC00, 0xD7B0))


_UPRIGHT: Final = "li"


def _looks() -> dict[str, str]:
    table: dict[str, str] = {}
    for latin, alike in _ALIKE.items():
        for letter in alike.casefold():
            table[letter] = table.get(letter, "") + latin
    for letter, codes in LOOK_ALIKES.items():
        latin = _UPRIGHT if letter == "l" else letter.lower()
        for code in codes.split():
            char = unicodedata.normalize("NFKC", chr(int(code, 16))).casefold()
            if len(char) == 1 and not char.isascii():
                table[char] = "".join(dict.fromkeys(table.get(char, "") + latin))
    for letters in (*_TILES, _FLAG_LETTERS):
        table |= {chr(code): chr(ord("a") + index) for index, code in enumerate(letters)}
    return table


_LOOKS: Final = _looks()
_CAPITAL_I: Final = Glyph("i", "l", LetterKind.LETTER)  # in most fonts it is the same upright stroke as l


def spell(text: str) -> Iterator[tuple[Glyph, int, int]]:
    """Yield the glyphs of `text`, each with the start and end of the characters it was written with."""
    start = 0
    for end, following in enumerate(f"{text[1:]}\n" if text else "", start=1):
        if following >= _FIRST_MARK and _extends(following):
            continue
        cluster = text[start:end]
        for glyph in _glyphs(cluster) if len(cluster) <= 4 else _glyphs_of(cluster):
            yield glyph, start, end
        start = end


def _extends(char: str) -> bool:
    return unicodedata.combining(char) != 0 or char in _GLUED


def _glyphs_of(cluster: str) -> tuple[Glyph, ...]:
    if cluster in _NO_LETTERS:
        return (Glyph(" ", "", LetterKind.BREAK),)
    plain = unicodedata.normalize("NFKC", cluster)
    if plain == "I":
        return (_CAPITAL_I,)
    folded = plain.casefold().translate(_TWO_LETTERS)
    bare = "".join(char for char in unicodedata.normalize("NFKD", folded) if not _is_ornament(char))
    return tuple(_glyph(char) for char in unicodedata.normalize("NFC", bare))


_glyphs = lru_cache(maxsize=8192)(_glyphs_of)


def _is_ornament(char: str) -> bool:
    """Return whether a character is an accent or invisible.

    Vowel signs and voicing marks (combining classes 7 to 9 and from 103) are letters.
    """
    code, category = ord(char), unicodedata.category(char)
    if category in {"Cf", "Me"} or (category == "Cc" and not char.isspace()):
        return True
    if char in _FILLERS or code in _TONES or any(code in selectors for selectors in _SELECTORS):
        return True
    mark_class = unicodedata.combining(char)
    return mark_class == 1 or 10 <= mark_class <= 36 or mark_class >= 200


def _glyph(char: str) -> Glyph:
    category = unicodedata.category(char)
    if category == "Nd":
        return Glyph(str(unicodedata.digit(char)), _LOOKS.get(char, ""), LetterKind.DIGIT)
    if char in LEET:
        return Glyph(char, "", LetterKind.SIGN)
    if char in _LOOKS:
        return Glyph(char, _LOOKS[char], _kind_of_latin(ord(char), category))
    if category[0] in "LMN":
        return Glyph(char, "", _script(ord(char)))
    if category in {"So", "Cn", "Co"}:
        return Glyph(char, "", LetterKind.EMOJI)
    return Glyph(" ", "", LetterKind.BREAK)


def _kind_of_latin(code: int, category: str) -> LetterKind:
    """Return the kind of a character that looks Latin; a newer Unicode than this Python's may have made it a letter."""
    if code in _FLAG_LETTERS:
        return LetterKind.FLAG
    if _script(code) is LetterKind.FREE:
        return LetterKind.FREE_LATIN
    return LetterKind.SIGN if category[0] in "PSZ" else LetterKind.LETTER


def _script(code: int) -> LetterKind:
    if any(code in letters for letters in _HANGUL):
        return LetterKind.HANGUL
    return LetterKind.FREE if any(code in letters for letters in _SPACELESS) else LetterKind.LETTER


_STRETCHED_FROM: Final = 3  # English doubles letters, but never triples them
_LETTERS_ONLY: Final = {LetterKind.LETTER}
# A number with its unit or ending is not leet: "4k" is not "ak".
_QUANTITY: Final = re.compile(
    "[0-9]+(?:k|d|p|s|st|nd|rd|th|mm|cm|m|km|px|x|am|pm|yo|y|yr|g|kg|ml|l|in|ft|fps|hz|gb|mb|c|f|b|h|w|t)"
)


class Unit(NamedTuple):  # a tuple for speed: a prompt has thousands
    """One letter as read; it was written as `text[start:end]`."""

    glyph: Glyph
    start: int
    end: int
    stretched: bool = False


class Word(NamedTuple):
    """Units `first` to `last` (exclusive), and the places among them where words may begin and end."""

    first: int
    last: int
    leet: bool
    starts: Collection[int]
    ends: Collection[int]


def read_letters(text: str) -> list[Unit]:
    """Return the units of `text`: a stretched letter is one unit, and so is a run of breaks."""
    parts = [Unit(*part) for part in spell(text)]
    units: list[Unit] = []
    first = 0
    while first < len(parts):
        unit = parts[first]
        glyph, last = unit.glyph, first + 1
        while last < len(parts) and parts[last].glyph.same == glyph.same:
            last += 1
        if last == first + 1:
            units.append(unit)
        elif glyph.kind is LetterKind.BREAK or _is_stretched(parts, first, last):
            stretched = glyph.kind is not LetterKind.BREAK
            units.append(Unit(glyph, unit.start, parts[last - 1].end, stretched))
        else:
            units += parts[first:last]
        first = last
    return units


def _is_stretched(parts: Sequence[Unit], first: int, last: int) -> bool:
    """Return whether a run is one letter, stretched. Digits are so only inside a word: 1000 is not a stretched 10."""
    if last - first < _STRETCHED_FROM:
        return False
    if parts[first].glyph.kind is not LetterKind.DIGIT:
        return True
    around = [*parts[max(first - 1, 0) : first], *parts[last : last + 1]]
    return len(around) == 2 and all(part.glyph.kind is LetterKind.LETTER for part in around)


def split(units: Sequence[Unit]) -> Iterator[Word]:
    """Yield the words among `units` in order. In a script without spaces, each letter is a word."""
    first = 0
    while first < len(units):
        last = first + 1
        glyph = units[first].glyph
        if glyph.in_word:
            while last < len(units) and units[last].glyph.in_word:
                last += 1
            word = _word(units, first, last)
            if word:
                yield word
        elif glyph.kind is not LetterKind.BREAK:
            yield Word(first, last, leet=False, starts=(first,), ends=(last,))
        first = last


def _word(units: Sequence[Unit], first: int, last: int) -> Word | None:
    kinds = {unit.glyph.kind for unit in units[first:last]}
    if kinds == _LETTERS_ONLY:
        return Word(first, last, leet=False, starts=(first,), ends=(last,))
    while first < last and units[last - 1].glyph.plain in ENDING_SIGNS:
        last -= 1
    while first < last and units[first].glyph.plain in "*+":
        first += 1
    if first == last:
        return None
    starts, ends = _edges(units, first, last)
    return Word(first, last, leet=_is_leet(units[first:last]), starts=starts, ends=ends)


def _is_leet(units: Sequence[Unit]) -> bool:
    kinds = {unit.glyph.kind for unit in units}
    if LetterKind.LETTER not in kinds:
        return kinds == {LetterKind.SIGN} and len(units) > 1
    written = "".join(unit.glyph.plain for unit in units)
    return not _QUANTITY.fullmatch(written)


def _edges(units: Sequence[Unit], first: int, last: int) -> tuple[set[int], set[int]]:
    """Return the places where words may begin and end: also beside signs, numbers and flags, and after Hangul."""
    starts, ends = {first}, {last}
    for at in range(first, last):
        kind = units[at].glyph.kind
        if kind is LetterKind.SIGN:
            ends.add(at)
            starts.add(at + 1)
        elif kind is LetterKind.HANGUL:
            ends.add(at + 1)
            if at > first and units[at - 1].glyph.kind is not LetterKind.HANGUL:
                starts.add(at)
        elif kind is LetterKind.FREE_LATIN:
            starts |= {at, at + 1}
            ends |= {at, at + 1}
    inner = {
        at for at in range(first + 1, last) if units[at].glyph.kind is LetterKind.FLAG
    } | _around_numbers(units, first, last)
    return starts | (inner - {last}), ends | (inner - {first})


def _around_numbers(units: Sequence[Unit], first: int, last: int) -> set[int]:
    """Return the places where a number before or after a word meets it: "13yo", "nude2"."""
    after = first
    while after < last and units[after].glyph.kind is LetterKind.DIGIT:
        after += 1
    before = last
    while before > after and units[before - 1].glyph.kind is LetterKind.DIGIT:
        before -= 1
    return {after, before}
