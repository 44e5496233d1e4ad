"""Pictures that people want to find again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select

from bot.domain.ports import Favourite, FavouritePage
from bot.storage.ops.upsert import dialect_of
from bot.storage.rows import load_jobs
from bot.storage.schema import favourites, jobs


def favour(conn: Connection, user_id: int, job_id: str, index: int, *, is_on: bool, now: datetime) -> None:
    """A job that is being forgotten this moment is waited for: nothing is to speak of it afterwards."""
    if not is_on:
        conn.execute(delete(favourites).where(_this(user_id, job_id, index)))
        return
    on_record = select(jobs.c.id).where(jobs.c.id == job_id).with_for_update(read=True, key_share=True)
    if conn.execute(on_record).first() is not None:
        values = {"user_id": user_id, "job_id": job_id, "idx": index, "at": now}
        statement = dialect_of(conn).insert(favourites).values(**values)
        conn.execute(statement.on_conflict_do_nothing())


def is_favourite(conn: Connection, user_id: int, job_id: str, index: int) -> bool:
    return conn.execute(select(favourites.c.idx).where(_this(user_id, job_id, index))).first() is not None


def page(conn: Connection, user_id: int, *, offset: int, limit: int) -> FavouritePage:
    is_seen = and_(
        favourites.c.user_id == user_id,
        jobs.c.removed_by.is_(None),
        or_(jobs.c.user_id == user_id, ~jobs.c.private),
    )
    joined = favourites.join(jobs, jobs.c.id == favourites.c.job_id)
    total = conn.execute(select(func.count()).select_from(joined).where(is_seen)).scalar_one()
    query = select(jobs, favourites.c.idx).select_from(joined).where(is_seen)
    newest = query.order_by(favourites.c.at.desc(), favourites.c.job_id, favourites.c.idx)
    rows = conn.execute(newest.offset(offset).limit(limit)).mappings().all()
    loaded = zip(load_jobs(conn, rows), rows, strict=True)
    return FavouritePage(
        favourites=tuple(Favourite(job=job, index=row["idx"]) for job, row in loaded), total=total
    )


def _this(user_id: int, job_id: str, index: int) -> ColumnElement[bool]:
    return and_(favourites.c.user_id == user_id, favourites.c.job_id == job_id, favourites.c.idx == index)
