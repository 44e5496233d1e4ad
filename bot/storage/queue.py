"""The queue: cancelling, expiry, positions and estimates; also money, values by key and heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Integer,
    ScalarSelect,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)

from bot.domain.fairness import QueuePosition, estimate, typical_seconds_key
from bot.domain.jobs import OPEN, TERMINAL, ImageRequest, Job, JobState, RenderStage, ReplyScope
from bot.domain.ports.stores import (
    Cancelled,
    CancelOutcome,
    OpenCall,
    QueueEntry,
    QueueView,
    Rates,
    SpendReport,
    WorkerHeartbeat,
)
from bot.domain.sizes import Resolution
from bot.storage.columns import UtcDateTime
from bot.storage.ledger import NO_PICTURE, lock_grants_of_jobs
from bot.storage.moderation.outbox import log_job, second_bot
from bot.storage.rows import load_job, load_jobs, the_job
from bot.storage.schema import calls, is_queued, is_unshown, jobs, notes, unshown, workers
from bot.storage.schema import renders as renders_table
from bot.storage.sql import count, unindexed, upsert
from bot.storage.transitions import end_columns, settle_images

# The gateway shows the end of a cancelled queued job in its answer to the click; if it fails, a worker does so after
# this time. The end of a rendering job is shown by a worker at once, with the pictures that are done.
CANCEL_ANSWER: Final = timedelta(seconds=15)
_CANCELLABLE: Final = frozenset({JobState.QUEUED, JobState.RENDERING})


def card_shown(conn: Connection, job_id: str, card_id: int | None, *, now: datetime) -> None:
    values = {"ready_at": now} if card_id is None else {"ready_at": now, "card_id": card_id}
    conn.execute(update(jobs).where(jobs.c.id == job_id).values(**values))


def keep_queued(conn: Connection, job_id: str, *, now: datetime, until: datetime) -> bool:
    is_ready = jobs.c.ready_at <= now
    stays = update(jobs).where(jobs.c.id == job_id, is_queued, is_ready).values(ready_at=until)
    return conn.execute(stays).rowcount == 1


def cancel(conn: Connection, job_id: str, *, user_id: int, on_card: bool = True, now: datetime) -> Cancelled:
    """Cancel a job: finished pictures stay and count, the other images are released.

    `attempt` increases, so that later writes of the job's worker are refused.
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


def withdraw(conn: Connection, job_id: str, *, answered_elsewhere: bool = False, now: datetime) -> None:
    query = select(jobs.c.state).where(jobs.c.id == job_id).with_for_update()
    state = conn.execute(query).scalar_one_or_none()
    if state is not None and JobState(state) in _CANCELLABLE:
        _end(conn, job_id, JobState.CANCELLED, now=now, show_after=now)
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(shown_at=now, token=None))
    if answered_elsewhere:
        second_bot(conn, now=now)


def cancellation_shown(conn: Connection, job_id: str, *, now: datetime) -> None:
    shown = conn.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == JobState.CANCELLED.value)
        .values(shown_at=now, token=None)
    )
    if shown.rowcount == 1:
        log_job(conn, job_id, now=now)


def expire(conn: Connection, *, now: datetime) -> int:
    """End the queued jobs past their expiry, and return how many.

    What was begun goes on, as it may have been paid for; except where only the token can show its end: there it ends
    while the token still works. Past that moment, which is also where a clock that jumped ahead stands, it goes on.
    Tokens that ran out are cleared, but not of cards that only a token can edit, as the clock may be wrong.
    """
    due = _lock_what(conn, jobs.c.expires_at <= now, is_queued)
    is_last_moment = (jobs.c.expires_at <= now) & (jobs.c.token_until > now)
    only_by_token = (jobs.c.reach == ReplyScope.NOWHERE.value) & jobs.c.state.in_(_OPEN)
    due += _lock_what(conn, is_last_moment & only_by_token, unshown)
    lock_grants_of_jobs(conn, due)
    for job_id in due:
        _end(conn, job_id, JobState.EXPIRED, now=now, show_after=now)
    replaceable = (
        jobs.c.private.is_(false()) & (jobs.c.reach != ReplyScope.NOWHERE.value) & jobs.c.card_id.is_not(None)
    )
    ran_out = jobs.c.token.is_not(None) & (jobs.c.token_until <= now)
    old = _lock_what(conn, ran_out & replaceable, is_queued, unshown)
    if old:
        conn.execute(update(jobs).where(jobs.c.id.in_(old)).values(token=None))
    return len(due)


def _lock_what(conn: Connection, condition: ColumnElement[bool], *parts: ColumnElement[bool]) -> list[str]:
    """Lock the jobs of these parts of the table that meet `condition`; return their ids.

    Rows that another transaction holds are skipped until the next time: waiting with many locks could deadlock.
    """
    ids: list[str] = []
    for part in parts:
        query = select(jobs.c.id).where(part, condition).with_for_update(skip_locked=True)
        ids += conn.execute(query).scalars()
    return ids


def _end(
    conn: Connection, job_id: str, state: JobState, *, now: datetime, show_after: datetime, images: int = 0
) -> None:
    conn.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            state=state.value, attempt=jobs.c.attempt + 1, **(end_columns(now) | {"lease_until": show_after})
        )
    )
    settle_images(conn, job_id, images)


RECENT_HEARTBEAT: Final = timedelta(seconds=60)
LONGEST_CALL_S: Final = 1800  # the most EASEL_PROVIDER_TIMEOUT_S may be
OPEN_CALLS_AT_ONCE: Final = 20  # each costs a request to the provider
RECENT_CALLS: Final = 60  # the observed rate is the mean of those for pictures of the same kind
LOWEST_PRIORITY: Final = 0
_OPEN: Final = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True)
class Spot:
    """The sort key of the queue: lower is sooner."""

    priority: int
    tag: int
    job_id: str


def _being_painted() -> ScalarSelect[int]:
    """Count the unfinished renders of jobs that workers hold."""
    working = select(jobs.c.id).where(
        unshown, jobs.c.state == JobState.RENDERING.value, jobs.c.lease_until.is_not(None)
    )
    unfinished = renders_table.c.stage.in_([RenderStage.WAITING.value, RenderStage.SUBMITTING.value])
    return select(func.count()).where(renders_table.c.job_id.in_(working), unfinished).scalar_subquery()


def _slots() -> ScalarSelect[int]:
    """Sum the slots (concurrent paid calls) of workers seen between `of_seen` and `of_seen_until`."""
    seen_at = workers.c.seen_at
    fresh = (
        seen_at > bindparam("of_seen", type_=UtcDateTime),
        seen_at <= bindparam("of_seen_until", type_=UtcDateTime),
    )
    return select(func.coalesce(func.sum(workers.c.slots), 0)).where(*fresh).scalar_subquery()


def _mean_seconds() -> ScalarSelect[float | None]:
    """Average the seconds of the latest calls for pictures like those of `_kind`, else of this model.

    Where there are none, it is the provider's figure for the model, else the average of all calls. Calls that were
    resumed after a restart do not count.
    """
    recent = (
        select(calls.c.seconds, calls.c.ended_at, calls.c.job_id)
        .where(calls.c.charge == "charged", calls.c.seconds < LONGEST_CALL_S, calls.c.idx != NO_PICTURE)
        .order_by(calls.c.ended_at.desc())
        .limit(RECENT_CALLS)
        .subquery()
    )
    every = select(func.avg(recent.c.seconds))
    of_model = every.join(jobs, jobs.c.id == recent.c.job_id).where(jobs.c.model == bindparam("of_model"))
    alike = of_model.where(jobs.c.resolution == bindparam("of_resolution"))
    published = select(cast(notes.c.value, Float)).where(notes.c.key == bindparam("of_pace"))
    choices = (alike, of_model, published, every)
    return select(func.coalesce(*(one.scalar_subquery() for one in choices))).scalar_subquery()


def _kind(model: str, resolution: Resolution) -> dict[str, str]:
    """Return the parameters of `_mean_seconds`."""
    return {
        "of_model": model,
        "of_resolution": resolution.value,
        "of_pace": typical_seconds_key(model),
    }


# Built once, as it takes longer to build this than to run it.
_AHEAD: Final = and_(
    is_queued,
    tuple_(jobs.c.priority, jobs.c.tag, jobs.c.id)
    < tuple_(
        bindparam("of_priority", type_=Integer),
        bindparam("of_tag", type_=BigInteger),
        bindparam("of_id", type_=Text),
    ),
)
_STANDING: Final = select(
    select(func.count()).select_from(jobs).where(_AHEAD).scalar_subquery(),
    select(func.coalesce(func.sum(jobs.c["count"]), 0)).where(_AHEAD).scalar_subquery(),
    _being_painted(),
    _slots(),
    _mean_seconds(),
)
_PACE: Final = select(_mean_seconds())


def position_of(
    conn: Connection, spot: Spot, rates: Rates, request: ImageRequest, *, now: datetime
) -> QueuePosition:
    """Return the position and estimated time of a queued job, with one query."""
    of_spot = {"of_priority": spot.priority, "of_tag": spot.tag, "of_id": spot.job_id}
    seen = {"of_seen": now - RECENT_HEARTBEAT, "of_seen_until": now + RECENT_HEARTBEAT}
    values = of_spot | seen | _kind(request.model, request.resolution)
    before, waiting, painting, slots, mean = conn.execute(_STANDING, values).one()
    return estimate(
        now=now,
        position=before + 1,
        renders_ahead=int(waiting) + painting,
        renders=request.count,
        render_s=None if mean is None else float(mean),
        slots=int(slots) or rates.slots,
    )


def render_seconds(conn: Connection, model: str, resolution: Resolution) -> float | None:
    """Return how long one picture like this takes, see `_mean_seconds`; None while nobody knows."""
    mean = conn.execute(_PACE, _kind(model, resolution)).scalar_one()
    return None if mean is None else float(mean)


def queue_of(conn: Connection, user_id: int, rates: Rates, *, now: datetime) -> QueueView:
    """Return one person's open jobs, oldest first, and the length of the whole queue."""
    theirs = select(jobs).where(jobs.c.user_id == user_id, is_unshown, jobs.c.state.in_(_OPEN))
    rows = conn.execute(theirs.order_by(unindexed(jobs.c.created_at), jobs.c.id)).mappings().all()
    entries: list[QueueEntry] = []
    for row, job in zip(rows, load_jobs(conn, rows), strict=True):
        spot = Spot(row["priority"], row["tag"], row["id"]) if job.state is JobState.QUEUED else None
        standing = spot and position_of(conn, spot, rates, job.request, now=now)
        entries.append(QueueEntry(job=job, standing=standing))
    in_line = is_queued & (
        jobs.c.priority >= LOWEST_PRIORITY
    )  # else SQLite reads a larger index, of all jobs
    return QueueView(
        mine=tuple(entries),
        waiting=count(conn, jobs, in_line),
        working=count(conn, jobs, unshown, jobs.c.state.in_(_OPEN)),
    )


def waiting(
    conn: Connection, *, after: tuple[datetime, str] | None, before: datetime, limit: int
) -> tuple[Job, ...]:
    created_at = unindexed(jobs.c.created_at)
    query = select(jobs).where(is_queued, created_at <= before)
    if after is not None:
        at, job_id = after
        query = query.where(or_(created_at > at, and_(created_at == at, jobs.c.id > job_id)))
    rows = conn.execute(query.order_by(created_at, jobs.c.id).limit(limit)).mappings().all()
    return tuple(load_jobs(conn, rows))


def spend(conn: Connection, *, since: datetime, until: datetime) -> SpendReport:
    """Return the known cost of the calls made in [since, until)."""
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


def open_calls(conn: Connection, *, before: datetime, after: datetime) -> tuple[OpenCall, ...]:
    """Return calls from before `before` whose outcome nobody resolves: their process died and their job ended.

    One from past `after` was begun by a clock that was ahead: waiting until that time comes could take years.
    """
    is_forgotten = jobs.c.id.is_(None)
    is_over = or_(is_forgotten, jobs.c.state.in_([state.value for state in TERMINAL]))
    query = (
        select(calls.c.request_id, calls.c.submitted_at)
        .join(jobs, jobs.c.id == calls.c.job_id, isouter=True)
        .where(calls.c.charge == "open", is_over)
        .where((calls.c.submitted_at < before) | (calls.c.submitted_at > after))
        .order_by(calls.c.submitted_at)
        .limit(OPEN_CALLS_AT_ONCE)
    )
    rows = conn.execute(query).all()
    return tuple(OpenCall(request_id=row.request_id, submitted_at=row.submitted_at) for row in rows)


def read_value(conn: Connection, key: str) -> str | None:
    return conn.execute(select(notes.c.value).where(notes.c.key == key)).scalar_one_or_none()


def write_value(conn: Connection, key: str, value: str) -> None:
    upsert(conn, notes, {"key": key, "value": value}, change={"value": value})


def record_heartbeat(conn: Connection, heartbeat: WorkerHeartbeat) -> None:
    figures = {"seen_at": heartbeat.seen_at, "slots": heartbeat.slots, "running": heartbeat.running}
    upsert(conn, workers, {"name": heartbeat.name, **figures}, change=dict(figures))


def drop_heartbeat(conn: Connection, name: str) -> None:
    conn.execute(delete(workers).where(workers.c.name == name))


def heartbeats(conn: Connection, since: datetime) -> tuple[WorkerHeartbeat, ...]:
    query = select(workers).where(workers.c.seen_at >= since).order_by(workers.c.name)
    return tuple(
        WorkerHeartbeat(name=row.name, seen_at=row.seen_at, slots=row.slots, running=row.running)
        for row in conn.execute(query)
    )


def ping(conn: Connection) -> None:
    conn.execute(text("SELECT 1"))
