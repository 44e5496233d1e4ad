"""The store with a long past against one with a short past, on SQLite and PostgreSQL, in this process."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import make_url, text

from bot.domain.ports.library import HistoryQuery
from bot.domain.ports.stores import Lease
from bot.storage.engine import Store, open_store
from bot.storage.migrate import migrate
from bot.storage.stores import SqlHistoryStore, SqlJobStore
from tests.contract.past import add_finished
from tests.contract.store_material import FREELY, LATER, LEASE_S, NOW, RATES, accepted, call, done, new_job
from tests.databases import fresh_postgres

OPERATIONS: Final = ("submit", "claim", "begin", "done", "history", "queue")
MOST: Final = 1.2  # times as long as with a short past
MEMBER: Final = 1_000_000  # the first of those whom `add_finished` gives a past
WORKER: Final = "worker"
BULK: Final = 50_000  # jobs a transaction
WARM_UPS: Final = 5

Figures = Mapping[str, float]  # milliseconds by operation


async def measure(short: Store, long: Store, *, rounds: int) -> tuple[Figures, Figures]:
    """Time each operation on both stores in turn; return the medians of both, in ms by operation."""
    took: tuple[list[Figures], list[Figures]] = ([], [])
    for number in range(WARM_UPS + rounds):
        for store, figures in zip((short, long), took, strict=True):
            figures.append(await _round(store, MEMBER + number))
    short_ms, long_ms = (
        {name: median(each[name] for each in figures[WARM_UPS:]) for name in OPERATIONS} for figures in took
    )
    return short_ms, long_ms


async def _round(store: Store, user_id: int) -> Figures:
    """Take one job from its submission to its paid picture; return how long each operation took, in ms."""
    jobs, results, took = SqlJobStore(store), SqlHistoryStore(store), dict[str, float]()

    async def timed(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        began = time.perf_counter()
        result = await work()
        took[name] = 1000 * (time.perf_counter() - began)
        return result

    job = (await timed("submit", lambda: accepted(jobs, new_job(user_id)))).job
    await timed("queue", lambda: jobs.queue(user_id, RATES, now=NOW))
    await jobs.card_shown(job.id, 555, now=job.created_at)
    held = await timed("claim", lambda: jobs.claim(WORKER, FREELY, now=NOW + LATER, lease_s=LEASE_S))
    lease = Lease(job_id=held.id, attempt=held.attempt, worker=WORKER)
    request_id = await timed("begin", lambda: call(jobs, lease))
    await timed("done", lambda: done(jobs, lease, 0, request_id))
    own = HistoryQuery(user_id=user_id, viewer_id=user_id, channel_id=7)
    await timed("history", lambda: results.past(own, offset=0, limit=10))
    return took


@asynccontextmanager
async def aged_sqlite(folder: Path, jobs: int) -> AsyncGenerator[Store]:
    """Yield a SQLite file with so many finished jobs."""
    async with _aged(f"sqlite:///{folder / f'past-{jobs}.db'}", jobs) as store:
        yield store


@asynccontextmanager
async def aged_postgres(server: str, jobs: int) -> AsyncGenerator[Store]:
    """Yield a database with so many finished jobs on a server."""
    async with durable_postgres(server) as url, _aged(url, jobs) as store:
        await _vacuum(url)
        yield store


async def _vacuum(url: str) -> None:
    """Do what the server's autovacuum has long done for rows of a real past."""
    asyncpg: Any = import_module("asyncpg")
    conn = await asyncpg.connect(url, timeout=10)
    try:
        await conn.execute("VACUUM (ANALYZE)", timeout=600)
    finally:
        await conn.close()


@asynccontextmanager
async def durable_postgres(server: str) -> AsyncGenerator[str]:
    """Yield the address of a new database whose commits wait for the disk as the server's settings say."""
    async with fresh_postgres(server) as url:
        store = open_store(url)
        reset = text(f'ALTER DATABASE "{make_url(url).database}" RESET synchronous_commit')
        try:
            await store.tx(lambda conn: conn.execute(reset))
        finally:
            await store.close()
        yield url


@asynccontextmanager
async def _aged(url: str, jobs: int) -> AsyncGenerator[Store]:
    store = open_store(url)
    try:
        await migrate(store)
        for made in range(0, jobs, BULK):
            await store.tx(add_finished, min(BULK, jobs - made), before=NOW - timedelta(minutes=made))
        yield store
    finally:
        await store.close()
