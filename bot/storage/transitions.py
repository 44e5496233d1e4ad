"""State changes of jobs and renders, each by an UPDATE that requires the worker's lease."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from bot.domain.jobs import MOVES, STAGE_MOVES, JobState, RenderStage
from bot.domain.ports.stores import Lease
from bot.errors import LostLeaseError
from bot.storage.ledger import return_grants
from bot.storage.schema import charges, jobs, renders

_HELD: Final = (
    select(jobs.c.id)
    .where(
        jobs.c.id == bindparam("job_id"),
        jobs.c.attempt == bindparam("attempt"),
        jobs.c.state.in_(bindparam("states", expanding=True)),
    )
    .with_for_update()
)


def move_job(conn: Connection, lease: Lease, to: JobState, **values: Any) -> None:
    """Change the job's state and columns. Raises `LostLeaseError` if the lease is lost or the change is illegal."""
    result = conn.execute(
        update(jobs)
        .where(jobs.c.id == lease.job_id, jobs.c.attempt == lease.attempt, jobs.c.state.in_(_sources(to)))
        .values(state=to.value, **values)
    )
    if result.rowcount != 1:
        raise LostLeaseError(f"{lease.job_id} cannot become {to.value} under attempt {lease.attempt}")


def _sources(to: JobState) -> list[str]:
    return [state.value for state, targets in MOVES.items() if to in targets]


def hold(conn: Connection, lease: Lease, *states: JobState) -> None:
    """Lock the job's row for this transaction. Raises `LostLeaseError` if the lease or the state does not match."""
    expected = {
        "job_id": lease.job_id,
        "attempt": lease.attempt,
        "states": [state.value for state in states],
    }
    if conn.execute(_HELD, expected).one_or_none() is None:
        raise LostLeaseError(f"{lease.job_id} is not held under attempt {lease.attempt}")


def hold_now(conn: Connection, lease: Lease, *, now: datetime) -> None:
    """As `hold`, for a job that is being rendered, and only while the lease lasts: before money is spent."""
    hold(conn, lease, JobState.RENDERING)
    is_over = select(jobs.c.id).where(jobs.c.id == lease.job_id, jobs.c.lease_until <= now)
    if conn.execute(is_over).first() is not None:
        raise LostLeaseError(f"the lease on {lease.job_id} ran out under attempt {lease.attempt}")


def move_render(conn: Connection, lease: Lease, index: int, to: RenderStage, **values: Any) -> None:
    """Change the render's stage and columns. Raises `LostLeaseError` as `move_job` does."""
    hold(conn, lease, JobState.RENDERING)
    sources = [stage.value for stage, targets in STAGE_MOVES.items() if to in targets]
    result = conn.execute(
        update(renders)
        .where(renders.c.job_id == lease.job_id, renders.c.idx == index, renders.c.stage.in_(sources))
        .values(stage=to.value, **values)
    )
    if result.rowcount != 1:
        raise LostLeaseError(f"{lease.job_id}/{index} cannot become {to.value}")


def settle_images(conn: Connection, job_id: str, images: int) -> None:
    """Settle how many images count against the limits; the rest is returned, images from grants first."""
    query = select(charges.c.images, charges.c.granted).where(charges.c.job_id == job_id).with_for_update()
    held = conn.execute(query).one_or_none()
    if held is None:
        return
    granted = max(0, held.granted - (held.images - images))
    conn.execute(
        update(charges)
        .where(charges.c.job_id == job_id)
        .values(images=images, granted=granted, state="settled" if images else "released")
    )
    return_grants(conn, job_id, held.granted - granted)


def end_columns(now: datetime) -> dict[str, Any]:
    """Return the columns of a job that ends now."""
    return {"finished_at": now, "worker": None, "lease_until": now}
