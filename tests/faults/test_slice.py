"""A slice of the campaign: a storm on each database; and, where asked for, every storm that ever failed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import postgres_address
from tests.faults.campaign import told
from tests.faults.kinds import Database
from tests.faults.run import STRAINED_S, Order, run
from tests.faults.seeds import FAILED_ONCE, Seed
from tests.faults.storm import plan

FEW: Final = tuple(Seed(number=11, database=database, found="", videos=0.3) for database in Database)
TRIES: Final = 3  # on a machine that is too busy for a verdict


def _name(seed: Seed) -> str:
    return "-".join([seed.database.value, str(seed.number), *sorted(seed.kinds or [])])


def _params(seeds: Sequence[Seed]) -> list[Any]:
    marks = {Database.SQLITE: (), Database.POSTGRES: (pytest.mark.postgres,)}
    return [pytest.param(seed, id=_name(seed), marks=marks[seed.database]) for seed in seeds]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", _params(FEW))
async def test_every_promise_is_kept_through_a_storm(seed: Seed, tmp_path: Path) -> None:
    await _weather(seed, tmp_path)


@pytest.mark.storm
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", _params(FAILED_ONCE))
async def test_a_storm_that_failed_once_breaks_nothing_any_more(seed: Seed, tmp_path: Path) -> None:
    await _weather(seed, tmp_path)


async def _weather(seed: Seed, folder: Path) -> None:
    """Run a storm; skip one that only failed while the machine was too busy, again and again."""
    if seed.database is Database.POSTGRES:
        postgres_address()
    order = Order(seed=seed.number, database=seed.database, kinds=seed.kinds, videos=seed.videos)
    told_of = ""
    for number in range(TRIES):
        place = folder / str(number)
        await asyncio.to_thread(place.mkdir, parents=True)
        report = await run(order, place)
        if not report.problems:
            return
        if report.strain_s <= STRAINED_S:
            pytest.fail(told(report))
        told_of = told(report)
    pytest.skip(f"the machine is too busy for seconds in haste: {told_of}")


def test_a_seed_always_tells_the_same_storm() -> None:
    for database in Database:
        assert plan(7, database) == plan(7, database)
        assert plan(7, database) != plan(8, database)
