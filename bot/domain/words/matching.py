"""Looking for a sequence of steps everywhere in a reading at once.

The state is a set of places (see `folding`): where a match may have come to. A step moves all of them together,
so there is no backtracking: the work is the number of steps times the length of the text, divided by the bits
that a processor handles at once, whatever the text and the steps are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.domain.words.folding import Folded, Reading

MAX_WORDS_BETWEEN: Final = 5
# Few words of any language double these, so a sure word may be found with one of them doubled.
_SELDOM_DOUBLED: Final = frozenset("ahijkquvwxy")


class Step(Protocol):
    """One part of what is sought."""

    def advance(self, reading: Reading, at: int) -> int:
        """Where a match that has come to any place of `at` may be after this step."""
        ...


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """`count` times the same letter; `alike` holds every letter that will do. Stretched letters fit any count."""

    alike: str
    count: int = 1
    may_double: bool = False

    def advance(self, reading: Reading, at: int) -> int:
        places = _any_of(reading.places, self.alike)
        once = (at & places) << 1
        moved = once
        for _ in range(self.count - 1):
            moved = (moved & places) << 1
        if self.count > 1:
            return moved | (at & _any_of(reading.stretched, self.alike)) << 1
        if self.may_double and self.alike in _SELDOM_DOUBLED:
            return once | (once & places) << 1
        return once


@dataclass(frozen=True, slots=True)
class AnyLetter:
    """Exactly one letter, whichever."""

    def advance(self, reading: Reading, at: int) -> int:
        return (at & reading.letters) << 1


@dataclass(frozen=True, slots=True)
class AnyLetters:
    """Any letters of the same word, or none."""

    def advance(self, reading: Reading, at: int) -> int:
        return _flood(at, reading.letters)


@dataclass(frozen=True, slots=True)
class NextWord:
    """From the end of a word to the beginning of the next."""

    def advance(self, reading: Reading, at: int) -> int:
        # A start is let through as well: a choice that is a whole word may have been empty.
        return _flood(at & (reading.ends | reading.starts), reading.breaks) & reading.starts


@dataclass(frozen=True, slots=True)
class FewWords:
    """To the beginning of the next word, or past up to MAX_WORDS_BETWEEN words more."""

    def advance(self, reading: Reading, at: int) -> int:
        following = NextWord()
        reached = here = following.advance(reading, at)
        for _ in range(MAX_WORDS_BETWEEN):
            here = following.advance(reading, _flood(here, reading.letters) & reading.ends)
            reached |= here
        return reached


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Steps, ...]

    def advance(self, reading: Reading, at: int) -> int:
        reached = 0
        for option in self.options:
            reached |= _walk(option, reading, at)
        return reached


def occurs(steps: Steps, folded: Folded) -> bool:
    """Whether `steps`, as whole words, occur in any reading."""
    return any(_walk(steps, reading, reading.starts) & reading.ends for reading in folded.readings)


def first_span(steps: Steps, folded: Folded) -> tuple[int, int] | None:
    """Start and end, in the text, of the first place where `steps` occur as whole words."""
    return next((span for reading in folded.readings for span in _spans(steps, reading)), None)


def spans(steps: Steps, folded: Folded) -> list[tuple[int, int]]:
    """Start and end of every place where `steps` occur; those of one reading do not overlap."""
    return [span for reading in folded.readings for span in _spans(steps, reading)]


def _spans(steps: Steps, reading: Reading) -> Iterator[tuple[int, int]]:
    starts = reading.starts
    while _walk(steps, reading, starts) & reading.ends:
        first = _first_start(steps, reading, starts)
        last = _lowest(_walk(steps, reading, 1 << first) & reading.ends)
        yield reading.units[first].start, reading.units[last - 1].end
        starts = (starts >> last) << last


def _first_start(steps: Steps, reading: Reading, starts: int) -> int:
    """The first of `starts` from which the steps lead to an end; one does. Halves the starts again and again."""
    while starts & (starts - 1):
        middle = (_lowest(starts) + starts.bit_length()) // 2
        lower = starts & ((1 << middle) - 1)
        starts = lower if _walk(steps, reading, lower) & reading.ends else (starts >> middle) << middle
    return _lowest(starts)


def _walk(steps: Steps, reading: Reading, at: int) -> int:
    for step in steps:
        at = step.advance(reading, at)
        if not at:
            return 0
    return at


def _any_of(places: Mapping[str, int], letters: Sequence[str]) -> int:
    found = 0
    for letter in letters:
        found |= places.get(letter, 0)
    return found


def _flood(at: int, through: int) -> int:
    """`at`, and every place that can be reached from there by way of `through`: the carry does the walking."""
    return at | (((at & through) + through) ^ through)


def _lowest(places: int) -> int:
    return (places & -places).bit_length() - 1
