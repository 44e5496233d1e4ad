"""Reading the line: positions, estimates, usage, money."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_

from bot.domain.fairness import Standing, estimate
from bot.domain.jobs import OPEN, Job, JobState, Stage
from bot.domain.policy import WINDOW, Spent, Usage
from bot.domain.ports import Line, LineEntry, Rates, SpendReport
from bot.storage.rows import load_jobs
from bot.storage.schema import calls, charges, jobs, renders, workers

FRESH_PULSE: Final = timedelta(seconds=60)
RECENT_CALLS: Final = 20  # the observed rate is their mean
_OPEN: Final = [state.value for state in OPEN]


def usage_of(conn: Connection, user_id: int, *, now: datetime) -> Usage:
    """Open jobs, and images reserved or delivered inside the window."""
    open_jobs = select(func.count()).where(jobs.c.user_id == user_id, jobs.c.state.in_(_OPEN))
    spent = (
        select(charges.c.at, charges.c.images)
        .where(charges.c.user_id == user_id, charges.c.at > now - WINDOW, charges.c.images > 0)
        .order_by(charges.c.at)
    )
    return Usage(
        open_jobs=conn.execute(open_jobs).scalar_one(),
        spent=[Spent(row.at, row.images) for row in conn.execute(spent)],
    )


def standing_of(conn: Connection, job: Job, rates: Rates, *, now: datetime) -> Standing:
    """Position and estimate of a queued job."""
    mine = select(jobs.c.priority, jobs.c.tag, jobs.c.id).where(jobs.c.id == job.id)
    priority, tag, job_id = conn.execute(mine).one()
    ahead = and_(
        jobs.c.state == JobState.QUEUED.value,
        tuple_(jobs.c.priority, jobs.c.tag, jobs.c.id) < tuple_(priority, tag, job_id),
    )
    before = conn.execute(select(func.count()).select_from(jobs).where(ahead)).scalar_one()
    return estimate(
        now=now,
        position=before + 1,
        renders_ahead=_renders_waiting(conn, ahead),
        renders=job.wish.count,
        render_s=_mean_seconds(conn),
        slots=_slots(conn, now) or rates.slots,
    )


def _renders_waiting(conn: Connection, ahead: ColumnElement[bool]) -> int:
    """Renders of the jobs ahead, and of those being worked on that are not finished."""
    unfinished = renders.c.stage.in_([Stage.WAITING.value, Stage.SUBMITTING.value])
    query = (
        select(func.count())
        .select_from(renders.join(jobs, jobs.c.id == renders.c.job_id))
        .where(unfinished, or_(ahead, jobs.c.state == JobState.RENDERING.value))
    )
    return conn.execute(query).scalar_one()


def _slots(conn: Connection, now: datetime) -> int:
    """Paid calls at once of the workers that were seen lately."""
    query = select(func.coalesce(func.sum(workers.c.slots), 0)).where(workers.c.seen_at > now - FRESH_PULSE)
    return int(conn.execute(query).scalar_one())


def _mean_seconds(conn: Connection) -> float | None:
    recent = (
        select(calls.c.seconds)
        .where(calls.c.charge == "charged", calls.c.seconds.is_not(None))
        .order_by(calls.c.ended_at.desc())
        .limit(RECENT_CALLS)
        .subquery()
    )
    mean = conn.execute(select(func.avg(recent.c.seconds))).scalar_one()
    return None if mean is None else float(mean)


def line(conn: Connection, user_id: int, rates: Rates, *, now: datetime) -> Line:
    """One person's open jobs, oldest first, and the length of the whole line."""
    rows = (
        conn.execute(
            select(jobs)
            .where(jobs.c.user_id == user_id, jobs.c.state.in_(_OPEN))
            .order_by(jobs.c.created_at, jobs.c.id)
        )
        .mappings()
        .all()
    )
    mine = tuple(
        LineEntry(
            job=job,
            standing=standing_of(conn, job, rates, now=now) if job.state is JobState.QUEUED else None,
        )
        for job in load_jobs(conn, rows)
    )
    count = select(jobs.c.state, func.count()).where(jobs.c.state.in_(_OPEN)).group_by(jobs.c.state)
    by_state = dict(conn.execute(count).tuples().all())
    waiting = by_state.pop(JobState.QUEUED.value, 0)
    return Line(
        mine=mine,
        waiting=waiting,
        working=sum(by_state.values()),
        usage=usage_of(conn, user_id, now=now),
    )


def spend(conn: Connection, *, since: datetime, until: datetime) -> SpendReport:
    """Money of the calls made in [since, until), as far as known."""
    uncertain = calls.c.charge.in_(["open", "unknown"])
    query = (
        select(uncertain, func.count(), func.coalesce(func.sum(calls.c.cost_micro_usd), 0))
        .where(calls.c.charge != "free", calls.c.submitted_at >= since, calls.c.submitted_at < until)
        .group_by(uncertain)
    )
    figures = {bool(is_open): (count, int(cost)) for is_open, count, cost in conn.execute(query).tuples()}
    sure, unsure = figures.get(False, (0, 0)), figures.get(True, (0, 0))
    return SpendReport(
        calls=sure[0] + unsure[0],
        micro_usd=sure[1] + unsure[1],
        uncertain_calls=unsure[0],
        uncertain_micro_usd=unsure[1],
    )
