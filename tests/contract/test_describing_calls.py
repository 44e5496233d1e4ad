"""The call that describes a picture, on the books: allowed as a picture would be, and none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.jobs import NO_CONTEXT, JobKind
from bot.domain.policy.decision import DenialReason, Denied
from bot.domain.policy.quota import UsageRequest
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.stores import NewDescription, NotBegun
from bot.domain.provider import Charge, Trouble
from bot.domain.rewriting import MAX_DESCRIBED_A_DAY
from bot.domain.sizes import Resolution
from bot.storage.engine import Store
from bot.storage.stores import SqlJobStore, SqlKeyValueStore, SqlModerationStore
from tests.contract.moderation_material import GUILD
from tests.contract.store_material import ANN, BEN, FREELY, LATER, NOW, at_most

ESTIMATE = 6_000
DAY = timedelta(days=1)


def new(number: int = 1, user_id: int = ANN) -> NewDescription:
    return NewDescription(
        id=f"d{user_id}{number}",
        request_id=f"easel.d{user_id}{number}.picture.1",
        user_id=user_id,
        guild_id=GUILD,
        context=NO_CONTEXT,
        usage=UsageRequest(
            kind=JobKind.IMAGINE,
            images=1,
            references=1,
            resolution=Resolution.TWO_K,
            model="model",
            private=False,
            estimate_micro_usd=ESTIMATE,
        ),
    )


async def begun(
    jobs: SqlJobStore, description: NewDescription, ceiling: Rule = FREELY, *, now: datetime = NOW
) -> Denied | NotBegun | None:
    return await jobs.begin_description(description, ceiling, now=now)


async def spent(store: Store) -> int:
    return (await SqlModerationStore(store).spent(GUILD, now=NOW)).today_micro_usd


@pytest.mark.parametrize(
    ("charge", "told", "counted"),
    [
        (Charge.CHARGED, 900, 900),
        (Charge.CHARGED, None, ESTIMATE),
        (Charge.UNKNOWN, None, ESTIMATE),
        (Charge.FREE, None, 0),
    ],
)
async def test_it_costs_what_was_told_and_is_no_picture(
    store: Store, jobs: SqlJobStore, charge: Charge, told: int | None, counted: int
) -> None:
    assert await begun(jobs, new()) is None
    assert await spent(store) == ESTIMATE

    await jobs.end_call(new().request_id, charge=charge, cost_micro_usd=told, now=NOW + LATER)

    assert await spent(store) == counted
    assert (await jobs.held(ANN, now=NOW)).images == 0


async def test_the_same_command_is_taken_once(store: Store, jobs: SqlJobStore) -> None:
    await begun(jobs, new())

    again = await begun(jobs, replace(new(), request_id="another"))

    assert again == NotBegun(is_known=True)
    assert await spent(store) == ESTIMATE


async def test_a_person_who_may_make_no_picture_has_none_described(store: Store, jobs: SqlJobStore) -> None:
    outcome = await begun(jobs, new(), at_most(images_per_day=0))

    assert isinstance(outcome, Denied)
    assert outcome.reason is DenialReason.LIMIT
    assert await spent(store) == 0


async def test_a_budget_holds_for_it(jobs: SqlJobStore) -> None:
    tight = Rule(scope=Scope.OPERATOR, says={Limit.SERVER_USD_PER_DAY: ESTIMATE})

    assert await begun(jobs, new(), tight) is None
    assert isinstance(await begun(jobs, new(2, BEN), tight), Denied)


async def test_an_open_circuit_lets_none_begin(store: Store, jobs: SqlJobStore) -> None:
    await SqlKeyValueStore(store).write_value("circuit", '{"trouble":"faults"}')

    assert await begun(jobs, new()) == NotBegun(trouble=Trouble.FAULTS)
    assert await spent(store) == 0


async def test_there_is_an_end_to_them_in_a_day_even_for_who_deletes_their_data(jobs: SqlJobStore) -> None:
    for number in range(MAX_DESCRIBED_A_DAY):
        assert await begun(jobs, new(number), now=NOW + timedelta(minutes=number)) is None
    late = NOW + timedelta(hours=2)
    await jobs.forget(ANN, now=late)

    assert await begun(jobs, new(99), now=late) == NotBegun(opens_at=NOW + DAY)
    assert await begun(jobs, new(99, BEN), now=late) is None
    assert await begun(jobs, new(99), now=NOW + DAY) is None


async def test_a_call_that_nobody_ended_is_found_and_settled(store: Store, jobs: SqlJobStore) -> None:
    await begun(jobs, new())

    [call] = await jobs.open_calls(before=NOW + timedelta(hours=1), after=NOW + DAY)

    assert call.request_id == new().request_id
    await jobs.end_call(call.request_id, charge=Charge.FREE, cost_micro_usd=None, now=NOW + DAY)
    assert await spent(store) == 0
    assert await jobs.open_calls(before=NOW + DAY, after=NOW + DAY) == ()
