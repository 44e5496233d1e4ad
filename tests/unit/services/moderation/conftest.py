"""Moderation on a store of its own."""

from __future__ import annotations

import pytest

from bot.domain.policy.rules import Limit, Rule, Scope, Value
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.services.moderation import Moderation
from bot.storage.stores import SqlModerationStore
from tests.unit.services.moderation.material import Make
from tests.unit.services.workshop import Workshop


@pytest.fixture
def store(shop: Workshop) -> SqlModerationStore:
    return SqlModerationStore(shop.store)


@pytest.fixture
def make(shop: Workshop, store: SqlModerationStore) -> Make:
    """Moderation under a ceiling of the operator's."""

    def moderation(**ceiling: Value) -> Moderation:
        says = {Limit(name): value for name, value in ceiling.items()}
        return Moderation(
            store=store,
            jobs=shop.look,
            wake_ups=shop.wake_ups,
            clock=shop.clock,
            ceiling=Rule(scope=Scope.OPERATOR, says=says),
            models=SEEDREAM_MODELS,
            videos=VIDEO_MODELS,
            model=DEFAULT_MODEL_ID,
        )

    return moderation


@pytest.fixture
def moderation(make: Make) -> Moderation:
    return make()
