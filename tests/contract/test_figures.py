"""The figures that metrics show, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.circuit import CallOutcome
from bot.domain.provider import Charge, Trouble
from bot.domain.references import Stored
from bot.storage.engine import Store
from bot.storage.stores import SqlCircuitStore, SqlFiguresStore, SqlImageCacheStore, SqlJobStore
from tests.contract.store_material import (
    BEN,
    NOW,
    PRICE,
    accepted,
    call,
    end,
    end_undeliverable,
    new_job,
    queued,
    rendering,
)


@pytest.fixture
def figures(store: Store) -> SqlFiguresStore:
    return SqlFiguresStore(store)


async def test_an_empty_database_has_no_jobs_and_no_trouble(figures: SqlFiguresStore) -> None:
    found = await figures.figures(now=NOW)

    assert (found.jobs, found.waiting_pictures, found.oldest_waiting_s) == ({"queued": 0}, 0, 0)
    assert (found.circuit.trouble, found.spent.micro_usd) == (None, 0)


async def test_open_jobs_are_counted_by_state_and_those_that_are_shown_are_not(
    jobs: SqlJobStore, figures: SqlFiguresStore
) -> None:
    await queued(jobs)
    await end_undeliverable(jobs)
    await rendering(jobs)
    await queued(jobs, BEN, count=3)
    await accepted(jobs, new_job(BEN, at=NOW - timedelta(seconds=40)))  # without a card yet

    found = await figures.figures(now=NOW)

    assert found.jobs == {"queued": 2, "rendering": 1}
    assert (found.waiting_pictures, found.oldest_waiting_s) == (4, 40)


async def test_money_is_that_of_the_last_hour(jobs: SqlJobStore, figures: SqlFiguresStore) -> None:
    _job, lease = await rendering(jobs, count=2)
    await end(jobs, await call(jobs, lease, 0), Charge.CHARGED, 50_000)
    await call(jobs, lease, 1)

    soon = await figures.figures(now=NOW + timedelta(minutes=59))
    late = await figures.figures(now=NOW + timedelta(minutes=61))

    assert (soon.spent.micro_usd, soon.spent.uncertain_micro_usd) == (50_000 + PRICE, PRICE)
    assert late.spent.micro_usd == 0


async def test_trouble_with_the_provider_is_told(
    store: Store, jobs: SqlJobStore, figures: SqlFiguresStore
) -> None:
    job, lease = await rendering(jobs)
    name = await call(jobs, lease)
    await SqlCircuitStore(store).record_outcome(name, job.id, CallOutcome.BAD_KEY, now=NOW)

    assert (await figures.figures(now=NOW)).circuit.trouble is Trouble.BAD_KEY


async def test_cached_pictures_are_counted_with_their_bytes(store: Store, figures: SqlFiguresStore) -> None:
    cache = SqlImageCacheStore(store)
    for name in ("out-0", "out-1"):
        await cache.register(Stored(folder="job", name=name), bytes_=700, now=NOW)

    found = await figures.cache_figures()

    assert (found.pictures, found.bytes) == (2, 1400)
