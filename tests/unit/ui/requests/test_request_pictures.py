"""Where the pictures of an edit come from."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.domain.references import Reference
from bot.ui.base.context import Interaction
from bot.ui.requests.request import references_for_edit
from tests.unit.ui.jobs import REQUESTER, reference_named

TRAY = (reference_named("image"), reference_named("image2"))
GIVEN = (reference_named("image4"), reference_named("image5"))


@dataclass
class ATray:
    """A shelf with nothing else on it."""

    pictures: tuple[Reference, ...]

    async def tray_references(self, user_id: int) -> tuple[Reference, ...]:
        assert user_id == REQUESTER
        return self.pictures


def by_somebody(pictures: tuple[Reference, ...]) -> Interaction:
    """A command of a person with these pictures on their tray."""
    command: Any = SimpleNamespace(
        user=SimpleNamespace(id=REQUESTER), client=SimpleNamespace(library=ATray(pictures))
    )
    return cast(Interaction, command)


@pytest.mark.parametrize(
    ("collected", "given", "tray", "names"),
    [
        (TRAY, (), None, ["image", "image2"]),
        (TRAY, (), True, ["image", "image2"]),
        (TRAY, (), False, []),
        (TRAY, GIVEN, None, ["image4", "image5"]),
        (TRAY, GIVEN, False, ["image4", "image5"]),
        (TRAY, GIVEN, True, ["image", "image2", "image3", "image4"]),
        ((), GIVEN, True, ["image4", "image5"]),
        ((), (), None, []),
        ((), (), True, []),
    ],
)
async def test_the_tray_comes_first_where_it_is_wanted_or_nothing_is_attached(
    collected: tuple[Reference, ...], given: tuple[Reference, ...], tray: bool | None, names: list[str]
) -> None:
    found = await references_for_edit(by_somebody(collected), given, tray=tray)
    assert [reference.name for reference in found] == names
