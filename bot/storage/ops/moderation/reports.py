"""Somebody objects to a result."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, select

from bot.domain.jobs import Reach
from bot.domain.moderation import ReportOutcome, Topic
from bot.storage.ops.telling import tell
from bot.storage.schema import jobs, reports

MAX_PER_HOUR: Final = 5  # by one person
_HOUR: Final = timedelta(hours=1)


def report(conn: Connection, job_id: str, *, by: int, reason: str, now: datetime) -> ReportOutcome:
    _take_turns(conn, by)
    job = conn.execute(select(jobs.c.guild_id, jobs.c.reach).where(jobs.c.id == job_id)).one_or_none()
    if job is None:
        return ReportOutcome.UNKNOWN
    known = select(reports.c.at).where(reports.c.job_id == job_id, reports.c.user_id == by)
    if conn.execute(known).first() is not None:
        return ReportOutcome.KNOWN
    lately = select(func.count()).where(reports.c.user_id == by, reports.c.at > now - _HOUR)
    if conn.execute(lately).scalar_one() >= MAX_PER_HOUR:
        return ReportOutcome.TOO_MANY
    guild_id = job.guild_id if job.reach == Reach.GUILD.value else None
    row = {"job_id": job_id, "user_id": by, "guild_id": guild_id, "reason": reason, "at": now}
    conn.execute(insert(reports).values(**row))
    facts = {"by": by, "reason": reason}
    if not tell(conn, guild_id, Topic.REPORT, job_id=job_id, facts=facts, now=now):
        tell(conn, guild_id, Topic.REPORT, job_id=job_id, facts=facts, now=now, to_operator=True)
    return ReportOutcome.TAKEN


def _take_turns(conn: Connection, user_id: int) -> None:
    """Reports of one person are counted one after the other; who only reports has no row to lock."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(user_id)))
