"""What a requester changes about a result: taking it down, and showing it to everybody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.jobs import Job
from bot.domain.moderation import RemoveResult
from bot.domain.ports.library import HistoryStore
from bot.storage.engine import Store
from bot.storage.schema import jobs as jobs_table
from bot.storage.stores import SqlHistoryStore, SqlJobStore, SqlModerationStore
from tests.contract.job_ends import delivering, failed, found
from tests.contract.moderation_material import GUILD, MOD, applied, execute
from tests.contract.result_material import CHANNEL, delivered, own, wished
from tests.contract.store_material import ANN, BEN, NOW, claimed, painted, queued, rendering

NEW_CARD = 777


@pytest.fixture
def results(store: Store) -> HistoryStore:
    return SqlHistoryStore(store)


async def secret(jobs: SqlJobStore, **more: Any) -> Job:
    return await delivered(jobs, request=wished(private=True), **more)


async def shared(results: HistoryStore, job: Job, *, by: int = ANN, channel_id: int = CHANNEL) -> bool:
    return await results.share(job.id, by=by, channel_id=channel_id, card_id=NEW_CARD)


async def test_a_result_that_was_taken_down_is_no_longer_in_the_past(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await delivered(jobs)

    taken_down = await results.remove(job.id, by=ANN)

    assert taken_down is not None
    assert taken_down.removed_by == ANN
    assert await found(jobs, job.id) == taken_down
    assert (await results.past(own(), offset=0, limit=9)).total == 0


async def test_the_pictures_of_a_cancelled_job_are_taken_down_too(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    job, lease = await rendering(jobs, count=2)
    await painted(jobs, lease)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    assert await results.remove(job.id, by=ANN) is not None


async def test_nobody_takes_down_what_is_somebody_elses(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await delivered(jobs)

    assert await results.remove(job.id, by=BEN) is None
    assert await found(jobs, job.id) == job


async def test_what_is_not_over_or_has_no_pictures_is_not_taken_down(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    due = (await delivering(jobs)).job_id
    fell = (await failed(jobs)).job_id
    waiting = (await queued(jobs)).id

    for job_id in (due, fell, waiting, "nothing"):
        assert await results.remove(job_id, by=ANN) is None


async def test_who_took_it_down_first_stays_on_record(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await delivered(jobs)
    await applied(SqlModerationStore(store), RemoveResult(job_id=job.id))

    again = await results.remove(job.id, by=ANN)

    assert again is not None
    assert again.removed_by == MOD


async def test_a_moderator_and_the_requester_take_it_down_at_once(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await delivered(jobs)
    removal = SqlModerationStore(store).apply(GUILD, RemoveResult(job_id=job.id), by=MOD, now=NOW)

    _, mine = await asyncio.gather(removal, results.remove(job.id, by=ANN))

    assert mine is not None
    assert (await found(jobs, job.id)).removed_by == mine.removed_by


async def test_a_private_result_is_shown_to_everybody(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await secret(jobs)

    assert await shared(results, job)

    now = await found(jobs, job.id)
    assert (now.request.private, now.card_id, now.reply_target) == (False, NEW_CARD, job.reply_target)
    assert await results.by_card(NEW_CARD) == now


async def test_it_is_shown_once(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await secret(jobs)

    outcomes = await asyncio.gather(*(shared(results, job) for _ in range(4)))

    assert sorted(outcomes) == [False, False, False, True]


async def test_what_everybody_sees_already_keeps_its_card(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await delivered(jobs)

    assert not await shared(results, job)
    assert await found(jobs, job.id) == job


async def test_only_the_requester_shows_it_and_only_where_it_was_made(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await secret(jobs)

    assert not await shared(results, job, by=BEN)
    assert not await shared(results, job, channel_id=CHANNEL + 1)
    assert await found(jobs, job.id) == job


async def test_what_was_taken_down_is_not_shown(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await secret(jobs)
    removed = await results.remove(job.id, by=ANN)

    assert not await shared(results, job)
    assert await found(jobs, job.id) == removed


async def test_what_a_worker_has_yet_to_show_is_not_shown_to_everybody(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    """Its card would become the one before everybody, and be taken for the other one by whoever shows its end."""
    job, lease = await rendering(jobs, count=2, request=wished(private=True, count=2))
    await painted(jobs, lease)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    assert not await shared(results, job)

    _, lease = await claimed(jobs)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
    assert await shared(results, job)


async def test_what_has_no_pictures_is_not_shown(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await found(jobs, (await failed(jobs)).job_id)
    await execute(store, update(jobs_table).values(private=True))

    assert not await shared(results, job)
