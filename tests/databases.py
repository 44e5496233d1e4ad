"""What makes databases cheap in tests: a schema that is made once, and statements that are compiled once."""

from __future__ import annotations

import asyncio
import atexit
import secrets
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from bot.storage.engine import SqliteStore, Store, open_store
from bot.storage.migrate import migrate, upgrade

_PREPARING: Final = asyncio.Lock()
_templates: dict[str, str] = {}  # the migrated database of each server, by the server's address
_compiled: dict[Any, Any] = {}
_first: dict[str, Dialect] = {}


@event.listens_for(Engine, "engine_connect")
def _compile_once(conn: Connection) -> None:
    """Let the engines of one kind share a dialect and what it compiled.

    Nearly every test opens an engine of its own; compiling the same statements again took a third of the time.
    """
    conn.engine.dialect = conn.dialect = _first.setdefault(conn.dialect.driver, conn.dialect)
    conn.execution_options(compiled_cache=_compiled)


_initialize = PGDialect_asyncpg.initialize


def _initialize_first(self: PGDialect_asyncpg, connection: Connection) -> None:
    """Ask the server for its version and settings once: the first dialect stands in for every later one."""
    if self.driver not in _first:
        _initialize(self, connection)


PGDialect_asyncpg.initialize = _initialize_first


@cache
def empty_sqlite() -> bytes:
    """Return an SQLite file with the newest schema and nothing in it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "easel.db"
        engine = create_engine(URL.create("sqlite", database=str(path)))
        with engine.begin() as conn:
            upgrade(conn)
        engine.dispose()
        return path.read_bytes()


def migrate_once(patch: pytest.MonkeyPatch) -> None:
    """Let Easel find every new SQLite file migrated, as a copy of `empty_sqlite`, and ask it for no more."""

    def open_copy(address: str) -> Store:
        store = open_store(address)
        if isinstance(store, SqliteStore) and store.path.stat().st_size == 0:
            store.path.write_bytes(empty_sqlite())
            copies.add(store.path)
        return store

    async def migrate_others(store: Store) -> None:
        if not (isinstance(store, SqliteStore) and store.path in copies):
            await migrate(store)

    copies: set[Path] = set()
    patch.setattr("bot.app.base.open_store", open_copy)
    patch.setattr("bot.app.base.migrate", migrate_others)


class Glass:
    """A second look into the SQLite file of a running Easel, in far less time than a transaction of its store takes."""

    def __init__(self, path: Path) -> None:
        self._conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

    def is_shown(self, job_id: str) -> bool:
        """Whether the end of the job has been shown."""
        query = "SELECT 1 FROM jobs WHERE id = ? AND shown_at IS NOT NULL"
        return self._conn.execute(query, (job_id,)).fetchone() is not None

    def close(self) -> None:
        self._conn.close()


@asynccontextmanager
async def fresh_postgres(
    address: str, *, template: str = "template1", encoding: str | None = None
) -> AsyncGenerator[str]:
    """Yield the address of a new database on the server of `address`, a copy of `template`; drop it at the end.

    Another encoding than the template's needs a template of its own.
    """
    name = _new_name()
    await _execute(address, *_creating(name, template if encoding is None else "template0", encoding))
    try:
        yield _server(address).set(database=name).render_as_string(hide_password=False)
    finally:
        await _execute(address, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def migrated_postgres(address: str) -> AsyncGenerator[str]:
    """Yield a new database as `fresh_postgres` does, with the newest schema and nothing in it."""
    async with _PREPARING:
        if address not in _templates:
            _templates[address] = await _make_template(address)
    async with fresh_postgres(address, template=_templates[address]) as url:
        yield url


async def _make_template(address: str) -> str:
    """Migrate a database that others are copied from until this process ends; return its name."""
    name = _new_name()
    await _execute(address, *_creating(name, "template1"))
    dropping = f'DROP DATABASE "{name}" WITH (FORCE)'
    atexit.register(lambda: asyncio.run(_execute(address, dropping)))
    store = open_store(_server(address).set(database=name).render_as_string(hide_password=False))
    try:
        await migrate(store)
    finally:
        await store.close()
    return name


def _creating(name: str, template: str, encoding: str | None = None) -> tuple[str, str]:
    # A server that dies is not what is tested: nobody waits for its disk.
    hurry = f'ALTER DATABASE "{name}" SET synchronous_commit TO off'
    creating = f'CREATE DATABASE "{name}" TEMPLATE "{template}"'
    return creating + (f" ENCODING '{encoding}' LOCALE 'C'" if encoding else ""), hurry


def _new_name() -> str:
    return f"easel_test_{secrets.token_hex(6)}"


def _server(address: str) -> URL:
    return make_url(address).set(drivername="postgresql")


async def _execute(address: str, *statements: str) -> None:
    asyncpg: Any = import_module("asyncpg")
    conn = await asyncpg.connect(_server(address).render_as_string(hide_password=False), timeout=10)
    try:
        for statement in statements:
            await conn.execute(statement)
    finally:
        await conn.close()
