"""Text made comparable: what it says, whatever case, accents, look-alikes, digits or spacing it is written in.

A `Reading` holds a text as sets of places. A set of places is one integer whose bit *p* stands for the place
before unit *p* (a unit is a letter as read: folded, and one for a stretched run). The places where an "a" may
be read are one set, the places where words may begin another; so a character can be several letters at once
("1" is 1, i and l), and a matcher moves through the whole text with a few operations for each letter sought.

There are up to two readings: the text as written, and the words that someone pulled apart ("n u d e",
"nu-de"), put together again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.words.letters import Glyph, Kind
from bot.domain.words.rejoining import pulled_apart, spelled_out
from bot.domain.words.units import Unit, Word, read, split


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a text, as sets of places; `units` give the way back to the text."""

    units: Sequence[Unit]
    places: Mapping[str, int]
    stretched: Mapping[str, int]
    letters: int
    breaks: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text and its readings, at least one."""

    text: str
    readings: tuple[Reading, ...]


@lru_cache(maxsize=64)  # safety and filters read the same prompt, and so does a worker that takes it up
def fold(text: str) -> Folded:
    """Every reading of `text`. Never raises; takes time in proportion to the length of the text."""
    units = read(text)
    words = list(split(units))
    readings = [_reading(units, words)]
    apart = [*pulled_apart(text, units, words), *spelled_out(text, units, words)]
    if apart:
        readings.append(_joined(apart))
    return Folded(text=text, readings=tuple(readings))


def _reading(units: Sequence[Unit], words: Iterable[Word]) -> Reading:
    places: defaultdict[str, list[int]] = defaultdict(list)
    stretched: defaultdict[str, list[int]] = defaultdict(list)
    letters: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for word in words:
        letters += range(word.first, word.last)
        starts += word.starts
        ends += word.ends
        for at in range(word.first, word.last):
            glyph = units[at].glyph
            for letter in glyph.leet_letters if word.leet else glyph.letters:
                places[letter].append(at)
                if units[at].stretched:
                    stretched[letter].append(at)
    size = len(units) // 8 + 1
    return Reading(
        units=units,
        places={letter: _number(at, size) for letter, at in places.items()},
        stretched={letter: _number(at, size) for letter, at in stretched.items()},
        letters=_number(letters, size),
        breaks=_number((at for at, unit in enumerate(units) if unit.glyph.is_break), size),
        starts=_number(starts, size),
        ends=_number(ends, size),
    )


def _number(places: Iterable[int], size: int) -> int:
    marks = bytearray(size)
    for at in places:
        marks[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(marks, "little")


def _joined(parts: Iterable[Sequence[Unit]]) -> Reading:
    units: list[Unit] = []
    words: list[Word] = []
    for part in parts:
        if len(part) < 2:
            continue
        first, last = len(units), len(units) + len(part)
        free = {first + at for at, unit in enumerate(part) if unit.glyph.kind is Kind.FREE}
        starts, ends = frozenset({first} | free), frozenset({last} | {at + 1 for at in free})
        words.append(Word(first, last, leet=True, starts=starts, ends=ends))
        units += [*part, Unit(Glyph("\n", "", Kind.BREAK), part[-1].end, part[-1].end)]
    return _reading(units, words)
