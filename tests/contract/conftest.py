"""Each store on SQLite and on PostgreSQL: every test that takes `database` runs on both."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.storage.engine import PostgresStore, Store, open_store, parse_url
from bot.storage.schema import metadata
from bot.storage.stores import SqlJobStore
from tests.conftest import postgres_address
from tests.databases import empty_sqlite, fresh_postgres, migrated_postgres

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
BOTH = ("sqlite", POSTGRES)
HERE = f"{Path(__file__).parent}/"
WARM_CONNECTIONS = 4  # of each store: a server takes a hundred from all tests together
IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests of this folder run in one event loop, as connections to PostgreSQL belong to theirs."""
    for item in items:
        if str(item.path).startswith(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(IN_ONE_LOOP, append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database with the newest schema. Each `store()` has an engine, and so a pool, of its own.

    Where there are `warm` stores, it is one of those that no other has at the time, or one more that is kept for later
    tests: PostgreSQL learns every table again for each new connection. A test that breaks connections, or changes how
    they are made, takes a `new_store()`.
    """

    kind: str
    url: str
    warm: list[Store] | None = None

    @asynccontextmanager
    async def store(self) -> AsyncGenerator[Store]:
        if self.warm is None:
            async with self.new_store() as store:
                yield store
            return
        store = (
            self.warm.pop() if self.warm else PostgresStore(parse_url(self.url), pool_size=WARM_CONNECTIONS)
        )
        try:
            yield store
        finally:
            self.warm.append(store)

    @asynccontextmanager
    async def new_store(self) -> AsyncGenerator[Store]:
        store = open_store(self.url)
        try:
            yield store
        finally:
            await store.close()

    @asynccontextmanager
    async def stores(self, count: int) -> AsyncGenerator[list[Store]]:
        """As many processes have them: engines of their own on PostgreSQL. SQLite has one process."""
        async with AsyncExitStack() as stack:
            different = count if self.kind == "postgres" else 1
            opened = [await stack.enter_async_context(self.store()) for _ in range(different)]
            yield [opened[number % different] for number in range(count)]

    @asynccontextmanager
    async def job_stores(self, count: int) -> AsyncGenerator[list[SqlJobStore]]:
        async with self.stores(count) as stores:
            yield [SqlJobStore(store) for store in stores]


@asynccontextmanager
async def held(database: Database, statement: str, *values: object) -> AsyncGenerator[None]:
    """Somebody else's transaction that wrote `statement` on PostgreSQL and has not ended yet."""
    asyncpg: Any = import_module("asyncpg")
    conn = await asyncpg.connect(database.url, timeout=10)
    try:
        await conn.execute("BEGIN")
        await conn.execute(statement, *values)
        yield
    finally:
        await conn.close()


async def waits_for_a_lock(store: Store, task: asyncio.Task[Any], *, count: int = 1) -> bool:
    """Whether `count` come to wait for somebody else's row on PostgreSQL, `task` among them.

    False when it ends without.
    """
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not task.done():
        if await store.tx(lambda conn: conn.execute(waiting).scalar_one()) >= count:
            return True
        await asyncio.sleep(0)
    return False


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """A copied file."""
    (tmp_path / "easel.db").write_bytes(empty_sqlite())
    return Database(kind="sqlite", url=f"sqlite:///{tmp_path / 'easel.db'}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def every_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with everything in every state. Tests have copies of it: `filled`."""
    from tests.contract.every_state import fill  # which needs this file

    folder = tmp_path_factory.mktemp("every-state")
    (folder / "easel.db").write_bytes(empty_sqlite())
    store = open_store(f"sqlite:///{folder / 'easel.db'}")
    await fill(store, folder)
    await store.close()
    return folder


@pytest.fixture
def filled(every_state: Path, tmp_path: Path) -> Database:
    """The database of a copy of `every_state`, in `tmp_path`."""
    shutil.copytree(every_state, tmp_path, dirs_exist_ok=True)
    return Database(kind="sqlite", url=f"sqlite:///{tmp_path / 'easel.db'}")


@pytest.fixture
def postgres(warm_postgres: Database, postgres_cleaner: Callable[[], None]) -> Database:
    """The database of this process, emptied."""
    postgres_cleaner()
    return warm_postgres


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """An empty one with the newest schema."""
    opened: Database = request.getfixturevalue(request.param)
    return opened


@pytest.fixture(params=BOTH)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new one without tables."""
    if request.param == "sqlite":
        yield Database(kind="sqlite", url=f"sqlite:///{tmp_path / 'bare.db'}")
        return
    with _postgres_database(fresh_postgres(postgres_address())) as made:
        yield made


@pytest.fixture
def store(database: Database, request: pytest.FixtureRequest) -> Store:
    opened: Store = request.getfixturevalue(f"{database.kind}_store")
    return opened


@pytest_asyncio.fixture(loop_scope="session")
async def sqlite_store(sqlite: Database) -> AsyncIterator[Store]:
    async with sqlite.store() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def postgres_store(postgres: Database) -> AsyncIterator[Store]:
    async with postgres.store() as opened:
        yield opened


@pytest.fixture
def jobs(store: Store) -> SqlJobStore:
    return SqlJobStore(store)


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[Database]:
    with _postgres_database(migrated_postgres(postgres_address())) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def warm_postgres(postgres_database: Database) -> AsyncIterator[Database]:
    """The database of this process, with stores that are closed after all tests."""
    warm: list[Store] = []
    yield replace(postgres_database, warm=warm)
    for store in warm:
        await store.close()


@pytest.fixture(scope="session")
def postgres_cleaner(postgres_database: Database) -> Iterator[Callable[[], None]]:
    """Return what empties the database of this process, over one connection: a new one takes far longer."""
    asyncpg: Any = import_module("asyncpg")
    statements = "; ".join(f'DELETE FROM "{name}"' for name in metadata.tables)
    with asyncio.Runner() as runner:
        conn = runner.run(asyncpg.connect(postgres_database.url, timeout=10))
        yield lambda: runner.run(conn.execute(statements))
        runner.run(conn.close())


@contextmanager
def _postgres_database(making: AbstractAsyncContextManager[str]) -> Generator[Database]:
    with asyncio.Runner() as runner:
        yield Database(kind="postgres", url=runner.run(_entered(making)))
        runner.run(_left(making))


async def _entered(making: AbstractAsyncContextManager[str]) -> str:
    return await making.__aenter__()


async def _left(making: AbstractAsyncContextManager[str]) -> None:
    await making.__aexit__(None, None, None)
