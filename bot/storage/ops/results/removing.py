"""What a requester may change about a result."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from bot.domain.jobs import Job
from bot.storage.ops.results.result import is_result
from bot.storage.rows import load_job
from bot.storage.schema import jobs


def remove(conn: Connection, job_id: str, *, by: int) -> Job | None:
    """Who took it down first stays on record."""
    theirs = select(jobs.c.removed_by).where(jobs.c.id == job_id, jobs.c.user_id == by, is_result())
    row = conn.execute(theirs.with_for_update(of=jobs)).one_or_none()
    if row is None:
        return None
    if row.removed_by is None:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(removed_by=by))
    return load_job(conn, job_id)


def share(conn: Connection, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
    """Only where it was made: whoever else takes part there may see it from now on. Only once its end was shown:
    a worker who has yet to do that would write another message down as its card."""
    statement = update(jobs).where(
        jobs.c.id == job_id,
        jobs.c.user_id == by,
        jobs.c.channel_id == channel_id,
        jobs.c.private,
        jobs.c.removed_by.is_(None),
        jobs.c.shown_at.is_not(None),
        is_result(),
    )
    return conn.execute(statement.values(private=False, card_id=card_id)).rowcount == 1
