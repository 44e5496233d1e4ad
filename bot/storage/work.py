"""A worker's writes while it renders and delivers. They raise `LostLeaseError` if its lease is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Integer, Row, bindparam, select, update

from bot.domain.content.filters import first_match
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import (
    TERMINAL,
    Job,
    JobKind,
    JobState,
    Render,
    RenderStage,
    RewriteFault,
    Rewriting,
    end_state,
    speaking_failure,
)
from bot.domain.moderation import Topic
from bot.domain.ports.stores import Lease, Packed
from bot.domain.prices import differs
from bot.domain.provider import Charge
from bot.domain.sizes import Size
from bot.errors import LostLeaseError
from bot.storage import ledger
from bot.storage.circuit import let_through
from bot.storage.ledger import NO_PICTURE
from bot.storage.moderation.outbox import log_job, price_differs, provider_trouble, provider_well
from bot.storage.moderation.reading import filters_of
from bot.storage.rows import failure_json, the_job
from bot.storage.schema import calls, jobs, renders
from bot.storage.sql import DELETED_USER
from bot.storage.transitions import (
    CHANGE_JOB,
    change_render,
    end_columns,
    hold,
    hold_now,
    move_job,
    move_render,
    settle_usage,
    stage_to,
)

_UNSEEN: Final = frozenset(JobState) - {JobState.QUEUED, JobState.DONE}  # worked on, its end not shown yet


def reload(conn: Connection, lease: Lease) -> Job:
    """Return the job as it is stored now, in whatever state."""
    hold(conn, lease, *JobState)
    return the_job(conn, lease.job_id)


def set_size(conn: Connection, lease: Lease, size: Size | None, animated: tuple[str, ...]) -> None:
    """Record the size to ask for, None if the model chooses it, and `Job.animated`."""
    hold(conn, lease, JobState.RENDERING)
    width, height = (size.width, size.height) if size is not None else (None, None)
    size_of = {"width": width, "height": height, "animated": list(animated)}
    conn.execute(CHANGE_JOB, {"of_job": lease.job_id, **size_of})


_BEGIN: Final = stage_to(RenderStage.SUBMITTING).values(
    tries=renders.c.tries + 1, reruns=renders.c.reruns + bindparam("of_rerun", type_=Integer)
)
_CHARGE: Final = (
    select(calls.c.charge)
    .join(renders, renders.c.request_id == calls.c.request_id)
    .where(renders.c.job_id == bindparam("of_job"), renders.c.idx == bindparam("of_index"))
)


def begin_call(
    conn: Connection, lease: Lease, index: int, *, request_id: str, estimate_micro_usd: int, now: datetime
) -> Render:
    """Record a render's paid call, before it is made. A call after one that may have been charged is a rerun.

    Raises `LostLeaseError` also if the lease is over: after a long sleep another worker may be about to take the job;
    and `CircuitOpenError` if no call may begin now.
    """
    hold_now(conn, lease, now=now)
    again = int(_may_have_paid(conn, lease, index))
    stage = RenderStage.SUBMITTING.value
    call = {"request_id": request_id, "submitted_at": now, "of_rerun": again}
    change_render(conn, _BEGIN, lease, index, stage=stage, **call)
    job = the_job(conn, lease.job_id)
    _open_call(conn, job, index, request_id=request_id, estimate_micro_usd=estimate_micro_usd, now=now)
    let_through(conn, lease.job_id, request_id, now=now)
    return job.renders[index]


def _open_call(
    conn: Connection, job: Job, index: int, *, request_id: str, estimate_micro_usd: int, now: datetime
) -> None:
    ledger.open_call(
        conn,
        request_id,
        job_id=job.id,
        index=index,
        user_id=job.user_id,
        guild_id=job.reply_target.served_guild_id,
        estimate_micro_usd=estimate_micro_usd,
        now=now,
    )


def _may_have_paid(conn: Connection, lease: Lease, index: int) -> bool:
    last = conn.execute(_CHARGE, {"of_job": lease.job_id, "of_index": index}).scalar_one_or_none()
    return last not in {None, Charge.FREE.value}


_OF_CALL: Final = calls.c.request_id == bindparam("of_call")
_CALL: Final = select(calls).where(_OF_CALL).with_for_update()
_CHANGE_CALL: Final = update(calls).where(_OF_CALL)
_KIND_OF_JOB: Final = (
    select(jobs.c.kind)
    .where(jobs.c.id == select(calls.c.job_id).where(_OF_CALL).scalar_subquery())
    .with_for_update(read=True, key_share=True)
)


def end_call(
    conn: Connection, request_id: str, *, charge: Charge, cost_micro_usd: int | None, now: datetime
) -> None:
    """Record the outcome of a paid call; a cost of None or 0 keeps the estimate: the API may charge after it answers.

    No lease is needed, as money was spent.

    Both the worker that made the call and one that looked it up may report: CHARGED, proven by a picture, replaces
    any outcome, and UNKNOWN never replaces a known one.
    """
    kind = _keep_its_job(conn, request_id)
    of_call = {"of_call": request_id}
    call = conn.execute(_CALL, of_call).one_or_none()
    if call is None:
        return
    is_known = call.charge not in {"open", Charge.UNKNOWN.value}
    if is_known and charge is not Charge.CHARGED:
        return
    if charge is Charge.CHARGED and cost_micro_usd:
        _compare(conn, call, cost_micro_usd, now=now)
    cost = cost_micro_usd or call.cost_micro_usd
    is_picture = kind not in {None, JobKind.ANIMATE.value}  # a video ends long after its call
    seconds = max(0.0, (now - call.submitted_at).total_seconds()) if is_picture else None
    ended = {"charge": charge.value, "cost_micro_usd": cost, "ended_at": now, "seconds": seconds}
    conn.execute(_CHANGE_CALL, of_call | ended)
    before = 0 if call.charge == Charge.FREE.value else call.cost_micro_usd
    after = 0 if charge is Charge.FREE else cost
    if kind is None:  # its person was forgotten
        conn.execute(_CHANGE_CALL, of_call | {"user_id": DELETED_USER})
    day = call.submitted_at.astimezone(UTC).date()
    ledger.add_spent(conn, call.guild_id, call.user_id, day, after - before)


def _compare(conn: Connection, call: Row[Any], told_micro_usd: int, *, now: datetime) -> None:
    """Tell the operator if a cost is not the one that was expected. Chats have no price of their own."""
    expected = call.cost_micro_usd
    if call.idx != NO_PICTURE and expected > 0 and differs(told_micro_usd, expected):
        price_differs(conn, call.job_id, told_micro_usd=told_micro_usd, expected_micro_usd=expected, now=now)


def _keep_its_job(conn: Connection, request_id: str) -> str | None:
    """Lock the call's job against deletion until the end of the transaction; return its kind, None if it is gone."""
    return conn.execute(_KIND_OF_JOB, {"of_call": request_id}).scalar_one_or_none()


def render_waits(conn: Connection, lease: Lease, index: int) -> None:
    """Move the render submitting → waiting."""
    move_render(conn, lease, index, RenderStage.WAITING)


def render_done(
    conn: Connection,
    lease: Lease,
    index: int,
    *,
    request_id: str,
    raw_key: str,
    revised_prompt: str | None,
    cost_micro_usd: int | None,
    now: datetime,
) -> None:
    """Move the render submitting → rendered, and record its call as charged."""
    move_render(conn, lease, index, RenderStage.RENDERED, raw_key=raw_key, revised_prompt=revised_prompt)
    provider_well(conn, request_id)
    end_call(conn, request_id, charge=Charge.CHARGED, cost_micro_usd=cost_micro_usd, now=now)


def render_created(
    conn: Connection,
    lease: Lease,
    index: int,
    *,
    request_id: str,
    generation_id: str,
    cost_micro_usd: int | None,
) -> None:
    """Move the render of a video submitting → created; its call stays open at the price that was stated, if any."""
    move_render(conn, lease, index, RenderStage.CREATED, generation_id=generation_id)
    provider_well(conn, request_id)
    _reprice(conn, request_id, cost_micro_usd)


def _reprice(conn: Connection, request_id: str, cost_micro_usd: int | None) -> None:
    """Replace the estimate of an open call by the price that the provider stated."""
    kind, of_call = _keep_its_job(conn, request_id), {"of_call": request_id}
    call = conn.execute(_CALL, of_call).one_or_none()
    if kind is None or call is None or call.charge != "open" or not cost_micro_usd:
        return
    _compare(conn, call, cost_micro_usd, now=call.submitted_at)
    conn.execute(_CHANGE_CALL, of_call | {"cost_micro_usd": cost_micro_usd})
    day = call.submitted_at.astimezone(UTC).date()
    ledger.add_spent(conn, call.guild_id, call.user_id, day, cost_micro_usd - call.cost_micro_usd)


def render_packed(conn: Connection, lease: Lease, index: int, packed: Packed) -> None:
    """Move the render rendered → packaged."""
    move_render(
        conn,
        lease,
        index,
        RenderStage.PACKAGED,
        packed_key=packed.key,
        packed_mime=packed.mime,
        extension=packed.extension,
        width=packed.size.width,
        height=packed.size.height,
        fitted=packed.fitted,
    )


def render_failed(conn: Connection, lease: Lease, index: int, failure: Failure, *, now: datetime) -> None:
    """Record the failure, and notify moderators and the operator if only they can fix its cause."""
    move_render(conn, lease, index, RenderStage.FAILED, failure=failure_json(failure))
    topic = _trouble(failure)
    if topic is not None:
        job = the_job(conn, lease.job_id)
        guild_id = job.reply_target.served_guild_id
        provider_trouble(conn, topic, guild_id, lease.job_id, subject=failure.subject, now=now)


def _trouble(failure: Failure) -> Topic | None:
    if failure.kind is FailureKind.CREDIT:
        return Topic.NO_CREDIT
    return {FailureCode.BAD_KEY: Topic.BAD_KEY, FailureCode.MODEL_GONE: Topic.MODEL_GONE}.get(failure.code)


def finish_rendering(conn: Connection, lease: Lease, packed: Mapping[int, Packed], *, now: datetime) -> Job:
    """End rendering and settle what counts, and return the job."""
    hold(conn, lease, JobState.RENDERING)
    for index, file in packed.items():
        render_packed(conn, lease, index, file)
    job = the_job(conn, lease.job_id)
    to, failure = end_state(job.renders), speaking_failure(job.renders)
    move_job(conn, lease, to, finished_at=now, failure=failure_json(failure))
    settle_usage(conn, lease.job_id, len(job.pictures) if to is JobState.DELIVERING else 0)
    return replace(job, state=to, failure=failure, finished_at=now, held_up=None)


def deliver(conn: Connection, lease: Lease, *, card_id: int | None, pinged: bool, now: datetime) -> None:
    """Record that the card shows the job's end, and delete the interaction token, which is not needed any more."""
    held = hold(conn, lease, JobState.DELIVERING, *TERMINAL)
    values: dict[str, Any] = {"shown_at": now, "token": None, "worker": None, "lease_until": now}
    if card_id is not None:
        values["card_id"] = card_id
    if pinged:
        values["pinged_at"] = held.pinged_at or now
    if held.state == JobState.DELIVERING.value:
        move_job(conn, lease, JobState.DONE, **values)
    else:
        conn.execute(CHANGE_JOB, {"of_job": lease.job_id, **values})
    log_job(conn, lease.job_id, now=now)


def undeliverable(conn: Connection, lease: Lease, *, now: datetime) -> None:
    """End a job that cannot be shown any more; nothing of it counts against its requester's limits."""
    values = {"shown_at": now, "token": None} | end_columns(now)
    hold(conn, lease, *_UNSEEN)
    try:
        move_job(conn, lease, JobState.EXPIRED, **values)
    except LostLeaseError:  # it has ended already and only lacks the card
        conn.execute(CHANGE_JOB, {"of_job": lease.job_id, "shown_at": now, "token": None})
    settle_usage(conn, lease.job_id, 0)
    log_job(conn, lease.job_id, now=now)


def begin_rewriting(
    conn: Connection, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
) -> None:
    """Record that the prompt is being rewritten, and its paid call.

    Raises `LostLeaseError` also if rewriting had begun before: it is paid at most once; or if the lease is over.
    """
    hold_now(conn, lease, now=now)
    job = the_job(conn, lease.job_id)
    if job.rewriting is not None:
        raise LostLeaseError(f"{job.id} was to be rewritten before")
    _write(conn, job, Rewriting(request_id=request_id))
    _open_call(conn, job, NO_PICTURE, request_id=request_id, estimate_micro_usd=estimate_micro_usd, now=now)


def end_rewriting(conn: Connection, lease: Lease, *, text: str | None, fault: RewriteFault | None) -> Job:
    """Record the rewritten prompt, or why there is none, and return the job.

    The text is checked against the current filters, because the rewritten prompt is the one that is painted.
    """
    hold(conn, lease, JobState.RENDERING)
    job = the_job(conn, lease.job_id)
    if job.rewriting is None:
        raise LostLeaseError(f"{job.id} is not being rewritten")
    guild_id = job.reply_target.served_guild_id
    if text is not None and guild_id is not None and first_match(filters_of(conn, guild_id), text):
        text, fault = None, RewriteFault.FILTERED
    _write(conn, job, Rewriting(request_id=job.rewriting.request_id, text=text, fault=fault))
    return the_job(conn, job.id)


def begin_alt_text(
    conn: Connection, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
) -> None:
    """Record the paid call for a picture's alt text. Raises `LostLeaseError` also if the lease is over."""
    hold_now(conn, lease, now=now)
    job = the_job(conn, lease.job_id)
    _open_call(conn, job, NO_PICTURE, request_id=request_id, estimate_micro_usd=estimate_micro_usd, now=now)


def end_alt_text(conn: Connection, lease: Lease, index: int, text: str) -> None:
    """Record the alt text of a packaged render, unless a current filter of the server matches it."""
    hold(conn, lease, JobState.RENDERING)
    guild_id = the_job(conn, lease.job_id).reply_target.served_guild_id
    if guild_id is None or not first_match(filters_of(conn, guild_id), text):
        where = (renders.c.job_id == lease.job_id) & (renders.c.idx == index)
        conn.execute(update(renders).where(where).values(alt_text=text))


def _write(conn: Connection, job: Job, rewriting: Rewriting) -> None:
    conn.execute(CHANGE_JOB, {"of_job": job.id, "rewriting": msgspec.to_builtins(rewriting)})
