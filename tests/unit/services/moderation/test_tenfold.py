"""Spending that becomes ten times what it was is confirmed before it is allowed."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import pytest

from bot.domain.moderation import MAX_GRANT, Applied, NoChange, Proposal, Unchanged
from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import MONEY, Limit, Scope, Value
from bot.services.moderation import CONFIRM_WITHIN, Moderation
from tests.unit.services.moderation.material import (
    CHANNEL,
    MOD,
    NOON,
    ROLE,
    SERVER,
    Make,
    applied,
    clear,
    grant,
    said,
    set_to,
)
from tests.unit.services.workshop import ANNA

SPENDING: Final = sorted({*WINDOWS, *MONEY})
# Each has an amount that is no money and no number of pictures: more of it is not asked about.
FREE_TO_WIDEN: Final[dict[Limit, tuple[Value, Value]]] = {
    Limit.COOLDOWN_S: (1, 3_600),
    Limit.JOBS_AT_ONCE: (1, 100),
    Limit.IMAGES_PER_COMMAND: (1, 100),
    Limit.REFERENCES_PER_EDIT: (1, 100),
    Limit.MAY_IMAGINE: (False, True),
    Limit.WEIGHT: (Fraction(1, 10), Fraction(10)),
}


async def test_ten_times_as_much_is_asked_about(moderation: Moderation, subtests: pytest.Subtests) -> None:
    for limit in SPENDING:
        with subtests.test(limit.value):
            await applied(moderation, set_to(5, limit))

            outcome = await moderation.change(SERVER, set_to(50, limit), by=MOD)

            assert isinstance(outcome, Proposal)
            assert (outcome.guild_id, outcome.by, outcome.change) == (SERVER, MOD, set_to(50, limit))
            assert outcome.until == NOON + CONFIRM_WITHIN
            assert await said(moderation, limit) == 5


async def test_a_little_less_is_simply_done(moderation: Moderation, subtests: pytest.Subtests) -> None:
    for limit in SPENDING:
        with subtests.test(limit.value):
            await applied(moderation, set_to(5, limit))

            assert isinstance(await moderation.change(SERVER, set_to(49, limit), by=MOD), Applied)


async def test_no_limit_at_all_is_asked_about(moderation: Moderation, subtests: pytest.Subtests) -> None:
    for limit in SPENDING:
        with subtests.test(limit.value):
            await applied(moderation, set_to(5, limit))

            assert isinstance(await moderation.change(SERVER, set_to(None, limit), by=MOD), Proposal)


async def test_a_first_limit_narrows_and_is_simply_done(
    moderation: Moderation, subtests: pytest.Subtests
) -> None:
    for limit in SPENDING:
        with subtests.test(limit.value):
            assert isinstance(await moderation.change(SERVER, set_to(1_000, limit), by=MOD), Applied)


async def test_what_is_no_money_is_never_asked_about(
    moderation: Moderation, subtests: pytest.Subtests
) -> None:
    for limit, (low, high) in FREE_TO_WIDEN.items():
        with subtests.test(limit.value):
            await applied(moderation, set_to(low, limit))

            assert isinstance(await moderation.change(SERVER, set_to(high, limit), by=MOD), Applied)
            assert isinstance(await moderation.change(SERVER, set_to(low, limit), by=MOD), Applied)
            assert isinstance(await moderation.change(SERVER, clear(limit), by=MOD), Applied)


async def test_less_is_never_asked_about(moderation: Moderation) -> None:
    await applied(moderation, set_to(500))

    assert isinstance(await moderation.change(SERVER, set_to(0), by=MOD), Applied)


async def test_anything_is_much_where_nothing_was_allowed(moderation: Moderation) -> None:
    await applied(moderation, set_to(0))

    assert isinstance(await moderation.change(SERVER, set_to(1), by=MOD), Proposal)


@pytest.mark.parametrize(("scope", "subject_id"), [(Scope.ROLE, ROLE), (Scope.MEMBER, ANNA)])
async def test_what_a_rule_of_ones_own_adds_to_the_default_is_asked_about(
    moderation: Moderation, scope: Scope, subject_id: int
) -> None:
    await applied(moderation, set_to(5))

    outcome = await moderation.change(SERVER, set_to(50, scope=scope, subject_id=subject_id), by=MOD)

    assert isinstance(outcome, Proposal)


async def test_a_channel_gives_nobody_more_so_nobody_is_asked(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))

    outcome = await moderation.change(SERVER, set_to(5_000, scope=Scope.CHANNEL, subject_id=CHANNEL), by=MOD)

    assert isinstance(outcome, Applied)


async def test_a_channel_that_opens_up_again_is_asked_about(moderation: Moderation) -> None:
    await applied(moderation, set_to(1, scope=Scope.CHANNEL, subject_id=CHANNEL))

    outcome = await moderation.change(SERVER, clear(scope=Scope.CHANNEL, subject_id=CHANNEL), by=MOD)

    assert isinstance(outcome, Proposal)


async def test_what_the_ceiling_takes_back_is_not_asked_about(make: Make) -> None:
    moderation = make(images_per_day=20)
    await applied(moderation, set_to(5))

    assert isinstance(await moderation.change(SERVER, set_to(None), by=MOD), Applied)


async def test_forgetting_the_only_limit_is_asked_about(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))

    assert isinstance(await moderation.change(SERVER, clear(), by=MOD), Proposal)


async def test_forgetting_all_limits_is_asked_about_for_the_sake_of_one(moderation: Moderation) -> None:
    await applied(moderation, set_to(5, Limit.SERVER_USD_PER_MONTH))
    await applied(moderation, set_to(2, Limit.JOBS_AT_ONCE))

    assert isinstance(await moderation.change(SERVER, clear(None), by=MOD), Proposal)
    assert isinstance(await moderation.change(SERVER, clear(Limit.JOBS_AT_ONCE), by=MOD), Applied)


async def test_forgetting_what_left_little_less_than_the_default_is_simply_done(
    moderation: Moderation,
) -> None:
    await applied(moderation, set_to(20))
    await applied(moderation, set_to(5, scope=Scope.ROLE, subject_id=ROLE))

    outcome = await moderation.change(SERVER, clear(scope=Scope.ROLE, subject_id=ROLE), by=MOD)

    assert isinstance(outcome, Applied)


async def test_forgetting_what_was_never_set_is_no_question(moderation: Moderation) -> None:
    outcome = await moderation.change(SERVER, clear(None), by=MOD)

    assert outcome == Unchanged(why=NoChange.NOT_SET)


@pytest.mark.parametrize(("images", "asks"), [(49, False), (50, True)])
async def test_a_grant_is_measured_by_the_narrowest_window(
    moderation: Moderation, images: int, *, asks: bool
) -> None:
    await applied(moderation, set_to(400, Limit.IMAGES_PER_MONTH))
    await applied(moderation, set_to(5, Limit.IMAGES_PER_HOUR))

    outcome = await moderation.change(SERVER, grant(images), by=MOD)

    assert isinstance(outcome, Proposal if asks else Applied)


async def test_a_grant_is_measured_by_the_members_own_rule_first(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))
    await applied(moderation, set_to(40, scope=Scope.MEMBER, subject_id=ANNA))

    assert isinstance(await moderation.change(SERVER, grant(300), by=MOD), Applied)


async def test_ten_pictures_are_much_where_none_are_allowed(moderation: Moderation) -> None:
    await applied(moderation, set_to(0))

    assert isinstance(await moderation.change(SERVER, grant(9), by=MOD), Applied)
    assert isinstance(await moderation.change(SERVER, grant(10), by=MOD), Proposal)


async def test_a_grant_where_nothing_is_limited_is_simply_made(moderation: Moderation) -> None:
    assert isinstance(await moderation.change(SERVER, grant(MAX_GRANT), by=MOD), Applied)
