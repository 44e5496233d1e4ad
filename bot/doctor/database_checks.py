"""Checks of the database: reachable, whole, new enough, migrated, with room and time-outs for Easel."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Final

from bot.doctor.diagnosis import Diagnosis, UnwellError, bad, good, warning
from bot.errors import SetupError, StoreUnavailableError
from bot.settings import Settings, Shards
from bot.storage.engine import SESSION_SETTINGS, cause_of, parse_url
from bot.storage.migrate import newest_revision
from bot.storage.probe import PostgresFacts, SqliteFacts, probe_postgres, probe_sqlite

OLDEST_SQLITE: Final = (3, 35)  # has RETURNING
OLDEST_POSTGRES: Final = 15  # the oldest that postgresql.org still fixes, and that the tests run on
_RESTORE: Final = (
    "Stop Easel, then restore a backup: `python -m bot restore --force FILE` puts this one aside."
)
MOST_SHARDS: Final = 10  # shards listed by number
CONNECTIONS: Final = 12  # of a worker: its pool, and two that listen


async def diagnose_database(settings: Settings) -> list[Diagnosis]:
    """Look at the database without changing it, also while Easel uses it."""
    try:
        url = parse_url(settings.database_address)
        shards = settings.easel_shards
        if url.get_backend_name() == "sqlite":
            lines = await asyncio.to_thread(_diagnose_sqlite, Path(url.database or ""))
            remedy = "Set DATABASE_URL, or remove EASEL_SHARDS."
            return [*lines, bad("shards", "EASEL_SHARDS needs PostgreSQL", remedy)] if shards else lines
        facts = await probe_postgres(settings.database_address, shards=shards.total if shards else 0)
        return [*_postgres_lines(facts), *_unserved(facts, shards)]
    except SetupError as error:
        raise UnwellError(
            str(error), "Put DATABASE_URL, the role, its password or its rights right."
        ) from None
    except StoreUnavailableError as error:
        cause = cause_of(error)
        words = str(cause).partition("\n")[0] or type(cause).__name__
        raise UnwellError(
            f"PostgreSQL does not answer ({words})", "Start it, or put DATABASE_URL right."
        ) from None


def _diagnose_sqlite(path: Path) -> list[Diagnosis]:
    remedy = "Give it, and the files beside it, to the account that runs Easel."
    try:
        if not path.exists() or not path.stat().st_size:
            return [good("database", f"{path}, which the first start makes")]
        return _sqlite_lines(probe_sqlite(path))
    except OSError as error:
        return [bad("database", f"{path} cannot be read ({error.strerror})", remedy)]
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return [
                warning("database", f"{path} is locked", "Close other tools that have it open; ask again.")
            ]
        if code not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}:
            remedy = _RESTORE
        return [bad("database", f"{path} cannot be read ({error})", remedy)]


def _sqlite_lines(facts: SqliteFacts) -> list[Diagnosis]:
    version = ".".join(map(str, facts.version))
    what = f"SQLite {version}, {facts.size_bytes / 1024**2:.1f} MiB{', WAL' if facts.is_wal else ''}"
    if facts.damage is not None:
        remedy = _RESTORE
        return [bad("database", f"{what}: damaged ({facts.damage})", remedy)]
    if facts.version < OLDEST_SQLITE:
        return [bad("database", f"SQLite {version} is too old", "Update Python, which brings SQLite along.")]
    told = "whole" if facts.is_checked else "too large to check here"
    lines = [good("database", f"{what}, {told}")]
    if not facts.is_wal:
        remedy = "Start Easel on it, which sets WAL; not on a network drive, where that does not work."
        lines = [warning("database", f"{what}: without WAL, readers wait for writers", remedy)]
    return [*lines, _migrations(facts.revision)]


def _migrations(revision: str | None, *, may_create: bool = True, role: str = "") -> Diagnosis:
    newest = newest_revision()
    if revision == newest:
        return good("migrations", f"{revision}, the newest")
    if revision is not None and revision > newest:
        remedy = "Update this Easel; it refuses to start on that database."
        return bad("migrations", f"{revision}, but this Easel knows {newest}", remedy)
    if not may_create:
        remedy = f'GRANT CREATE ON SCHEMA public TO "{role}", as the database\'s owner.'
        return bad("migrations", f"{newest} is due, and {role} may create no tables", remedy)
    if revision is None:
        return good("migrations", "none yet: the first start makes the tables")
    remedy = "The next start migrates, or `python -m bot migrate`. Make a backup before."
    return warning("migrations", f"{revision}, {newest} is due", remedy)


def _postgres_lines(facts: PostgresFacts) -> list[Diagnosis]:
    major = facts.version // 10_000
    what = f"PostgreSQL {major}.{facts.version % 10_000}, {facts.encoding}"
    lines = [good("database", what)]
    if facts.is_read_only:
        lines = [bad("database", f"{what}: read-only", "Point DATABASE_URL at the primary server.")]
    elif facts.encoding != "UTF8":
        remedy = "Create one with ENCODING 'UTF8': this one cannot store every prompt."
        lines = [bad("database", what, remedy)]
    elif major < OLDEST_POSTGRES:
        remedy = f"Update it to {OLDEST_POSTGRES} or newer: it gets no fixes any more."
        lines = [warning("database", what, remedy)]
    if facts.is_half_moved:
        remedy = "Start `python -m bot migrate --to` again, with the settings of before."
        lines.append(bad("database", "what is moved into it is not all there yet", remedy))
    return [
        *lines,
        _migrations(facts.revision, may_create=facts.may_create, role=facts.role),
        _timeouts(facts),
        _connections(facts),
    ]


def _unserved(facts: PostgresFacts, shards: Shards | None) -> list[Diagnosis]:
    """Return a warning where some shards are served and others are not; before the first start none is."""
    missing = set(range(shards.total)) - facts.served if shards and facts.served else set[int]()
    if shards is None or not missing:
        return []
    names = ", ".join(map(str, sorted(missing)[:MOST_SHARDS])) + (", …" if len(missing) > MOST_SHARDS else "")
    cause = f"no gateway serves {len(missing)} of {shards.total}: {names}"
    return [warning("shards", cause, "Start the gateway whose EASEL_SHARDS has them, or see its log.")]


def _timeouts(facts: PostgresFacts) -> Diagnosis:
    lost = [f"{name} {had}" for name, had in facts.timeouts.items() if had != SESSION_SETTINGS[name]]
    if lost:
        cause = f"not kept for Easel's sessions: {', '.join(lost)}"
        return warning("time-outs", cause, "Let the pooler in between pool sessions, or go without it.")
    return good("time-outs", ", ".join(f"{name} {had}" for name, had in facts.timeouts.items()))


def _connections(facts: PostgresFacts) -> Diagnosis:
    told = f"{facts.free} of {facts.most} free"
    if facts.free < CONNECTIONS:
        remedy = f"Raise max_connections, or end other clients: a process of Easel takes up to {CONNECTIONS}."
        return warning("connections", told, remedy)
    return good("connections", told)
