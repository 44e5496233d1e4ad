"""The safety rules: prompts that are refused before any call is made, whatever a server sets.

They are a first barrier of words, quick and the same for everyone. They know the common words of fourteen languages
(English best), and `fold` sees through spelling tricks. They do not understand sentences, names, pictures or hints;
the provider's own safety system stands behind them. In doubt about minors or real people they refuse; they
leave words alone that are mostly harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import Final

from bot.domain.content.matching import AnyOfMany, Steps, pattern, spans
from bot.domain.content.normalize import Folded, fold
from bot.domain.content.vocabulary import (
    CHILD_ABUSE,
    EXPLICIT,
    FAKES,
    HARMLESS,
    MINORS,
    REAL_PEOPLE,
    SEXUALISING,
    SUGGESTIVE,
    UNDRESSING,
)

_IN_PLACE_OF_HARMLESS: Final = " thing "  # a word, so that the words around it do not become a phrase


class SafetyConcern(StrEnum):
    """Why a prompt is refused, gravest first."""

    MINORS = "minors"  # sexual content with minors
    UNDRESSING = "undressing"  # nudity or sexual content with people who may be real
    ADULT = "adult"  # other nudity or sexual content, which age-restricted channels allow


class _Theme(StrEnum):
    EXPLICIT = "explicit"
    SUGGESTIVE = "suggestive"
    UNDRESSING = "undressing"
    SEXUALISING = "sexualising"
    FAKES = "fakes"
    MINORS = "minors"
    CHILD_ABUSE = "child_abuse"
    REAL_PEOPLE = "real_people"
    HARMLESS = "harmless"


_VOCABULARY: Final[Mapping[_Theme, Mapping[str, str]]] = {
    _Theme.EXPLICIT: EXPLICIT,
    _Theme.SUGGESTIVE: SUGGESTIVE,
    _Theme.UNDRESSING: UNDRESSING,
    _Theme.SEXUALISING: SEXUALISING,
    _Theme.FAKES: FAKES,
    _Theme.MINORS: MINORS,
    _Theme.CHILD_ABUSE: CHILD_ABUSE,
    _Theme.REAL_PEOPLE: REAL_PEOPLE,
    _Theme.HARMLESS: HARMLESS,
}
_SEXUAL: Final = (_Theme.EXPLICIT, _Theme.UNDRESSING, _Theme.SUGGESTIVE, _Theme.SEXUALISING, _Theme.FAKES)
_DANGEROUS: Final = (*_SEXUAL, _Theme.CHILD_ABUSE)
_PARSING: Final = Lock()  # prompts are checked in many threads: each would parse the rules on its own


def safety_concern(prompt: str, *, references: int) -> SafetyConcern | None:
    """Return the gravest reason to refuse `prompt`; None if it is safe.

    `references` is the number of attached pictures, which may show real people.
    """
    folded = fold(prompt)
    if not _all_of(*_DANGEROUS).occurs(folded):
        return None
    folded = _without_harmless(folded)
    if _concerns_minors(folded):
        return SafetyConcern.MINORS
    if _undresses(folded, references=references):
        return SafetyConcern.UNDRESSING
    is_adult = _is_about(_Theme.EXPLICIT, folded) or _is_about(_Theme.UNDRESSING, folded)
    return SafetyConcern.ADULT if is_adult else None


def _concerns_minors(folded: Folded) -> bool:
    if _is_about(_Theme.CHILD_ABUSE, folded):
        return True
    return _is_about(_Theme.MINORS, folded) and any(_is_about(theme, folded) for theme in _SEXUAL)


def _undresses(folded: Folded, *, references: int) -> bool:
    if _is_about(_Theme.FAKES, folded):
        return True
    bare = _is_about(_Theme.EXPLICIT, folded) or _is_about(_Theme.UNDRESSING, folded)
    if references and (bare or _is_about(_Theme.SEXUALISING, folded)):
        return True
    return (bare or _is_about(_Theme.SUGGESTIVE, folded)) and _is_about(_Theme.REAL_PEOPLE, folded)


def _is_about(theme: _Theme, folded: Folded) -> bool:
    return _all_of(theme).occurs(folded)


def _without_harmless(folded: Folded) -> Folded:
    found = {span for steps in _steps(_Theme.HARMLESS) for span in spans(steps, folded)}
    kept, at = "", 0
    for start, end in sorted(found):
        if end > at:
            kept += folded.text[at : max(start, at)] + _IN_PLACE_OF_HARMLESS
            at = end
    return fold(kept + folded.text[at:]) if found else folded


def prepare() -> None:
    """Parse the rules: a quarter of a second of work, for which the first prompt would wait."""
    for themes in (_DANGEROUS, *((theme,) for theme in _Theme)):
        _all_of(*themes)


def _all_of(*themes: _Theme) -> AnyOfMany:
    with _PARSING:
        return _parsed(*themes)


@lru_cache
def _parsed(*themes: _Theme) -> AnyOfMany:
    return AnyOfMany(steps for theme in themes for steps in _steps(theme))


@lru_cache
def _steps(theme: _Theme) -> tuple[Steps, ...]:
    """Parse the theme's patterns. Words of every theme but HARMLESS also match with a letter doubled."""
    may_double = theme is not _Theme.HARMLESS
    written = ", ".join(_VOCABULARY[theme].values())
    return tuple(pattern(" ".join(one.split()), may_double=may_double) for one in written.split(","))
