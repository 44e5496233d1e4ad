from __future__ import annotations

from bot.domain.sizes import Aspect
from bot.ui.base.theme import ASPECT_NAMES


def test_every_aspect_is_offered_and_the_models_choice_last() -> None:
    assert set(ASPECT_NAMES) == set(Aspect)
    assert list(ASPECT_NAMES)[-1] is Aspect.AUTO
