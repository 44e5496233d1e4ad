"""Ends that a person or the gateway makes: cancelled and withdrawn; and the line a person sees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.domain.jobs import JobState
from bot.domain.ports.stores import CancelOutcome, Lease
from bot.errors import LostLeaseError
from bot.storage.queue import CANCEL_ANSWER
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import Database
from tests.contract.job_ends import (
    HOUR,
    cancelled,
    delivering,
    done,
    expired,
    found,
)
from tests.contract.store_material import (
    ANN,
    BEN,
    FREELY,
    LEASE_S,
    NOW,
    RATES,
    call,
    claimed,
    images_used,
    painted,
    queued,
    rendering,
)


async def test_a_queued_job_is_cancelled_and_gives_everything_back(jobs: SqlJobStore) -> None:
    job = await queued(jobs, count=4)

    answer = await jobs.cancel(job.id, user_id=ANN, now=NOW)

    after = await found(jobs, job.id)
    assert (answer.outcome, answer.job) == (CancelOutcome.CANCELLED, after)
    assert (after.state, after.finished_at) == (JobState.CANCELLED, NOW)
    assert await images_used(jobs) == 0


async def test_the_job_of_somebody_else_is_not_cancelled(jobs: SqlJobStore) -> None:
    job = await queued(jobs)

    answer = await jobs.cancel(job.id, user_id=BEN, now=NOW)

    assert answer.outcome is CancelOutcome.NOT_YOURS
    assert (await found(jobs, job.id)).state is JobState.QUEUED


async def test_a_job_that_nobody_knows_is_not_cancelled(jobs: SqlJobStore) -> None:
    answer = await jobs.cancel("unknown", user_id=ANN, now=NOW)

    assert (answer.outcome, answer.job) == (CancelOutcome.UNKNOWN, None)


@pytest.mark.parametrize("end", [delivering, done, cancelled, expired])
async def test_what_is_painted_or_over_is_too_late_to_cancel(
    jobs: SqlJobStore, end: Callable[[SqlJobStore], Awaitable[Lease]]
) -> None:
    lease = await end(jobs)
    before = await found(jobs, lease.job_id)

    answer = await jobs.cancel(lease.job_id, user_id=ANN, now=NOW)

    assert (answer.outcome, answer.job) == (CancelOutcome.TOO_LATE, before)
    assert await found(jobs, lease.job_id) == before


async def test_cancelling_while_painting_keeps_what_is_painted_and_shuts_the_worker_out(
    jobs: SqlJobStore,
) -> None:
    job, lease = await rendering(jobs, count=3)
    await painted(jobs, lease, 0)
    await call(jobs, lease, 1)

    answer = await jobs.cancel(job.id, user_id=ANN, now=NOW)

    assert answer.job is not None
    assert [render.index for render in answer.job.pictures] == [0]
    assert await images_used(jobs) == 1
    assert await jobs.renew_leases([lease], now=NOW, lease_s=LEASE_S) == frozenset()
    with pytest.raises(LostLeaseError):
        await jobs.render_waits(lease, 1)


async def test_a_cancelled_queued_job_is_left_to_the_gateway_for_a_while(jobs: SqlJobStore) -> None:
    job = await queued(jobs)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)
    almost = NOW + CANCEL_ANSWER - timedelta(milliseconds=1)
    assert await jobs.claim("worker", FREELY, now=almost, lease_s=LEASE_S) is None

    shown_by_a_worker, _ = await claimed(jobs, now=NOW + CANCEL_ANSWER)

    assert shown_by_a_worker.id == job.id


async def test_a_cancellation_that_was_shown_is_nobodys_work_and_its_token_is_gone(
    jobs: SqlJobStore,
) -> None:
    job = await queued(jobs)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    await jobs.cancellation_shown(job.id, now=NOW)

    assert await jobs.claim("worker", FREELY, now=NOW + HOUR, lease_s=LEASE_S) is None
    after = await found(jobs, job.id)
    assert (after.shown_at, after.token) == (NOW, None)


async def test_only_a_cancellation_is_shown_as_one(jobs: SqlJobStore) -> None:
    job = await queued(jobs)

    await jobs.cancellation_shown(job.id, now=NOW)

    assert (await found(jobs, job.id)).shown_at is None


async def test_a_claim_and_a_cancellation_at_once_leave_one_owner(database: Database) -> None:
    async with database.job_stores(2) as (gateway, worker):
        for _ in range(10):
            job = await queued(gateway)
            answer, taken = await asyncio.gather(
                gateway.cancel(job.id, user_id=ANN, now=NOW),
                worker.claim("worker", FREELY, now=NOW, lease_s=LEASE_S),
            )
            assert answer.outcome is CancelOutcome.CANCELLED
            if taken is not None and taken.state is JobState.RENDERING:
                lease = Lease(job_id=taken.id, attempt=taken.attempt, worker="worker")
                assert not await worker.renew_leases([lease], now=NOW, lease_s=LEASE_S)
            await gateway.cancellation_shown(job.id, now=NOW)


async def test_a_withdrawn_job_leaves_nothing_to_show_to_pay_or_to_count(jobs: SqlJobStore) -> None:
    job = await queued(jobs, count=2)

    await jobs.withdraw(job.id, now=NOW)

    after = await found(jobs, job.id)
    assert (after.state, after.shown_at, after.token) == (JobState.CANCELLED, NOW, None)
    assert await jobs.claim("worker", FREELY, now=NOW + HOUR, lease_s=LEASE_S) is None
    assert await images_used(jobs) == 0


async def test_withdrawing_shuts_out_a_worker_that_was_quicker(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs)

    await jobs.withdraw(job.id, now=NOW)

    with pytest.raises(LostLeaseError):
        await call(jobs, lease)


async def test_withdrawing_what_is_over_or_unknown_changes_nothing(jobs: SqlJobStore) -> None:
    lease = await done(jobs)
    before = await found(jobs, lease.job_id)

    await jobs.withdraw(lease.job_id, now=NOW + HOUR)
    await jobs.withdraw("unknown", now=NOW + HOUR)

    assert await found(jobs, lease.job_id) == before


async def test_the_line_shows_a_persons_open_jobs_oldest_first(jobs: SqlJobStore) -> None:
    working, _ = await rendering(jobs, ANN)
    await queued(jobs, BEN)
    waiting = await queued(jobs, ANN, count=2)

    line = await jobs.queue(ANN, RATES, now=NOW)

    assert [entry.job.id for entry in line.mine] == [working.id, waiting.id]
    assert [entry.standing is None for entry in line.mine] == [True, False]
    assert (line.waiting, line.working, await images_used(jobs)) == (2, 1, 3)
