"""Text made comparable: case, accents, look-alikes, digits and spacing make no difference.

A `Reading` holds a text as sets of places. A set of places is one integer whose bit *p* stands for the place
before unit *p* (a unit is one letter as read: folded, and a stretched run is one). The places where an "a" may
be read are one set, the places where words may begin are another. So a character can be several letters at once
("1" is 1, i and l), and a matcher moves through the whole text with a few operations for each letter it seeks.

There are up to two readings: the text as written, and the words that someone pulled apart ("n u d e",
"nu-de"), joined again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from bot.domain.content.letters import Glyph, LetterKind, Unit, Word, read_letters, split

_JOINERS: Final = frozenset("-‐‑‒–—._~·•∙⋅*+=|\\^°`´")
_LONE_WORDS: Final = frozenset("aeiouy")  # one-letter words that may stand before or after "n u d e"
_LONGEST_JOINT: Final = 3


def _joint(text: str, units: Sequence[Unit], left: Word, right: Word) -> str:
    """Return the text between two words."""
    return text[units[left.last - 1].end : units[right.first].start]


def _chains(words: Sequence[Word], linked: Iterable[bool]) -> Iterator[list[Word]]:
    """Yield the runs of two or more words that are linked."""
    chain = list(words[:1])
    for word, is_linked in zip(words[1:], linked, strict=True):
        if not is_linked:
            if len(chain) > 1:
                yield chain
            chain = []
        chain.append(word)
    if len(chain) > 1:
        yield chain


def pulled_apart(text: str, units: Sequence[Unit], words: Sequence[Word]) -> Iterator[list[Unit]]:
    """Yield the units of words that are split by hyphens and the like: "nu-de"."""
    in_words = [
        word
        for word in words
        if units[word.first].glyph.kind in {LetterKind.LETTER, LetterKind.DIGIT, LetterKind.SIGN}
    ]
    linked = (0 < len(joint) <= 2 and _JOINERS.issuperset(joint) for joint in _joints(text, units, in_words))
    for chain in _chains(in_words, linked):
        yield [unit for word in chain for unit in units[word.first : word.last]]


def _joints(text: str, units: Sequence[Unit], words: Sequence[Word]) -> list[str]:
    return [_joint(text, units, left, right) for left, right in pairwise(words)]


def spelled_out(text: str, units: Sequence[Unit], words: Sequence[Word]) -> Iterator[list[Unit]]:
    """Yield runs of single letters: "n u d e", with and without a one-letter word such as "a" before or after."""
    in_words = [word for word in words if units[word.first].glyph.kind is not LetterKind.EMOJI]
    joints = _joints(text, units, in_words)
    alone = [word.last - word.first == 1 for word in in_words]
    linked = [
        both == (True, True) and 0 < len(joint) <= _LONGEST_JOINT and "\n" not in joint
        for both, joint in zip(pairwise(alone), joints, strict=True)
    ]
    for chain in _chains(in_words, linked):
        letters = [units[word.first] for word in chain]
        free = all(unit.glyph.kind is LetterKind.FREE for unit in letters)
        written = sum(unit.glyph.kind is not LetterKind.DIGIT for unit in letters)
        if written >= 2 and (free or len(letters) >= 3):
            yield from _parts(letters, _joints(text, units, chain))


def _parts(letters: list[Unit], joints: list[str]) -> Iterator[list[Unit]]:
    """Yield the letters between changes of spacing ("a n-u-d-e"), with and without a one-letter word at an end."""
    changes = [at for at in range(1, len(joints)) if joints[at] != joints[at - 1]]
    edges = [0, *(at + 1 for at in changes), len(letters)]
    parts = [letters, *(letters[start:end] for start, end in pairwise(edges))] if changes else [letters]
    parts += [letters[start:end] for start, end in pairwise([0, *changes, len(letters)]) if changes]
    for part in parts:
        yield part
        ahead = part[0].glyph.plain in _LONE_WORDS
        behind = part[-1].glyph.plain in _LONE_WORDS
        if ahead:
            yield part[1:]
        if behind:
            yield part[:-1]
        if ahead and behind:
            yield part[1:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a text, as sets of places; `units` lead back to the text."""

    units: Sequence[Unit]
    places: Mapping[str, int]
    stretched: Mapping[str, int]
    letters: int
    breaks: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text and its readings, of which there is at least one."""

    text: str
    readings: tuple[Reading, ...]


@lru_cache(maxsize=64)  # safety and filters read the same prompt
def fold(text: str) -> Folded:
    """Return every reading of `text`. Never raises, and takes time linear in the length of the text."""
    units = read_letters(text)
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
        free = {first + at for at, unit in enumerate(part) if unit.glyph.kind is LetterKind.FREE}
        starts, ends = frozenset({first} | free), frozenset({last} | {at + 1 for at in free})
        words.append(Word(first, last, leet=True, starts=starts, ends=ends))
        units += [*part, Unit(Glyph("\n", "", LetterKind.BREAK), part[-1].end, part[-1].end)]
    return _reading(units, words)
