"""Pictures that people want to find again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ports.library import Favourite, FavouritePage, HistoryStore
from bot.storage.engine import Store
from bot.storage.schema import favourites
from bot.storage.stores import SqlHistoryStore, SqlJobStore
from tests.contract.conftest import Database, held, waits_for_a_lock
from tests.contract.moderation_material import count
from tests.contract.result_material import delivered, wished
from tests.contract.store_material import ANN, BEN, NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def results(store: Store) -> HistoryStore:
    return SqlHistoryStore(store)


async def favour(
    results: HistoryStore,
    job_id: str,
    index: int = 0,
    *,
    user_id: int = ANN,
    is_on: bool = True,
    minute: int = 0,
) -> None:
    await results.favour(user_id, job_id, index, is_on=is_on, now=NOW + minute * MINUTE)


async def page(results: HistoryStore, user_id: int = ANN) -> FavouritePage:
    return await results.favourites(user_id, offset=0, limit=9)


async def test_a_favourite_is_one_picture_of_one_person(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await delivered(jobs)

    await favour(results, job.id, 1)

    assert await results.is_favourite(ANN, job.id, 1)
    assert not await results.is_favourite(ANN, job.id, 0)
    assert not await results.is_favourite(BEN, job.id, 1)
    assert await page(results, BEN) == FavouritePage(favourites=(), total=0)


async def test_a_favourite_is_given_up(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await delivered(jobs)
    await favour(results, job.id)

    for _ in range(2):
        await favour(results, job.id, is_on=False)

    assert not await results.is_favourite(ANN, job.id, 0)


async def test_twice_changes_nothing(jobs: SqlJobStore, results: HistoryStore) -> None:
    older, newer = await delivered(jobs), await delivered(jobs)
    await favour(results, older.id, minute=1)
    await favour(results, newer.id, minute=2)

    await favour(results, older.id, minute=3)

    assert [one.job.id for one in (await page(results)).favourites] == [newer.id, older.id]


async def test_the_newest_favourites_come_first_a_page_at_a_time(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    one, other = await delivered(jobs), await delivered(jobs, BEN)
    for minute, (job, index) in enumerate(((one, 0), (other, 3), (one, 2))):
        await favour(results, job.id, index, minute=minute)

    pages = [await results.favourites(ANN, offset=offset, limit=2) for offset in (0, 2, 4)]

    assert [page.total for page in pages] == [3, 3, 3]
    assert [favourite for page in pages for favourite in page.favourites] == [
        Favourite(job=one, index=2),
        Favourite(job=other, index=3),
        Favourite(job=one, index=0),
    ]


async def test_what_was_taken_down_is_not_among_them(jobs: SqlJobStore, results: HistoryStore) -> None:
    job = await delivered(jobs)
    await favour(results, job.id)

    await results.remove(job.id, by=ANN)

    assert (await page(results)).total == 0


async def test_somebody_elses_private_result_is_not_among_them(
    jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await delivered(jobs, request=wished(private=True))
    for user_id in (ANN, BEN):
        await favour(results, job.id, user_id=user_id)

    assert (await page(results)).favourites == (Favourite(job=job, index=0),)
    assert (await page(results, BEN)).total == 0


async def test_a_job_that_is_not_on_record_is_nobodys_favourite(store: Store, results: HistoryStore) -> None:
    await favour(results, "nothing")

    assert await count(store, favourites) == 0


@pytest.mark.postgres
async def test_a_job_that_is_just_going_becomes_nobodys_favourite(postgres: Database) -> None:
    async with postgres.store() as store, asyncio.timeout(30):
        results, job = SqlHistoryStore(store), await delivered(SqlJobStore(store))

        async with held(postgres, "SELECT FROM jobs WHERE id = $1 FOR UPDATE", job.id):
            favouring = asyncio.create_task(favour(results, job.id))
            assert await waits_for_a_lock(store, favouring)

        await favouring


async def test_the_same_favourite_at_once_is_one(database: Database, jobs: SqlJobStore) -> None:
    job = await delivered(jobs)
    async with database.store() as one, database.store() as other:
        stores = [SqlHistoryStore(one), SqlHistoryStore(other if database.kind == "postgres" else one)]

        await asyncio.gather(*(favour(stores[number % 2], job.id) for number in range(8)))

        assert (await page(stores[0])).total == 1
