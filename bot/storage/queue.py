"""The queue: cancelling, expiry, positions and estimates; also money, values by key and heartbeats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Integer,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)

from bot.domain.fairness import QueuePosition, estimate, typical_seconds_key
from bot.domain.jobs import OPEN, TERMINAL, ImageRequest, Job, JobKind, JobState, RenderStage, ReplyScope
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
from bot.domain.video import typical_video_s
from bot.storage.columns import UtcDateTime
from bot.storage.ledger import NO_PICTURE, lock_grants_of_jobs
from bot.storage.moderation.outbox import log_job, second_bot
from bot.storage.rows import load_job, load_jobs, the_job
from bot.storage.schema import calls, is_queued, is_unshown, jobs, notes, unshown, workers
from bot.storage.schema import renders as renders_table
from bot.storage.sql import count, unindexed, upsert
from bot.storage.transitions import CHANGE_JOB, end_columns, settle_usage

# The gateway shows the end of a cancelled queued job in its answer to the click; if it fails, a worker does so after
# this time. The end of a rendering job is shown by a worker at once, with the pictures that are done.
CANCEL_ANSWER: Final = timedelta(seconds=15)
_CANCELLABLE: Final = frozenset({JobState.QUEUED, JobState.RENDERING})


def card_shown(conn: Connection, job_id: str, card_id: int | None, *, now: datetime) -> None:
    """Record that the first answer was sent: workers may take the job from now on."""
    values = {"ready_at": now} if card_id is None else {"ready_at": now, "card_id": card_id}
    conn.execute(CHANGE_JOB, {"of_job": job_id, **values})


_WILL_BE_PAID: Final = frozenset({RenderStage.CREATED, RenderStage.RENDERED})


def keep_queued(conn: Connection, job_id: str, *, now: datetime, until: datetime) -> bool:
    """Let no worker take a job before `until`; return False unless one could take it now."""
    is_ready = jobs.c.ready_at <= now
    stays = update(jobs).where(jobs.c.id == job_id, is_queued, is_ready).values(ready_at=until)
    return conn.execute(stays).rowcount == 1


def cancel(
    conn: Connection,
    job_id: str,
    *,
    user_id: int,
    on_card: bool = True,
    keep_back: bool = False,
    now: datetime,
) -> Cancelled:
    """Cancel a job: finished pictures stay and count, the others are released.

    `attempt` increases, so that later writes of the job's worker are refused; not where a video is being made, for
    which its worker goes on.
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
    job = the_job(conn, job_id)
    if job.request.video is not None and any(render.stage in _WILL_BE_PAID for render in job.renders):
        return _keep_back(conn, job) if keep_back else Cancelled(outcome=CancelOutcome.WILL_COST, job=job)
    painted = len(job.pictures)
    show_after = now + CANCEL_ANSWER if shown_by_caller else now
    _end(conn, job_id, JobState.CANCELLED, made=painted, now=now, show_after=show_after)
    return Cancelled(outcome=CancelOutcome.CANCELLED, job=load_job(conn, job_id))


def _keep_back(conn: Connection, job: Job) -> Cancelled:
    conn.execute(CHANGE_JOB, {"of_job": job.id, "kept_back": True})
    return Cancelled(outcome=CancelOutcome.KEPT_BACK, job=the_job(conn, job.id))


def withdraw(conn: Connection, job_id: str, *, answered_elsewhere: bool = False, now: datetime) -> None:
    """Cancel a job whose first answer could not be given; nothing is left to show."""
    query = select(jobs.c.state).where(jobs.c.id == job_id).with_for_update()
    state = conn.execute(query).scalar_one_or_none()
    if state is not None and JobState(state) in _CANCELLABLE:
        _end(conn, job_id, JobState.CANCELLED, now=now, show_after=now)
        conn.execute(CHANGE_JOB, {"of_job": job_id, "shown_at": now, "token": None})
    if answered_elsewhere:
        second_bot(conn, now=now)


def cancellation_shown(conn: Connection, job_id: str, *, now: datetime) -> None:
    """Record that the card of a cancelled job shows its end."""
    shown = conn.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == JobState.CANCELLED.value)
        .values(shown_at=now, token=None)
    )
    if shown.rowcount == 1:
        log_job(conn, job_id, now=now)


def _locking(condition: ColumnElement[bool], *parts: ColumnElement[bool]) -> list[Select[str]]:
    """Select the jobs of these parts of the table that meet `condition`, and lock them.

    Rows that another transaction holds are skipped until the next time: waiting with many locks could deadlock.
    """
    return [select(jobs.c.id).where(part, condition).with_for_update(skip_locked=True) for part in parts]


def _is_ordered_video() -> ColumnElement[bool]:
    ordered = {RenderStage.SUBMITTING, *_WILL_BE_PAID, RenderStage.PACKAGED}
    was_ordered = renders_table.c.stage.in_([stage.value for stage in ordered])
    is_made = exists().where(renders_table.c.job_id == jobs.c.id, was_ordered)
    return and_(jobs.c.kind == JobKind.ANIMATE.value, is_made)


_OPEN: Final = [state.value for state in OPEN]
_NOW: Final = bindparam("now", type_=UtcDateTime)
_IS_LAST_MOMENT: Final = (jobs.c.expires_at <= _NOW) & (jobs.c.token_until > _NOW)
_ONLY_BY_TOKEN: Final = (jobs.c.reach == ReplyScope.NOWHERE.value) & jobs.c.state.in_(_OPEN)
_EXPIRED: Final = [
    *_locking(jobs.c.expires_at <= _NOW, is_queued),
    *_locking(_IS_LAST_MOMENT & _ONLY_BY_TOKEN & ~_is_ordered_video(), unshown),
]


def expire(conn: Connection, *, now: datetime) -> int:
    """End the queued jobs past their expiry, and return how many.

    What was begun goes on, as it may have been paid for; except where only the token can show its end: there it ends
    while the token still works. Past that moment, which is also where a clock that jumped ahead stands, it goes on; and
    so does a video that was ordered, which `/show` will have, or is being ordered: its order may be paid for.
    """
    due = [job_id for query in _EXPIRED for job_id in conn.execute(query, {"now": now}).scalars()]
    lock_grants_of_jobs(conn, due)
    for job_id in due:
        _end(conn, job_id, JobState.EXPIRED, now=now, show_after=now)
    _erase_tokens(conn, now=now)
    return len(due)


_TOKEN_LIFE: Final = timedelta(minutes=16)  # 15 by Discord's documentation of interactions, and some to spare
WRONG_BY: Final = timedelta(days=2)  # clocks are assumed wrong by at most this
# An id begins with its milliseconds.
_SNOWFLAKES_OF_LIFE: Final = int(_TOKEN_LIFE / timedelta(milliseconds=1)) << 22


def _with_dead_tokens() -> list[Select[str]]:
    """Select the jobs whose tokens are dead at `now`, or for two days (`long_ago`), and lock them.

    Of a card that nothing else can edit, a token that seems to have run out may live, as the clock may be wrong: it is
    dead by Discord's own clock, once a newer command came that long after it; else, in a quiet place, after two days.
    """
    replaceable = (
        jobs.c.private.is_(false()) & (jobs.c.reach != ReplyScope.NOWHERE.value) & jobs.c.card_id.is_not(None)
    )
    newest = select(func.max(jobs.c.interaction_id)).scalar_subquery()
    is_dead = or_(
        (jobs.c.token_until <= _NOW) & replaceable,
        jobs.c.interaction_id < newest - _SNOWFLAKES_OF_LIFE,
        jobs.c.token_until <= bindparam("long_ago", type_=UtcDateTime),
    )
    return _locking(jobs.c.token.is_not(None) & is_dead, is_queued, unshown)


_WITH_DEAD_TOKENS: Final = _with_dead_tokens()


def _erase_tokens(conn: Connection, *, now: datetime) -> None:
    since = {"now": now, "long_ago": now - WRONG_BY}
    old = [job_id for query in _WITH_DEAD_TOKENS for job_id in conn.execute(query, since).scalars()]
    if old:
        conn.execute(update(jobs).where(jobs.c.id.in_(old)).values(token=None))


def _end(
    conn: Connection, job_id: str, state: JobState, *, now: datetime, show_after: datetime, made: int = 0
) -> None:
    conn.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            state=state.value, attempt=jobs.c.attempt + 1, **(end_columns(now) | {"lease_until": show_after})
        )
    )
    settle_usage(conn, job_id, made)


RECENT_HEARTBEAT: Final = timedelta(seconds=60)
LONGEST_CALL_S: Final = 1800  # the most EASEL_PROVIDER_TIMEOUT_S may be
OPEN_CALLS_AT_ONCE: Final = 20  # each costs a request to the provider
RECENT_CALLS: Final = 60  # the observed rate is the mean of those for pictures of the same kind
LOWEST_PRIORITY: Final = 0


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

    Where there are none, it is the provider's figure for the model, else the average of all pictures. Calls that were
    resumed after a restart do not count; those for videos have no seconds.
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
    # A slot is taken by the order of a video alone, which takes about as long as a picture.
    model = request.model if request.video is None else ""
    values = of_spot | seen | _kind(model, request.resolution)
    before, waiting, painting, slots, mean = conn.execute(_STANDING, values).one()
    standing = estimate(
        now=now,
        position=before + 1,
        renders_ahead=int(waiting) + painting,
        renders=request.count,
        render_s=None if mean is None else float(mean),
        slots=int(slots) or rates.slots,
    )
    if request.video is None:
        return standing
    made_in = timedelta(seconds=typical_video_s(request.video))  # beside others: only its order takes a slot
    return replace(standing, ready_at=standing.ready_at + made_in)


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
    # Without the priority SQLite reads a larger index, of all jobs.
    in_line = is_queued & (jobs.c.priority >= LOWEST_PRIORITY)
    return QueueView(
        mine=tuple(entries),
        waiting=count(conn, jobs, in_line),
        working=count(conn, jobs, unshown, jobs.c.state.in_(_OPEN)),
    )


@cache
def _waiting(*, is_first: bool) -> Select[Any]:
    created_at, after = unindexed(jobs.c.created_at), bindparam("after", type_=UtcDateTime)
    query = select(jobs).where(is_queued, created_at <= bindparam("before", type_=UtcDateTime))
    if not is_first:
        is_next = or_(created_at > after, and_(created_at == after, jobs.c.id > bindparam("of_job")))
        query = query.where(is_next)
    return query.order_by(created_at, jobs.c.id).limit(bindparam("most", type_=Integer))


def waiting(
    conn: Connection, *, after: tuple[datetime, str] | None, before: datetime, limit: int
) -> tuple[Job, ...]:
    """Return queued jobs created until `before`, oldest first, after the one with this time and id."""
    values: dict[str, Any] = {"before": before, "most": limit}
    if after is not None:
        values |= {"after": after[0], "of_job": after[1]}
    rows = conn.execute(_waiting(is_first=after is None), values).mappings().all()
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


_IS_FORGOTTEN: Final = jobs.c.id.is_(None)
_IS_OVER: Final = or_(_IS_FORGOTTEN, jobs.c.state.in_([state.value for state in TERMINAL]))
_OPEN_CALLS: Final = (
    select(calls.c.request_id, calls.c.submitted_at)
    .join(jobs, jobs.c.id == calls.c.job_id, isouter=True)
    .where(calls.c.charge == "open", _IS_OVER)
    .where(
        (calls.c.submitted_at < bindparam("before", type_=UtcDateTime))
        | (calls.c.submitted_at > bindparam("after", type_=UtcDateTime))
    )
    .order_by(calls.c.submitted_at)
    .limit(OPEN_CALLS_AT_ONCE)
)


def open_calls(conn: Connection, *, before: datetime, after: datetime) -> tuple[OpenCall, ...]:
    """Return calls from before `before` whose outcome nobody resolves: their process died and their job ended.

    One from past `after` was begun by a clock that was ahead: waiting until that time comes could take years.
    """
    rows = conn.execute(_OPEN_CALLS, {"before": before, "after": after}).all()
    return tuple(OpenCall(request_id=row.request_id, submitted_at=row.submitted_at) for row in rows)


_VALUE: Final = select(notes.c.value).where(notes.c.key == bindparam("of_key"))


def read_value(conn: Connection, key: str) -> str | None:
    return conn.execute(_VALUE, {"of_key": key}).scalar_one_or_none()


def write_value(conn: Connection, key: str, value: str) -> None:
    upsert(conn, notes, {"key": key, "value": value}, change=["value"])


def record_heartbeat(conn: Connection, heartbeat: WorkerHeartbeat) -> None:
    figures = {"seen_at": heartbeat.seen_at, "slots": heartbeat.slots, "running": heartbeat.running}
    upsert(conn, workers, {"name": heartbeat.name, **figures}, change=figures)


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
