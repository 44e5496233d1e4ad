"""What is refused before any call, and what is not."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.safety import SafetyConcern, safety_concern
from tests.tables import each_case
from tests.unit.domain.content.disguises import DISGUISES, disguise
from tests.unit.domain.content.prompts import PASSED, REFUSED


def judged(prompts: Iterable[str], *, references: int) -> dict[str, SafetyConcern | None]:
    return {prompt: safety_concern(prompt, references=references) for prompt in prompts}


def test_a_dangerous_prompt_is_refused_for_its_gravest_reason() -> None:
    found = [
        (prompt, references, safety_concern(prompt, references=references))
        for prompt, references, _ in REFUSED
    ]

    assert [each for each, told in zip(found, REFUSED, strict=True) if each != told] == []


@each_case("references", [0, 2])
def test_a_harmless_prompt_passes(references: int) -> None:
    found = judged(PASSED, references=references)

    assert {prompt: why for prompt, why in found.items() if why is not None} == {}


def test_what_is_adult_is_undressing_once_a_picture_is_attached() -> None:
    found = judged([prompt for prompt, _, why in REFUSED if why is SafetyConcern.ADULT], references=1)

    assert {prompt: why for prompt, why in found.items() if why is not SafetyConcern.UNDRESSING} == {}


def test_pictures_do_not_make_minors_less_grave() -> None:
    found = judged([prompt for prompt, _, why in REFUSED if why is SafetyConcern.MINORS], references=1)

    assert {prompt: why for prompt, why in found.items() if why is not SafetyConcern.MINORS} == {}


def test_there_are_enough_prompts_of_both_kinds() -> None:
    assert min(len(REFUSED), len(PASSED)) >= 120


@given(
    word=st.sampled_from(["nude", "naked", "topless", "porn", "hentai", "undress", "masturbate", "genitals"]),
    how=st.lists(st.sampled_from(DISGUISES), min_size=1, max_size=3, unique=True),
    seed=st.integers(0, 2**32),
)
def test_disguises_do_not_help(word: str, how: list[str], seed: int) -> None:
    written = disguise(word, how, random.Random(seed))
    assert safety_concern(f"painting of a {written} woman", references=0) is SafetyConcern.ADULT


@given(prompt=st.text(), references=st.integers(0, 3))
def test_no_text_makes_it_fail(prompt: str, references: int) -> None:
    safety_concern(prompt, references=references)
