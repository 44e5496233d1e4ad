"""Ends that workers and time make: expired, delivered, or out of anybody's reach."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.jobs import JobState, ReplyScope, ReplyTarget
from bot.domain.ports.stores import Lease
from bot.errors import LostLeaseError
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import POSTGRES, Database, held
from tests.contract.job_ends import (
    HOUR,
    cancelled,
    delivering,
    done,
    expired,
    failed,
    found,
    refused,
)
from tests.contract.store_material import (
    BEN,
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    accepted,
    images_used,
    new_job,
    queued,
    rendering,
    request,
)


async def test_a_job_past_its_time_ends_in_the_line(jobs: SqlJobStore) -> None:
    job = await queued(jobs, count=2, expires_at=NOW + HOUR)
    assert await jobs.expire(now=NOW + HOUR - LATER) == 0

    assert await jobs.expire(now=NOW + HOUR) == 1

    after = await found(jobs, job.id)
    assert (after.state, after.finished_at) == (JobState.EXPIRED, NOW + HOUR)
    assert await images_used(jobs) == 0
    assert await jobs.expire(now=NOW + HOUR) == 0


@pytest.mark.parametrize("begun", [rendering, delivering])
async def test_what_was_begun_never_expires_by_the_clock_alone(
    jobs: SqlJobStore, begun: Callable[[SqlJobStore], Awaitable[Any]]
) -> None:
    made = await begun(jobs)
    lease = made if isinstance(made, Lease) else made[1]
    before = await found(jobs, lease.job_id)

    assert await jobs.expire(now=NOW + timedelta(days=2)) == 0

    after = await found(jobs, lease.job_id)
    assert (after.state, after.attempt) == (before.state, before.attempt)


@pytest.mark.parametrize("end", [rendering, delivering, cancelled])
async def test_a_token_is_erased_when_it_no_longer_works(
    jobs: SqlJobStore, end: Callable[[SqlJobStore], Awaitable[Any]]
) -> None:
    made = await end(jobs)
    lease = made if isinstance(made, Lease) else made[1]
    until = (await found(jobs, lease.job_id)).token_until

    await jobs.expire(now=until - timedelta(seconds=1))
    assert (await found(jobs, lease.job_id)).token == "token"

    await jobs.expire(now=until)
    after = await found(jobs, lease.job_id)
    assert after.token is None
    assert after.state is not JobState.EXPIRED


@pytest.mark.parametrize(
    "only_by_token",
    [
        {"request": replace(request(), private=True)},
        {
            "reply_target": ReplyTarget(
                scope=ReplyScope.NOWHERE, channel_id=7, guild_id=8, upload_limit_bytes=10_000_000
            )
        },
    ],
)
async def test_a_token_that_alone_can_show_the_card_is_kept_until_it_has_as_the_clock_may_have_jumped(
    jobs: SqlJobStore, only_by_token: dict[str, Any]
) -> None:
    lease = await delivering(jobs, **only_by_token)
    waiting = await queued(jobs, BEN, **only_by_token)

    await jobs.expire(now=waiting.token_until + timedelta(hours=1))

    assert [(await found(jobs, id_)).token for id_ in (lease.job_id, waiting.id)] == ["token", "token"]
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
    assert (await found(jobs, lease.job_id)).token is None


async def test_the_token_of_a_card_whose_message_nobody_knows_is_kept(jobs: SqlJobStore) -> None:
    job = (await accepted(jobs, new_job())).job  # its first answer was perhaps made, and never heard of

    await jobs.expire(now=job.token_until + timedelta(hours=1))

    assert (await found(jobs, job.id)).token == "token"


async def test_a_queued_jobs_token_is_erased_when_it_no_longer_works(jobs: SqlJobStore) -> None:
    job = await queued(jobs)

    assert await jobs.expire(now=job.token_until) == 0

    assert (await found(jobs, job.id)).token is None


@pytest.mark.parametrize("database", [POSTGRES], indirect=True)
async def test_expiring_waits_for_nobody(database: Database, jobs: SqlJobStore) -> None:
    """It holds many rows at once: if it waited for one more, two workers could wait for each other."""
    old, due = await queued(jobs), await queued(jobs, expires_at=NOW)
    write = "UPDATE jobs SET attempt = attempt WHERE id = $1"
    async with held(database, write, old.id), asyncio.timeout(30):
        assert await jobs.expire(now=old.token_until) == 1
        assert (await found(jobs, due.id)).state is JobState.EXPIRED

    await jobs.expire(now=old.token_until)
    assert (await found(jobs, old.id)).token is None


async def test_many_workers_that_expire_at_once_end_each_job_once(database: Database) -> None:
    async with database.job_stores(4) as stores:
        for user_id in range(20):
            await queued(stores[0], user_id, expires_at=NOW)
        ended = await asyncio.gather(*(stores[n].expire(now=NOW + HOUR) for n in range(4)))

    assert sum(ended) == 20


@pytest.mark.parametrize(
    ("end", "before", "after"),
    [
        (delivering, JobState.DELIVERING, JobState.DONE),
        (failed, JobState.FAILED, JobState.FAILED),
        (refused, JobState.REFUSED, JobState.REFUSED),
        (cancelled, JobState.CANCELLED, JobState.CANCELLED),
        (expired, JobState.EXPIRED, JobState.EXPIRED),
    ],
)
async def test_delivering_marks_every_end_as_shown_and_forgets_its_token(
    jobs: SqlJobStore,
    end: Callable[[SqlJobStore], Awaitable[Lease]],
    before: JobState,
    after: JobState,
) -> None:
    lease = await end(jobs)
    assert (await found(jobs, lease.job_id)).state is before

    await jobs.deliver(lease, card_id=777, pinged=True, now=NOW + LATER)

    job = await found(jobs, lease.job_id)
    assert (job.state, job.shown_at, job.pinged_at) == (after, NOW + LATER, NOW + LATER)
    assert (job.token, job.card_id) == (None, 777)
    assert await jobs.claim("worker", FREELY, now=NOW + HOUR, lease_s=LEASE_S) is None


async def test_a_delivery_without_a_message_or_a_ping_keeps_what_is_known(jobs: SqlJobStore) -> None:
    lease = await delivering(jobs)

    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    job = await found(jobs, lease.job_id)
    assert (job.card_id, job.pinged_at) == (555, None)


async def test_delivering_twice_keeps_the_first_ping(jobs: SqlJobStore) -> None:
    lease = await delivering(jobs)
    await jobs.deliver(lease, card_id=None, pinged=True, now=NOW)

    await jobs.deliver(lease, card_id=None, pinged=True, now=NOW + LATER)

    job = await found(jobs, lease.job_id)
    assert (job.state, job.pinged_at) == (JobState.DONE, NOW)
    assert await images_used(jobs) == 1


async def test_what_nobody_can_be_shown_is_not_counted(jobs: SqlJobStore) -> None:
    lease = await delivering(jobs)
    assert await images_used(jobs) == 1

    await jobs.undeliverable(lease, now=NOW)

    job = await found(jobs, lease.job_id)
    assert (job.state, job.shown_at, job.token) == (JobState.EXPIRED, NOW, None)
    assert await images_used(jobs) == 0
    assert await jobs.claim("worker", FREELY, now=NOW + HOUR, lease_s=LEASE_S) is None


@pytest.mark.parametrize("end", [cancelled, expired, failed, refused])
async def test_an_end_that_nobody_can_be_shown_stays_that_end(
    jobs: SqlJobStore, end: Callable[[SqlJobStore], Awaitable[Lease]]
) -> None:
    lease = await end(jobs)
    before = await found(jobs, lease.job_id)

    await jobs.undeliverable(lease, now=NOW)

    job = await found(jobs, lease.job_id)
    assert (job.state, job.shown_at, job.token) == (before.state, NOW, None)
    assert await jobs.claim("worker", FREELY, now=NOW + HOUR, lease_s=LEASE_S) is None


async def test_pictures_that_were_delivered_stay_counted_whatever_is_said_later(jobs: SqlJobStore) -> None:
    lease = await done(jobs)

    with pytest.raises(LostLeaseError):
        await jobs.undeliverable(lease, now=NOW)

    assert await images_used(jobs) == 1
