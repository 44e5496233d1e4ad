"""What moderators write, made into steps: words and phrases as they stand, and a small pattern language.

`*` any letters of a word, or none · `?` one letter · `(a|b|c)` one of these · `...` up to five words between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final

from bot.domain.words.letters import Kind
from bot.domain.words.matching import AnyLetter, AnyLetters, Choice, FewWords, Letters, NextWord, Step, Steps
from bot.domain.words.units import Unit, Word, read, split

_MARKS: Final = re.compile(r"\.{3,}|[()|*?]|\s+|(?:(?!\.\.\.)[^()|*?\s])+")
_TYPED_WIDE: Final = str.maketrans({"（": "(", "）": ")", "｜": "|", "＊": "*", "？": "?", "…": "..."})
_WITHOUT_SPACES: Final = frozenset({Kind.FREE, Kind.HANGUL, Kind.EMOJI})


class BadPattern(StrEnum):
    """Why a pattern has no meaning."""

    UNBALANCED = "unbalanced"
    NESTED = "nested"


class PatternError(ValueError):
    """A pattern that cannot be read."""

    def __init__(self, problem: BadPattern) -> None:
        super().__init__(problem.value)
        self.problem = problem


def phrase(text: str, *, may_double: bool = False) -> Steps:
    """Steps for the words of `text`; empty when it has none."""
    return _tidy(list(_literal(text, may_double=may_double)))


def pattern(text: str, *, may_double: bool = False) -> Steps:
    """Steps for a pattern; empty when it says nothing.

    Raises:
        PatternError: when its parentheses do not fit.
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
    units = read(text)
    words = list(split(units))
    spelled_out = len(words) > 2 and all(word.last - word.first == 1 for word in words)
    at = 0
    for word in words:
        apart = any(unit.glyph.kind in {Kind.BREAK, Kind.SIGN} for unit in units[at : word.first])
        if apart and not spelled_out:
            yield NextWord()
        yield from _letters(units, word, may_double=may_double)
        at = word.last
    if any(unit.glyph.kind is Kind.BREAK for unit in units[at:]):
        yield NextWord()


def _letters(units: Sequence[Unit], word: Word, *, may_double: bool) -> Iterator[Step]:
    """The letters of one word. Letters that look Latin are taken for Latin where a Latin one is beside them."""
    written = units[word.first : word.last]
    is_latin = any("a" <= unit.glyph.plain <= "z" for unit in written)

    def alike(unit: Unit) -> tuple[str, bool]:
        letters = unit.glyph.leet_letters if is_latin else unit.glyph.plain
        return "".join(dict.fromkeys(letters)), unit.stretched

    for (letters, stretched), run in groupby(written, key=alike):
        yield Letters(letters, 3 if stretched else len(list(run)), may_double)


def _tidy(steps: Sequence[Step]) -> Steps:
    """Without gaps at either end, and with the widest of neighbouring gaps."""
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
    """How many words a match has at most, those of `...` not counted."""
    gaps = sum(isinstance(step, NextWord | FewWords) for step in steps)
    inside = (max(map(word_count, step.options)) - 1 for step in steps if isinstance(step, Choice))
    return 1 + gaps + sum(max(words, 0) for words in inside)


def most_stars(steps: Steps) -> int:
    """The stars of the word that has most."""
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
    """The choices of the group that has most."""
    return max((len(step.options) for step in steps if isinstance(step, Choice)), default=0)


def fewest_letters(steps: Steps) -> int:
    """The letters that a match must have. One of a script without spaces says as much as two others."""
    fewest = 0
    for step in steps:
        if isinstance(step, Letters):
            fewest += 2 if _says_much(step.alike[0]) else step.count
        elif isinstance(step, Choice):
            fewest += min(map(fewest_letters, step.options))
    return fewest


def _says_much(letter: str) -> bool:
    return read(letter)[0].glyph.kind in _WITHOUT_SPACES
