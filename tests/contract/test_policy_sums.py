"""A decision is made from sums of the windows: they tell what its jobs would, however many there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import Connection, insert

from bot.domain.jobs import RequestContext
from bot.domain.policy.decision import Denied, PolicyFacts, admit, usage_requested
from bot.domain.policy.quota import CLOCK_SLACK, WINDOWS, Usage
from bot.storage.engine import Store
from bot.storage.policy import LENGTHS, Waiting, read_facts
from bot.storage.schema import resets, usage_entries
from bot.storage.stores import SqlJobStore
from tests.contract.store_material import ANN, BEN, NOW, PRICE, RATES, accepted, at_most, new_job

SERVER: Final = 8
NOTHING: Final = RequestContext()
MOMENT: Final = timedelta(microseconds=1)
EDGES: Final = [*WINDOWS.values(), timedelta(0), -CLOCK_SLACK]
RESET: Final = timedelta(days=3)


def fill(conn: Connection, seed: int) -> None:
    """A past on and around the edges of all windows, here and elsewhere, partly from grants."""
    draw = Random(seed)
    ages = [edge + step * MOMENT for edge in (*EDGES, RESET) for step in (-1, 0, 1)]
    ages += [timedelta(hours=draw.expovariate(1 / 100)) for _ in range(40)]
    rows: list[dict[str, Any]] = []
    for number, age in enumerate(ages):
        images = draw.randint(0, 4)
        where = {"guild_id": draw.choice((SERVER, 80, None)), "user_id": draw.choice((ANN, ANN, ANN, BEN))}
        counted = {"images": images, "granted": draw.choice((0, images, draw.randint(0, images)))}
        counted["videos"] = draw.randint(0, 2)
        rows.append(where | counted | {"job_id": f"j{number}", "state": "settled", "at": NOW - age})
    conn.execute(insert(usage_entries), rows)
    if seed % 2:
        conn.execute(insert(resets).values(guild_id=SERVER, user_id=ANN, at=NOW - RESET))


def told(usage: Usage) -> tuple[Any, ...]:
    """What a decision takes from a usage, apart from when a window opens."""
    return *(usage.used(limit, NOW) for limit in WINDOWS), replace(usage, entries=())


def both(facts: PolicyFacts) -> tuple[Any, ...]:
    return told(facts.here), told(facts.everywhere), replace(facts, here=Usage(), everywhere=Usage())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("guild_id", [SERVER, None])
async def test_sums_fill_the_windows_as_the_jobs_do(store: Store, seed: int, guild_id: int | None) -> None:
    await store.tx(fill, seed)
    for waiting in (None, Waiting("j7", NOW - timedelta(days=1))):
        read = partial(read_facts, now=NOW, waiting=waiting)
        exact = await store.tx(read, ANN, guild_id, NOTHING)
        sums = await store.tx(partial(read, in_sums=True), ANN, guild_id, NOTHING)

        assert both(sums) == both(exact)
        assert len(sums.everywhere.entries) <= len(LENGTHS) < len(exact.everywhere.entries)


async def test_who_is_denied_hears_when_the_window_really_opens(store: Store) -> None:
    jobs, day = SqlJobStore(store), timedelta(days=1)
    first, ceiling = NOW - timedelta(hours=20), at_most(images_per_day=3)
    for hours in range(3):
        await accepted(jobs, new_job(at=first + timedelta(hours=hours)), ceiling)

    denied = await jobs.submit(new_job(), ceiling, RATES)

    exact = await store.tx(read_facts, ANN, SERVER, NOTHING, now=NOW)
    request = usage_requested(new_job().request, price_micro_usd=PRICE)
    assert denied == admit(ceiling, exact, NOTHING, request, now=NOW)
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert denied.exceeded.opens_at == first + day
