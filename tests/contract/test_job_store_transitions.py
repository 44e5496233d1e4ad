"""Every move of a job and of a render: the legal ones succeed, all others lose the lease and write nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Connection, update

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import MOVES, OPEN, STAGE_MOVES, TERMINAL, JobState, RenderStage
from bot.domain.ports.stores import Lease
from bot.domain.sizes import Size
from bot.errors import LostLeaseError
from bot.storage.engine import Store
from bot.storage.schema import jobs as job_rows
from bot.storage.schema import metadata, renders
from bot.storage.stores import SqlJobStore
from bot.storage.transitions import move_job, move_render
from tests.contract.moderation_material import execute
from tests.contract.store_material import (
    ANN,
    LEASE_S,
    NOW,
    call,
    claimed,
    done,
    images_used,
    packed_as,
    painted,
    queued,
    rendering,
    request_id,
)

AFTER_LEASE = NOW + timedelta(seconds=LEASE_S)
FAULT: Final = Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)
REFUSED: Final = Failure(kind=FailureKind.REFUSED, code=FailureCode.REFUSED_PROMPT)

Write = Callable[[SqlJobStore, Lease], Awaitable[Any]]


async def _begin(jobs: SqlJobStore, lease: Lease) -> None:
    await call(jobs, lease, 1, 7)


async def _done(jobs: SqlJobStore, lease: Lease) -> None:
    await done(jobs, lease, 0, request_id(lease.job_id, 0))


# Each write of a worker; job `j` of these tests has a called render 0, a waiting 1 and a rendered 2.
PAINTING: Final[dict[str, Write]] = {
    "set_size": lambda jobs, lease: jobs.set_size(lease, Size(16, 9), ()),
    "begin_call": _begin,
    "render_waits": lambda jobs, lease: jobs.render_waits(lease, 0),
    "render_done": _done,
    "render_packed": lambda jobs, lease: jobs.render_packed(lease, 2, packed_as(lease.job_id, 2)),
    "render_failed": lambda jobs, lease: jobs.render_failed(lease, 1, FAULT, now=NOW),
    "finish_rendering": lambda jobs, lease: jobs.finish_rendering(lease, {}, now=NOW),
}
SHOWING: Final[dict[str, Write]] = {
    "deliver": lambda jobs, lease: jobs.deliver(lease, card_id=1, pinged=True, now=NOW),
    "undeliverable": lambda jobs, lease: jobs.undeliverable(lease, now=NOW),
}
READING: Final[dict[str, Write]] = {"reload": lambda jobs, lease: jobs.reload(lease)}
FENCED: Final = PAINTING | SHOWING | READING


ROWS: Final = {  # as the driver has them: making times and numbers of them again and again took half of the tests
    name: f'SELECT * FROM "{name}" ORDER BY {", ".join(column.name for column in table.primary_key)}'
    for name, table in metadata.tables.items()
}


def everything(conn: Connection) -> dict[str, Any]:
    """Every row of every table, to see that nothing was written."""
    return {name: [tuple(row) for row in conn.exec_driver_sql(query)] for name, query in ROWS.items()}


def put_job(conn: Connection, job_id: str, state: JobState) -> None:
    conn.execute(update(job_rows).where(job_rows.c.id == job_id).values(state=state.value))


def put_render(conn: Connection, job_id: str, stage: RenderStage) -> None:
    conn.execute(update(renders).where(renders.c.job_id == job_id).values(stage=stage.value))


async def in_the_middle(jobs: SqlJobStore) -> Lease:
    _, lease = await rendering(jobs, count=3)
    await call(jobs, lease, 0)
    await painted(jobs, lease, 2, packed=False)
    return lease


async def succeeds(work: Awaitable[Any]) -> bool:
    try:
        await work
    except LostLeaseError:
        return False
    return True


async def test_a_job_makes_the_legal_moves_and_no_others(store: Store, jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    made: dict[JobState, set[JobState]] = {state: set() for state in JobState}
    for source in JobState:
        for target in JobState:
            await store.tx(put_job, lease.job_id, source)
            if await succeeds(store.tx(move_job, lease, target)):
                made[source].add(target)

    assert made == {state: set(targets) for state, targets in MOVES.items()}


async def test_a_render_makes_the_legal_moves_and_no_others(store: Store, jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    made: dict[RenderStage, set[RenderStage]] = {stage: set() for stage in RenderStage}
    for source in RenderStage:
        for target in RenderStage:
            await store.tx(put_render, lease.job_id, source)
            if await succeeds(store.tx(move_render, lease, 0, target)):
                made[source].add(target)

    assert made == {stage: set(targets) for stage, targets in STAGE_MOVES.items()}


@pytest.mark.parametrize("name", PAINTING)
async def test_painting_is_written_only_while_the_job_is_rendering(
    store: Store, jobs: SqlJobStore, name: str
) -> None:
    lease = await in_the_middle(jobs)
    for state in set(JobState) - {JobState.RENDERING}:
        await store.tx(put_job, lease.job_id, state)
        before = await store.tx(everything)
        with pytest.raises(LostLeaseError):
            await PAINTING[name](jobs, lease)
        assert await store.tx(everything) == before, state

    await store.tx(put_job, lease.job_id, JobState.RENDERING)
    await PAINTING[name](jobs, lease)


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("deliver", {JobState.DELIVERING} | TERMINAL),
        ("undeliverable", (OPEN | TERMINAL) - {JobState.QUEUED, JobState.DONE}),
    ],
)
async def test_an_end_is_written_only_when_there_is_one(
    store: Store, jobs: SqlJobStore, name: str, legal: set[JobState]
) -> None:
    lease = await in_the_middle(jobs)
    written: set[JobState] = set()
    for state in JobState:
        await store.tx(put_job, lease.job_id, state)
        if await succeeds(SHOWING[name](jobs, lease)):
            written.add(state)

    assert written == legal


async def test_under_a_lost_lease_nothing_is_written(
    store: Store, jobs: SqlJobStore, subtests: pytest.Subtests
) -> None:
    lease = await in_the_middle(jobs)
    await claimed(jobs, now=AFTER_LEASE, worker="other")
    before = await store.tx(everything)

    for name, write in FENCED.items():
        with subtests.test(name):
            with pytest.raises(LostLeaseError):
                await write(jobs, lease)

            assert await store.tx(everything) == before


async def test_after_a_cancellation_nothing_is_written(
    store: Store, jobs: SqlJobStore, subtests: pytest.Subtests
) -> None:
    lease = await in_the_middle(jobs)
    await jobs.cancel(lease.job_id, user_id=ANN, now=NOW)
    before = await store.tx(everything)

    for name, write in FENCED.items():
        with subtests.test(name):
            with pytest.raises(LostLeaseError):
                await write(jobs, lease)

            assert await store.tx(everything) == before


async def test_a_lease_of_a_job_that_is_not_there_is_lost(
    jobs: SqlJobStore, subtests: pytest.Subtests
) -> None:
    for name, write in FENCED.items():
        with subtests.test(name), pytest.raises(LostLeaseError):
            await write(jobs, Lease(job_id="unknown", attempt=1, worker="worker"))


async def test_a_lease_from_the_future_is_lost_as_well(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)

    with pytest.raises(LostLeaseError):
        await jobs.reload(replace(lease, attempt=2))


async def test_a_render_that_is_not_there_cannot_be_called(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs, count=1)

    with pytest.raises(LostLeaseError):
        await call(jobs, lease, 1)


@pytest.mark.parametrize(
    ("failures", "state"),
    [
        ([None, FAULT], JobState.DELIVERING),
        ([FAULT, FAULT], JobState.FAILED),
        ([FAULT, REFUSED], JobState.REFUSED),
    ],
)
async def test_the_end_of_rendering_follows_from_the_renders_and_releases_what_is_missing(
    jobs: SqlJobStore, failures: list[Failure | None], state: JobState
) -> None:
    job, lease = await rendering(jobs, count=2)
    for index, failure in enumerate(failures):
        if failure is None:
            await painted(jobs, lease, index)
        else:
            await jobs.render_failed(lease, index, failure, now=NOW)

    ended = await jobs.finish_rendering(lease, {}, now=AFTER_LEASE)

    assert (ended.state, ended.failure, ended.finished_at) == (state, failures[-1], AFTER_LEASE)
    assert await images_used(jobs) == failures.count(None)
    assert ended == await jobs.get(job.id)


async def test_what_packaging_and_sizing_found_reads_back(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await jobs.set_size(lease, Size(2560, 1440), ("image2",))
    await painted(jobs, lease)

    job = await jobs.reload(lease)

    packed = packed_as(job.id, 0)
    (render,) = job.pictures
    assert (job.size, job.animated) == (Size(2560, 1440), ("image2",))
    assert (render.packed_key, render.packed_mime, render.extension) == (
        packed.key,
        packed.mime,
        packed.extension,
    )
    assert (render.size, render.fitted, render.raw_key) == (packed.size, False, f"{job.id}/0-raw")


async def test_a_job_whose_shape_the_model_chooses_has_no_size_and_keeps_its_animations(
    jobs: SqlJobStore,
) -> None:
    _, lease = await rendering(jobs)
    await jobs.set_size(lease, None, ("image2",))

    job = await jobs.reload(lease)

    assert (job.size, job.animated) == (None, ("image2",))


async def test_a_queued_job_has_no_lease_that_could_write(jobs: SqlJobStore) -> None:
    job = await queued(jobs)

    with pytest.raises(LostLeaseError):
        await jobs.undeliverable(Lease(job_id=job.id, attempt=0, worker="worker"), now=NOW)


STORED_CODES: Final = (
    *((code.value, code) for code in FailureCode),
    ("from_the_future", FailureCode.UNKNOWN),
    ("denied:from_the_future", FailureCode.DENIED_UNKNOWN),
)


async def test_a_stored_failure_of_any_version_can_be_read(store: Store, jobs: SqlJobStore) -> None:
    asked = await queued(jobs)
    read: list[Failure | None] = []
    for stored, _ in STORED_CODES:
        failure = {"kind": "fault", "code": stored, "subject": None}
        await execute(store, update(job_rows).where(job_rows.c.id == asked.id).values(failure=failure))
        job = await jobs.get(asked.id)
        assert job is not None
        read.append(job.failure)

    assert read == [Failure(kind=FailureKind.FAULT, code=code) for _, code in STORED_CODES]
