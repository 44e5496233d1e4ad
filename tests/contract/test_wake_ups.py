"""Wake-ups, inside a process and between processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.ports.outside import WakeUp, WakeUps
from bot.storage.engine import PostgresStore
from bot.storage.wake_ups import BACKLOG, LocalWakeUps, PostgresWakeUps
from tests.contract.conftest import POSTGRES, Database

WORK, STOP = WakeUp(), WakeUp("job0000001")
SOON_S = 30.0  # a real wait for a real server; it takes milliseconds


@pytest.fixture(params=["local", POSTGRES])
def home(request: pytest.FixtureRequest) -> Database | None:
    if request.param == "local":
        return None
    found: Database = request.getfixturevalue("postgres")
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def wake_ups(home: Database | None) -> AsyncIterator[WakeUps]:
    if home is None:
        yield LocalWakeUps()
        return
    async with on_postgres(home) as made:
        yield made


@asynccontextmanager
async def on_postgres(database: Database) -> AsyncGenerator[PostgresWakeUps]:
    async with database.store() as store:
        assert isinstance(store, PostgresStore)
        yield PostgresWakeUps(store, store.url, reconnect_s=0.01)


async def heard(listening: AsyncIterator[WakeUp], wanted: WakeUp) -> WakeUp:
    """The next wake-up like `wanted`; others mean "look" and may come in between."""
    async with asyncio.timeout(SOON_S):
        async for wake_up in listening:
            if wake_up == wanted:
                return wake_up
    raise AssertionError("the listener ended")


async def test_every_listener_hears_what_is_sent(wake_ups: WakeUps) -> None:
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(wake_ups.listen()) for _ in range(3)]

        await wake_ups.send(STOP)

        assert [await heard(listener, STOP) for listener in listeners] == [STOP] * 3


async def test_a_signal_says_whether_it_is_about_a_job(wake_ups: WakeUps) -> None:
    async with wake_ups.listen() as listener:
        await wake_ups.send(STOP)
        await wake_ups.send(WORK)

        assert await heard(listener, STOP) == STOP
        assert await heard(listener, WORK) == WORK


async def test_wake_ups_are_heard_in_their_order(wake_ups: WakeUps) -> None:
    sent = [WakeUp(f"job{number}") for number in range(20)]
    async with wake_ups.listen() as listener:
        for wake_up in sent:
            await wake_ups.send(wake_up)

        async with asyncio.timeout(SOON_S):
            got = [wake_up async for wake_up in until(listener, sent[-1])]

    assert [wake_up for wake_up in got if wake_up.job_id is not None] == sent


async def until(listening: AsyncIterator[WakeUp], last: WakeUp) -> AsyncGenerator[WakeUp]:
    async for wake_up in listening:
        yield wake_up
        if wake_up == last:
            return


async def test_sending_without_listeners_is_no_trouble(wake_ups: WakeUps) -> None:
    await wake_ups.send(WORK)

    async with wake_ups.listen() as listener:
        await wake_ups.send(STOP)
        assert await heard(listener, STOP) == STOP


async def test_a_listener_that_left_is_forgotten(wake_ups: WakeUps) -> None:
    async with wake_ups.listen():
        pass

    async with wake_ups.listen() as listener:
        await wake_ups.send(STOP)
        assert await heard(listener, STOP) == STOP


async def test_a_burst_never_blocks_the_sender_and_its_newest_is_heard() -> None:
    wake_ups = LocalWakeUps()
    async with wake_ups.listen() as listener:
        for number in range(3 * BACKLOG):
            await wake_ups.send(WakeUp(f"job{number}"))

        assert await heard(listener, WakeUp(f"job{3 * BACKLOG - 1}"))


@pytest.mark.postgres
async def test_wake_ups_cross_from_one_process_to_another(postgres: Database) -> None:
    async with on_postgres(postgres) as here, on_postgres(postgres) as there, there.listen() as listener:
        await here.send(STOP)

        assert await heard(listener, STOP) == STOP


@pytest.mark.postgres
async def test_a_listener_whose_connection_was_cut_looks_again_and_hears_what_comes_later(
    postgres: Database,
) -> None:
    async with on_postgres(postgres) as wake_ups, wake_ups.listen() as listener:
        assert await heard(listener, WORK) == WORK  # it listens now
        for number in range(3):
            assert await cut_listeners(postgres) == 1

            assert await heard(listener, WORK) == WORK  # whatever was sent in between is looked for
            later = WakeUp(f"later{number}")
            await wake_ups.send(later)
            assert await heard(listener, later) == later


@pytest.mark.postgres
async def test_listening_starts_also_when_the_server_is_away() -> None:
    nowhere = Database(kind="postgres", url="postgresql://nobody@127.0.0.1:1/nowhere")
    async with asyncio.timeout(SOON_S), on_postgres(nowhere) as wake_ups, wake_ups.listen():
        pass  # the worker goes on with its safety poll


@pytest.mark.postgres
async def test_who_stops_listening_leaves_no_connection_behind(postgres: Database) -> None:
    async with on_postgres(postgres) as wake_ups:
        async with wake_ups.listen() as listener:
            assert await heard(listener, WORK) == WORK
        async with asyncio.timeout(SOON_S):
            while await listeners(postgres):
                pass  # each look is a trip to the server


async def listeners(database: Database) -> list[int]:
    """The server's processes that listen in this database."""
    return await _on(database, "SELECT pid FROM pg_stat_activity {listening}")


async def cut_listeners(database: Database) -> int:
    ended = await _on(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity {listening}")
    return len(ended)


async def _on(database: Database, query: str) -> list[Any]:
    asyncpg: Any = import_module("asyncpg")
    conn = await asyncpg.connect(database.url, timeout=10)
    listening = "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    try:
        return [row[0] for row in await conn.fetch(query.format(listening=listening))]
    finally:
        await conn.close()
