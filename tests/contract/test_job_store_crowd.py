"""Many at once: limits hold, nobody waits for somebody else's submit, nothing deadlocks."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Limit, Rule
from bot.domain.ports.stores import Accepted
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import POSTGRES, Database, held
from tests.contract.store_material import (
    ANN,
    BEN,
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    RATES,
    at_most,
    call,
    images_used,
    lease_of,
    new_job,
    queued,
)

PROCESSES = 4
SOON_S = 30.0  # a real wait for a real server; it takes milliseconds


@pytest.mark.parametrize(
    ("ceiling", "count", "fit", "limit"),
    [
        (at_most(3, None), 1, 3, Limit.JOBS_AT_ONCE),
        (at_most(99, 7), 2, 3, Limit.IMAGES_PER_DAY),
    ],
)
async def test_thirty_submits_of_one_person_at_once_stay_inside_the_limits(
    database: Database, ceiling: Rule, count: int, fit: int, limit: Limit
) -> None:
    async with database.job_stores(PROCESSES) as stores:
        outcomes = await asyncio.gather(
            *(stores[n % PROCESSES].submit(new_job(ANN, count=count), ceiling, RATES) for n in range(30))
        )
        line = await stores[0].queue(ANN, RATES, now=NOW)
        used = await images_used(stores[0])

    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == fit
    assert {
        outcome.exceeded and outcome.exceeded.limit for outcome in outcomes if isinstance(outcome, Denied)
    } == {limit}
    assert (len(line.mine), used) == (fit, fit * count)


async def test_one_persons_jobs_stand_in_the_line_one_behind_the_other(database: Database) -> None:
    async with database.job_stores(PROCESSES) as stores:
        await asyncio.gather(*(stores[n % PROCESSES].submit(new_job(ANN), FREELY, RATES) for n in range(12)))
        line = await stores[0].queue(ANN, RATES, now=NOW)

    positions = [entry.standing.position for entry in line.mine if entry.standing is not None]
    assert sorted(positions) == list(range(1, 13))


async def test_submits_claims_cancels_and_heartbeats_at_once_do_not_deadlock(database: Database) -> None:
    async with database.job_stores(PROCESSES) as stores:

        async def person(user_id: int, jobs: SqlJobStore) -> None:
            for round_ in range(3):
                job = await queued(jobs, user_id, expires_at=NOW if round_ == 2 else NOW + 60 * LATER)
                if round_ == 1:
                    await jobs.cancel(job.id, user_id=user_id, now=NOW)

        async def worker(name: str, jobs: SqlJobStore) -> None:
            held = [
                job for _ in range(6) if (job := await jobs.claim(name, FREELY, now=NOW, lease_s=LEASE_S))
            ]
            await jobs.renew_leases([lease_of(job, name) for job in held], now=NOW, lease_s=LEASE_S)
            await jobs.expire(now=NOW + LATER)

        people = (person(user_id, stores[user_id % PROCESSES]) for user_id in range(12))
        workers = (worker(f"worker{n}", stores[n]) for n in range(PROCESSES))
        async with asyncio.timeout(30):
            await asyncio.gather(*people, *workers)
        used = [await images_used(stores[0], user_id) for user_id in range(12)]

    assert all(images <= 2 for images in used)


async def test_calls_for_the_pictures_of_one_job_begin_at_once(jobs: SqlJobStore) -> None:
    await queued(jobs, count=4)
    job = await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S)
    assert job is not None

    await asyncio.gather(*(call(jobs, lease_of(job), index) for index in range(4)))

    report = await jobs.spend(since=NOW, until=NOW + LATER)
    assert report.calls == 4


@pytest.mark.parametrize("database", [POSTGRES], indirect=True)
async def test_a_submit_does_not_wait_for_the_submit_of_somebody_else(
    database: Database, jobs: SqlJobStore
) -> None:
    await queued(jobs, ANN)
    write = "UPDATE people SET last_tag = last_tag WHERE user_id = $1"
    async with held(database, write, ANN), asyncio.timeout(SOON_S):
        outcome = await jobs.submit(new_job(BEN), FREELY, RATES)

    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("database", [POSTGRES], indirect=True)
async def test_a_claim_does_not_wait_for_the_claim_of_somebody_else(
    database: Database, jobs: SqlJobStore
) -> None:
    first, second = await queued(jobs, ANN), await queued(jobs, BEN)
    write = "UPDATE jobs SET attempt = attempt + 1 WHERE id = $1"
    async with held(database, write, first.id), asyncio.timeout(SOON_S):
        taken = await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S)

    assert taken is not None
    assert taken.id == second.id
