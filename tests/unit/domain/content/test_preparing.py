"""The safety rules are parsed once, however many prompts come first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.domain.content import safety
from bot.domain.content.matching import AnyOfMany, Steps

THREADS = 8
GRAVE = "a naked child and a naked celebrity"  # asks for every theme


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[AnyOfMany]]:
    """What was parsed since nothing was."""
    made: list[AnyOfMany] = []

    def make(sequences: Iterable[Steps]) -> AnyOfMany:
        made.append(AnyOfMany(sequences))
        return made[-1]

    safety._parsed.cache_clear()  # pyright: ignore[reportPrivateUsage]  # as at the start of a process
    monkeypatch.setattr(safety, "AnyOfMany", make)
    yield made
    safety._parsed.cache_clear()  # pyright: ignore[reportPrivateUsage]


def test_of_many_prompts_at_once_one_parses_the_rules(parsed: list[AnyOfMany]) -> None:
    together = Barrier(THREADS)

    def look(_: int) -> object:
        together.wait()
        return safety.safety_concern("a red fox in snow", references=0)

    with ThreadPoolExecutor(THREADS) as threads:
        assert list(threads.map(look, range(THREADS))) == [None] * THREADS

    assert len(parsed) == 1


def test_after_the_preparation_no_prompt_waits_for_the_rules(parsed: list[AnyOfMany]) -> None:
    safety.prepare()
    prepared = len(parsed)

    assert safety.safety_concern(GRAVE, references=1) is safety.SafetyConcern.MINORS
    assert safety.safety_concern("a naked celebrity", references=1) is not None
    assert len(parsed) == prepared > 1
