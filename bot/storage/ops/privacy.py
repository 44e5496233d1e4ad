"""What is kept about one person: reading it page by page, and forgetting it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from bot.domain.jobs import TERMINAL, Job
from bot.domain.limits import LONGEST_WINDOW, Entry
from bot.domain.limits.money import month_bounds
from bot.domain.ports import Forgotten, Held
from bot.storage.ops.decisions import count_decisions, forget_decisions
from bot.storage.ops.originals import strike_folders
from bot.storage.ops.people import NOBODY
from bot.storage.ops.shelf.personal import forget_shelf, has_shelf
from bot.storage.ops.sweeping import AT_ONCE, sweep
from bot.storage.ops.upsert import upsert
from bot.storage.rows import load_jobs
from bot.storage.schema import (
    calls,
    charges,
    drafts,
    favourites,
    grant_uses,
    jobs,
    notes,
    people,
    renders,
    spent,
)

# A note for each person of whom only counts are left. It is removed together with them.
_DUE: Final = "forgotten:"
_FINISHED: Final = jobs.c.state.in_([state.value for state in TERMINAL]) & jobs.c.shown_at.is_not(None)


def held(conn: Connection, user_id: int, *, now: datetime) -> Held:
    decided = count_decisions(conn, user_id)
    known = conn.execute(select(people.c.user_id).where(people.c.user_id == user_id)).first() is not None
    return Held(
        jobs=_count(conn, jobs.c.user_id == user_id),
        unfinished=_count(conn, jobs.c.user_id == user_id, ~_FINISHED),
        counted=tuple(_counted(conn, user_id, now=now)),
        decisions=decided,
        is_known=known or decided > 0 or has_shelf(conn, user_id),
    )


def export(conn: Connection, user_id: int, *, before: Job | None, limit: int) -> tuple[Job, ...]:
    """A page of a person's jobs, newest first."""
    query = select(jobs).where(jobs.c.user_id == user_id)
    if before is not None:
        at_once = and_(jobs.c.created_at == before.created_at, jobs.c.id < before.id)
        query = query.where(or_(jobs.c.created_at < before.created_at, at_once))
    query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
    return tuple(load_jobs(conn, conn.execute(query).mappings().all()))


def forget(conn: Connection, user_id: int, *, now: datetime) -> Forgotten:
    """Jobs whose end was shown go, and what was kept at hand; what counts against a limit today stays, and calls
    keep their cost alone.
    """
    _lock(conn, user_id)
    query = select(jobs.c.id).where(jobs.c.user_id == user_id, _FINISHED).order_by(jobs.c.id)
    job_ids = tuple(conn.execute(query.with_for_update()).scalars())
    forget_shelf(conn, user_id)
    for start in range(0, len(job_ids), AT_ONCE):
        some = job_ids[start : start + AT_ONCE]
        over = calls.c.job_id.in_(some) & (calls.c.charge != "open")  # the others when they end
        conn.execute(update(calls).where(over).values(user_id=NOBODY))
        conn.execute(delete(renders).where(renders.c.job_id.in_(some)))
        conn.execute(delete(grant_uses).where(grant_uses.c.job_id.in_(some)))
        sweep(conn, favourites, favourites.c.job_id.in_(some))  # others': a row that is held is going anyway
        strike_folders(conn, *some)
        conn.execute(delete(jobs).where(jobs.c.id.in_(some)))
    forget_decisions(conn, user_id, now=now)
    _forget_counts(conn, user_id, now=now)
    return Forgotten(
        job_ids=job_ids,
        unfinished=_count(conn, jobs.c.user_id == user_id),
        counted=sum(entry.images for entry in _counted(conn, user_id, now=now)),
    )


def forget_counts(conn: Connection, *, now: datetime) -> None:
    """What `forget` had to leave, for everybody whose window is over by now; and drafts nobody said yes to."""
    sweep(conn, drafts, drafts.c.until <= now)
    query = select(notes.c.key, notes.c.value).where(notes.c.key.startswith(_DUE)).order_by(notes.c.key)
    for key, due in conn.execute(query).all():
        if datetime.fromisoformat(due) <= now:
            user_id = int(key.removeprefix(_DUE))
            _lock(conn, user_id)
            _forget_counts(conn, user_id, now=now)


def _forget_counts(conn: Connection, user_id: int, *, now: datetime) -> None:
    """Charges of jobs that are gone, unless they still count; with the last charge goes the person.

    What a person spent stays by day until the month is over, as deleting opens no budget either.
    """
    orphaned = and_(
        charges.c.user_id == user_id,
        ~exists().where(jobs.c.id == charges.c.job_id),
    )
    used_up = or_(charges.c.at <= now - LONGEST_WINDOW, charges.c.images == 0)
    conn.execute(delete(charges).where(orphaned, used_up))
    month, next_month = month_bounds(now)
    conn.execute(delete(spent).where(spent.c.user_id == user_id, spent.c.day < month.date()))
    newest = conn.execute(select(func.max(charges.c.at)).where(orphaned)).scalar_one()
    has_spent = conn.execute(select(spent.c.day).where(spent.c.user_id == user_id)).first() is not None
    ends = [newest + LONGEST_WINDOW] if newest is not None else []
    ends += [next_month] if has_spent else []
    if not ends:
        conn.execute(delete(notes).where(notes.c.key == f"{_DUE}{user_id}"))
        charged = exists().where(charges.c.user_id == user_id)
        conn.execute(delete(people).where(people.c.user_id == user_id, ~charged))
    else:
        due = min(ends).isoformat()  # the rest comes due after it
        upsert(conn, notes, {"key": f"{_DUE}{user_id}", "value": due}, change={"value": due})


def _counted(conn: Connection, user_id: int, *, now: datetime) -> list[Entry]:
    """Images that count against some window."""
    query = (
        select(charges.c.at, charges.c.images)
        .where(charges.c.user_id == user_id, charges.c.at > now - LONGEST_WINDOW, charges.c.images > 0)
        .order_by(charges.c.at)
    )
    return [Entry(row.at, row.images) for row in conn.execute(query)]


def _lock(conn: Connection, user_id: int) -> None:
    """Submits of this person wait; `submit` begins with the same row."""
    conn.execute(select(people.c.user_id).where(people.c.user_id == user_id).with_for_update())


def _count(conn: Connection, *conditions: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count()).select_from(jobs).where(*conditions)).scalar_one()
