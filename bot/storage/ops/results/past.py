"""Finding results: by the message that shows them, and page by page."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, false, func, select

from bot.domain.jobs import Job, Kind, Reach
from bot.domain.ports import Page, Past, Sort
from bot.domain.prompts import clean_prompt
from bot.storage.ops.results.result import is_result
from bot.storage.rows import folded, load_jobs
from bot.storage.schema import jobs

MAX_SEARCH: Final = 1_000  # characters of it; SQLite takes patterns of 50,000 bytes, and a sign may double


def by_card(conn: Connection, message_id: int) -> Job | None:
    query = select(jobs).where(jobs.c.card_id == message_id).order_by(jobs.c.created_at.desc(), jobs.c.id)
    found = load_jobs(conn, conn.execute(query.limit(1)).mappings().all())
    return found[0] if found else None


def past(conn: Connection, wanted: Past, *, offset: int, limit: int) -> Page:
    which = and_(*_conditions(wanted))
    total = conn.execute(select(func.count()).select_from(jobs).where(which)).scalar_one()
    if total <= offset:  # else a long past would be read once more to its end
        return Page(jobs=(), total=total)
    query = select(jobs).where(which).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    rows = conn.execute(query.offset(offset).limit(limit)).mappings().all()
    return Page(jobs=tuple(load_jobs(conn, rows)), total=total)


def _conditions(wanted: Past) -> list[ColumnElement[bool]]:
    """The cheap ones first: SQLite looks at them in this order."""
    found = [jobs.c.user_id == wanted.user_id, jobs.c.removed_by.is_(None)]
    if not wanted.is_own:
        found += _seen_by_everybody(wanted.channel_id)
    if wanted.sort is not None:
        found.append(_is_of(wanted.sort))
    if words := folded(clean_prompt(wanted.search))[:MAX_SEARCH]:
        found.append(jobs.c.search_text.contains(words, autoescape=True))
    return [*found, is_result()]


def _seen_by_everybody(channel_id: int) -> list[ColumnElement[bool]]:
    return [
        jobs.c.channel_id == channel_id,
        jobs.c.reach == Reach.GUILD.value,
        jobs.c.private == false(),
        jobs.c.card_id.is_not(None),
    ]


def _is_of(sort: Sort) -> ColumnElement[bool]:
    """Each result is of one sort."""
    match sort:
        case Sort.SERIES:
            return jobs.c.is_series
        case Sort.IMAGINE:
            return and_(jobs.c.kind == Kind.IMAGINE.value, ~jobs.c.is_series)
        case Sort.EDIT:
            return and_(jobs.c.kind == Kind.EDIT.value, ~jobs.c.is_series)
