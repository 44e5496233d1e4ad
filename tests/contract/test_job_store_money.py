"""Paid calls on record: what they cost, what is uncertain, and which of them repeat an uncertain one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.jobs import Job, RenderStage
from bot.domain.ports.stores import Lease, SpendReport
from bot.domain.provider import Charge
from bot.errors import LostLeaseError
from bot.storage.stores import SqlJobStore
from tests.contract.store_material import (
    ANN,
    LEASE_S,
    NOW,
    PRICE,
    call,
    claimed,
    done,
    end,
    painted,
    rendering,
)

AFTER_LEASE = NOW + timedelta(seconds=LEASE_S)
REAL_COST = 39_000


async def spend(jobs: SqlJobStore) -> SpendReport:
    return await jobs.spend(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))


async def cost(jobs: SqlJobStore, lease: Lease) -> int:
    return (await jobs.reload(lease)).cost_micro_usd


async def called_again(jobs: SqlJobStore, lease: Lease, number: int) -> Job:
    await jobs.render_waits(lease, 0)
    await call(jobs, lease, 0, number)
    return await jobs.reload(lease)


async def test_a_call_is_on_record_with_its_estimate_before_it_is_made(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)

    name = await call(jobs, lease)

    (render,) = (await jobs.reload(lease)).renders
    assert (render.stage, render.request_id, render.submitted_at) == (RenderStage.SUBMITTING, name, NOW)
    assert (render.charge, render.tries, render.reruns) == (None, 1, 0)
    assert await spend(jobs) == SpendReport(
        calls=1, micro_usd=PRICE, uncertain_calls=1, uncertain_micro_usd=PRICE
    )


@pytest.mark.parametrize(
    ("charge", "told", "counted", "uncertain"),
    [
        (Charge.CHARGED, REAL_COST, REAL_COST, 0),
        (Charge.CHARGED, None, PRICE, 0),
        (Charge.UNKNOWN, None, PRICE, PRICE),
        (Charge.FREE, None, 0, 0),
    ],
)
async def test_a_call_costs_what_was_told_else_what_was_expected(
    jobs: SqlJobStore, charge: Charge, told: int | None, counted: int, uncertain: int
) -> None:
    _, lease = await rendering(jobs)

    await end(jobs, await call(jobs, lease), charge, told)

    report = await spend(jobs)
    assert (report.micro_usd, report.uncertain_micro_usd) == (counted, uncertain)
    assert await cost(jobs, lease) == counted
    assert (await jobs.reload(lease)).renders[0].charge is charge


@pytest.mark.parametrize(
    ("first", "later", "final", "counted"),
    [
        (Charge.CHARGED, Charge.UNKNOWN, Charge.CHARGED, PRICE),
        (Charge.CHARGED, Charge.FREE, Charge.CHARGED, PRICE),
        (Charge.FREE, Charge.UNKNOWN, Charge.FREE, 0),
        (Charge.UNKNOWN, Charge.CHARGED, Charge.CHARGED, PRICE),
        (Charge.UNKNOWN, Charge.FREE, Charge.FREE, 0),
        (Charge.FREE, Charge.CHARGED, Charge.CHARGED, PRICE),
    ],
)
async def test_what_is_known_of_a_call_is_not_forgotten_for_what_is_not(
    jobs: SqlJobStore, first: Charge, later: Charge, final: Charge, counted: int
) -> None:
    """Two workers may speak of one call: who made it and lost its lease, and who looked it up."""
    _, lease = await rendering(jobs)
    name = await call(jobs, lease)

    await end(jobs, name, first)
    await end(jobs, name, later)

    assert (await jobs.reload(lease)).renders[0].charge is final
    assert (await spend(jobs)).micro_usd == counted


async def test_the_cost_that_was_told_outlives_a_look_up_that_tells_none(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    name = await call(jobs, lease)
    await end(jobs, name, Charge.CHARGED, REAL_COST)

    await end(jobs, name, Charge.CHARGED)

    assert await cost(jobs, lease) == REAL_COST


async def test_money_is_recorded_also_for_who_lost_the_lease(jobs: SqlJobStore) -> None:
    job, lease = await rendering(jobs)
    name = await call(jobs, lease)
    await jobs.cancel(job.id, user_id=ANN, now=NOW)

    with pytest.raises(LostLeaseError):
        await done(jobs, lease, 0, name, cost_micro_usd=REAL_COST)
    await end(jobs, name, Charge.CHARGED, REAL_COST)

    assert (await spend(jobs)).micro_usd == REAL_COST


async def test_the_end_of_a_call_that_nobody_began_is_nothing(jobs: SqlJobStore) -> None:
    await end(jobs, "unknown", Charge.CHARGED, REAL_COST)

    assert (await spend(jobs)).calls == 0


async def test_both_calls_of_a_rerun_are_counted(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await end(jobs, await call(jobs, lease), Charge.UNKNOWN)
    await jobs.render_waits(lease, 0)
    await painted(jobs, lease, 0, number=1)

    assert await spend(jobs) == SpendReport(
        calls=2, micro_usd=2 * PRICE, uncertain_calls=1, uncertain_micro_usd=PRICE
    )
    assert await cost(jobs, lease) == 2 * PRICE


@pytest.mark.parametrize(
    ("charge", "reruns"), [(Charge.CHARGED, 1), (Charge.UNKNOWN, 1), (None, 1), (Charge.FREE, 0)]
)
async def test_a_call_after_one_that_may_have_cost_money_is_a_rerun(
    jobs: SqlJobStore, charge: Charge | None, reruns: int
) -> None:
    _, lease = await rendering(jobs)
    name = await call(jobs, lease)
    if charge is not None:
        await end(jobs, name, charge)

    job = await called_again(jobs, lease, 1)

    assert (job.renders[0].tries, job.renders[0].reruns) == (2, reruns)


async def test_reruns_are_counted_across_workers_and_free_calls(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs)
    await call(jobs, lease)  # never ended: its worker died
    _, lease = await claimed(jobs, now=AFTER_LEASE, worker="other")

    job = await called_again(jobs, lease, 1)
    assert (job.renders[0].tries, job.renders[0].reruns) == (2, 1)

    await end(jobs, job.renders[0].request_id or "", Charge.FREE)
    job = await called_again(jobs, lease, 2)
    assert (job.renders[0].tries, job.renders[0].reruns) == (3, 1)


async def test_beginning_a_call_returns_the_render_as_it_then_stands(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs, count=2)

    render = await jobs.begin_call(lease, 1, request_id="r", estimate_micro_usd=PRICE, now=NOW)

    assert render == (await jobs.reload(lease)).renders[1]


async def test_spend_is_told_for_the_time_asked_with_its_start_and_without_its_end(
    jobs: SqlJobStore,
) -> None:
    _, lease = await rendering(jobs, count=3)
    second = timedelta(seconds=1)
    for index in range(3):
        await call(jobs, lease, index, at=NOW + index * second)

    report = await jobs.spend(since=NOW + second, until=NOW + 2 * second)

    assert report.calls == 1
