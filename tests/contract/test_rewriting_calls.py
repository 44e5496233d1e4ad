"""The call that rewrites a prompt, on the books: once for a job, paid for, and none of its pictures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.domain.content.filters import FilterKind
from bot.domain.jobs import RewriteFault, Rewriting
from bot.domain.moderation import AddFilter
from bot.domain.policy.rules import Limit
from bot.domain.ports.stores import Lease
from bot.domain.provider import Charge
from bot.errors import LostLeaseError
from bot.storage.engine import Store
from bot.storage.schema import calls
from bot.storage.stores import SqlJobStore, SqlModerationStore
from tests.contract.moderation_material import GUILD, applied, execute, server_limit
from tests.contract.result_material import wished
from tests.contract.store_material import (
    ANN,
    LATER,
    NOW,
    PRICE,
    accepted,
    claimed,
    new_job,
    painted,
    rendering,
)

CALL = "easel.job.words.1"
ESTIMATE = 2_000
HOUR = timedelta(hours=1)


async def begun(jobs: SqlJobStore, lease: Lease, request_id: str = CALL) -> None:
    await jobs.begin_rewriting(lease, request_id=request_id, estimate_micro_usd=ESTIMATE, now=NOW)


async def ended(jobs: SqlJobStore, charge: Charge, cost_micro_usd: int | None = None) -> None:
    await jobs.end_call(CALL, charge=charge, cost_micro_usd=cost_micro_usd, now=NOW + LATER)


async def enhanced(jobs: SqlJobStore) -> Lease:
    return (await rendering(jobs, request=wished(enhance=True)))[1]


async def spent(jobs: SqlJobStore) -> tuple[int, int]:
    report = await jobs.spend(since=NOW - HOUR, until=NOW + HOUR)
    return report.micro_usd, report.uncertain_micro_usd


@pytest.mark.parametrize(
    ("charge", "told", "counted", "uncertain"),
    [
        (Charge.CHARGED, 900, 900, 0),
        (Charge.CHARGED, None, ESTIMATE, 0),
        (Charge.UNKNOWN, None, ESTIMATE, ESTIMATE),
        (Charge.FREE, None, 0, 0),
    ],
)
async def test_it_costs_what_was_told_else_what_was_expected(
    store: Store, jobs: SqlJobStore, charge: Charge, told: int | None, counted: int, uncertain: int
) -> None:
    lease = await enhanced(jobs)
    await begun(jobs, lease)
    assert await spent(jobs) == (ESTIMATE, ESTIMATE)

    await ended(jobs, charge, told)

    assert await spent(jobs) == (counted, uncertain)
    assert (await jobs.reload(lease)).cost_micro_usd == counted
    on_the_books = await SqlModerationStore(store).spent(GUILD, now=NOW)
    assert on_the_books.today_micro_usd == counted


async def test_it_is_begun_once(jobs: SqlJobStore) -> None:
    lease = await enhanced(jobs)
    await begun(jobs, lease)

    with pytest.raises(LostLeaseError):
        await begun(jobs, lease, "easel.job.words.2")

    job = await jobs.reload(lease)
    assert job.rewriting == Rewriting(request_id=CALL)
    assert await spent(jobs) == (ESTIMATE, ESTIMATE)


async def test_what_became_of_it_is_beside_the_job(jobs: SqlJobStore) -> None:
    lease = await enhanced(jobs)
    with pytest.raises(LostLeaseError):
        await jobs.end_rewriting(lease, text="a fox at night", fault=None)
    await begun(jobs, lease)

    job = await jobs.end_rewriting(lease, text="a fox at night", fault=None)

    assert job.rewriting == Rewriting(request_id=CALL, text="a fox at night")
    assert job.asked_with(0) == "a fox at night"
    assert await jobs.reload(lease) == job


async def test_who_lost_the_job_writes_nothing_of_it_but_its_cost(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs, request=wished(enhance=True))
    await begun(jobs, lease)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    await ended(jobs, Charge.CHARGED, 900)
    with pytest.raises(LostLeaseError):
        await jobs.end_rewriting(lease, text="a fox at night", fault=None)

    _, fresh = await claimed(jobs)
    found = await jobs.reload(fresh)
    assert (found.rewriting, found.cost_micro_usd) == (Rewriting(request_id=CALL), 900)


async def test_text_that_a_filter_stops_is_not_taken(store: Store, jobs: SqlJobStore) -> None:
    lease = await enhanced(jobs)
    await begun(jobs, lease)
    await applied(SqlModerationStore(store), AddFilter(kind=FilterKind.WORD, text="moonlight"))

    job = await jobs.end_rewriting(lease, text="a fox in moonlight", fault=None)

    assert job.rewriting == Rewriting(request_id=CALL, fault=RewriteFault.FILTERED)
    assert job.asked_with(0) == job.request.prompt


async def test_one_that_nobody_heard_the_end_of_is_asked_about_once_its_job_is_over(
    jobs: SqlJobStore,
) -> None:
    lease = await enhanced(jobs)
    await begun(jobs, lease)
    assert await jobs.open_calls(before=NOW + HOUR, after=NOW + HOUR) == ()
    await jobs.end_rewriting(lease, text=None, fault=RewriteFault.UNCERTAIN)
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, {}, now=NOW)
    await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)

    assert [call.request_id for call in await jobs.open_calls(before=NOW + HOUR, after=NOW + HOUR)] == [CALL]


async def test_it_counts_against_budgets(store: Store, jobs: SqlJobStore) -> None:
    lease = await enhanced(jobs)
    await begun(jobs, lease)
    await ended(jobs, Charge.CHARGED, 900)
    moderation = SqlModerationStore(store)
    await applied(moderation, server_limit(PRICE + 900, Limit.SERVER_USD_PER_DAY))

    reserved = (await moderation.spent(GUILD, now=NOW)).reserved_micro_usd

    assert (reserved, (await moderation.spent(GUILD, now=NOW)).today_micro_usd) == (PRICE, 900)
    await painted(jobs, lease)
    spent_now = await moderation.spent(GUILD, now=NOW)
    assert (spent_now.reserved_micro_usd, spent_now.today_micro_usd) == (0, PRICE + 900)


async def test_how_long_it_took_says_nothing_of_how_long_a_picture_takes(
    store: Store, jobs: SqlJobStore
) -> None:
    def call(number: int, index: int, seconds: float) -> dict[str, object]:
        return {
            "request_id": f"r.{number}",
            "job_id": "job",
            "idx": index,
            "user_id": ANN,
            "charge": "charged",
            "cost_micro_usd": 1,
            "submitted_at": NOW,
            "ended_at": NOW + timedelta(seconds=number),
            "seconds": seconds,
        }

    await execute(store, insert(calls).values([call(0, 0, 40.0), *(call(n, -1, 1.0) for n in range(1, 30))]))

    standing = (await accepted(jobs, new_job())).standing

    assert standing.ready_at == NOW + timedelta(seconds=40)
