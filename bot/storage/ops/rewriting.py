"""The call that rewrites a prompt: on the books before it is made, its outcome beside the job."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, update

from bot.domain.enhanced import RewriteFault, Rewriting
from bot.domain.jobs import Job, JobState
from bot.domain.ports import Lease
from bot.domain.words import first_match
from bot.errors import LostLeaseError
from bot.storage.ops.moderation.reading import filters_of
from bot.storage.ops.moves import hold
from bot.storage.ops.spending import NO_PICTURE
from bot.storage.ops.work import open_call
from bot.storage.rows import the_job
from bot.storage.schema import jobs


def begin(conn: Connection, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime) -> None:
    """Raises `LostLeaseError` also when a rewriting had begun already: it is never begun twice."""
    hold(conn, lease, JobState.RENDERING)
    job = the_job(conn, lease.job_id)
    if job.rewriting is not None:
        raise LostLeaseError(f"{job.id} was to be rewritten before")
    _write(conn, job, Rewriting(request_id=request_id))
    open_call(conn, job, NO_PICTURE, request_id=request_id, estimate_micro_usd=estimate_micro_usd, now=now)


def end(conn: Connection, lease: Lease, *, text: str | None, fault: RewriteFault | None) -> Job:
    """A filter may have come since the job was accepted, and speaks of what is painted."""
    hold(conn, lease, JobState.RENDERING)
    job = the_job(conn, lease.job_id)
    if job.rewriting is None:
        raise LostLeaseError(f"{job.id} is not being rewritten")
    guild_id = job.place.served_guild_id
    if text is not None and guild_id is not None and first_match(filters_of(conn, guild_id), text):
        text, fault = None, RewriteFault.FILTERED
    _write(conn, job, Rewriting(request_id=job.rewriting.request_id, text=text, fault=fault))
    return the_job(conn, job.id)


def _write(conn: Connection, job: Job, rewriting: Rewriting) -> None:
    conn.execute(update(jobs).where(jobs.c.id == job.id).values(rewriting=msgspec.to_builtins(rewriting)))
