"""The short ways to each end of a job; `rendering` and `queued` are in `store_material`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job
from bot.domain.ports.stores import Lease
from bot.storage.stores import SqlJobStore
from tests.contract.store_material import ANN, NOW, claimed, painted, queued, rendering

HOUR = timedelta(hours=1)
FAULT = Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)
REFUSED = Failure(kind=FailureKind.REFUSED, code=FailureCode.REFUSED_PROMPT)


async def found(jobs: SqlJobStore, job_id: str) -> Job:
    job = await jobs.get(job_id)
    assert job is not None
    return job


async def failed(jobs: SqlJobStore, failure: Failure = FAULT) -> Lease:
    _, lease = await rendering(jobs)
    await jobs.render_failed(lease, 0, failure, now=NOW)
    await jobs.finish_rendering(lease, {}, now=NOW)
    return lease


async def refused(jobs: SqlJobStore) -> Lease:
    return await failed(jobs, REFUSED)


async def delivering(jobs: SqlJobStore, **more: Any) -> Lease:
    _, lease = await rendering(jobs, **more)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    return lease


async def done(jobs: SqlJobStore) -> Lease:
    lease = await delivering(jobs)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
    return lease


async def cancelled(jobs: SqlJobStore) -> Lease:
    job, _ = await rendering(jobs)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)
    return (await claimed(jobs))[1]


async def expired(jobs: SqlJobStore) -> Lease:
    await queued(jobs, expires_at=NOW)
    await jobs.expire(now=NOW)
    return (await claimed(jobs))[1]
