"""A slice of the campaign: a few storms, and every seed that ever failed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.faults.campaign import told
from tests.faults.kinds import Database
from tests.faults.run import STRAINED_S, Order, Report, run
from tests.faults.seeds import FAILED_ONCE, Seed
from tests.faults.storm import plan

FEW: Final = tuple(Seed(number=11, database=database, found="") for database in Database)
# A storm leaves a processor idle for more than half of its time. One on PostgreSQL takes some thirty of the
# hundred connections that a server allows as a rule.
AT_ONCE: Final = {Database.SQLITE: 4, Database.POSTGRES: 2}
SOON_S: Final = (0.2, 0.4, 0.8)  # when lost answers are asked for; Easel itself takes two minutes
TRIES: Final = 3  # on a machine that is too busy for a verdict


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "database", [Database.SQLITE, pytest.param(Database.POSTGRES, marks=pytest.mark.postgres)]
)
async def test_every_promise_is_kept_through_a_storm(
    database: Database, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    seeds = [seed for seed in (*FEW, *FAILED_ONCE) if seed.database is database]
    gate = asyncio.Semaphore(AT_ONCE[database])

    async def weather(seed: Seed) -> Report | None:
        async with gate:
            return await _weathered(seed, tmp_path / _name(seed))

    storms = [asyncio.create_task(weather(seed), name=_name(seed)) for seed in seeds]
    for seed, storm in zip(seeds, storms, strict=True):
        with subtests.test(_name(seed)):
            report = await storm
            if report is None:
                pytest.skip("the machine is too busy for seconds in haste")
            assert not report.problems, told(report)


async def _weathered(seed: Seed, folder: Path) -> Report | None:
    """Return what came of a storm; None of one that failed on a machine that was too busy, again and again."""
    order = Order(seed=seed.number, database=seed.database, kinds=seed.kinds)
    if seed not in FEW:  # those do as Easel does
        order = replace(order, ask_again_s=SOON_S)
    for number in range(TRIES):
        place = folder / str(number)
        await asyncio.to_thread(place.mkdir, parents=True)
        report = await run(order, place)
        if not report.problems or report.strain_s <= STRAINED_S:
            return report
    return None


def _name(seed: Seed) -> str:
    return "-".join([str(seed.number), *sorted(seed.kinds or [])])


def test_a_seed_always_tells_the_same_storm() -> None:
    for database in Database:
        assert plan(7, database) == plan(7, database)
        assert plan(7, database) != plan(8, database)
