"""Words that someone pulled apart ("nu-de", "n u d e"), put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from bot.domain.words.letters import Kind
from bot.domain.words.units import Unit, Word

_JOINERS: Final = frozenset("-‐‑‒–—._~·•∙⋅*+=|\\^°`´")
_LONE_WORDS: Final = frozenset("aeiouy")  # one-letter words that may stand before or after "n u d e"
_LONGEST_JOINT: Final = 3


def _joint(text: str, units: Sequence[Unit], left: Word, right: Word) -> str:
    """What stands between two words."""
    return text[units[left.last - 1].end : units[right.first].start]


def _chains(words: Sequence[Word], linked: Iterable[bool]) -> Iterator[list[Word]]:
    """Neighbouring words that belong together, two at least."""
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
    """Words with hyphens and the like inside: "nu-de"."""
    in_words = [
        word for word in words if units[word.first].glyph.kind in {Kind.LETTER, Kind.DIGIT, Kind.SIGN}
    ]
    linked = (0 < len(joint) <= 2 and _JOINERS.issuperset(joint) for joint in _joints(text, units, in_words))
    for chain in _chains(in_words, linked):
        yield [unit for word in chain for unit in units[word.first : word.last]]


def _joints(text: str, units: Sequence[Unit], words: Sequence[Word]) -> list[str]:
    return [_joint(text, units, left, right) for left, right in pairwise(words)]


def spelled_out(text: str, units: Sequence[Unit], words: Sequence[Word]) -> Iterator[list[Unit]]:
    """Letters that stand alone, one after another: "n u d e", also after "a"."""
    in_words = [word for word in words if units[word.first].glyph.kind is not Kind.EMOJI]
    joints = _joints(text, units, in_words)
    alone = [word.last - word.first == 1 for word in in_words]
    linked = [
        both == (True, True) and 0 < len(joint) <= _LONGEST_JOINT and "\n" not in joint
        for both, joint in zip(pairwise(alone), joints, strict=True)
    ]
    for chain in _chains(in_words, linked):
        letters = [units[word.first] for word in chain]
        free = all(unit.glyph.kind is Kind.FREE for unit in letters)
        written = sum(unit.glyph.kind is not Kind.DIGIT for unit in letters)
        if written >= 2 and (free or len(letters) >= 3):
            yield from _parts(letters, _joints(text, units, chain))


def _parts(letters: list[Unit], joints: list[str]) -> Iterator[list[Unit]]:
    """The letters between two changes of spacing ("a n-u-d-e"), also without a one-letter word at an end."""
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
