"""State changes of jobs and renders, each by an UPDATE that requires the worker's lease."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Row, Update, bindparam, select, update

from bot.domain.jobs import MOVES, STAGE_MOVES, JobState, RenderStage
from bot.domain.ports.stores import Lease
from bot.errors import LostLeaseError
from bot.storage.ledger import return_grants
from bot.storage.schema import jobs, renders, usage_entries

# Statements are built once, because building one takes longer than SQLite takes to run it. Names of parameters that are
# no columns begin with `of_`.
_HELD: Final = (
    select(jobs.c.attempt, jobs.c.state, jobs.c.lease_until, jobs.c.pinged_at)
    .where(jobs.c.id == bindparam("of_job"))
    .with_for_update()
)
CHANGE_JOB: Final = update(jobs).where(jobs.c.id == bindparam("of_job"))


def move_job(conn: Connection, lease: Lease, to: JobState, **values: Any) -> None:
    """Change the job's state and columns. Raises `LostLeaseError` if the lease is lost or the change is illegal."""
    which = {"of_job": lease.job_id, "of_attempt": lease.attempt}
    if conn.execute(_move_to(to), {**which, "state": to.value, **values}).rowcount != 1:
        raise LostLeaseError(f"{lease.job_id} cannot become {to.value} under attempt {lease.attempt}")


@cache
def _move_to(to: JobState) -> Update:
    sources = [state.value for state, targets in MOVES.items() if to in targets]
    return update(jobs).where(
        jobs.c.id == bindparam("of_job"),
        jobs.c.attempt == bindparam("of_attempt"),
        jobs.c.state.in_(sources),
    )


def hold(conn: Connection, lease: Lease, *states: JobState) -> Row[*tuple[Any, ...]]:
    """Lock the job's row for this transaction, and return its `attempt`, `state`, `lease_until` and `pinged_at`.

    Raises `LostLeaseError` if the lease or the state does not match.
    """
    row = conn.execute(_HELD, {"of_job": lease.job_id}).one_or_none()
    if row is None or row.attempt != lease.attempt or row.state not in states:
        raise LostLeaseError(f"{lease.job_id} is not held under attempt {lease.attempt}")
    return row


def hold_now(conn: Connection, lease: Lease, *, now: datetime) -> None:
    """Lock a job that is being rendered, as `hold` does, only while its lease lasts: before money is spent."""
    row = hold(conn, lease, JobState.RENDERING)
    if row.lease_until is not None and row.lease_until <= now:
        raise LostLeaseError(f"the lease on {lease.job_id} ran out under attempt {lease.attempt}")


def move_render(conn: Connection, lease: Lease, index: int, to: RenderStage, **values: Any) -> None:
    """Change the render's stage and columns. Raises `LostLeaseError` as `move_job` does."""
    hold(conn, lease, JobState.RENDERING)
    change_render(conn, stage_to(to), lease, index, stage=to.value, **values)


def change_render(conn: Connection, change: Update, lease: Lease, index: int, **values: Any) -> None:
    """Run a change that `stage_to` began, for a job that is held. Raises `LostLeaseError` for an illegal one."""
    if conn.execute(change, {"of_job": lease.job_id, "of_index": index, **values}).rowcount != 1:
        raise LostLeaseError(f"{lease.job_id}/{index} cannot become {values['stage']}")


@cache
def stage_to(to: RenderStage) -> Update:
    """Return the change of a render's stage to `to` from any stage that may become it."""
    sources = [stage.value for stage, targets in STAGE_MOVES.items() if to in targets]
    return update(renders).where(
        renders.c.job_id == bindparam("of_job"),
        renders.c.idx == bindparam("of_index"),
        renders.c.stage.in_(sources),
    )


_OF_JOB: Final = usage_entries.c.job_id == bindparam("of_job")
_USAGE: Final = (
    select(usage_entries.c.images, usage_entries.c.granted, usage_entries.c.videos)
    .where(_OF_JOB)
    .with_for_update()
)
_SETTLE: Final = update(usage_entries).where(_OF_JOB)


def settle_usage(conn: Connection, job_id: str, made: int) -> None:
    """Settle how many images or videos count against the limits; the rest is returned, images from grants first."""
    held = conn.execute(_USAGE, {"of_job": job_id}).one_or_none()
    if held is None:
        return
    images, videos = min(held.images, made), min(held.videos, made)  # one of the two was reserved
    granted = max(0, held.granted - (held.images - images))
    counts = {"images": images, "granted": granted, "videos": videos}
    state = "settled" if images or videos else "released"
    conn.execute(_SETTLE, {"of_job": job_id, **counts, "state": state})
    return_grants(conn, job_id, held.granted - granted)


def end_columns(now: datetime) -> dict[str, Any]:
    """Return the columns of a job that ends now."""
    return {"finished_at": now, "worker": None, "lease_until": now}
