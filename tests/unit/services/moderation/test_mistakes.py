"""Changes that make no sense are named, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final, cast

import pytest

from bot.domain.content.filters import FilterKind, FilterProblem
from bot.domain.moderation import (
    MAX_GRANT,
    MAX_PAUSE_TEXT,
    MAX_REASON,
    AddFilter,
    Applied,
    BlockMember,
    Change,
    GiveImages,
    PauseServer,
)
from bot.domain.policy.rules import Limit, Scope, Value
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.services.changes import HIGHEST, HIGHEST_WEIGHT, MOST, ChangeProblem, InvalidChange
from bot.services.moderation import Moderation
from tests.unit.services.moderation.material import MOD, NOON, SERVER, block, grant, set_to

OUT_OF_RANGE: Final = [
    (set_to(-1), MOST),
    (set_to(MOST + 1), MOST),
    (set_to(MOST + 1, Limit.SERVER_USD_PER_MONTH), MOST),
    (set_to(HIGHEST[Limit.COOLDOWN_S] + 1, Limit.COOLDOWN_S), HIGHEST[Limit.COOLDOWN_S]),
    (set_to(HIGHEST[Limit.JOBS_AT_ONCE] + 1, Limit.JOBS_AT_ONCE), HIGHEST[Limit.JOBS_AT_ONCE]),
    (set_to(HIGHEST_WEIGHT + 1, Limit.WEIGHT), HIGHEST_WEIGHT),
    (set_to(1 / (HIGHEST_WEIGHT + 1), Limit.WEIGHT), HIGHEST_WEIGHT),
    (grant(0), MAX_GRANT),
    (grant(MAX_GRANT + 1), MAX_GRANT),
]
JUST_IN_RANGE: Final[list[Change]] = [
    set_to(0),
    set_to(MOST),
    set_to(HIGHEST[Limit.COOLDOWN_S], Limit.COOLDOWN_S),
    set_to(HIGHEST_WEIGHT, Limit.WEIGHT),
    set_to(1 / HIGHEST_WEIGHT, Limit.WEIGHT),
    set_to(frozenset(SEEDREAM_MODELS), Limit.MODELS),
    set_to(None, Limit.MODELS),
    grant(1),
    grant(MAX_GRANT),
    grant(reason="x" * MAX_REASON),
    grant(expires_at=NOON + timedelta(seconds=1)),
    block(reason="x" * MAX_REASON),
    PauseServer(text="x" * MAX_PAUSE_TEXT),
    PauseServer(text=""),
]
TOO_LONG: Final = [
    (grant(reason="x" * (MAX_REASON + 1)), MAX_REASON),
    (block(reason="x" * (MAX_REASON + 1)), MAX_REASON),
    (PauseServer(text="x" * (MAX_PAUSE_TEXT + 1)), MAX_PAUSE_TEXT),
]


async def refused(moderation: Moderation, change: Change) -> InvalidChange:
    outcome = await moderation.change(SERVER, change, by=MOD)
    assert isinstance(outcome, InvalidChange), outcome
    assert await moderation.audit(SERVER, limit=1) == ()
    return outcome


@pytest.mark.parametrize("limit", [Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH])
@pytest.mark.parametrize("scope", [Scope.ROLE, Scope.CHANNEL, Scope.MEMBER])
async def test_the_servers_budget_is_nobodys_privilege(
    moderation: Moderation, scope: Scope, limit: Limit
) -> None:
    improper = await refused(moderation, set_to(5, limit, scope=scope, subject_id=1))

    assert improper == InvalidChange(problem=ChangeProblem.NOT_HERE)


@pytest.mark.parametrize("scope", [Scope.OPERATOR, Scope.FREE])
async def test_moderators_do_not_speak_for_the_operator(moderation: Moderation, scope: Scope) -> None:
    assert (await refused(moderation, set_to(5, scope=scope))).problem is ChangeProblem.NOT_HERE


@pytest.mark.parametrize(("change", "most"), OUT_OF_RANGE)
async def test_a_number_out_of_range_comes_with_its_bound(
    moderation: Moderation, change: Change, most: int
) -> None:
    improper = await refused(moderation, change)

    assert improper == InvalidChange(problem=ChangeProblem.OUT_OF_RANGE, most=most)


WRONG_TYPES: Final = [
    set_to(True),
    set_to(cast(Value, "9")),
    set_to(None, Limit.COOLDOWN_S),
    set_to(1, Limit.MAY_EDIT),
    set_to(cast(Value, "2K"), Limit.RESOLUTION),
    set_to(2, Limit.WEIGHT),
    set_to(cast(Value, ["a"]), Limit.MODELS),
]


@pytest.mark.parametrize("change", WRONG_TYPES, ids=str)
async def test_a_value_of_another_type_is_out_of_range(moderation: Moderation, change: Change) -> None:
    assert (await refused(moderation, change)).problem is ChangeProblem.OUT_OF_RANGE


@pytest.mark.parametrize("change", JUST_IN_RANGE)
async def test_what_just_fits_is_made(moderation: Moderation, change: Change) -> None:
    assert isinstance(await moderation.change(SERVER, change, by=MOD), Applied)


async def test_a_model_that_is_not_there_cannot_be_allowed(moderation: Moderation) -> None:
    some = frozenset({DEFAULT_MODEL_ID, "made-up/model"})

    improper = await refused(moderation, set_to(some, Limit.MODELS))

    assert improper == InvalidChange(problem=ChangeProblem.UNKNOWN_MODEL)


@pytest.mark.parametrize(("change", "most"), TOO_LONG)
async def test_a_text_too_long_comes_with_its_bound(
    moderation: Moderation, change: Change, most: int
) -> None:
    improper = await refused(moderation, change)

    assert improper == InvalidChange(problem=ChangeProblem.TEXT_TOO_LONG, most=most)


@pytest.mark.parametrize("reason", ["", "  \n ", "\u200b\u2060"])
@pytest.mark.parametrize("change", [grant(), block()])
async def test_a_reason_has_to_say_something(
    moderation: Moderation, change: GiveImages | BlockMember, reason: str
) -> None:
    improper = await refused(moderation, replace(change, reason=reason))

    assert improper == InvalidChange(problem=ChangeProblem.NO_TEXT)


@pytest.mark.parametrize("ago", [timedelta(), timedelta(days=1)])
async def test_nothing_ends_before_it_begins(moderation: Moderation, ago: timedelta) -> None:
    for change in (grant(expires_at=NOON - ago), block(until=NOON - ago)):
        assert (await refused(moderation, change)).problem is ChangeProblem.IN_THE_PAST


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (FilterKind.WORD, " . ", FilterProblem.EMPTY),
        (FilterKind.PATTERN, "(fox", FilterProblem.UNBALANCED),
        (FilterKind.PATTERN, "*a*", FilterProblem.TOO_BROAD),
    ],
)
async def test_a_filter_that_will_not_do_says_why(
    moderation: Moderation, kind: FilterKind, text: str, problem: FilterProblem
) -> None:
    improper = await refused(moderation, AddFilter(kind=kind, text=text))

    assert improper == InvalidChange(problem=ChangeProblem.FILTER, filter_problem=problem)
