"""Accepting a job: policy, reservation, row and place in the line, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count as counter
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from bot.domain.fairness import typical_seconds_key
from bot.domain.jobs import JobState, RenderStage, ReplyScope, ReplyTarget
from bot.domain.policy.decision import DenialReason, Denied
from bot.domain.policy.quota import WINDOWS, LimitExceeded
from bot.domain.policy.rules import Limit
from bot.domain.ports.stores import Accepted, WorkerHeartbeat
from bot.domain.provider import Charge
from bot.domain.sizes import Resolution
from bot.storage.engine import Store
from bot.storage.queue import RECENT_CALLS
from bot.storage.schema import jobs as job_rows
from bot.storage.schema import people, renders, usage_entries
from bot.storage.stores import SqlJobStore, SqlKeyValueStore
from bot.storage.submit import FIRST_ANSWER, submit
from tests.contract.conftest import Database
from tests.contract.store_material import (
    ANN,
    BEN,
    FREELY,
    LEASE_S,
    NOW,
    RATES,
    VIDEO,
    accepted,
    at_most,
    call,
    claimed,
    end,
    images_used,
    new_job,
    queued,
    request,
)

MINUTE = timedelta(minutes=1)
DIRECT = ReplyTarget(scope=ReplyScope.DIRECT, channel_id=70, guild_id=None, upload_limit_bytes=10_000_000)


class BrokenHalfwayError(Exception):
    """What the test throws in the middle of a transaction."""


def breaking(number: int, op: Callable[..., Any]) -> Callable[..., Any]:
    """`op`, whose connection breaks before its statement `number`."""

    def run(conn: Connection, *args: Any) -> Any:
        statements = counter(1)

        def before(*_: Any) -> None:
            if next(statements) == number:
                raise BrokenHalfwayError

        event.listen(conn, "before_cursor_execute", before)
        try:
            return op(conn, *args)
        finally:
            event.remove(conn, "before_cursor_execute", before)

    return run


def _row_counts(conn: Connection) -> list[int]:
    tables = (job_rows, renders, usage_entries, people)
    return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def _last_tag(conn: Connection, user_id: int) -> int | None:
    return conn.execute(select(people.c.last_tag).where(people.c.user_id == user_id)).scalar_one_or_none()


async def test_an_accepted_job_reads_back_as_it_was_asked_for(jobs: SqlJobStore) -> None:
    new = new_job(count=3)

    await accepted(jobs, new)

    job = await jobs.get(new.id)
    assert job is not None
    assert (job.state, job.request, job.reply_target, job.token) == (
        JobState.QUEUED,
        new.request,
        new.reply_target,
        new.token,
    )
    assert (job.created_at, job.expires_at, job.token_until) == (
        new.created_at,
        new.expires_at,
        new.token_until,
    )
    assert [render.stage for render in job.renders] == [RenderStage.WAITING] * 3
    assert await images_used(jobs) == 3


async def test_a_submit_that_breaks_at_any_statement_leaves_nothing(store: Store) -> None:
    number = 0
    while True:
        number += 1
        try:
            await store.tx(breaking(number, submit), new_job(count=2), FREELY, RATES)
        except BrokenHalfwayError:
            assert await store.tx(_row_counts) == [0, 0, 0, 0], f"after statement {number}"
        else:
            break

    assert number > 8  # it did break at each of several statements
    assert await store.tx(_row_counts) == [1, 2, 1, 1]


async def test_the_same_interaction_twice_is_the_same_job(jobs: SqlJobStore) -> None:
    first = new_job(count=2)
    await accepted(jobs, first)

    again = await accepted(jobs, replace(first, id="another0id"))

    assert again.known
    assert again.job.id == first.id
    assert await jobs.get("another0id") is None
    assert await images_used(jobs) == 2


async def test_the_same_interaction_twice_at_once_is_one_job(database: Database) -> None:
    async with database.job_stores(4) as stores:
        new = new_job()
        outcomes = await asyncio.gather(
            *(accepted(stores[n], replace(new, id=f"{new.id}{n}")) for n in range(4))
        )

    assert len({outcome.job.id for outcome in outcomes}) == 1
    assert [outcome.known for outcome in outcomes].count(False) == 1


async def test_a_job_is_retried_once(jobs: SqlJobStore) -> None:
    await accepted(jobs, new_job(retry_of="old"))

    again = await jobs.submit(new_job(retry_of="old"), FREELY, RATES)

    assert again == Denied(reason=DenialReason.RETRIED_ALREADY)
    assert await images_used(jobs) == 1


async def test_of_many_people_who_retry_a_job_at_once_one_is_accepted(database: Database) -> None:
    async with database.job_stores(4) as stores, database.store() as store:
        for round_ in range(5):
            crowd = [100 * round_ + n for n in range(4)]
            outcomes = await asyncio.gather(
                *(
                    stores[n].submit(new_job(user_id, retry_of=f"old{round_}"), FREELY, RATES)
                    for n, user_id in enumerate(crowd)
                )
            )

            assert [isinstance(outcome, Accepted) for outcome in outcomes].count(True) == 1
            denied = [outcome for outcome in outcomes if isinstance(outcome, Denied)]
            assert {outcome.reason for outcome in denied} == {DenialReason.RETRIED_ALREADY}
            tags = [await store.tx(_last_tag, user_id) for user_id in crowd]
            assert sum(1 for tag in tags if tag) == 1, "who was refused moved back in the line"


async def test_a_person_has_as_many_jobs_at_once_as_the_ceiling_says(jobs: SqlJobStore) -> None:
    ceiling = at_most(2, None)
    job = await queued(jobs)
    await accepted(jobs, new_job(), ceiling)

    refused = await jobs.submit(new_job(), ceiling, RATES)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    no = LimitExceeded(limit=Limit.JOBS_AT_ONCE, by=ceiling, allowed=2, used=2)
    assert refused == Denied(reason=DenialReason.LIMIT, exceeded=no)
    await accepted(jobs, new_job(), ceiling)


async def test_a_job_that_is_worked_on_counts_as_one_at_once(jobs: SqlJobStore) -> None:
    await queued(jobs)
    await claimed(jobs)

    refused = await jobs.submit(new_job(), at_most(1, None), RATES)

    assert isinstance(refused, Denied)


async def test_a_full_window_says_when_the_same_wish_fits(jobs: SqlJobStore) -> None:
    ceiling = at_most(10, 4)
    await accepted(jobs, new_job(at=NOW), ceiling)
    await accepted(jobs, new_job(at=NOW + MINUTE, count=2), ceiling)
    await accepted(jobs, new_job(at=NOW + 2 * MINUTE), ceiling)

    refused = await jobs.submit(new_job(at=NOW + 3 * MINUTE, count=3), ceiling, RATES)

    opens_at = NOW + MINUTE + WINDOWS[Limit.IMAGES_PER_DAY]
    no = LimitExceeded(limit=Limit.IMAGES_PER_DAY, by=ceiling, allowed=4, used=4, opens_at=opens_at)
    assert refused == Denied(reason=DenialReason.LIMIT, exceeded=no)
    early = await jobs.submit(new_job(at=opens_at - timedelta(seconds=1), count=3), ceiling, RATES)
    assert isinstance(early, Denied)
    await accepted(jobs, new_job(at=opens_at, count=3), ceiling)


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (2, 3)])
async def test_what_no_waiting_helps_has_no_time_to_wait_for(
    jobs: SqlJobStore, limit: int, count: int
) -> None:
    ceiling = at_most(1, limit)

    refused = await jobs.submit(new_job(count=count), ceiling, RATES)

    no = LimitExceeded(limit=Limit.IMAGES_PER_DAY, by=ceiling, allowed=limit, used=0, opens_at=None)
    assert refused == Denied(reason=DenialReason.LIMIT, exceeded=no)


async def test_a_refusal_stores_no_job_and_moves_nobody_in_the_line(store: Store, jobs: SqlJobStore) -> None:
    await jobs.submit(new_job(), at_most(0, None), RATES)

    assert (await store.tx(_row_counts))[:3] == [0, 0, 0]
    assert await store.tx(_last_tag, ANN) == 0


async def test_one_persons_images_are_not_anothers(jobs: SqlJobStore) -> None:
    ceiling = at_most(1, 2)
    await accepted(jobs, new_job(ANN, count=2), ceiling)

    await accepted(jobs, new_job(BEN, count=2), ceiling)


async def test_the_standing_counts_jobs_and_pictures_ahead(jobs: SqlJobStore) -> None:
    first = await accepted(jobs, new_job(1))
    second = await accepted(jobs, new_job(2, count=4))

    # 20 s for a picture until there are figures, and two at once: 1 picture, then 5.
    assert (first.standing.position, first.standing.ready_at) == (1, NOW + timedelta(seconds=20))
    assert (second.standing.position, second.standing.ready_at) == (2, NOW + timedelta(seconds=60))


async def test_the_estimate_counts_pictures_that_are_still_being_painted(jobs: SqlJobStore) -> None:
    await queued(jobs, count=4)
    _, lease = await claimed(jobs)
    await call(jobs, lease, 0)
    await jobs.render_waits(lease, 0)

    waiting = await accepted(jobs, new_job(BEN))

    assert (waiting.standing.position, waiting.standing.ready_at) == (1, NOW + timedelta(seconds=60))


async def test_the_estimate_follows_the_calls_and_the_workers_that_were_seen(
    jobs: SqlJobStore, store: Store
) -> None:
    key_values = SqlKeyValueStore(store)
    for name, seen_at in (("here", NOW), ("there", NOW), ("gone", NOW - 2 * MINUTE)):
        await key_values.record_heartbeat(WorkerHeartbeat(name=name, seen_at=seen_at, slots=2, running=0))
    await queued(jobs)
    _, lease = await claimed(jobs)
    await end(jobs, await call(jobs, lease), Charge.CHARGED)  # took 10 s
    await jobs.finish_rendering(lease, {}, now=NOW)

    eight = [await accepted(jobs, new_job(BEN)) for _ in range(8)]

    assert [outcome.standing.position for outcome in eight] == list(range(1, 9))
    waits_s = [(outcome.standing.ready_at - NOW).total_seconds() for outcome in eight]
    assert waits_s == [10.0] * 4 + [20.0] * 4


async def test_the_estimate_is_that_of_pictures_of_the_same_resolution(jobs: SqlJobStore) -> None:
    fine = replace(request(1), resolution=Resolution.FOUR_K)
    for wanted, seconds in ((request(1), 6), (fine, 30)):
        await queued(jobs, request=wanted)
        _, lease = await claimed(jobs)
        name, ended_at = await call(jobs, lease), NOW + timedelta(seconds=seconds)
        await jobs.end_call(name, charge=Charge.CHARGED, cost_micro_usd=1, now=ended_at)
        await jobs.finish_rendering(lease, {}, now=NOW)

    quick = await accepted(jobs, new_job(BEN))
    slow = await accepted(jobs, new_job(BEN, request=fine))

    assert quick.standing.ready_at == NOW + timedelta(seconds=6)
    assert slow.standing.ready_at == NOW + timedelta(seconds=30)
    assert await jobs.render_seconds("another/model", Resolution.TWO_K) == 18


async def test_a_published_time_counts_until_there_are_calls_to_the_model(
    store: Store, jobs: SqlJobStore
) -> None:
    key_values, ours = SqlKeyValueStore(store), request(1).model
    for model, seconds in ((ours, "12.5"), ("another/model", "40")):
        await key_values.write_value(typical_seconds_key(model), seconds)
    assert await jobs.render_seconds(ours, Resolution.TWO_K) == 12.5
    first = await accepted(jobs, new_job(BEN))
    assert first.standing.ready_at == NOW + timedelta(seconds=12.5)
    await jobs.cancel(first.job.id, user_id=BEN, now=NOW)

    await queued(jobs)
    _, lease = await claimed(jobs)
    await end(jobs, await call(jobs, lease), Charge.CHARGED)  # took 10 s
    await jobs.finish_rendering(lease, {}, now=NOW)

    assert await jobs.render_seconds(ours, Resolution.TWO_K) == 10
    assert await jobs.render_seconds(ours, Resolution.FOUR_K) == 10
    assert await jobs.render_seconds("another/model", Resolution.TWO_K) == 40
    assert await jobs.render_seconds("a/third", Resolution.TWO_K) == 10


async def test_videos_spoil_no_estimate_of_pictures_though_they_were_the_latest_and_are_forgotten(
    jobs: SqlJobStore,
) -> None:
    await queued(jobs)
    _, lease = await claimed(jobs)
    await end(jobs, await call(jobs, lease), Charge.CHARGED)  # took 10 s
    await jobs.finish_rendering(lease, {}, now=NOW)
    made_at = NOW + 5 * MINUTE
    await queued(jobs, BEN, request=VIDEO, reply_target=DIRECT)
    _, lease = await claimed(jobs)
    for number in range(RECENT_CALLS):
        name = await call(jobs, lease, number=number)
        await jobs.end_call(name, charge=Charge.CHARGED, cost_micro_usd=1, now=made_at)
        await jobs.render_waits(lease, 0)
    await jobs.withdraw(lease.job_id, now=made_at)

    for _ in range(2):
        assert await jobs.render_seconds(request(1).model, Resolution.TWO_K) == 10
        assert await jobs.render_seconds("another/model", Resolution.TWO_K) == 10
        assert (await jobs.forget(BEN, now=made_at)).unfinished == 0


async def test_before_any_call_nobody_knows_how_long_one_takes(jobs: SqlJobStore) -> None:
    assert await jobs.render_seconds(request(1).model, Resolution.TWO_K) is None


async def test_no_worker_touches_a_job_before_its_card_is_out(jobs: SqlJobStore) -> None:
    job = (await accepted(jobs, new_job())).job
    assert await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S) is None

    await jobs.card_shown(job.id, 555, now=NOW)

    taken = await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S)
    assert taken is not None
    assert (taken.id, taken.card_id) == (job.id, 555)


async def test_a_job_whose_gateway_died_before_the_card_is_taken_all_the_same(jobs: SqlJobStore) -> None:
    job = (await accepted(jobs, new_job())).job
    almost = NOW + FIRST_ANSWER - timedelta(milliseconds=1)
    assert await jobs.claim("worker", FREELY, now=almost, lease_s=LEASE_S) is None

    taken = await jobs.claim("worker", FREELY, now=NOW + FIRST_ANSWER, lease_s=LEASE_S)

    assert taken is not None
    assert taken.id == job.id


async def test_a_card_without_a_known_message_does_not_forget_the_one_before(jobs: SqlJobStore) -> None:
    job = await queued(jobs)

    await jobs.card_shown(job.id, None, now=NOW)

    found = await jobs.get(job.id)
    assert found is not None
    assert found.card_id == 555
