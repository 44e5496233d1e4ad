"""Many patterns searched together find what each of them finds alone."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.content.matching import AnyOfMany, PatternError, Steps, occurs, pattern
from bot.domain.content.normalize import fold
from bot.domain.content.vocabulary import CHILD_ABUSE, EXPLICIT, FAKES, SEXUALISING, SUGGESTIVE, UNDRESSING
from tests.unit.domain.content.disguises import DISGUISES, disguise
from tests.unit.domain.content.prompts import PASSED, REFUSED

_RULES: Final = tuple(
    pattern(" ".join(one.split()), may_double=True)
    for theme in (EXPLICIT, SUGGESTIVE, UNDRESSING, SEXUALISING, FAKES, CHILD_ABUSE)
    for words in theme.values()
    for one in words.split(",")
)
_RULES_TOGETHER: Final = AnyOfMany(_RULES)
_PROMPTS: Final = (*PASSED, *(prompt for prompt, _, _ in REFUSED))


def _parsed(texts: list[str]) -> list[Steps]:
    found: list[Steps] = []
    for text in texts:
        with suppress(PatternError):
            found.append(pattern(text, may_double=True))
    return found


@example(texts=["a", "ab"], prompt="ab")  # one is the beginning of the other
@example(texts=["ab", "a"], prompt="a")
@example(texts=[""], prompt=".")
@given(texts=st.lists(st.text("ab(|)*?. ", max_size=12), max_size=8), prompt=st.text("ab .-", max_size=30))
def test_any_of_many_is_found_where_one_of_them_is(texts: list[str], prompt: str) -> None:
    many, folded = _parsed(texts), fold(prompt)
    assert AnyOfMany(many).occurs(folded) == any(occurs(steps, folded) for steps in many)


@given(
    prompt=st.sampled_from(_PROMPTS),
    how=st.lists(st.sampled_from(DISGUISES), max_size=2, unique=True),
    cut=st.integers(0, 20),
    seed=st.integers(0, 2**32),
)
def test_the_rules_together_find_what_each_finds(prompt: str, how: list[str], cut: int, seed: int) -> None:
    written = disguise(prompt[cut:] or prompt, how, random.Random(seed))
    folded = fold(written)
    assert _RULES_TOGETHER.occurs(folded) == any(occurs(steps, folded) for steps in _RULES)


def test_the_rules_together_find_what_each_finds_in_every_known_prompt() -> None:
    folded = [fold(prompt) for prompt in _PROMPTS]
    differing = [
        prompt
        for prompt in folded
        if _RULES_TOGETHER.occurs(prompt) != any(occurs(steps, prompt) for steps in _RULES)
    ]
    assert differing == []
