"""Jobs that are forgotten because they ended long ago: prompts and pictures go, the books stay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

import bot.storage.personal_data as ops
from bot.domain.jobs import JobState, RequestContext
from bot.domain.moderation import SetLimit
from bot.domain.policy.decision import Denied
from bot.domain.policy.quota import LONGEST_WINDOW
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.stores import Lease
from bot.domain.references import Stored, result_name
from bot.storage.engine import Store
from bot.storage.schema import cached_images, calls, favourites, grant_uses, renders, spent, usage_entries
from bot.storage.schema import jobs as jobs_table
from bot.storage.sql import DELETED_USER
from bot.storage.stores import SqlHistoryStore, SqlImageCacheStore, SqlJobStore, SqlModerationStore
from tests.contract.conftest import Database, held
from tests.contract.every_state import EDIT, rows_of
from tests.contract.job_ends import cancelled, delivering, expired, failed, found, refused
from tests.contract.moderation_material import count
from tests.contract.result_material import delivered, found_ids, own
from tests.contract.store_material import (
    ANN,
    BEN,
    CAT,
    NOW,
    PRICE,
    RATES,
    VIDEO,
    at_most,
    new_job,
    queued,
    request,
)

DAY = timedelta(days=1)
SERVER = 8  # where `new_job` asks
LONG_AFTER = NOW + 90 * DAY
BOOKS = (spent, usage_entries)


async def forget(jobs: SqlJobStore, before: datetime = LONG_AFTER) -> list[str]:
    """Go through everybody; return the ids of what was forgotten."""
    forgotten: list[str] = []
    after: int | None = 0
    while after is not None:
        old = await jobs.forget_old(before=before, after=after, now=NOW)
        forgotten += old.job_ids
        after = old.people_to
    return forgotten


async def test_an_old_job_is_gone_and_the_books_are_as_they_were(store: Store, jobs: SqlJobStore) -> None:
    job = await delivered(jobs)
    await SqlImageCacheStore(store).register(Stored(folder=job.id, name=result_name(0)), bytes_=1, now=NOW)
    books = await store.tx(rows_of, BOOKS)
    cost = await jobs.spend(since=NOW - DAY, until=NOW + DAY)

    assert await forget(jobs) == [job.id]

    assert await jobs.get(job.id) is None
    assert await found_ids(SqlHistoryStore(store), own()) == []
    assert [await count(store, table) for table in (jobs_table, renders, grant_uses, cached_images)] == [
        0
    ] * 4
    assert await store.tx(rows_of, BOOKS) == books
    assert await jobs.spend(since=NOW - DAY, until=NOW + DAY) == cost
    assert cost.micro_usd == PRICE
    assert await count(store, calls, calls.c.user_id == DELETED_USER) == 1


async def test_what_an_old_job_counted_goes_with_it_once_it_counts_no_more(
    store: Store, jobs: SqlJobStore
) -> None:
    await delivered(jobs)
    later = NOW + LONGEST_WINDOW

    await jobs.forget_old(before=LONG_AFTER, after=0, now=later)

    assert await count(store, usage_entries) == 0


async def test_what_ended_later_stays(store: Store, jobs: SqlJobStore) -> None:
    old = await delivered(jobs)
    young = await delivered(jobs, at=NOW + DAY)

    assert await forget(jobs, NOW) == []
    assert await forget(jobs, NOW + timedelta(seconds=1)) == [old.id]

    assert await found_ids(SqlHistoryStore(store), own()) == [young.id]


async def test_it_counts_when_a_job_ended_and_not_when_it_was_asked_for(
    store: Store, jobs: SqlJobStore
) -> None:
    job = await delivered(jobs)
    asked = update(jobs_table).where(jobs_table.c.id == job.id).values(created_at=NOW - 2 * DAY)
    await store.tx(lambda conn: conn.execute(asked))

    assert await forget(jobs, NOW) == []
    assert await forget(jobs, NOW + timedelta(seconds=1)) == [job.id]


@pytest.mark.parametrize("end_of", [delivering, failed, refused, cancelled, expired])
async def test_every_end_is_forgotten_once_it_was_shown(
    jobs: SqlJobStore, end_of: Callable[[SqlJobStore], Awaitable[Lease]]
) -> None:
    lease = await end_of(jobs)
    assert await forget(jobs) == []

    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    assert await forget(jobs) == [lease.job_id]


async def test_what_is_open_stays_however_old(jobs: SqlJobStore) -> None:
    job = await queued(jobs)

    assert await forget(jobs) == []
    assert (await found(jobs, job.id)).state is JobState.QUEUED


async def test_forgetting_within_a_window_opens_no_limit(jobs: SqlJobStore) -> None:
    await delivered(jobs)
    await forget(jobs, NOW + timedelta(seconds=1))

    assert isinstance(await jobs.submit(new_job(), at_most(images_per_day=1), RATES), Denied)


async def test_usage_and_money_are_the_same_after_forgetting_within_the_windows(
    store: Store, jobs: SqlJobStore
) -> None:
    moderation = SqlModerationStore(store)
    may_animate = SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.MAY_ANIMATE, value=True)
    await moderation.apply(SERVER, may_animate, by=BEN, now=NOW)
    made = [await delivered(jobs), await delivered(jobs, request=VIDEO)]
    facts = await moderation.facts(ANN, SERVER, RequestContext(), now=NOW + DAY / 2)

    assert sorted(await forget(jobs, NOW + timedelta(seconds=1))) == sorted(job.id for job in made)

    assert await moderation.facts(ANN, SERVER, RequestContext(), now=NOW + DAY / 2) == facts
    assert sorted((one.images, one.videos) for one in facts.here.entries) == [(0, 1), (1, 0)]
    assert facts.here.micro_usd_this_month == facts.here.server_micro_usd_this_month == 2 * PRICE


async def test_what_was_forgotten_within_a_window_is_counted_no_longer_than_that(
    store: Store, jobs: SqlJobStore
) -> None:
    await delivered(jobs)
    kept = await delivered(jobs, at=NOW)
    await SqlHistoryStore(store).favour(BEN, kept.id, 0, is_on=True, now=NOW)
    await forget(jobs, NOW + timedelta(seconds=1))
    soon, later = NOW + LONGEST_WINDOW - timedelta(seconds=1), NOW + LONGEST_WINDOW

    await jobs.forget_old(before=soon - DAY, after=0, now=soon)
    assert await count(store, usage_entries) == 2
    await jobs.forget_old(before=later - DAY, after=0, now=later)

    assert await count(store, usage_entries) == 1
    assert (await jobs.forget(ANN, now=later)).images == 0


async def test_somebodys_favourite_stays_until_it_is_nobodys(store: Store, jobs: SqlJobStore) -> None:
    results, job = SqlHistoryStore(store), await delivered(jobs)
    await results.favour(BEN, job.id, 0, is_on=True, now=NOW)
    assert await forget(jobs) == []

    await results.favour(BEN, job.id, 0, is_on=False, now=NOW)

    assert await forget(jobs) == [job.id]


async def test_a_favourite_whose_pictures_were_removed_does_not_stay(store: Store, jobs: SqlJobStore) -> None:
    results, job = SqlHistoryStore(store), await delivered(jobs)
    await results.favour(ANN, job.id, 0, is_on=True, now=NOW)
    await results.remove(job.id, by=ANN)

    assert await forget(jobs) == [job.id]
    assert await count(store, favourites) == 0


async def test_what_an_open_job_is_made_of_stays_until_that_is_over(jobs: SqlJobStore) -> None:
    old = await delivered(jobs)
    stored = replace(EDIT, stored=Stored(folder=old.id, name=result_name(0)))
    edit = await queued(jobs, BEN, request=replace(request(), references=(stored,)))
    assert await forget(jobs) == []

    await jobs.withdraw(edit.id, now=NOW)

    assert sorted(await forget(jobs)) == [old.id, edit.id]


async def test_everybody_is_gone_through_in_small_parts(
    store: Store, jobs: SqlJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(ops, "OLD_JOBS_AT_ONCE", 2)
    made = [(await delivered(jobs, user_id)).id for user_id in (ANN, BEN, BEN, BEN, BEN, CAT, 44, 55, 2**62)]
    await delivered(jobs, BEN, at=LONG_AFTER)

    assert sorted(await forget(jobs, NOW + DAY)) == made


@pytest.mark.postgres
async def test_a_job_that_somebody_holds_is_left_for_the_next_round(postgres: Database) -> None:
    async with postgres.store() as store:
        jobs = SqlJobStore(store)
        one, other = await delivered(jobs), await delivered(jobs)
        async with held(postgres, "SELECT FROM jobs WHERE id = $1 FOR KEY SHARE", one.id):
            assert await forget(jobs) == [other.id]

        assert await forget(jobs) == [one.id]
