"""Filter texts parsed into steps, and the search for a sequence of steps in a reading.

The pattern language: `*` any letters of a word, or none · `?` one letter · `(a|b|c)` one of these · `...` up to five
words in between.

The state of a search is a set of places (see `bot.domain.content.normalize`) that a match may have reached. A step
moves all of them together, so there is no backtracking: the work is the number of steps times the length of the
text, divided by the machine's word size, whatever the text and the steps are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Final, Protocol

from bot.domain.content.letters import LetterKind, Unit, Word, read_letters, split
from bot.domain.content.normalize import Folded, Reading

MAX_WORDS_BETWEEN: Final = 5
# Few words of any language double these letters, so a match may have one of them doubled.
_SELDOM_DOUBLED: Final = frozenset("ahijkquvwxy")


class Step(Protocol):
    """One part of a phrase or pattern to search for."""

    def advance(self, reading: Reading, at: int) -> int:
        """Return the places that a match may have reached after this step, from any place in `at`."""
        ...


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """`count` times the same letter, which is any letter in `alike`. A stretched letter matches any count."""

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
    """Exactly one letter, no matter which."""

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
        # Also from a start: a choice in place of a whole word may have been empty.
        return _flood(at & (reading.ends | reading.starts), reading.breaks) & reading.starts


@dataclass(frozen=True, slots=True)
class FewWords:
    """To the beginning of the next word, or of one of the MAX_WORDS_BETWEEN words after it."""

    def advance(self, reading: Reading, at: int) -> int:
        following = NextWord()
        reached = here = following.advance(reading, at)
        for _ in range(MAX_WORDS_BETWEEN):
            here = following.advance(reading, _flood(here, reading.letters) & reading.ends)
            reached |= here
        return reached


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences of steps."""

    options: tuple[Steps, ...]

    def advance(self, reading: Reading, at: int) -> int:
        reached = 0
        for option in self.options:
            reached |= _walk(option, reading, at)
        return reached


def occurs(steps: Steps, folded: Folded) -> bool:
    """Return whether `steps` match whole words in any reading."""
    return any(_walk(steps, reading, reading.starts) & reading.ends for reading in folded.readings)


class AnyOfMany:
    """Many sequences of steps, searched together.

    What several begin with is walked once; where no word begins so, none of them is walked further.
    """

    def __init__(self, sequences: Iterable[Steps]) -> None:
        self._root = _Branch()
        for steps in sequences:
            branch = self._root
            for step in steps:
                branch = branch.following.setdefault(step, _Branch())
            branch.is_end = True

    def occurs(self, folded: Folded) -> bool:
        """Tell whether any of the sequences matches, as `occurs` does for each of them."""
        return any(self._root.leads_to_end(reading, reading.starts) for reading in folded.readings)


@dataclass(slots=True)
class _Branch:
    """What may follow a beginning; `is_end` if that is a whole sequence."""

    following: dict[Step, _Branch] = field(default_factory=dict["Step", "_Branch"])
    is_end: bool = False

    def leads_to_end(self, reading: Reading, at: int) -> bool:
        if self.is_end and at & reading.ends:
            return True
        for step, branch in self.following.items():
            reached = step.advance(reading, at)
            if reached and branch.leads_to_end(reading, reached):
                return True
        return False


def first_span(steps: Steps, folded: Folded) -> tuple[int, int] | None:
    """Return the start and end, in the text, of the first match of `steps`; None if there is none."""
    return next((span for reading in folded.readings for span in _spans(steps, reading)), None)


def spans(steps: Steps, folded: Folded) -> list[tuple[int, int]]:
    """Return the start and end of every match of `steps`; matches in one reading do not overlap."""
    return [span for reading in folded.readings for span in _spans(steps, reading)]


def _spans(steps: Steps, reading: Reading) -> Iterator[tuple[int, int]]:
    starts = reading.starts
    while _walk(steps, reading, starts) & reading.ends:
        first = _first_start(steps, reading, starts)
        last = _lowest(_walk(steps, reading, 1 << first) & reading.ends)
        yield reading.units[first].start, reading.units[last - 1].end
        starts = (starts >> last) << last


def _first_start(steps: Steps, reading: Reading, starts: int) -> int:
    """Find, by bisection, the first of `starts` from which the steps reach an end. One of them must do so."""
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
    """Return `at` and every place reachable from it through `through`: the carry of the addition moves along."""
    return at | (((at & through) + through) ^ through)


def _lowest(places: int) -> int:
    return (places & -places).bit_length() - 1


_MARKS: Final = re.compile(r"\.{3,}|[()|*?]|\s+|(?:(?!\.\.\.)[^()|*?\s])+")
_TYPED_WIDE: Final = str.maketrans({"（": "(", "）": ")", "｜": "|", "＊": "*", "？": "?", "…": "..."})
_WITHOUT_SPACES: Final = frozenset({LetterKind.FREE, LetterKind.HANGUL, LetterKind.EMOJI})


class BadPattern(StrEnum):
    """Why a pattern cannot be parsed."""

    UNBALANCED = "unbalanced"
    NESTED = "nested"


class PatternError(ValueError):
    """A pattern that cannot be parsed."""

    def __init__(self, problem: BadPattern) -> None:
        super().__init__(problem.value)
        self.problem = problem


def phrase(text: str, *, may_double: bool = False) -> Steps:
    """Parse the words of `text` into steps; empty if it has no words.

    With `may_double`, letters that languages seldom double may appear doubled in a match.
    """
    return _tidy(list(_literal(text, may_double=may_double)))


def pattern(text: str, *, may_double: bool = False) -> Steps:
    """Parse a pattern into steps; empty if it has no words.

    Raises `PatternError` if its parentheses are unbalanced or nested. `may_double` is explained at `phrase`.
    """
    done: list[Step] = []
    options: list[list[Step]] | None = None
    for mark in _MARKS.findall(text.translate(_TYPED_WIDE)):
        here = done if options is None else options[-1]
        if mark == "(":
            if options is not None:
                raise PatternError(BadPattern.NESTED)
            options = [[]]
        elif mark in {"|", ")"}:
            if options is None:
                raise PatternError(BadPattern.UNBALANCED)
            if mark == "|":
                options.append([])
            else:
                done.append(Choice(tuple(map(_tidy, options))))
                options = None
        else:
            here.extend(_steps(mark, may_double=may_double))
    if options is not None:
        raise PatternError(BadPattern.UNBALANCED)
    return _tidy(done)


def _steps(mark: str, *, may_double: bool) -> Iterator[Step]:
    if mark == "*":
        yield AnyLetters()
    elif mark == "?":
        yield AnyLetter()
    elif mark.startswith("..."):
        yield FewWords()
    elif mark.isspace():
        yield NextWord()
    else:
        yield from _literal(mark, may_double=may_double)


def _literal(text: str, *, may_double: bool) -> Iterator[Step]:
    units = read_letters(text.lower())  # who bans AI means no "al"
    words = list(split(units))
    spelled_out = len(words) > 2 and all(word.last - word.first == 1 for word in words)
    at = 0
    for word in words:
        apart = any(unit.glyph.kind in {LetterKind.BREAK, LetterKind.SIGN} for unit in units[at : word.first])
        if apart and not spelled_out:
            yield NextWord()
        yield from _letters(units, word, may_double=may_double)
        at = word.last
    if any(unit.glyph.kind is LetterKind.BREAK for unit in units[at:]):
        yield NextWord()


def _letters(units: Sequence[Unit], word: Word, *, may_double: bool) -> Iterator[Step]:
    """Yield the letters of one word. If a Latin letter is among them, those that look Latin count as Latin too."""
    written = units[word.first : word.last]
    is_latin = any("a" <= unit.glyph.plain <= "z" for unit in written)

    def alike(unit: Unit) -> tuple[str, bool]:
        return _distinct(unit.glyph.leet_letters if is_latin else unit.glyph.plain), unit.stretched

    for (letters, stretched), run in groupby(written, key=alike):
        yield _step_of(letters, 3 if stretched else len(list(run)), may_double)


@lru_cache(maxsize=1024)
def _distinct(letters: str) -> str:
    return "".join(dict.fromkeys(letters))


# The rules have thirty thousand such steps, of which a thousand differ.
_step_of = lru_cache(maxsize=4096)(Letters)


def _tidy(steps: Sequence[Step]) -> Steps:
    """Drop the gaps at both ends, and keep the widest of adjacent gaps."""
    tidy: list[Step] = []
    for step in steps:
        if not isinstance(step, NextWord | FewWords):
            tidy.append(step)
        elif tidy and isinstance(tidy[-1], NextWord):
            tidy[-1] = step
        elif tidy and not isinstance(tidy[-1], FewWords):
            tidy.append(step)
    while tidy and isinstance(tidy[-1], NextWord | FewWords):
        tidy.pop()
    return tuple(tidy)


def word_count(steps: Steps) -> int:
    """Count the words that a match has at most, without those that `...` stands for."""
    gaps = sum(isinstance(step, NextWord | FewWords) for step in steps)
    inside = (max(map(word_count, step.options)) - 1 for step in steps if isinstance(step, Choice))
    return 1 + gaps + sum(max(words, 0) for words in inside)


def most_stars(steps: Steps) -> int:
    """Count the stars in the word that has the most."""
    most = stars = 0
    for step in steps:
        if isinstance(step, NextWord | FewWords):
            stars = 0
        elif isinstance(step, AnyLetters):
            stars += 1
        elif isinstance(step, Choice):
            stars += max(map(most_stars, step.options))
        most = max(most, stars)
    return most


def most_choices(steps: Steps) -> int:
    """Count the choices in the group that has the most."""
    return max((len(step.options) for step in steps if isinstance(step, Choice)), default=0)


def fewest_letters(steps: Steps) -> int:
    """Count the letters that a match has at least. A letter of a script without spaces counts as two."""
    fewest = 0
    for step in steps:
        if isinstance(step, Letters):
            fewest += 2 if _says_much(step.alike[0]) else step.count
        elif isinstance(step, Choice):
            fewest += min(map(fewest_letters, step.options))
    return fewest


def _says_much(letter: str) -> bool:
    return read_letters(letter)[0].glyph.kind in _WITHOUT_SPACES
