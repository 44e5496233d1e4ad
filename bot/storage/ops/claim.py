"""Claiming: a worker takes a job for a limited time, under a fence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, select, update

from bot.domain.jobs import Job, JobState
from bot.domain.ports import Lease
from bot.storage.ops.submit import CLOCK_NOTE, read_clock
from bot.storage.ops.upsert import upsert
from bot.storage.rows import load_job
from bot.storage.schema import jobs, notes


def claim(
    conn: Connection, worker: str, *, now: datetime, lease_s: float, can_paint: bool = True
) -> Job | None:
    """First whatever lost its worker (also a card that was never shown), then the queue in fair order.

    Without `can_paint`, only what needs showing: that takes no paid call, and waits for none.
    """
    job_id = _pick(conn, _orphaned(now, can_paint=can_paint), jobs.c.lease_until)
    if job_id is None and can_paint:
        job_id = _pick(conn, _ready(now), jobs.c.priority, jobs.c.tag, jobs.c.id)
    if job_id is None:
        return None
    row = conn.execute(select(jobs.c.state, jobs.c.tag, jobs.c.started_at).where(jobs.c.id == job_id)).one()
    values = {
        "attempt": jobs.c.attempt + 1,
        "worker": worker,
        "lease_until": now + timedelta(seconds=lease_s),
    }
    if row.state == JobState.QUEUED.value:
        values |= {"state": JobState.RENDERING.value, "started_at": row.started_at or now}
        _advance_clock(conn, row.tag)
    conn.execute(update(jobs).where(jobs.c.id == job_id).values(**values))
    return load_job(conn, job_id)


def _orphaned(now: datetime, *, can_paint: bool) -> ColumnElement[bool]:
    lost = (jobs.c.state != JobState.QUEUED.value) & jobs.c.shown_at.is_(None) & (jobs.c.lease_until <= now)
    return lost if can_paint else lost & (jobs.c.state != JobState.RENDERING.value)


def _ready(now: datetime) -> ColumnElement[bool]:
    return (jobs.c.state == JobState.QUEUED.value) & (jobs.c.ready_at <= now) & (jobs.c.expires_at > now)


def _pick(conn: Connection, where: ColumnElement[bool], *order: ColumnElement[object]) -> str | None:
    query = select(jobs.c.id).where(where).order_by(*order).limit(1).with_for_update(skip_locked=True)
    return conn.execute(query).scalar_one_or_none()


def _advance_clock(conn: Connection, tag: int) -> None:
    if tag > read_clock(conn):
        newer = func.greatest if conn.dialect.name == "postgresql" else func.max
        upsert(
            conn,
            notes,
            {"key": CLOCK_NOTE, "value": str(tag)},
            change={"value": cast(newer(cast(notes.c.value, BigInteger), tag), notes.c.value.type)},
        )


def keep(conn: Connection, leases: Sequence[Lease], *, now: datetime, lease_s: float) -> frozenset[str]:
    """Extend each lease that still holds."""
    until = now + timedelta(seconds=lease_s)
    held: set[str] = set()
    for lease in leases:
        result = conn.execute(
            update(jobs)
            .where(jobs.c.id == lease.job_id, jobs.c.attempt == lease.attempt)
            .values(lease_until=until)
        )
        if result.rowcount == 1:
            held.add(lease.job_id)
    return frozenset(held)


def hand_back(conn: Connection, lease: Lease, *, now: datetime) -> None:
    conn.execute(
        update(jobs)
        .where(jobs.c.id == lease.job_id, jobs.c.attempt == lease.attempt)
        .values(lease_until=now, worker=None)
    )


def abandon_leases(conn: Connection, worker_prefix: str, *, now: datetime) -> int:
    """Only for a worker that knows its earlier lives are over."""
    result = conn.execute(
        update(jobs)
        .where(
            jobs.c.state != JobState.QUEUED.value,
            jobs.c.shown_at.is_(None),
            jobs.c.lease_until > now,
            jobs.c.worker.startswith(worker_prefix, autoescape=True),
        )
        .values(lease_until=now, worker=None)
    )
    return result.rowcount
