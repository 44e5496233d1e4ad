"""Results that were made of one another."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, or_, select

from bot.domain.jobs import Job
from bot.storage.rows import load_jobs
from bot.storage.schema import jobs


def children(conn: Connection, job_id: str, *, limit: int) -> tuple[Job, ...]:
    query = select(jobs).where(jobs.c.parent_id == job_id).order_by(jobs.c.created_at, jobs.c.id).limit(limit)
    return tuple(load_jobs(conn, conn.execute(query).mappings().all()))


def family(conn: Connection, job_id: str, *, limit: int) -> tuple[Job, ...]:
    """From the job outwards, a step to parents and children at a time; nobody is met twice, so it ends."""
    found: dict[str, RowMapping] = {}
    newest = conn.execute(select(jobs).where(jobs.c.id == job_id).limit(limit)).mappings().all()
    while newest:
        found |= {row["id"]: row for row in newest}
        newest = _next_to(conn, newest, besides=list(found), limit=limit - len(found))
    in_order = sorted(found.values(), key=lambda row: (row["created_at"], row["id"]))
    return tuple(load_jobs(conn, in_order))


def _next_to(
    conn: Connection, those: Sequence[RowMapping], *, besides: list[str], limit: int
) -> Sequence[RowMapping]:
    """Their parents and children, oldest first, at most `limit`."""
    if limit <= 0:
        return []
    parents = [row["parent_id"] for row in those if row["parent_id"] is not None]
    is_next = or_(jobs.c.id.in_(parents), jobs.c.parent_id.in_([row["id"] for row in those]))
    query = select(jobs).where(is_next, jobs.c.id.not_in(besides))
    return conn.execute(query.order_by(jobs.c.created_at, jobs.c.id).limit(limit)).mappings().all()
