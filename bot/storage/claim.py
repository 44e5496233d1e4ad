"""Claiming jobs: a worker leases a job for a limited time; its `attempt` fences off writes of earlier workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    cast,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from bot.domain.jobs import Job, JobState
from bot.domain.policy.decision import Denied, denial_failure, usage_requested
from bot.domain.policy.quota import CLOCK_SLACK
from bot.domain.policy.rules import Rule
from bot.domain.ports.stores import Lease
from bot.storage.circuit import circuit
from bot.storage.columns import UtcDateTime
from bot.storage.policy import Waiting, decide
from bot.storage.queue import CANCEL_ANSWER
from bot.storage.rows import StoredRow, context_of, failure_json, load_row
from bot.storage.schema import is_queued, jobs, notes, unshown, usage_entries
from bot.storage.sql import dialect_of, insert_or_change, lock_server
from bot.storage.submit import CLOCK_KEY, FIRST_REPLY, read_clock
from bot.storage.transitions import CHANGE_JOB, settle_usage

LONGEST_LEASE: Final = timedelta(minutes=1)


def _first(where: ColumnElement[bool], *order: ColumnElement[object]) -> Select[str]:
    return select(jobs.c.id).where(where).order_by(*order).limit(1).with_for_update(skip_locked=True)


_NOW: Final = bindparam("now", type_=UtcDateTime)
_IS_LOST: Final = unshown & (jobs.c.lease_until <= _NOW)
# A job that is ready later than ever possible was written by a clock that was ahead.
_IS_READY: Final = or_(jobs.c.ready_at <= _NOW, jobs.c.ready_at > bindparam("latest", type_=UtcDateTime))
_ANY_LOST: Final = _first(_IS_LOST, jobs.c.lease_until)
_LOST_PAINTED: Final = _first(_IS_LOST & (jobs.c.state != JobState.RENDERING.value), jobs.c.lease_until)
_FIRST_READY: Final = _first(
    is_queued & _IS_READY & (jobs.c.expires_at > _NOW), jobs.c.priority, jobs.c.tag, jobs.c.id
)


def claim(
    conn: Connection, worker: str, ceiling: Rule, *, now: datetime, lease_s: float, can_paint: bool = True
) -> Job | None:
    """Lease the next job: first jobs that lost their worker, then the queue in fair order; None if there is none.

    Without `can_paint`, only jobs whose end has to be shown qualify: they need no paid call. While the circuit lets
    nothing through, queued jobs stay in the queue. A queued job is checked against the current rules; if it is denied,
    it fails here, what it reserved is released, and the claimed job only has its end to show.
    """
    lost = _ANY_LOST if can_paint else _LOST_PAINTED
    job_id = conn.execute(lost, {"now": now}).scalar_one_or_none()
    if job_id is None and can_paint:
        latest = now + FIRST_REPLY + CLOCK_SLACK
        job_id = conn.execute(_FIRST_READY, {"now": now, "latest": latest}).scalar_one_or_none()
        if job_id is not None and not circuit(conn).lets_through(None, now):
            return None
    if job_id is None:
        return None
    found = load_row(conn, job_id)
    if found is None:
        raise LookupError(job_id)
    row, job = found
    clock, job = 0, replace(job, attempt=job.attempt + 1)
    if job.state is JobState.QUEUED:
        denied = _denied_by_now(conn, row, job, ceiling, now=now)
        if denied is None:
            job = replace(job, state=JobState.RENDERING, started_at=job.started_at or now)
            clock = row["tag"]
        else:
            failure = denial_failure(denied)
            job = replace(job, state=JobState.FAILED, failure=failure, finished_at=now, held_up=None)
            settle_usage(conn, job_id, 0)
    values = {
        "attempt": job.attempt,
        "worker": worker,
        "lease_until": now + timedelta(seconds=lease_s),
        "state": job.state.value,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "failure": failure_json(job.failure),
    }
    conn.execute(CHANGE_JOB, {"of_job": job_id, **values})
    _advance_clock(conn, clock)  # last, to hold the row that all claims share as briefly as possible
    return job


_GRANTED: Final = select(usage_entries.c.granted).where(usage_entries.c.job_id == bindparam("of_job"))


def _denied_by_now(
    conn: Connection, row: StoredRow, job: Job, ceiling: Rule, *, now: datetime
) -> Denied | None:
    """Check the job against the current rules and earlier jobs; None if allowed. Images it has from grants stay."""
    guild_id, context = job.reply_target.served_guild_id, context_of(row)
    if guild_id is not None:
        lock_server(conn, guild_id, ceiling)
    waiting = Waiting(job.id, job.created_at)
    granted = conn.execute(_GRANTED, {"of_job": job.id}).scalar_one_or_none()
    request = usage_requested(
        job.request, price_micro_usd=row["price_micro_usd"], granted=granted or 0, waits=True
    )
    decision, _ = decide(conn, ceiling, job.user_id, guild_id, context, request, now=now, waiting=waiting)
    return decision if isinstance(decision, Denied) else None


def _advance_clock(conn: Connection, tag: int) -> None:
    if tag > read_clock(conn):
        conn.execute(_advance(dialect_of(conn)), {"key": CLOCK_KEY, "value": str(tag)})


@cache
def _advance(dialect: Any) -> Any:
    latest = func.greatest if dialect is postgresql else func.max

    def newer(new: Any) -> dict[str, Any]:
        tags = [cast(value, BigInteger) for value in (notes.c.value, new.value)]
        return {"value": cast(latest(*tags), notes.c.value.type)}

    return insert_or_change(dialect, notes, newer)


_OURS: Final = tuple_(jobs.c.id, jobs.c.attempt).in_(bindparam("leases", expanding=True))
_HELD: Final = select(jobs.c.id).where(_OURS)
# A row that another transaction holds waits for the next heartbeat: one must not cost the others their leases.
# One that was handed back meanwhile has no worker.
_FREE: Final = _HELD.where(jobs.c.worker.is_not(None)).with_for_update(skip_locked=True)
_EXTEND: Final = update(jobs).where(jobs.c.id.in_(_FREE))
_TOO_LONG: Final = unshown & (jobs.c.lease_until > bindparam("longest", type_=UtcDateTime))
_BRING_FORWARD: Final = update(jobs).where(
    jobs.c.id.in_(select(jobs.c.id).where(_TOO_LONG).with_for_update(skip_locked=True))
)


def renew_leases(
    conn: Connection, leases: Sequence[Lease], *, now: datetime, lease_s: float
) -> frozenset[str]:
    """Extend each lease that is still held, and return the job ids of those; end leases that a wrong clock made."""
    ours = {"leases": [(lease.job_id, lease.attempt) for lease in leases]}
    held = conn.execute(_HELD, ours).scalars().all()
    until = now + timedelta(seconds=lease_s)
    conn.execute(_EXTEND, ours | {"lease_until": until})
    _end_wrong_leases(conn, now, max(until, now + LONGEST_LEASE))
    return frozenset(held)


def _end_wrong_leases(conn: Connection, now: datetime, longest: datetime) -> None:
    """Bring forward the end of leases that reach further than any may: the clock was ahead and is put right.

    Workers that share the database get the time to renew theirs; a worker that is alone just has.
    """
    until = now + CANCEL_ANSWER if conn.dialect.name == "postgresql" else now
    conn.execute(_BRING_FORWARD, {"longest": longest, "lease_until": until})


def hand_back(conn: Connection, lease: Lease, *, now: datetime) -> None:
    """End the lease at `now`, which may be a little later, so that attempts that break do not follow at once."""
    conn.execute(
        update(jobs)
        .where(jobs.c.id == lease.job_id, jobs.c.attempt == lease.attempt)
        .values(lease_until=now, worker=None)
    )


def abandon_leases(conn: Connection, worker_prefix: str, *, now: datetime) -> int:
    """End the leases of workers with this prefix, and return how many.

    Call it only if all earlier processes with that prefix have ended.
    """
    result = conn.execute(
        update(jobs)
        .where(
            unshown,
            jobs.c.lease_until > now,
            jobs.c.worker.startswith(worker_prefix, autoescape=True),
        )
        .values(lease_until=now, worker=None)
    )
    return result.rowcount
