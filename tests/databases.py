"""What makes databases cheap in tests: a schema that is made once, and statements that are compiled once."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from bot.storage.engine import SqliteStore, Store
from bot.storage.migrate import migrate, upgrade

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


async def migrate_from_template(store: Store) -> None:
    """Do what `migrate` does; an SQLite file that is not there yet is a copy of `empty_sqlite`."""
    if isinstance(store, SqliteStore) and not store.path.exists():
        store.path.write_bytes(empty_sqlite())
    else:
        await migrate(store)


@asynccontextmanager
async def fresh_postgres(address: str) -> AsyncGenerator[str]:
    """Yield the address of a new, empty database on the server of `address`; drop it at the end."""
    asyncpg: Any = import_module("asyncpg")
    server = make_url(address).set(drivername="postgresql")
    name = f"easel_test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(server.render_as_string(hide_password=False), timeout=10)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        yield server.set(database=name).render_as_string(hide_password=False)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()
