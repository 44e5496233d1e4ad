"""What the gateway does to a job after it was accepted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, select, update

from bot.domain.jobs import OPEN, JobState
from bot.domain.ports import Cancelled, CancelOutcome
from bot.storage.ops.granting import lock_those_of
from bot.storage.ops.moves import over, settle_images
from bot.storage.ops.telling import log_job
from bot.storage.rows import load_job, the_job
from bot.storage.schema import in_line, jobs, unshown

# The gateway shows the end of a queued job itself, in its answer to the click; a worker does it after this
# time. One that was being painted is shown by a worker at once, with the pictures that are there already.
CANCEL_ANSWER: Final = timedelta(seconds=15)
_CANCELLABLE: Final = frozenset({JobState.QUEUED, JobState.RENDERING})


def card_shown(conn: Connection, job_id: str, card_id: int | None, *, now: datetime) -> None:
    values = {"ready_at": now} if card_id is None else {"ready_at": now, "card_id": card_id}
    conn.execute(update(jobs).where(jobs.c.id == job_id).values(**values))


def cancel(conn: Connection, job_id: str, *, user_id: int, on_card: bool = True, now: datetime) -> Cancelled:
    """Pictures that are painted already stay, and count; the rest is released.

    The fence grows, so whatever a worker still writes about this job is refused.
    """
    query = select(jobs.c.user_id, jobs.c.state).where(jobs.c.id == job_id).with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None:
        return Cancelled(outcome=CancelOutcome.UNKNOWN)
    if row.user_id != user_id:
        return Cancelled(outcome=CancelOutcome.NOT_YOURS, job=load_job(conn, job_id))
    if JobState(row.state) not in _CANCELLABLE:
        return Cancelled(outcome=CancelOutcome.TOO_LATE, job=load_job(conn, job_id))
    shown_by_caller = on_card and row.state == JobState.QUEUED.value
    painted = len(the_job(conn, job_id).pictures)
    show_after = now + CANCEL_ANSWER if shown_by_caller else now
    _end(conn, job_id, JobState.CANCELLED, images=painted, now=now, show_after=show_after)
    return Cancelled(outcome=CancelOutcome.CANCELLED, job=load_job(conn, job_id))


def withdraw(conn: Connection, job_id: str, *, now: datetime) -> None:
    query = select(jobs.c.state).where(jobs.c.id == job_id).with_for_update()
    state = conn.execute(query).scalar_one_or_none()
    if state is not None and JobState(state) in _CANCELLABLE:
        _end(conn, job_id, JobState.CANCELLED, now=now, show_after=now)
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(shown_at=now, token=None))


def cancellation_shown(conn: Connection, job_id: str, *, now: datetime) -> None:
    shown = conn.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == JobState.CANCELLED.value)
        .values(shown_at=now, token=None)
    )
    if shown.rowcount == 1:
        log_job(conn, job_id, now=now)


def expire(conn: Connection, *, now: datetime) -> int:
    """Jobs past their time end here, whoever held them; returns how many."""
    due = _lock_what(conn, jobs.c.state.in_([state.value for state in OPEN]) & (jobs.c.expires_at <= now))
    lock_those_of(conn, due)
    for job_id in due:
        _end(conn, job_id, JobState.EXPIRED, now=now, show_after=now)
    old = _lock_what(conn, jobs.c.token.is_not(None) & (jobs.c.token_until <= now))
    if old:
        conn.execute(update(jobs).where(jobs.c.id.in_(old)).values(token=None))
    return len(due)


def _lock_what(conn: Connection, condition: ColumnElement[bool]) -> list[str]:
    """Jobs that are not over, or whose end nobody saw, by the indexes that know them.

    Whoever holds many rows must not wait for one more: what somebody else holds is left for the next time.
    """
    ids: list[str] = []
    for part in (in_line, unshown):
        query = select(jobs.c.id).where(part, condition).with_for_update(skip_locked=True)
        ids += conn.execute(query).scalars()
    return ids


def _end(
    conn: Connection, job_id: str, state: JobState, *, now: datetime, show_after: datetime, images: int = 0
) -> None:
    conn.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(state=state.value, attempt=jobs.c.attempt + 1, **(over(now) | {"lease_until": show_after}))
    )
    settle_images(conn, job_id, images)
