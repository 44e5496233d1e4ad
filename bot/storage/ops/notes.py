"""Notes and the pulses of workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, text

from bot.domain.ports import WorkerPulse
from bot.storage.ops.upsert import upsert
from bot.storage.schema import notes, workers


def note(conn: Connection, key: str) -> str | None:
    return conn.execute(select(notes.c.value).where(notes.c.key == key)).scalar_one_or_none()


def write_note(conn: Connection, key: str, value: str) -> None:
    upsert(conn, notes, {"key": key, "value": value}, change={"value": value})


def beat(conn: Connection, pulse: WorkerPulse) -> None:
    figures = {"seen_at": pulse.seen_at, "slots": pulse.slots, "running": pulse.running}
    upsert(conn, workers, {"name": pulse.name, **figures}, change=dict(figures))


def leave(conn: Connection, name: str) -> None:
    conn.execute(delete(workers).where(workers.c.name == name))


def pulses(conn: Connection, since: datetime) -> tuple[WorkerPulse, ...]:
    query = select(workers).where(workers.c.seen_at >= since).order_by(workers.c.name)
    return tuple(
        WorkerPulse(name=row.name, seen_at=row.seen_at, slots=row.slots, running=row.running)
        for row in conn.execute(query)
    )


def ping(conn: Connection) -> None:
    conn.execute(text("SELECT 1"))
