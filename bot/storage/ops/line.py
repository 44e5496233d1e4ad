"""Reading the line: positions, estimates, usage, money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, ScalarSelect, and_, func, or_, select, tuple_

from bot.domain.fairness import Standing, estimate
from bot.domain.jobs import OPEN, TERMINAL, JobState, Stage
from bot.domain.ports import Line, LineEntry, OpenCall, Rates, SpendReport
from bot.storage.ops.spending import NO_PICTURE
from bot.storage.rows import load_jobs
from bot.storage.schema import calls, in_line, jobs, unshown, workers
from bot.storage.schema import renders as renders_table

FRESH_PULSE: Final = timedelta(seconds=60)
LONGEST_CALL_S: Final = 1800  # the most EASEL_PROVIDER_TIMEOUT_S may be
OPEN_CALLS_AT_ONCE: Final = 20  # each is a question to the provider
RECENT_CALLS: Final = 20  # the observed rate is their mean
_OPEN: Final = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True)
class Spot:
    """What orders the line: lower is sooner."""

    priority: int
    tag: int
    job_id: str


def standing_at(conn: Connection, spot: Spot, rates: Rates, *, renders: int, now: datetime) -> Standing:
    """Position and estimate of a queued job with so many renders, in one statement."""
    order = tuple_(jobs.c.priority, jobs.c.tag, jobs.c.id)
    ahead = and_(in_line, order < tuple_(spot.priority, spot.tag, spot.job_id))
    before, waiting, painting, slots, mean = conn.execute(
        select(
            select(func.count()).select_from(jobs).where(ahead).scalar_subquery(),
            select(func.coalesce(func.sum(jobs.c["count"]), 0)).where(ahead).scalar_subquery(),
            _being_painted(),
            _slots(now),
            _mean_seconds(),
        )
    ).one()
    return estimate(
        now=now,
        position=before + 1,
        renders_ahead=int(waiting) + painting,
        renders=renders,
        render_s=None if mean is None else float(mean),
        slots=int(slots) or rates.slots,
    )


def _being_painted() -> ScalarSelect[int]:
    """Unfinished renders of the jobs that are worked on."""
    working = select(jobs.c.id).where(
        unshown, jobs.c.state == JobState.RENDERING.value, jobs.c.lease_until.is_not(None)
    )
    unfinished = renders_table.c.stage.in_([Stage.WAITING.value, Stage.SUBMITTING.value])
    return select(func.count()).where(renders_table.c.job_id.in_(working), unfinished).scalar_subquery()


def _slots(now: datetime) -> ScalarSelect[int]:
    """Paid calls at once of the workers that were seen lately."""
    fresh = workers.c.seen_at > now - FRESH_PULSE
    return select(func.coalesce(func.sum(workers.c.slots), 0)).where(fresh).scalar_subquery()


def _mean_seconds() -> ScalarSelect[float | None]:
    """Of the latest calls for pictures; one that a restart found again took that long only on paper."""
    recent = (
        select(calls.c.seconds)
        .where(calls.c.charge == "charged", calls.c.seconds < LONGEST_CALL_S, calls.c.idx != NO_PICTURE)
        .order_by(calls.c.ended_at.desc())
        .limit(RECENT_CALLS)
        .subquery()
    )
    return select(func.avg(recent.c.seconds)).scalar_subquery()


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
    entries: list[LineEntry] = []
    for row, job in zip(rows, load_jobs(conn, rows), strict=True):
        spot = Spot(row["priority"], row["tag"], row["id"]) if job.state is JobState.QUEUED else None
        standing = spot and standing_at(conn, spot, rates, renders=job.wish.count, now=now)
        entries.append(LineEntry(job=job, standing=standing))
    waiting = select(func.count()).select_from(jobs).where(in_line)
    working = select(func.count()).select_from(jobs).where(unshown, jobs.c.state.in_(_OPEN))
    return Line(
        mine=tuple(entries),
        waiting=conn.execute(waiting).scalar_one(),
        working=conn.execute(working).scalar_one(),
    )


def spend(conn: Connection, *, since: datetime, until: datetime) -> SpendReport:
    """Money of the calls made in [since, until), as far as known."""
    uncertain = calls.c.charge.in_(["open", "unknown"])
    query = (
        select(uncertain, func.count(), func.coalesce(func.sum(calls.c.cost_micro_usd), 0))
        .where(calls.c.charge != "free", calls.c.submitted_at >= since, calls.c.submitted_at < until)
        .group_by(uncertain)
    )
    figures = {bool(is_open): (count, int(cost)) for is_open, count, cost in conn.execute(query)}
    sure, unsure = figures.get(False, (0, 0)), figures.get(True, (0, 0))
    return SpendReport(
        calls=sure[0] + unsure[0],
        micro_usd=sure[1] + unsure[1],
        uncertain_calls=unsure[0],
        uncertain_micro_usd=unsure[1],
    )


def open_calls(conn: Connection, *, before: datetime) -> tuple[OpenCall, ...]:
    """Left by a process that died while its job ended some other way; nobody else asks about them."""
    is_forgotten = jobs.c.id.is_(None)
    is_over = or_(is_forgotten, jobs.c.state.in_([state.value for state in TERMINAL]))
    query = (
        select(calls.c.request_id, calls.c.submitted_at)
        .join(jobs, jobs.c.id == calls.c.job_id, isouter=True)
        .where(calls.c.charge == "open", calls.c.submitted_at < before, is_over)
        .order_by(calls.c.submitted_at)
        .limit(OPEN_CALLS_AT_ONCE)
    )
    rows = conn.execute(query).all()
    return tuple(OpenCall(request_id=row.request_id, submitted_at=row.submitted_at) for row in rows)
