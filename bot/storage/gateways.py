"""What the gateways of one bot share, as values by key: each bucket's last turn, and when each shard was served."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import sqlite

from bot.storage.clock import DATABASE_NOW
from bot.storage.queue import read_value, write_value
from bot.storage.schema import notes
from bot.storage.sql import dialect_of, lock_row


def take_turn(conn: Connection, bucket: int, *, every: timedelta, now: datetime) -> float:
    """Take a turn to identify, or return the seconds until the next one; see `bot.domain.ports.gateways`.

    PostgreSQL goes by its own clock, read when nobody else can take the turn: what processes know of it differs.
    """
    key = f"identify:{bucket}"
    lock_row(conn, notes, {"key": key, "value": ""}, as_is=notes.c.value)
    now = now if dialect_of(conn) is sqlite else conn.execute(DATABASE_NOW).scalar_one()
    last = read_value(conn, key)
    wait = datetime.fromisoformat(last) + every - now if last else timedelta()
    if timedelta() < wait <= 2 * every:  # a longer one is of a clock that was far ahead
        return min(wait, every).total_seconds()
    write_value(conn, key, now.isoformat())
    return 0.0


def note_served(conn: Connection, shard_ids: Collection[int], total: int, *, now: datetime) -> None:
    """Note that a gateway serves these of `total` shards."""
    for shard_id in sorted(shard_ids):
        write_value(conn, f"shard:{shard_id}/{total}", now.isoformat())


def served(conn: Connection, total: int, *, since: datetime) -> frozenset[int]:
    """Return which of `total` shards were noted as served since then."""
    query = select(notes.c.key, notes.c.value).where(notes.c.key.like(f"shard:%/{total}"))
    return frozenset(
        int(row.key.removeprefix("shard:").partition("/")[0])
        for row in conn.execute(query)
        if datetime.fromisoformat(row.value) >= since
    )
