"""A server's filters: words, phrases and patterns that its moderators ban from prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bot.domain.content.matching import (
    PatternError,
    Steps,
    fewest_letters,
    first_span,
    most_choices,
    most_stars,
    occurs,
    pattern,
    phrase,
    word_count,
)
from bot.domain.content.normalize import Folded, fold

MAX_FILTERS: Final = 250
MAX_FILTER_TEXT: Final = 100
MAX_WORDS: Final = 8
MAX_STARS: Final = 4
MAX_ALTERNATIVES: Final = 8
_FEWEST_LETTERS: Final = 2
_MARKS: Final = re.compile(r"[*?(|＊？（｜…]|\.{3}")
_AT_THE_END: Final = "?？!！.… "  # at the end of a text these are punctuation, not marks of a pattern
# A filter that matches half of these would stop nearly every prompt.
_HARMLESS_PROMPTS: Final = (
    "a red fox in the snow",
    "the harbour of an old town at night, oil painting",
    "portrait of a woman with a green hat",
    "two cats are sleeping on a blue sofa",
    "make the sky darker and remove the people in the background",
    "cozy cabin in the forest, warm light, highly detailed",
    "logo for a coffee shop with a bear in it",
    "an astronaut is riding a horse on the moon",
    "cyberpunk street with rain and neon signs",
    "watercolor of mountains and a lake in autumn",
)


class FilterKind(StrEnum):
    """How a filter's text is read."""

    WORD = "word"
    PATTERN = "pattern"


class FilterProblem(StrEnum):
    """Why a text cannot be used as a filter."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY_WORDS = "too_many_words"
    TOO_MANY_STARS = "too_many_stars"
    TOO_MANY_CHOICES = "too_many_choices"
    UNBALANCED = "unbalanced"
    NESTED = "nested"
    TOO_BROAD = "too_broad"
    NOT_A_WORD = "not_a_word"  # it has marks that only a pattern may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter. A text that cannot be read as a filter matches nothing."""

    id: int
    kind: FilterKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A filter that stops a prompt; `found` is the part of the prompt that it matched, as typed."""

    filter: Filter
    found: str


def check_filter(kind: FilterKind, text: str) -> FilterProblem | None:
    """Return why `text` cannot be used as a filter of this kind; None if it can."""
    steps = _steps(kind, text)
    if isinstance(steps, FilterProblem):
        return steps
    is_pattern = kind is FilterKind.WORD and _MARKS.search(text.rstrip(_AT_THE_END))
    return FilterProblem.NOT_A_WORD if is_pattern else None


def first_match(filters: Sequence[Filter], text: str) -> Match | None:
    """Return the first filter, in the given order, that matches `text`; None if no filter does."""
    return next(_matches(filters, text), None)


def all_matches(filters: Sequence[Filter], text: str) -> list[Match]:
    """Return every filter that matches `text`, in the given order, each with the first part that it matched."""
    return list(_matches(filters, text))


def _matches(filters: Sequence[Filter], text: str) -> Iterator[Match]:
    folded = fold(text)
    for wanted in filters:
        steps = _steps(wanted.kind, wanted.text)
        span = None if isinstance(steps, FilterProblem) else first_span(steps, folded)
        if span:
            yield Match(filter=wanted, found=text[slice(*span)])


@lru_cache(maxsize=8192)
def _steps(kind: FilterKind, text: str) -> Steps | FilterProblem:
    if len(text) > MAX_FILTER_TEXT:
        return FilterProblem.TOO_LONG
    try:
        steps = phrase(text) if kind is FilterKind.WORD else pattern(text)
    except PatternError as error:
        return FilterProblem(error.problem.value)
    return _problem(steps) or steps


def _problem(steps: Steps) -> FilterProblem | None:
    if not steps:
        return FilterProblem.EMPTY
    if word_count(steps) > MAX_WORDS:
        return FilterProblem.TOO_MANY_WORDS
    if most_stars(steps) > MAX_STARS:
        return FilterProblem.TOO_MANY_STARS
    if most_choices(steps) > MAX_ALTERNATIVES:
        return FilterProblem.TOO_MANY_CHOICES
    return FilterProblem.TOO_BROAD if _is_broad(steps) else None


def _is_broad(steps: Steps) -> bool:
    stopped = sum(occurs(steps, folded) for folded in _harmless())
    return fewest_letters(steps) < _FEWEST_LETTERS or stopped * 2 >= len(_HARMLESS_PROMPTS)


@lru_cache(maxsize=1)
def _harmless() -> tuple[Folded, ...]:
    return tuple(map(fold, _HARMLESS_PROMPTS))
