"""Claiming: who gets which job, and that nobody gets one twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

import bot.domain.fairness as fairness
from bot.domain.jobs import Job, JobState
from bot.domain.ports.stores import Lease
from bot.storage.engine import Store
from bot.storage.schema import metadata
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import Database, held
from tests.contract.store_material import (
    ANN,
    BEN,
    CAT,
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    claimed,
    painted,
    queued,
    rendering,
)

AFTER_LEASE = NOW + timedelta(seconds=LEASE_S)


@dataclass(slots=True)
class FairLine:
    """The line as `bot.domain.fairness` describes it, in a list."""

    clock: int = 0
    last_tags: dict[int, int] = field(default_factory=dict[int, int])
    waiting: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def enqueue(self, job_id: str, user_id: int, renders: int) -> None:
        last_tag = self.last_tags.get(user_id, 0)
        tag = fairness.next_tag(clock=self.clock, last_tag=last_tag, renders=renders)
        self.last_tags[user_id] = tag
        self.waiting.append((tag, job_id))

    def claim(self) -> str | None:
        if not self.waiting:
            return None
        tag, job_id = min(self.waiting)
        self.waiting.remove((tag, job_id))
        self.clock = max(self.clock, tag)
        return job_id


def empty(conn: Connection) -> None:
    for table in metadata.tables.values():
        conn.execute(table.delete())


async def take(jobs: SqlJobStore) -> Job | None:
    return await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S)


async def take_all(jobs: SqlJobStore, worker: str, *, after: timedelta = timedelta(0)) -> list[Job]:
    taken: list[Job] = []
    while (job := await jobs.claim(worker, FREELY, now=NOW + after, lease_s=LEASE_S)) is not None:
        taken.append(job)
    return taken


# Who asks for how many pictures; None is a worker that claims.
steps = st.lists(
    st.none() | st.tuples(st.integers(1, 5), st.integers(1, 4)),
    min_size=5,
    max_size=30,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_the_line_is_claimed_in_the_order_of_the_model(
    store: Store, jobs: SqlJobStore, steps: list[tuple[int, int] | None]
) -> None:
    await store.tx(empty)
    model = FairLine()
    for step in [*steps, *[None] * len(steps)]:
        if step is None:
            job = await take(jobs)
            assert (None if job is None else job.id) == model.claim()
        else:
            user_id, count = step
            model.enqueue((await queued(jobs, user_id, count=count)).id, user_id, count)


async def test_fifty_jobs_of_one_person_do_not_delay_one_of_another(jobs: SqlJobStore) -> None:
    for _ in range(50):
        await queued(jobs, ANN)
    await claimed(jobs)
    one = await queued(jobs, BEN)

    order = [await claimed(jobs) for _ in range(2)]

    assert one.id in {job.id for job, _ in order}


async def test_many_claimers_at_once_never_share_a_job(database: Database) -> None:
    async with database.job_stores(4) as stores:
        made = {(await queued(stores[0], user_id)).id for user_id in range(24)}
        hauls = await asyncio.gather(*(take_all(stores[n % 4], f"worker{n}") for n in range(8)))

    times = Counter(job.id for haul in hauls for job in haul)
    assert times == dict.fromkeys(made, 1)


async def test_many_claimers_over_one_pool_never_share_a_job(jobs: SqlJobStore) -> None:
    made = {(await queued(jobs, user_id)).id for user_id in range(12)}

    taken = await asyncio.gather(*(take(jobs) for _ in range(20)))

    assert Counter(job.id for job in taken if job is not None) == dict.fromkeys(made, 1)


async def test_a_lease_that_ran_out_is_taken_up_by_one_of_many(database: Database) -> None:
    async with database.job_stores(4) as stores:
        made = {(await queued(stores[0], user_id)).id for user_id in range(12)}
        await take_all(stores[0], "first")
        hauls = await asyncio.gather(
            *(take_all(stores[n], f"next{n}", after=timedelta(seconds=LEASE_S)) for n in range(4))
        )

    taken = [job for haul in hauls for job in haul]
    assert Counter(job.id for job in taken) == dict.fromkeys(made, 1)
    assert {job.attempt for job in taken} == {2}


async def test_the_fair_clock_is_the_highest_tag_also_when_many_claim_at_once(database: Database) -> None:
    async with database.job_stores(4) as stores:
        for _ in range(6):
            await queued(stores[0], ANN)
        await asyncio.gather(*(take_all(stores[n], f"worker{n}") for n in range(4)))
        behind = await queued(stores[0], ANN)
        ahead = await queued(stores[0], BEN)  # starts at the clock, which stands where Ann stopped

        first, _ = await claimed(stores[0])
        second, _ = await claimed(stores[0])

    assert [first.id, second.id] == [behind.id, ahead.id]


async def test_what_lost_its_worker_goes_before_the_line(jobs: SqlJobStore) -> None:
    lost = await queued(jobs, ANN, count=4)
    await claimed(jobs)
    await queued(jobs, BEN)

    job, _ = await claimed(jobs, now=AFTER_LEASE, worker="other")

    assert (job.id, job.state, job.attempt) == (lost.id, JobState.RENDERING, 2)


async def test_the_lease_that_ran_out_first_is_taken_up_first(jobs: SqlJobStore) -> None:
    await queued(jobs, ANN)
    await claimed(jobs, now=NOW + LATER)
    early = await queued(jobs, BEN)
    await claimed(jobs, now=NOW)

    job, _ = await claimed(jobs, now=NOW + timedelta(hours=1))

    assert job.id == early.id


async def test_a_lease_holds_until_its_last_moment(jobs: SqlJobStore) -> None:
    await rendering(jobs)
    almost = AFTER_LEASE - timedelta(milliseconds=1)

    assert await jobs.claim("other", FREELY, now=almost, lease_s=LEASE_S) is None
    assert await jobs.claim("other", FREELY, now=AFTER_LEASE, lease_s=LEASE_S) is not None


async def test_a_kept_lease_is_not_taken_up(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs)

    held = await jobs.renew_leases([lease], now=AFTER_LEASE, lease_s=LEASE_S)

    assert held == {job.id}
    assert await jobs.claim("other", FREELY, now=AFTER_LEASE, lease_s=LEASE_S) is None


@pytest.mark.postgres
async def test_a_row_that_somebody_else_holds_does_not_cost_the_other_leases(postgres: Database) -> None:
    async with postgres.store() as store:
        jobs = SqlJobStore(store)
        stuck, stuck_lease = await rendering(jobs, ANN)
        await queued(jobs, BEN)
        job, lease = await claimed(jobs)
        async with held(postgres, "UPDATE jobs SET worker = 'one' WHERE id = $1", stuck.id):
            async with asyncio.timeout(30):
                kept = await jobs.renew_leases([stuck_lease, lease], now=AFTER_LEASE, lease_s=LEASE_S)
            taken = await jobs.claim("other", FREELY, now=AFTER_LEASE, lease_s=LEASE_S)

    assert kept == {stuck.id, job.id}
    assert taken is None


async def test_keeping_tells_which_leases_are_lost(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs, ANN)
    await queued(jobs, BEN)
    lost, lost_lease = await claimed(jobs)
    await jobs.cancel(lost.id, user_id=BEN, now=NOW)
    unknown = Lease(job_id="unknown", attempt=1, worker="worker")

    held = await jobs.renew_leases([lost_lease, lease, unknown], now=NOW, lease_s=LEASE_S)

    assert held == {job.id}


async def test_what_is_handed_back_is_free_at_once_under_a_new_fence(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs)

    await jobs.hand_back(lease, now=NOW)

    again, _ = await claimed(jobs, worker="other")
    assert (again.id, again.attempt) == (job.id, job.attempt + 1)


async def test_handing_back_a_lost_lease_does_not_free_the_new_one(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await claimed(jobs, now=AFTER_LEASE, worker="other")

    await jobs.hand_back(lease, now=AFTER_LEASE)

    assert await jobs.claim("third", FREELY, now=AFTER_LEASE, lease_s=LEASE_S) is None


async def test_the_start_of_the_only_worker_frees_what_its_earlier_life_held(jobs: SqlJobStore) -> None:
    await queued(jobs, ANN)
    mine, _ = await claimed(jobs, worker="host_a-1")
    await queued(jobs, BEN)
    await claimed(jobs, worker="host-a-2")
    await queued(jobs, CAT)

    freed = await jobs.abandon_leases("host_a", now=NOW)

    assert freed == 1
    again, _ = await claimed(jobs, worker="host_a-3")
    assert again.id == mine.id


async def test_an_end_that_nobody_was_shown_is_taken_and_only_until_it_is_shown(jobs: SqlJobStore) -> None:
    job, _ = await rendering(jobs, count=2)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    ended, lease = await claimed(jobs)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    assert (ended.id, ended.state) == (job.id, JobState.CANCELLED)
    assert await jobs.claim("worker", FREELY, now=NOW + timedelta(hours=1), lease_s=LEASE_S) is None


async def test_a_delivery_that_lost_its_worker_is_taken_as_it_stands(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)

    job, _ = await claimed(jobs, now=AFTER_LEASE, worker="other")

    assert job.state is JobState.DELIVERING
    assert len(job.pictures) == 1


async def test_a_job_past_its_time_is_not_taken_from_the_line(jobs: SqlJobStore) -> None:
    job = await queued(jobs, expires_at=NOW + LATER)

    assert await jobs.claim("worker", FREELY, now=NOW + LATER, lease_s=LEASE_S) is None

    await jobs.expire(now=NOW + LATER)
    ended, _ = await claimed(jobs, now=NOW + LATER)
    assert (ended.id, ended.state) == (job.id, JobState.EXPIRED)


async def test_the_fence_grows_with_each_claim_and_the_start_stays(jobs: SqlJobStore) -> None:
    await queued(jobs)
    seen: list[Job] = []
    for life in range(3):
        now = NOW + life * timedelta(seconds=LEASE_S)
        seen.append((await claimed(jobs, now=now, worker=f"life{life}"))[0])

    assert [job.attempt for job in seen] == [1, 2, 3]
    assert {job.started_at for job in seen} == {NOW}


async def test_a_worker_without_room_takes_only_what_needs_showing(jobs: SqlJobStore) -> None:
    await queued(jobs, ANN)
    await claimed(jobs)  # to be painted on, once its lease ran out
    ended = await queued(jobs, BEN)
    await claimed(jobs)
    await jobs.cancel(ended.id, user_id=BEN, now=AFTER_LEASE)
    await queued(jobs, CAT)

    taken = await jobs.claim("busy", FREELY, now=AFTER_LEASE, lease_s=LEASE_S, can_paint=False)
    then = await jobs.claim("busy", FREELY, now=AFTER_LEASE, lease_s=LEASE_S, can_paint=False)

    assert taken is not None
    assert (taken.id, then) == (ended.id, None)


async def test_waiting_jobs_are_read_oldest_first_page_by_page_until_they_are_claimed(store: Store) -> None:
    jobs = SqlJobStore(store)
    ids = sorted([(await queued(jobs)).id for _ in range(3)])

    first = await jobs.waiting(after=None, before=NOW, limit=2)
    rest = await jobs.waiting(after=(first[-1].created_at, first[-1].id), before=NOW, limit=2)

    assert [job.id for job in (*first, *rest)] == ids
    assert await jobs.waiting(after=None, before=NOW - timedelta(seconds=1), limit=2) == ()
    while await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S) is not None:
        pass
    assert await jobs.waiting(after=None, before=NOW, limit=2) == ()
