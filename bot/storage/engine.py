"""`Store`: runs an operation `op(conn, …)` in one transaction, on SQLite or PostgreSQL.

Operations are plain synchronous functions. On SQLite they run one after the other in one writer thread, in
`BEGIN IMMEDIATE`, and those that wait for it share a commit; on PostgreSQL each takes a pooled connection through
`AsyncConnection.run_sync`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.domain.ports.observer import UNOBSERVED, Observer
from bot.errors import SetupError, StoreUnavailableError
from bot.outage import Outage
from bot.storage.private import make_database_file

log = logging.getLogger(__name__)
P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")
OUTAGE_SETTLE_S: Final = 2.0
BUSY_TIMEOUT_MS: Final = 5_000
# The longest work until a commit, so that the first of many does not wait for the last.
SHARED_COMMIT_S: Final = 0.02
DATABASE_CONNECT_TIMEOUT_S: Final = 10
# Longer than the server's own `statement_timeout`, which leaves the connection usable.
COMMAND_TIMEOUT_S: Final = 20
# A machine that vanishes in mid-transaction must not hold its rows for long: after 5 s without a command the server
# ends the transaction, and those who wait for its rows (`lock_timeout`) live to see that. Keepalives find dead lines.
SESSION_SETTINGS: Final = {
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "8s",
    "statement_timeout": "15s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "8000",
}
# sqlite.org/rescode.html: another process holds the file, or its disk fails.
_SQLITE_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
    }
)
# postgresql.org/docs/current/errcodes-appendix.html: connection, read-only (a standby after a failover), login,
# no such database, deadlock, out of resources, lock not available, shutdown or timeout, disk.
_POSTGRES_UNAVAILABLE: Final = ("08", "25006", "28", "3D", "40", "53", "55P03", "57", "58")


class Store(Protocol):
    """A database. Each call of `tx` runs `op(conn, …)` in one transaction and returns its result.

    An error of `op` rolls the transaction back. Raises `StoreUnavailableError` if the database is unreachable,
    locked or full. `observer` hears of each.
    """

    observer: Observer

    @property
    def is_shared(self) -> bool:
        """Whether other processes may use the same database."""
        ...

    async def reach(self) -> None:
        """Connect for the first time. Raises `SetupError` where only a person can help, not time."""
        ...

    async def tx(
        self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """An operation that waits for the writer thread, and the future of its caller."""

    op: Callable[[Connection], Any]
    answer: asyncio.Future[Any]


class SqliteStore:
    """SQLite, the embedded default: WAL mode; every commit is on disk before `tx` returns.

    Operations that arrive while one runs are committed with it, each in its own savepoint, so that a hundred commands
    at once wait for a few syncs of the disk and not for a hundred. None is answered before that commit.
    """

    is_shared = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.observer: Observer = UNOBSERVED
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="easel-store")
        self._lock = Lock()  # of the two below
        self._waiting: deque[_Asked] = deque()
        self._is_working = False
        self._outage = Outage(log, "the database", settle_s=OUTAGE_SETTLE_S)
        self._engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(self._engine, "connect", _configure_sqlite)
        event.listen(self._engine, "begin", _begin_immediate)

    async def reach(self) -> None:
        with _reached(self._outage):
            await self._run(_ping)

    async def tx(self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _noted(self._outage, self.observer):
            return await self._run(op, *args, **kwargs)

    async def _run(self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        asked = _Asked(lambda conn: op(conn, *args, **kwargs), loop.create_future())
        with self._lock:
            self._waiting.append(asked)
            starts, self._is_working = not self._is_working, True
        if starts:
            self._thread.submit(self._work, loop)
        return await asked.answer

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Commit what waits, in the writer thread, until nothing does."""
        while (first := self._next()) is not None:
            answers = self._commit_together(first)
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_give, answers)

    def _next(self) -> _Asked | None:
        """Take the next operation whose caller still waits; where there is none, note that the thread is free."""
        with self._lock:
            while self._waiting:
                asked = self._waiting.popleft()
                if not asked.answer.cancelled():
                    return asked
            self._is_working = False
            return None

    def _commit_together(self, first: _Asked) -> list[tuple[_Asked, Any, Exception | None]]:
        """Run `first` and what waits by then in one transaction; return each with its result or error.

        An error of the commit, or one for which SQLite has rolled back everything, is the error of all of them.
        """
        together = [first]
        answers, error = _outcome(self._transact, together)
        return answers or [(asked, None, error) for asked in together]

    def _transact(self, together: list[_Asked]) -> list[tuple[_Asked, Any, Exception | None]]:
        """Run the one of `together`, then those that wait, which are added to it, in one transaction."""
        (first,) = together
        with self._engine.begin() as conn:
            answers: list[tuple[_Asked, Any, Exception | None]] = [(first, first.op(conn), None)]
            full_at = time.monotonic() + SHARED_COMMIT_S
            while self._waiting and time.monotonic() < full_at:
                asked = self._waiting.popleft()  # no other thread takes any
                if not asked.answer.cancelled():
                    together.append(asked)
                    answers.append((asked, *_in_savepoint(conn, asked.op)))
        return answers

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=True)


def _in_savepoint(conn: Connection, op: Callable[[Connection], T]) -> tuple[T | None, Exception | None]:
    """Run an operation so that its error undoes nothing else; raise one for which SQLite has undone everything."""
    driver: Any = conn.connection.dbapi_connection
    driver.execute("SAVEPOINT operation")
    result, error = _outcome(op, conn)
    if error is not None:
        if not driver.in_transaction:
            raise error
        driver.execute("ROLLBACK TO operation")
    driver.execute("RELEASE operation")
    return result, error


def _outcome(work: Callable[[A], T], given: A) -> tuple[T | None, Exception | None]:
    """Return what `work` returns, or its error, which belongs to the waiting caller and not to this thread."""
    try:
        return work(given), None
    except Exception as error:  # noqa: BLE001  # the waiting caller handles it
        return None, error


def _give(answers: list[tuple[_Asked, Any, Exception | None]]) -> None:
    """Answer the callers, in their event loop."""
    for asked, result, error in answers:
        if asked.answer.done():  # cancelled meanwhile
            continue
        if error is None:
            asked.answer.set_result(result)
        else:
            asked.answer.set_exception(error)


class PostgresStore:
    """PostgreSQL, for several processes. The server's settings decide how durable a commit is.

    A patient store lets commands take as long as they need, for migrations.
    """

    is_shared = True

    def __init__(self, url: URL, *, pool_size: int = 10, is_patient: bool = False) -> None:
        # It brings SQLAlchemy's whole object-relational mapper, which a process on SQLite never needs.
        from sqlalchemy.ext.asyncio import create_async_engine

        self.url = url
        self.observer: Observer = UNOBSERVED
        self._outage = Outage(log, "the database", settle_s=OUTAGE_SETTLE_S)
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            pool_use_lifo=True,  # the connection that was used last knows the tables and the statements
            hide_parameters=True,
            connect_args={
                "timeout": DATABASE_CONNECT_TIMEOUT_S,
                "command_timeout": None if is_patient else COMMAND_TIMEOUT_S,
            },
        )
        if not is_patient:
            event.listen(self._engine.sync_engine, "connect", _configure_postgres)

    async def reach(self) -> None:
        with _reached(self._outage):
            async with self._engine.begin() as conn:
                await conn.run_sync(_ping)

    async def tx(self, op: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _noted(self._outage, self.observer):
            async with self._engine.begin() as conn:
                return await conn.run_sync(op, *args, **kwargs)

    async def close(self) -> None:
        await self._engine.dispose()


def _ping(conn: Connection) -> None:
    conn.exec_driver_sql("SELECT 1")


def _configure_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None  # SQLAlchemy's "begin" event below starts transactions
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _configure_postgres(dbapi_connection: Any, _record: object) -> None:
    """Apply those of `SESSION_SETTINGS` that the server knows; poolers in between refuse them as startup options."""
    known = "SELECT set_config(name, $1::jsonb ->> name, false) FROM pg_settings WHERE $1::jsonb ? name"
    settings = json.dumps(SESSION_SETTINGS)

    async def apply(conn: Any) -> None:
        await conn.execute(known, settings)

    dbapi_connection.run_async(apply)


def _begin_immediate(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def parse_url(address: str) -> URL:
    """Parse a database address from the settings into SQLAlchemy's form. Raises `SetupError`."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:  # the latter for a port that is no number
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
    """Rename the usual `sslmode` to `ssl`, as asyncpg's dialect calls it."""
    mode = url.query.get("sslmode")
    url = url.difference_update_query(["sslmode"]).set(drivername="postgresql+asyncpg")
    return url if mode is None else url.update_query_dict({"ssl": mode})


def libpq_address(url: URL) -> str:
    """Return the address in the form of PostgreSQL's tools and asyncpg. It contains the password."""
    mode = url.query.get("ssl")
    url = url.difference_update_query(["ssl"]).set(drivername="postgresql")
    url = url if mode is None else url.update_query_dict({"sslmode": mode})
    return url.render_as_string(hide_password=False)


def open_store(address: str) -> Store:
    """Create the store for `address`, without connecting yet. Raises `SetupError`."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise SetupError("DATABASE_URL names no SQLite file: a queue in memory would lose jobs")
        path = Path(url.database)
        make_database_file(path)
        return SqliteStore(path)
    try:
        return PostgresStore(url)
    except ModuleNotFoundError as error:
        raise SetupError('PostgreSQL needs an extra: pip install "easel-bot[postgres]"') from error


@contextmanager
def translate_errors() -> Generator[None]:
    """Raise `StoreUnavailableError` from driver errors that say the database is unavailable; let others through."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, OSError, *_errors_of_asyncpg()) as error:
        if not _is_unavailable(error):
            raise
        raise StoreUnavailableError(type(cause_of(error)).__name__) from error


@contextmanager
def _noted(outage: Outage, observer: Observer) -> Generator[None]:
    """Translate errors, and note whether the database answered: callers need not log that it did not."""
    began_s, answered = time.perf_counter(), True
    try:
        with translate_errors():
            yield
    except StoreUnavailableError as error:
        answered = False
        outage.failed(str(error))
        raise
    finally:
        observer.asked_database(seconds=time.perf_counter() - began_s, answered=answered)
    outage.went_well()


@contextmanager
def _reached(outage: Outage) -> Generator[None]:
    """Do as `_noted`; raise `SetupError` for an error of the settings or of the server's, which no time puts right."""
    try:
        with translate_errors():
            yield
    except (StoreUnavailableError, DBAPIError) as error:
        if not isinstance(error, StoreUnavailableError) or _is_for_a_person(cause_of(error)):
            raise unusable(error) from error
        outage.failed(str(error))
        raise
    except (TypeError, ValueError, OverflowError) as error:  # the driver's, of the address's port and options
        raise SetupError(f"DATABASE_URL cannot be used: {error}") from error
    outage.went_well()


def unusable(error: Exception) -> SetupError:
    """Return the error of a start that cannot use the database, in one line."""
    return SetupError(f"the database cannot be used: {str(cause_of(error)).partition(chr(10))[0]}")


def _is_for_a_person(cause: BaseException) -> bool:
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in {
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        }
    return (getattr(cause, "sqlstate", None) or "").startswith(("28", "3D"))  # login, no such database


def _errors_of_asyncpg() -> tuple[type[Exception], ...]:
    """Return those that SQLAlchemy passes on as they are when a line breaks at a bad moment; none on SQLite."""
    driver: Any = sys.modules.get("asyncpg")
    if driver is None:
        return ()
    return driver.PostgresError, driver.InterfaceError, driver.InternalClientError


def _is_unavailable(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):  # OSError: asyncpg's own, also for its timeouts
        return True
    if isinstance(error.orig, sqlite3.Error):
        primary_code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return primary_code in _SQLITE_UNAVAILABLE
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(_POSTGRES_UNAVAILABLE)


def cause_of(error: BaseException) -> BaseException:
    """Return the driver's error below SQLAlchemy's and ours; its text contains no password."""
    if isinstance(error, StoreUnavailableError) and error.__cause__ is not None:
        error = error.__cause__
    below = error.orig if isinstance(error, DBAPIError) else None
    return below.__cause__ or below if below is not None else error
