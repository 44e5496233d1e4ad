"""A person's data in the store: shown page by page, and forgotten without a trace but for counts and costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, or_, select

from bot.domain.jobs import Job
from bot.domain.policy.decision import DenialReason, Denied
from bot.domain.policy.quota import LONGEST_WINDOW
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.stores import Accepted, Forgotten, Lease
from bot.domain.provider import Charge
from bot.storage.engine import Store
from bot.storage.ledger import EVERYBODY
from bot.storage.rows import new_job_row
from bot.storage.schema import blocks, calls, notes, people, renders, spent, usage_entries
from bot.storage.schema import jobs as jobs_table
from bot.storage.sql import DELETED_USER, MAX_ROWS_AT_ONCE
from bot.storage.stores import SqlJobStore, SqlKeyValueStore
from tests.contract.conftest import Database, held, waits_for_a_lock
from tests.contract.job_ends import FAULT, cancelled, delivering, expired, failed, found, refused
from tests.contract.store_material import (
    ANN,
    BEN,
    FREELY,
    NOW,
    PRICE,
    RATES,
    accepted,
    at_most,
    call,
    claimed,
    end,
    images_used,
    new_job,
    painted,
    queued,
    rendering,
)

AFTER_WINDOW = NOW + LONGEST_WINDOW + timedelta(seconds=1)
MONTH_END = datetime(2026, 12, 1, tzinfo=UTC)
End = Callable[[SqlJobStore], Awaitable[Lease]]


async def delivered(jobs: SqlJobStore, user_id: int = ANN, **more: Any) -> Job:
    """A job with one picture, painted, paid and shown."""
    _, lease = await rendering(jobs, user_id, **more)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
    return await found(jobs, lease.job_id)


async def shown(jobs: SqlJobStore, lease: Lease) -> None:
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)


def _rows_of(conn: Connection, user_id: int) -> dict[str, int]:
    tables = (jobs_table, usage_entries, calls, people, spent)
    named = {
        table.name: conn.execute(
            select(func.count()).select_from(table).where(table.c.user_id == user_id)
        ).scalar_one()
        for table in tables
    }
    return {name: count for name, count in named.items() if count}


def _spent_by(conn: Connection, user_id: int) -> int:
    query = select(func.coalesce(func.sum(spent.c.micro_usd), 0)).where(spent.c.user_id == user_id)
    return int(conn.execute(query).scalar_one())


def _callers(conn: Connection) -> list[int]:
    return list(conn.execute(select(calls.c.user_id)).scalars())


def _notes_about(conn: Connection, user_id: int) -> int:
    query = select(func.count()).where(or_(notes.c.key.contains(str(user_id)), notes.c.value == str(user_id)))
    return conn.execute(query).scalar_one()


async def rows_of(store: Store, user_id: int = ANN) -> dict[str, int]:
    """How many rows of each table name the person."""
    return await store.tx(_rows_of, user_id)


async def test_a_delivered_job_is_gone_and_its_cost_is_nobodys(store: Store, jobs: SqlJobStore) -> None:
    job = await delivered(jobs)
    before = await jobs.spend(since=NOW, until=AFTER_WINDOW)

    forgotten = await jobs.forget(ANN, now=NOW)

    assert (forgotten.job_ids, forgotten.unfinished, forgotten.images) == ((job.id,), 0, 1)
    assert await jobs.get(job.id) is None
    assert await rows_of(store) == {"charges": 1, "people": 1, "spent": 1}
    assert await jobs.spend(since=NOW, until=AFTER_WINDOW) == before
    assert before.micro_usd == PRICE
    assert (
        await store.tx(lambda conn: conn.execute(select(func.count()).select_from(renders)).scalar_one()) == 0
    )


async def test_the_data_of_others_is_untouched(store: Store, jobs: SqlJobStore) -> None:
    theirs = await delivered(jobs, BEN)
    await delivered(jobs)
    rows = await rows_of(store, BEN)

    await jobs.forget(ANN, now=NOW)
    await jobs.forget_counts(now=AFTER_WINDOW)

    assert await found(jobs, theirs.id) == theirs
    assert await rows_of(store, BEN) == rows
    assert rows == {"jobs": 1, "charges": 1, "calls": 1, "people": 1, "spent": 1}


async def test_forgetting_opens_no_limit(jobs: SqlJobStore) -> None:
    await delivered(jobs)

    await jobs.forget(ANN, now=NOW)

    assert await images_used(jobs) == 1
    denied = await jobs.submit(new_job(), at_most(3, 1), RATES)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert denied.exceeded.limit is Limit.IMAGES_PER_DAY


async def test_forgetting_opens_no_budget_before_the_month_is_over(store: Store, jobs: SqlJobStore) -> None:
    await delivered(jobs)
    budget = Rule(scope=Scope.OPERATOR, says={Limit.USD_PER_MONTH: PRICE})

    await jobs.forget(ANN, now=NOW)

    just_before = MONTH_END - timedelta(seconds=1)
    await jobs.forget_counts(now=just_before)
    denied = await jobs.submit(new_job(at=just_before), budget, RATES)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert (denied.exceeded.limit, denied.exceeded.used) == (Limit.USD_PER_MONTH, PRICE)

    await jobs.forget_counts(now=MONTH_END)
    assert await store.tx(_spent_by, ANN) == 0
    assert await rows_of(store) == {"charges": 1, "people": 1}  # the picture counts for some days more
    await accepted(jobs, new_job(at=MONTH_END), budget)


async def test_what_was_spent_without_a_picture_goes_with_the_month(store: Store, jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await end(jobs, await call(jobs, lease), Charge.UNKNOWN)
    await jobs.render_failed(lease, 0, FAULT, now=NOW)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await shown(jobs, lease)

    await jobs.forget(ANN, now=NOW)
    assert await rows_of(store) == {"people": 1, "spent": 1}

    await jobs.forget_counts(now=MONTH_END)
    assert await rows_of(store) == {}
    assert await store.tx(_notes_about, ANN) == 0
    assert await store.tx(_spent_by, EVERYBODY) == PRICE


async def test_forgetting_lifts_no_block(store: Store, jobs: SqlJobStore) -> None:
    await delivered(jobs)
    place = {"guild_id": new_job().reply_target.guild_id, "user_id": ANN, "by_user_id": BEN}
    block = place | {"until": None, "reason": "spam", "at": NOW}
    await store.tx(lambda conn: conn.execute(insert(blocks), block) and None)

    await jobs.forget(ANN, now=NOW)
    await jobs.forget_counts(now=AFTER_WINDOW)

    denied = await jobs.submit(new_job(at=AFTER_WINDOW), FREELY, RATES)
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason.BLOCKED


async def test_what_had_to_stay_goes_when_it_counts_no_more(store: Store, jobs: SqlJobStore) -> None:
    await delivered(jobs)
    await jobs.forget(ANN, now=NOW)

    await jobs.forget_counts(now=NOW + LONGEST_WINDOW - timedelta(seconds=1))
    assert await rows_of(store) == {"charges": 1, "people": 1}

    await jobs.forget_counts(now=AFTER_WINDOW)
    assert await rows_of(store) == {}
    assert await store.tx(_notes_about, ANN) == 0


async def test_what_somebody_does_after_being_forgotten_is_kept_like_anything_else(
    store: Store, jobs: SqlJobStore
) -> None:
    await delivered(jobs)
    await jobs.forget(ANN, now=NOW)
    later = await queued(jobs, at=NOW + timedelta(hours=1))

    await jobs.forget_counts(now=AFTER_WINDOW)

    assert await rows_of(store) == {"jobs": 1, "charges": 1, "people": 1}
    assert (await found(jobs, later.id)).request.prompt
    assert await store.tx(_notes_about, ANN) == 0


async def test_old_charges_go_at_once(store: Store, jobs: SqlJobStore) -> None:
    await delivered(jobs)

    await jobs.forget(ANN, now=AFTER_WINDOW)

    assert await rows_of(store) == {}
    assert await store.tx(_notes_about, ANN) == 0


@pytest.mark.parametrize("end_of", [failed, refused, cancelled, expired])
async def test_an_end_without_a_picture_leaves_nothing(store: Store, jobs: SqlJobStore, end_of: End) -> None:
    await shown(jobs, await end_of(jobs))

    await jobs.forget(ANN, now=NOW)

    assert await rows_of(store) == {}


@pytest.mark.parametrize("end_of", [delivering, failed, refused, cancelled, expired])
async def test_an_end_nobody_was_shown_yet_is_left(jobs: SqlJobStore, end_of: End) -> None:
    lease = await end_of(jobs)
    before = await found(jobs, lease.job_id)

    forgotten = await jobs.forget(ANN, now=NOW)

    assert (forgotten.job_ids, forgotten.unfinished) == ((), 1)
    assert await found(jobs, lease.job_id) == before
    await shown(jobs, lease)
    assert (await jobs.forget(ANN, now=NOW)).job_ids == (lease.job_id,)


async def test_what_is_open_is_left_whole_however_old(store: Store, jobs: SqlJobStore) -> None:
    waiting = await found(jobs, (await queued(jobs)).id)

    forgotten = await jobs.forget(ANN, now=AFTER_WINDOW)

    assert (forgotten.job_ids, forgotten.unfinished) == ((), 1)
    assert await found(jobs, waiting.id) == waiting
    assert await rows_of(store) == {"jobs": 1, "charges": 1, "people": 1}


@pytest.mark.parametrize(("charge", "cost"), [(Charge.CHARGED, 7), (Charge.FREE, 0)])
async def test_the_cost_of_a_call_that_ends_after_its_job_was_forgotten_is_recorded(
    store: Store, jobs: SqlJobStore, charge: Charge, cost: int
) -> None:
    job, lease = await rendering(jobs)
    name = await call(jobs, lease)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)
    await shown(jobs, (await claimed(jobs))[1])
    await jobs.forget(ANN, now=NOW)

    (left,) = await jobs.open_calls(before=AFTER_WINDOW, after=AFTER_WINDOW)
    assert left.request_id == name
    await end(jobs, name, charge, 7)

    assert (await jobs.spend(since=NOW, until=AFTER_WINDOW)).micro_usd == cost
    assert await jobs.open_calls(before=AFTER_WINDOW, after=AFTER_WINDOW) == ()
    assert await store.tx(_spent_by, EVERYBODY) == cost  # the server's budget
    assert await store.tx(_spent_by, ANN) == cost
    assert await store.tx(_callers) == [DELETED_USER]
    await jobs.forget_counts(now=MONTH_END)
    assert await rows_of(store) == {}


@pytest.mark.postgres
async def test_a_call_that_ends_waits_for_whoever_forgets_its_person(postgres: Database) -> None:
    """Else it would keep the name: its job still seems to be there, and is gone a moment later."""
    async with postgres.store() as store, asyncio.timeout(30):
        jobs = SqlJobStore(store)
        _, lease = await rendering(jobs)
        name = await call(jobs, lease)

        async with held(postgres, "SELECT FROM jobs WHERE id = $1 FOR UPDATE", lease.job_id):
            ending = asyncio.create_task(end(jobs, name, Charge.FREE))
            assert await waits_for_a_lock(store, ending)

        await ending
        assert await store.tx(_spent_by, ANN) == 0


async def test_interactions_and_retries_of_forgotten_jobs_take_no_place(jobs: SqlJobStore) -> None:
    first = new_job()
    lease = await failed(jobs)
    await shown(jobs, lease)
    await accepted(jobs, first)
    again = (await accepted(jobs, new_job(retry_of=lease.job_id))).job
    for job in (first.id, again.id):
        await jobs.withdraw(job, now=NOW)

    assert len((await jobs.forget(ANN, now=NOW)).job_ids) == 3

    anew = await accepted(jobs, new_job(interaction_id=first.interaction_id, retry_of=lease.job_id))
    assert not anew.known


async def test_who_was_only_ever_denied_is_known_and_can_be_forgotten(
    store: Store, jobs: SqlJobStore
) -> None:
    await jobs.submit(new_job(), at_most(1, 0), RATES)
    assert (await jobs.held(ANN, now=NOW)).is_known

    await jobs.forget(ANN, now=NOW)

    assert await rows_of(store) == {}
    assert not (await jobs.held(ANN, now=NOW)).is_known


async def test_nobody_can_be_forgotten_twice_with_another_outcome(store: Store, jobs: SqlJobStore) -> None:
    await delivered(jobs)
    await jobs.forget(ANN, now=NOW)
    rows = await rows_of(store)

    again = await jobs.forget(ANN, now=NOW)

    assert (again.job_ids, again.images) == ((), 1)
    assert await rows_of(store) == rows


async def test_more_jobs_than_one_statement_takes_are_forgotten_in_one_transaction(
    store: Store, jobs: SqlJobStore
) -> None:
    ended = {"state": "done", "priority": 0, "tag": 0, "attempt": 1, "ready_at": NOW, "shown_at": NOW}
    rows = [new_job_row(new_job()) | ended for _ in range(2 * MAX_ROWS_AT_ONCE + 1)]
    await store.tx(lambda conn: conn.execute(insert(jobs_table), rows) and None)

    forgotten = await jobs.forget(ANN, now=NOW)

    assert len(forgotten.job_ids) == 2 * MAX_ROWS_AT_ONCE + 1
    assert await rows_of(store) == {}


async def test_forgetting_while_the_person_goes_on_painting_loses_no_job_and_no_count(
    database: Database,
) -> None:
    async with database.job_stores(4) as stores:
        jobs = stores[0]
        for _ in range(10):
            await delivered(jobs)
        submits = [stores[number % 4].submit(new_job(), FREELY, RATES) for number in range(12)]
        forgets = [store.forget(ANN, now=AFTER_WINDOW) for store in stores]
        outcomes = await asyncio.gather(*submits, *forgets)

        held = await jobs.held(ANN, now=NOW)

    forgotten = [
        job_id for outcome in outcomes if isinstance(outcome, Forgotten) for job_id in outcome.job_ids
    ]
    assert (len(forgotten), len(set(forgotten))) == (10, 10)
    assert (held.jobs, held.images, held.is_known) == (12, 12, True)


async def test_figures_tell_jobs_unfinished_ones_and_what_counts(jobs: SqlJobStore) -> None:
    await delivered(jobs)
    await queued(jobs, count=2)
    await queued(jobs, BEN)

    held = await jobs.held(ANN, now=NOW)

    assert (held.jobs, held.unfinished, held.images) == (2, 1, 3)


async def test_jobs_are_exported_newest_first_a_page_at_a_time(jobs: SqlJobStore) -> None:
    minute = timedelta(minutes=1)
    made = [
        await queued(jobs, at=NOW + number // 2 * minute) for number in range(5)
    ]  # some at the same moment
    await queued(jobs, BEN)
    pages: list[tuple[Job, ...]] = []
    last: Job | None = None

    while page := await jobs.export(ANN, before=last, limit=2):
        pages.append(page)
        last = page[-1]

    assert [len(page) for page in pages] == [2, 2, 1]
    exported = [job.id for page in pages for job in page]
    assert exported == [job.id for job in reversed(made)]


async def test_notes_that_are_no_names_are_left_alone(store: Store, jobs: SqlJobStore) -> None:
    key_values = SqlKeyValueStore(store)
    await key_values.write_value("commands", "abc")

    await jobs.forget_counts(now=AFTER_WINDOW)

    assert await key_values.read_value("commands") == "abc"


async def test_a_forgotten_persons_next_job_is_accepted(jobs: SqlJobStore) -> None:
    await delivered(jobs)
    await jobs.forget(ANN, now=AFTER_WINDOW)

    assert isinstance(await accepted(jobs, new_job(at=AFTER_WINDOW)), Accepted)
