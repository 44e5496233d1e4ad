"""Text as units (letters as read) and words, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from bot.domain.words.letters import ENDING_SIGNS, Glyph, Kind, spell

_STRETCHED_FROM: Final = 3  # English doubles letters, it never trebles them
_LETTERS_ONLY: Final = {Kind.LETTER}
# A number and its unit or ending is no leet: "4k" is not "ak".
_QUANTITY: Final = re.compile(
    "[0-9]+(?:k|d|p|s|st|nd|rd|th|mm|cm|m|km|px|x|am|pm|yo|y|yr|g|kg|ml|l|in|ft|fps|hz|gb|mb|c|f|b|h|w|t)"
)


class Unit(NamedTuple):  # a tuple for speed: thousands are made for each prompt
    """One letter as read, written as `text[start:end]`."""

    glyph: Glyph
    start: int
    end: int
    stretched: bool = False


class Word(NamedTuple):
    """Units `first` to `last` (not included), and the places where words may begin and end in it."""

    first: int
    last: int
    leet: bool
    starts: Collection[int]
    ends: Collection[int]


def read(text: str) -> list[Unit]:
    """The units of `text`: stretched letters as one, any number of breaks as one."""
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
        elif glyph.kind is Kind.BREAK or _is_stretched(parts, first, last):
            stretched = glyph.kind is not Kind.BREAK
            units.append(Unit(glyph, unit.start, parts[last - 1].end, stretched))
        else:
            units += parts[first:last]
        first = last
    return units


def _is_stretched(parts: Sequence[Unit], first: int, last: int) -> bool:
    """Digits count as stretched only inside a word: 1000 is no stretched 10."""
    if last - first < _STRETCHED_FROM:
        return False
    if parts[first].glyph.kind is not Kind.DIGIT:
        return True
    around = [*parts[max(first - 1, 0) : first], *parts[last : last + 1]]
    return len(around) == 2 and all(part.glyph.kind is Kind.LETTER for part in around)


def split(units: Sequence[Unit]) -> Iterator[Word]:
    """The words among `units`, in order. Scripts without spaces give one word for each letter."""
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
        elif glyph.kind is not Kind.BREAK:
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
    if Kind.LETTER not in kinds:
        return kinds == {Kind.SIGN} and len(units) > 1
    written = "".join(unit.glyph.plain for unit in units)
    return not _QUANTITY.fullmatch(written)


def _edges(units: Sequence[Unit], first: int, last: int) -> tuple[set[int], set[int]]:
    """Where words may begin and end: also beside signs, numbers, flags, and after Hangul."""
    starts, ends = {first}, {last}
    for at in range(first, last):
        kind = units[at].glyph.kind
        if kind is Kind.SIGN:
            ends.add(at)
            starts.add(at + 1)
        elif kind is Kind.HANGUL:
            ends.add(at + 1)
            if at > first and units[at - 1].glyph.kind is not Kind.HANGUL:
                starts.add(at)
    inner = {at for at in range(first + 1, last) if units[at].glyph.kind is Kind.FLAG} | _around_numbers(
        units, first, last
    )
    return starts | (inner - {last}), ends | (inner - {first})


def _around_numbers(units: Sequence[Unit], first: int, last: int) -> set[int]:
    """Where the number before or after a word ends: "13yo", "nude2"."""
    after = first
    while after < last and units[after].glyph.kind is Kind.DIGIT:
        after += 1
    before = last
    while before > after and units[before - 1].glyph.kind is Kind.DIGIT:
        before -= 1
    return {after, before}
