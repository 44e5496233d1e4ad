"""Finding results: by the message that shows them, and page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    update,
)

from bot.domain.jobs import Job, JobKind, JobState, RenderStage, ReplyScope
from bot.domain.ports.library import Favourite, FavouritePage, HistoryQuery, ResultKind, ResultPage
from bot.domain.prompts import clean_prompt
from bot.storage.rows import folded, load_job, load_jobs
from bot.storage.schema import favourites, jobs, may_have_pictures, renders
from bot.storage.sql import count, insert_new


def children(conn: Connection, job_id: str, *, limit: int) -> tuple[Job, ...]:
    """Return the jobs made directly from this one, oldest first."""
    query = select(jobs).where(jobs.c.parent_id == job_id).order_by(jobs.c.created_at, jobs.c.id).limit(limit)
    return tuple(load_jobs(conn, conn.execute(query).mappings().all()))


def family(conn: Connection, job_id: str, *, limit: int) -> tuple[Job, ...]:
    """Return the job and its relatives, nearest first, at most `limit`; a cycle is walked only once."""
    found: dict[str, RowMapping] = {}
    newest = conn.execute(select(jobs).where(jobs.c.id == job_id).limit(limit)).mappings().all()
    while newest:
        found |= {row["id"]: row for row in newest}
        newest = _relatives(conn, newest, besides=list(found), limit=limit - len(found))
    in_order = sorted(found.values(), key=lambda row: (row["created_at"], row["id"]))
    return tuple(load_jobs(conn, in_order))


def _relatives(
    conn: Connection, those: Sequence[RowMapping], *, besides: list[str], limit: int
) -> Sequence[RowMapping]:
    """Return the parents and children of these jobs, oldest first, at most `limit`."""
    if limit <= 0:
        return []
    parents = [row["parent_id"] for row in those if row["parent_id"] is not None]
    is_next = or_(jobs.c.id.in_(parents), jobs.c.parent_id.in_([row["id"] for row in those]))
    query = select(jobs).where(is_next, jobs.c.id.not_in(besides))
    return conn.execute(query.order_by(jobs.c.created_at, jobs.c.id).limit(limit)).mappings().all()


def favour(conn: Connection, user_id: int, job_id: str, index: int, *, is_on: bool, now: datetime) -> None:
    """Set or unset a favourite. Lock its job first, so that a deletion of the job leaves no favourite behind."""
    if not is_on:
        conn.execute(delete(favourites).where(_this(user_id, job_id, index)))
        return
    on_record = select(jobs.c.id).where(jobs.c.id == job_id).with_for_update(read=True, key_share=True)
    if conn.execute(on_record).first() is not None:
        values = {"user_id": user_id, "job_id": job_id, "idx": index, "at": now}
        insert_new(conn, favourites, values)


def is_favourite(conn: Connection, user_id: int, job_id: str, index: int) -> bool:
    return conn.execute(select(favourites.c.idx).where(_this(user_id, job_id, index))).first() is not None


def favourites_page(conn: Connection, user_id: int, *, offset: int, limit: int) -> FavouritePage:
    """Return favourites that the person may still see, the latest first."""
    is_seen = and_(
        favourites.c.user_id == user_id,
        jobs.c.removed_by.is_(None),
        or_(jobs.c.user_id == user_id, ~jobs.c.private),
    )
    joined = favourites.join(jobs, jobs.c.id == favourites.c.job_id)
    total = count(conn, joined, is_seen)
    query = select(jobs, favourites.c.idx).select_from(joined).where(is_seen)
    newest = query.order_by(favourites.c.at.desc(), favourites.c.job_id, favourites.c.idx)
    rows = conn.execute(newest.offset(offset).limit(limit)).mappings().all()
    loaded = zip(load_jobs(conn, rows), rows, strict=True)
    return FavouritePage(
        favourites=tuple(Favourite(job=job, index=row["idx"]) for job, row in loaded), total=total
    )


def _this(user_id: int, job_id: str, index: int) -> ColumnElement[bool]:
    return and_(favourites.c.user_id == user_id, favourites.c.job_id == job_id, favourites.c.idx == index)


_IS_DONE: Final = jobs.c.state == JobState.DONE.value
_MAY_HAVE_SOME: Final = [JobState.CANCELLED.value, JobState.EXPIRED.value]


def is_result() -> ColumnElement[bool]:
    """Return the condition for finished jobs that have pictures.

    A job that is done always has some, so only the few other jobs need a look at their renders.
    """
    return or_(_IS_DONE, _has_some())


def _has_some() -> ColumnElement[bool]:
    has_pictures = exists().where(
        renders.c.job_id == jobs.c.id, renders.c.stage == RenderStage.PACKAGED.value
    )
    return and_(jobs.c.state.in_(_MAY_HAVE_SOME), has_pictures)


# The most characters of the words to search for: SQLite takes patterns of 50,000 bytes, and a sign may double.
MAX_SEARCH_SCAN: Final = 1_000


def by_card(conn: Connection, message_id: int) -> Job | None:
    """Return the job shown in this message; None if it is not a card."""
    query = select(jobs).where(jobs.c.card_id == message_id).order_by(jobs.c.created_at.desc(), jobs.c.id)
    found = load_jobs(conn, conn.execute(query.limit(1)).mappings().all())
    return found[0] if found else None


def past(conn: Connection, wanted: HistoryQuery, *, offset: int, limit: int) -> ResultPage:
    """Return a page of the results that match, newest first, and how many there are."""
    conditions = _conditions(wanted)
    total = _total(conn, and_(*conditions))
    if total <= offset:  # saves a second scan of a long history
        return ResultPage(jobs=(), total=total)
    query = select(jobs).where(*conditions, is_result()).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    rows = conn.execute(query.offset(offset).limit(limit)).mappings().all()
    return ResultPage(jobs=tuple(load_jobs(conn, rows)), total=total)


def _total(conn: Connection, which: ColumnElement[bool]) -> int:
    """Count the results among these jobs: those that are done from their index alone, apart from the few others."""
    parts = [
        select(func.count()).select_from(jobs).where(which, may_have_pictures, is_one).scalar_subquery()
        for is_one in (_IS_DONE, _has_some())
    ]
    return conn.execute(select(parts[0] + parts[1])).scalar_one()


def _conditions(wanted: HistoryQuery) -> list[ColumnElement[bool]]:
    """Return the conditions but `is_result`, cheap ones first, because SQLite evaluates them in this order."""
    found = [jobs.c.user_id == wanted.user_id, jobs.c.removed_by.is_(None)]
    if not wanted.is_own:
        found += _seen_by_everybody(wanted.channel_id)
    if wanted.kind is not None:
        found.append(_is_of(wanted.kind))
    if words := folded(clean_prompt(wanted.search))[:MAX_SEARCH_SCAN]:
        found.append(jobs.c.search_text.contains(words, autoescape=True))
    return found


def _seen_by_everybody(channel_id: int) -> list[ColumnElement[bool]]:
    return [
        jobs.c.channel_id == channel_id,
        jobs.c.reach == ReplyScope.GUILD.value,
        jobs.c.private == false(),
        jobs.c.kept_back == false(),
        jobs.c.card_id.is_not(None),
    ]


def _is_of(kind: ResultKind) -> ColumnElement[bool]:
    """Return the condition for one kind of result; each result is of exactly one kind."""
    match kind:
        case ResultKind.SERIES:
            return jobs.c.is_series
        case ResultKind.IMAGINE:
            return and_(jobs.c.kind == JobKind.IMAGINE.value, ~jobs.c.is_series)
        case ResultKind.EDIT:
            return and_(jobs.c.kind == JobKind.EDIT.value, ~jobs.c.is_series)
        case ResultKind.ANIMATE:
            return jobs.c.kind == JobKind.ANIMATE.value


def remove_result(conn: Connection, job_id: str, *, by: int) -> Job | None:
    """Mark the result as removed. If it is removed already, the first remover stays on record."""
    theirs = select(jobs.c.removed_by).where(jobs.c.id == job_id, jobs.c.user_id == by, is_result())
    row = conn.execute(theirs.with_for_update(of=jobs)).one_or_none()
    if row is None:
        return None
    if row.removed_by is None:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(removed_by=by))
    return load_job(conn, job_id)


def share_result(conn: Connection, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
    """Make a private result public in the channel where it was made, with `card_id` as its card.

    Return False if it may not be shared. It can be shared only after its end was shown, because until then a
    worker may still write another message as its card.
    """
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
