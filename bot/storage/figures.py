"""Figures for the metrics: none of these statements reads jobs that are over and shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from bot.domain.jobs import JobState
from bot.domain.ports.observer import CacheFigures, Figures
from bot.storage.circuit import circuit
from bot.storage.queue import LOWEST_PRIORITY, spend
from bot.storage.schema import cached_images, is_queued, jobs, unshown

SPENT_WITHIN: Final = timedelta(hours=1)


def figures(conn: Connection, *, now: datetime) -> Figures:
    """Return what the metrics show of jobs, the circuit and spending."""
    in_line = is_queued & (jobs.c.priority >= LOWEST_PRIORITY)  # else SQLite reads an index of all jobs
    pictures = func.coalesce(func.sum(jobs.c["count"]), 0)
    line = select(func.count(), pictures, func.min(jobs.c.created_at)).where(in_line)
    waiting, waiting_pictures, oldest = conn.execute(line).one()
    working = select(jobs.c.state, func.count().label("number")).where(unshown).group_by(jobs.c.state)
    return Figures(
        jobs={JobState.QUEUED.value: waiting} | {row.state: row.number for row in conn.execute(working)},
        waiting_pictures=int(waiting_pictures),
        oldest_waiting_s=0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
        circuit=circuit(conn),
        spent=spend(conn, since=now - SPENT_WITHIN, until=now),
    )


def cache_figures(conn: Connection) -> CacheFigures:
    total = func.coalesce(func.sum(cached_images.c.bytes), 0)
    pictures, bytes_ = conn.execute(select(func.count(), total).select_from(cached_images)).one()
    return CacheFigures(pictures=pictures, bytes=int(bytes_))
