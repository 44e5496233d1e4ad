"""/defaults in words."""

from __future__ import annotations

from itertools import product

from bot.domain.ports.library import Defaults
from bot.domain.sizes import Aspect, Resolution
from bot.ui.base.options import ASPECTS, EDIT_ASPECTS, RESOLUTIONS
from bot.ui.library.defaults import PARTS, changed, defaults_card, without
from tests.tables import each_case
from tests.unit.ui.limits.material import assert_discord_takes, text_of

NOTHING = Defaults()
EVERYTHING = Defaults(aspect=Aspect.AUTO, resolution=Resolution.FOUR_K, private=True, spoiler=True)
MAX_CHOICES = 25  # Discord


def test_what_was_said_changes_and_the_rest_stays() -> None:
    now = changed(EVERYTHING, aspect=Aspect.SQUARE, resolution=None, private=False, spoiler=None)

    assert now == Defaults(aspect=Aspect.SQUARE, resolution=Resolution.FOUR_K, private=False, spoiler=True)


@each_case("part", PARTS)
def test_one_can_be_forgotten_alone(part: str) -> None:
    left = without(EVERYTHING, part)

    assert getattr(left, part) == getattr(NOTHING, part)
    assert all(getattr(left, other) == getattr(EVERYTHING, other) for other in set(PARTS) - {part})


def test_all_can_be_forgotten_at_once() -> None:
    assert without(EVERYTHING, None) == NOTHING


def test_every_default_there_can_be_is_shown() -> None:
    for aspect, resolution, private, spoiler, enhances in product(
        [None, *Aspect], [None, *Resolution], [False, True], [False, True], [False, True]
    ):
        mine = Defaults(aspect=aspect, resolution=resolution, private=private, spoiler=spoiler)
        view = defaults_card(mine, enhances=enhances)
        assert_discord_takes(view)
        text = text_of(view)
        assert ("**Shape**" in text) is (aspect is not None)
        assert ("**Resolution**" in text) is (resolution is not None)
        assert ("**Private**" in text) is private
        assert ("**Spoiler**" in text) is spoiler
        assert ("a chat model rewrites" in text) is enhances


def test_without_defaults_it_says_what_easel_does_by_itself() -> None:
    text = text_of(defaults_card(NOTHING))

    assert "You have no defaults" in text
    assert "square, in 2K" in text


def test_discord_takes_the_choices() -> None:
    for choices in (ASPECTS, EDIT_ASPECTS, RESOLUTIONS):
        assert len(choices) <= MAX_CHOICES
        assert len({choice.value for choice in choices}) == len(choices)
