"""`Store`: runs an operation `op(conn, …)` in one transaction, on SQLite or PostgreSQL.

Operations are plain synchronous functions. On SQLite they run one after the other in one writer thread,
each in `BEGIN IMMEDIATE`; on PostgreSQL each takes a pooled connection through `AsyncConnection.run_sync`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import SetupError

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
BUSY_TIMEOUT_MS: Final = 5_000
DATABASE_CONNECT_TIMEOUT_S: Final = 10
COMMAND_TIMEOUT_S: Final = 30


class Store(Protocol):
    """One transaction for each call of `tx`; what `op` raises rolls it back."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on the same database."""
        ...

    async def tx(
        self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    async def close(self) -> None: ...


class SqliteStore:
    """The embedded default: WAL, every commit on disk before it is answered."""

    is_shared = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="easel-store")
        self._engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(self._engine, "connect", _configure_sqlite)
        event.listen(self._engine, "begin", _begin_immediate)

    async def tx(self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            with self._engine.begin() as conn:
                return op(conn, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=True)


class PostgresStore:
    """The distributed engine. Commits are durable by the server's own setting."""

    is_shared = True

    def __init__(self, url: URL, *, pool_size: int = 10) -> None:
        self.url = url
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"timeout": DATABASE_CONNECT_TIMEOUT_S, "command_timeout": COMMAND_TIMEOUT_S},
        )

    async def tx(self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._engine.begin() as conn:
            return await conn.run_sync(op, *args, **kwargs)

    async def close(self) -> None:
        await self._engine.dispose()


def _configure_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None  # SQLAlchemy's "begin" event below starts transactions
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def parse_url(address: str) -> URL:
    """A database address as people write it → the one SQLAlchemy needs. Raises `SetupError`."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise SetupError(
            "DATABASE_URL is not a database address, such as postgresql://user@host/name"
        ) from error
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return _for_asyncpg(url)
    if backend == "sqlite":
        return url.set(drivername="sqlite")
    raise SetupError(f"DATABASE_URL speaks of {backend!r}: Easel knows sqlite and postgresql")


def _for_asyncpg(url: URL) -> URL:
    """The driver calls `ssl` what every address of a hosted server calls `sslmode`."""
    mode = url.query.get("sslmode")
    url = url.difference_update_query(["sslmode"]).set(drivername="postgresql+asyncpg")
    return url if mode is None else url.update_query_dict({"ssl": mode})


def libpq_address(url: URL) -> str:
    """The address as PostgreSQL's own tools, and the bare driver, read it; it holds the password."""
    mode = url.query.get("ssl")
    url = url.difference_update_query(["ssl"]).set(drivername="postgresql")
    url = url if mode is None else url.update_query_dict({"sslmode": mode})
    return url.render_as_string(hide_password=False)


def open_store(address: str) -> Store:
    """The store at `address`. Opens no connection yet. Raises `SetupError`."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise SetupError("DATABASE_URL names no SQLite file: a queue in memory would lose jobs")
        path = Path(url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"DATABASE_URL: {path.parent} cannot be made ({error.strerror})") from error
        return SqliteStore(path)
    try:
        return PostgresStore(url)
    except ModuleNotFoundError as error:
        raise SetupError('PostgreSQL needs an extra: pip install "easel-bot[postgres]"') from error


def cause_of(error: BaseException) -> BaseException:
    """What the database itself said, below what SQLAlchemy made of it; it names no password."""
    below = error.orig if isinstance(error, DBAPIError) else None
    return below.__cause__ or below if below is not None else error


UNREACHABLE_ERRORS = (DBAPIError, OSError, TimeoutError)
