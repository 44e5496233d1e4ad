"""Results that moderators take off their cards."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, select, update

from bot.domain.jobs import Reach
from bot.domain.moderation import Nothing, RemoveResult
from bot.domain.ports import Removable
from bot.storage.ops.moderation.effect import Effect, EffectOrNothing
from bot.storage.ops.results.result import is_result
from bot.storage.schema import jobs


def lock_job(conn: Connection, job_id: str) -> None:
    conn.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())


def remove(conn: Connection, guild_id: int, change: RemoveResult, *, by: int) -> EffectOrNothing:
    query = select(jobs.c.removed_by).where(_has_public_result(change.job_id, guild_id))
    row = conn.execute(query).one_or_none()
    if row is None:
        return Nothing.NO_SUCH_JOB
    if row.removed_by is not None:
        return Nothing.SAME
    conn.execute(update(jobs).where(jobs.c.id == change.job_id).values(removed_by=by))
    return Effect(after={"removed_by": by})


def removable(conn: Connection, job_id: str, guild_id: int) -> Removable | None:
    query = select(jobs.c.channel_id, jobs.c.card_id).where(
        _has_public_result(job_id, guild_id), jobs.c.removed_by.is_(None)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else Removable(job_id=job_id, channel_id=row.channel_id, card_id=row.card_id)


def _has_public_result(job_id: str, guild_id: int) -> ColumnElement[bool]:
    """Pictures on a card that everybody in this server sees."""
    return and_(
        jobs.c.id == job_id,
        jobs.c.guild_id == guild_id,
        jobs.c.reach == Reach.GUILD.value,
        jobs.c.card_id.is_not(None),
        ~jobs.c.private,
        is_result(),
    )
