"""What a clock that was ahead has stored: nothing later than now counts, and nothing waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.moderation import Applied, ResetMember
from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.stores import Accepted, WorkerHeartbeat
from bot.storage.engine import Store
from bot.storage.stores import SqlJobStore, SqlKeyValueStore, SqlModerationStore
from tests.contract.store_material import (
    ANN,
    FREELY,
    LEASE_S,
    NOW,
    PRICE,
    RATES,
    call,
    claimed,
    images_used,
    lease_of,
    new_job,
    queued,
    rendering,
)

AHEAD = NOW + timedelta(days=1)
SERVER = 8
TIGHT = Rule(
    scope=Scope.OPERATOR,
    says={
        Limit.IMAGES_PER_DAY: 1,
        Limit.COOLDOWN_S: 3600,
        Limit.USD_PER_DAY: PRICE,
        Limit.USD_PER_MONTH: PRICE,
        Limit.SERVER_USD_PER_DAY: PRICE,
    },
)


async def paid(jobs: SqlJobStore) -> None:
    """A picture that was asked for and paid while the clock was a day ahead."""
    await queued(jobs, at=AHEAD)
    job = await jobs.claim("worker", FREELY, now=AHEAD, lease_s=LEASE_S)
    assert job is not None
    await call(jobs, lease_of(job), at=AHEAD)


async def test_nobody_is_refused_for_what_a_wrong_clock_stored(jobs: SqlJobStore) -> None:
    await paid(jobs)

    assert await images_used(jobs, now=NOW) == 0
    assert isinstance(await jobs.submit(new_job(at=NOW), TIGHT, RATES), Accepted)
    assert isinstance(await jobs.submit(new_job(at=NOW), TIGHT, RATES), Denied)


async def test_clocks_that_differ_by_a_moment_still_count_everything(jobs: SqlJobStore) -> None:
    await queued(jobs, at=NOW + timedelta(seconds=1))

    assert isinstance(await jobs.submit(new_job(at=NOW), TIGHT, RATES), Denied)


async def test_a_reset_works_after_one_that_a_wrong_clock_stored(store: Store, jobs: SqlJobStore) -> None:
    moderation, reset = SqlModerationStore(store), ResetMember(user_id=ANN)
    await moderation.apply(SERVER, reset, by=1, now=AHEAD)
    await queued(jobs, at=NOW)
    facts = await moderation.facts(ANN, SERVER, new_job().context, now=NOW)
    outcome = await moderation.apply(SERVER, reset, by=1, now=NOW)
    after = await moderation.facts(ANN, SERVER, new_job().context, now=NOW)

    assert len(facts.here.entries) == 1  # the reset to come lets nothing pass
    assert isinstance(outcome, Applied)
    assert after.here.entries == []


async def test_a_job_that_a_wrong_clock_queued_starts_at_once(jobs: SqlJobStore) -> None:
    job = await queued(jobs, at=AHEAD)

    started, _ = await claimed(jobs, now=NOW)

    assert started.id == job.id


async def test_a_lease_that_a_wrong_clock_made_ends_soon(jobs: SqlJobStore) -> None:
    job, _ = await rendering(jobs)
    earlier = NOW - timedelta(hours=1)

    await jobs.renew_leases([], now=earlier, lease_s=LEASE_S)
    taken = await jobs.claim("other", FREELY, now=earlier + timedelta(seconds=15), lease_s=LEASE_S)

    assert taken is not None
    assert taken.id == job.id


async def test_a_lease_that_is_kept_after_the_clock_was_set_back_holds(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    earlier = NOW - timedelta(hours=1)

    await jobs.renew_leases([lease], now=earlier, lease_s=LEASE_S)

    assert await jobs.claim("other", FREELY, now=earlier + timedelta(seconds=15), lease_s=LEASE_S) is None


async def test_the_slots_of_a_worker_that_was_seen_in_days_to_come_shorten_no_estimate(
    store: Store, jobs: SqlJobStore
) -> None:
    key_values = SqlKeyValueStore(store)
    before = await jobs.submit(new_job(), FREELY, RATES)
    await key_values.record_heartbeat(WorkerHeartbeat(name="ahead", seen_at=AHEAD, slots=400, running=0))
    after = await jobs.queue(ANN, RATES, now=NOW)

    assert isinstance(before, Accepted)
    assert after.mine[0].standing == before.standing


@pytest.mark.parametrize("seconds", [0, 1])
async def test_an_entry_of_the_mod_log_does_not_wait_for_a_wrong_clock(store: Store, seconds: int) -> None:
    moderation, jobs = SqlModerationStore(store), SqlJobStore(store)
    job = await queued(jobs)
    await moderation.report(job.id, by=3, reason="why", now=AHEAD)
    if seconds:  # it was being posted at that time, too
        assert await moderation.next_entry(now=AHEAD, lease_s=60) is not None

    assert await moderation.next_entry(now=NOW, lease_s=60) is not None
