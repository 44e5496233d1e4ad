"""A look at a database that changes nothing, takes no lock and migrates nothing, for `python -m bot doctor`."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, inspect, select, text

from bot.storage.clock import DATABASE_NOW
from bot.storage.engine import SESSION_SETTINGS, open_store
from bot.storage.gateways import served
from bot.storage.moving.digest import UNFINISHED
from bot.storage.schema import notes

BUSY_S: Final = 2.0
_CHECK_S: Final = 2.0  # for `quick_check`, which reads the whole file
SERVED_WITHIN: Final = timedelta(seconds=60)  # gateways report their shards four times as often
_STEPS: Final = 10_000  # of SQLite's virtual machine between two looks at the clock: a few milliseconds
_TIMEOUTS: Final = tuple(name for name in SESSION_SETTINGS if not name.startswith("tcp_"))
_UNFINISHED: Final = select(func.count() > 0).where(notes.c.key == UNFINISHED)
_FACTS: Final = text(
    """
    SELECT current_setting('server_version_num')::int AS version,
           current_setting('server_encoding') AS encoding,
           pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS is_read_only,
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
           current_user::text AS role,
           current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true), '0')::int AS most,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFacts:
    """`revision` is None before the first migration; `damage` None if none was found.

    `is_checked` says whether there was time to look through all of the file.
    """

    version: tuple[int, ...]
    size_bytes: int
    is_wal: bool
    revision: str | None
    is_checked: bool
    damage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts:
    """`timeouts` are those of Easel's sessions, as the server has them; `free` connections are for ordinary roles."""

    version: int  # 150004 is 15.4
    encoding: str
    is_read_only: bool
    may_create: bool
    role: str
    free: int
    most: int
    revision: str | None
    is_half_moved: bool
    timeouts: Mapping[str, str]
    served: frozenset[int]  # shards that some gateway serves now, of the total that was asked about


def probe_sqlite(path: Path) -> SqliteFacts:
    """Look at an SQLite database, also while Easel has it open. Raises `sqlite3.Error`."""
    # Nobody has it open where nothing lies beside it; to open it the usual way would put files there.
    is_open = any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-journal"))
    address = f"{path.absolute().as_uri()}?mode=ro{'' if is_open else '&immutable=1'}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)) as conn:
        is_migrated = conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        query = "SELECT max(version_num) FROM alembic_version"
        revision = conn.execute(query).fetchone()[0] if is_migrated else None
        is_checked, damage = _quick_check(conn)
    return SqliteFacts(
        version=sqlite3.sqlite_version_info,
        size_bytes=path.stat().st_size,
        is_wal=_is_wal(path),
        revision=revision,
        is_checked=is_checked,
        damage=damage,
    )


def _is_wal(path: Path) -> bool:
    """Read it from the file (sqlite.org/fileformat.html): a connection to one that is immutable reports no WAL."""
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"


def _quick_check(conn: sqlite3.Connection) -> tuple[bool, str | None]:
    """Return whether the check came to its end, and the first damage it found."""
    until_s = time.monotonic() + _CHECK_S
    conn.set_progress_handler(lambda: time.monotonic() > until_s, _STEPS)
    try:
        [(found,)] = conn.execute("PRAGMA quick_check(1)")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return False, None
    return True, None if found == "ok" else str(found)


async def probe_postgres(address: str, *, shards: int = 0) -> PostgresFacts:
    """Look at a PostgreSQL database through a session like Easel's own. Raises what `Store.reach` and `tx` do.

    `shards` is the total of shards that gateways are to serve.
    """
    store = open_store(address)
    try:
        await store.reach()
        return await store.tx(_read, shards)
    finally:
        await store.close()


def _read(conn: Connection, shards: int) -> PostgresFacts:
    conn.exec_driver_sql("SET TRANSACTION READ ONLY")
    facts = conn.execute(_FACTS).one()
    tables = inspect(conn).get_table_names()
    revision, is_half_moved, connected = None, False, frozenset[int]()
    if "alembic_version" in tables:
        revision = conn.execute(text("SELECT max(version_num) FROM alembic_version")).scalar_one()
    if "notes" in tables:
        is_half_moved = conn.execute(_UNFINISHED).scalar_one()
        connected = served(conn, shards, since=conn.execute(DATABASE_NOW).scalar_one() - SERVED_WITHIN)
    one = text("SELECT current_setting(:name)")
    return PostgresFacts(
        version=facts.version,
        encoding=facts.encoding,
        is_read_only=facts.is_read_only,
        may_create=facts.may_create,
        role=facts.role,
        free=facts.most - facts.used,
        most=facts.most,
        revision=revision,
        is_half_moved=is_half_moved,
        timeouts={name: conn.execute(one, {"name": name}).scalar_one() for name in _TIMEOUTS},
        served=connected,
    )
