"""The circuit of all workers: who may begin a call, what waits, and who is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.circuit import MAX_FAULTS, CallOutcome, Circuit
from bot.domain.jobs import JobState
from bot.domain.moderation import Topic
from bot.domain.provider import Balance, Charge, Trouble
from bot.errors import CircuitOpenError
from bot.storage.engine import Store
from bot.storage.schema import notes
from bot.storage.stores import SqlCircuitStore, SqlJobStore, SqlKeyValueStore, SqlModerationStore
from tests.contract.moderation_material import ELSEWHERE, GUILD, MODLOG, count, keep_modlog, taken
from tests.contract.store_material import (
    ANN,
    BEN,
    FREELY,
    LEASE_S,
    NOW,
    PRICE,
    accepted,
    call,
    claimed,
    done,
    end,
    lease_of,
    new_job,
    painted,
    queued,
    rendering,
)

MOMENT = timedelta(seconds=1)
SOON = timedelta(minutes=2)  # every probe but that of garbage is due
ENOUGH = Balance(micro_usd=5_000_000)


@pytest.fixture
def circuits(store: Store) -> SqlCircuitStore:
    return SqlCircuitStore(store)


async def opened(circuits: SqlCircuitStore, outcome: CallOutcome = CallOutcome.NO_CREDIT) -> None:
    change = await circuits.record_outcome("call", "job", outcome, now=NOW)
    assert change.after.trouble is not None


async def half_opened(circuits: SqlCircuitStore) -> None:
    await opened(circuits)
    assert await circuits.begin_probe(now=NOW + SOON)
    change = await circuits.end_probe(ENOUGH, price_micro_usd=PRICE, now=NOW + SOON)
    assert change.after.half_open_at is not None


async def test_no_call_begins_while_it_is_open_and_nothing_is_written_of_it(
    store: Store, jobs: SqlJobStore, circuits: SqlCircuitStore
) -> None:
    job, lease = await rendering(jobs)
    await opened(circuits)

    with pytest.raises(CircuitOpenError):
        await call(jobs, lease)

    after = await jobs.reload(lease)
    assert (after.renders[0].tries, after.cost_micro_usd) == (0, 0)
    assert after.held_up is Trouble.NO_CREDIT
    assert (await jobs.spend(since=NOW - SOON, until=NOW + SOON)).calls == 0
    assert (await jobs.get(job.id)) == after


async def test_half_open_lets_one_call_through_over_all_workers(
    jobs: SqlJobStore, circuits: SqlCircuitStore
) -> None:
    _, first = await rendering(jobs, ANN, count=4)
    _, second = await rendering(jobs, BEN)
    await half_opened(circuits)
    await jobs.renew_leases([first, second], now=NOW + SOON, lease_s=LEASE_S)

    begun = await asyncio.gather(
        *(call(jobs, first, index, at=NOW + SOON) for index in range(4)),
        call(jobs, second, at=NOW + SOON),
        return_exceptions=True,
    )

    assert sum(isinstance(one, str) for one in begun) == 1
    assert sum(isinstance(one, CircuitOpenError) for one in begun) == 4


async def test_a_trial_that_goes_well_closes_it_and_a_failed_one_does_not(
    jobs: SqlJobStore, circuits: SqlCircuitStore
) -> None:
    _, lease = await rendering(jobs, count=2)
    await half_opened(circuits)
    await jobs.renew_leases([lease], now=NOW + SOON, lease_s=LEASE_S)
    trial = await call(jobs, lease, at=NOW + SOON)
    await circuits.record_outcome(trial, lease.job_id, CallOutcome.NO_CREDIT, now=NOW + SOON)
    assert (await circuits.circuit()).half_open_at is None
    await end(jobs, trial, Charge.FREE)

    later = NOW + 2 * SOON
    assert await circuits.begin_probe(now=later)
    await circuits.end_probe(ENOUGH, price_micro_usd=PRICE, now=later)
    await jobs.renew_leases([lease], now=later + SOON, lease_s=LEASE_S)
    trial = await call(jobs, lease, 1, at=later + SOON)
    await circuits.record_outcome(trial, lease.job_id, CallOutcome.WELL, now=later + SOON)

    assert await circuits.circuit() == Circuit()
    assert (await jobs.reload(lease)).held_up is None


async def test_the_end_of_a_trouble_closes_it_only_where_it_is_open_for_that(
    circuits: SqlCircuitStore,
) -> None:
    await opened(circuits, CallOutcome.NO_CREDIT)

    other = await circuits.end_trouble(Trouble.BAD_KEY)
    over = await circuits.end_trouble(Trouble.NO_CREDIT)

    assert (other.after.trouble, over.before.trouble, over.after.trouble) == (
        Trouble.NO_CREDIT,
        Trouble.NO_CREDIT,
        None,
    )
    assert (await circuits.circuit()).trouble is None


async def test_one_worker_asks_for_all(store: Store, circuits: SqlCircuitStore) -> None:
    await opened(circuits)

    asked = await asyncio.gather(*(circuits.begin_probe(now=NOW + SOON) for _ in range(4)))

    assert sorted(asked) == [False, False, False, True]


async def test_queued_jobs_stay_in_the_queue_and_what_was_begun_is_taken_over(
    jobs: SqlJobStore, circuits: SqlCircuitStore
) -> None:
    begun, _ = await rendering(jobs, ANN)
    waits = await queued(jobs, BEN)
    await opened(circuits)
    later = NOW + timedelta(seconds=LEASE_S + 1)

    again, _ = await claimed(jobs, now=later)
    nothing = await jobs.claim("worker", FREELY, now=later, lease_s=LEASE_S)

    assert again.id == begun.id
    assert nothing is None
    stays = await jobs.get(waits.id)
    assert stays is not None
    assert (stays.state, stays.held_up) == (JobState.QUEUED, Trouble.NO_CREDIT)

    await circuits.restart(now=later)
    assert await circuits.begin_probe(now=later)
    await circuits.end_probe(ENOUGH, price_micro_usd=PRICE, now=later)
    assert (await claimed(jobs, now=later))[0].id == waits.id


async def test_a_new_job_is_accepted_and_knows_that_it_has_to_wait(
    jobs: SqlJobStore, circuits: SqlCircuitStore
) -> None:
    await opened(circuits, CallOutcome.BAD_KEY)

    assert (await accepted(jobs, new_job())).job.held_up is Trouble.BAD_KEY
    assert await circuits.begin_probe(now=NOW + MOMENT), "it may have been put right just now"


async def test_a_job_that_is_over_waits_for_nothing(jobs: SqlJobStore, circuits: SqlCircuitStore) -> None:
    _, lease = await rendering(jobs)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
    await opened(circuits)

    over = await jobs.get(lease.job_id)
    assert over is not None
    assert over.held_up is None


async def test_a_success_while_nothing_is_wrong_writes_nothing(
    store: Store, circuits: SqlCircuitStore
) -> None:
    await circuits.record_outcome("call", "job", CallOutcome.WELL, now=NOW)

    assert await count(store, notes) == 0


async def test_faults_that_come_together_are_all_counted(store: Store, circuits: SqlCircuitStore) -> None:
    fault = CallOutcome.FAULT
    await asyncio.gather(
        *(circuits.record_outcome(f"call {n}", f"job {n}", fault, now=NOW) for n in range(MAX_FAULTS))
    )

    assert (await circuits.circuit()).trouble is Trouble.FAULTS


async def test_the_operator_and_each_server_that_waits_are_told_once_with_the_balance(
    store: Store, jobs: SqlJobStore, circuits: SqlCircuitStore
) -> None:
    moderation = SqlModerationStore(store)
    for guild_id in (GUILD, ELSEWHERE):
        await keep_modlog(moderation, guild_id)
    place = replace(new_job().reply_target, guild_id=GUILD)
    for user_id in (ANN, BEN):
        await queued(jobs, user_id, reply_target=place)
    await opened(circuits, CallOutcome.NO_CREDIT)

    for balance in (1_230_000, None):
        await circuits.announce(balance_micro_usd=balance, now=NOW)
    entries = await taken(moderation)

    assert [(one.topic, one.channel_id, one.facts) for one in entries] == [
        (Topic.NO_CREDIT, None, {"subject": "1230000"}),
        (Topic.NO_CREDIT, MODLOG, {"subject": "1230000"}),
    ]
    assert (await circuits.circuit()).is_told
    await queued(jobs, 77, reply_target=replace(place, guild_id=ELSEWHERE))
    await circuits.announce(balance_micro_usd=None, now=NOW)
    assert [one.guild_id for one in await taken(moderation)] == [ELSEWHERE], "it waits now as well"


async def test_a_value_that_another_version_wrote_closes_it(store: Store, circuits: SqlCircuitStore) -> None:
    for value in ('{"trouble": "aliens"}', "not json", '{"faults": 1, "new": true}'):
        await SqlKeyValueStore(store).write_value("circuit", value)

        assert (await circuits.circuit()).trouble is None


async def test_a_prompt_fails_alone_when_others_are_painted_meanwhile(jobs: SqlJobStore) -> None:
    same = frozenset({0, 1})
    _, lease = await rendering(jobs, ANN, count=3)
    early = await call(jobs, lease, 2, at=NOW - MOMENT)
    await done(jobs, lease, 2, early)
    await call(jobs, lease, at=NOW)
    assert not await jobs.others_succeed(lease.job_id, 0, same=same), "that began before"

    _, other = await rendering(jobs, BEN)
    await done(jobs, other, 0, await call(jobs, other, at=NOW + MOMENT))
    assert await jobs.others_succeed(lease.job_id, 0, same=same)

    await done(jobs, lease, 1, await call(jobs, lease, 1, at=NOW + MOMENT))
    assert not await jobs.others_succeed(lease.job_id, 0, same=same), "the same prompt is painted"


async def test_another_scene_of_the_same_series_is_another_prompt(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs, ANN, count=2)
    await call(jobs, lease, at=NOW)
    await done(jobs, lease, 1, await call(jobs, lease, 1, at=NOW + MOMENT))

    assert await jobs.others_succeed(lease.job_id, 0, same=frozenset({0}))
    assert lease_of(await jobs.reload(lease)) == lease


async def test_a_job_is_kept_in_the_queue_only_if_a_worker_could_take_it_now(jobs: SqlJobStore) -> None:
    until = NOW + timedelta(seconds=25)
    young = (await accepted(jobs, new_job(ANN))).job
    assert not await jobs.keep_queued(young.id, now=NOW, until=until), "its card is still to come"

    waits = await queued(jobs, BEN)
    assert await jobs.keep_queued(waits.id, now=NOW, until=until)
    assert await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S) is None
    begun, _ = await claimed(jobs, now=until)

    assert not await jobs.keep_queued(begun.id, now=until, until=until + SOON)
