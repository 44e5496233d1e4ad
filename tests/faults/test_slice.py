"""A slice of the campaign: a few storms, and every seed that ever failed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from tests.faults.campaign import told
from tests.faults.kinds import KNOWN_FAILING, Database
from tests.faults.run import STRAINED_S, Order, run
from tests.faults.seeds import FAILED_ONCE, Seed
from tests.faults.storm import plan

FEW: Final = (
    *(Seed(number=number, database=Database.SQLITE, found="") for number in (11,)),
    *(Seed(number=number, database=Database.POSTGRES, found="") for number in (11,)),
)
TRIES: Final = 3  # on a machine that is too busy for a verdict


def _is_green(seed: Seed) -> bool:
    return seed.kinds is None or not seed.kinds & KNOWN_FAILING[seed.database]


def _case(seed: Seed) -> object:
    marks = [pytest.mark.postgres] if seed.database is Database.POSTGRES else []
    kinds = "".join(f"-{kind}" for kind in sorted(seed.kinds or []))
    return pytest.param(seed, marks=marks, id=f"{seed.database}-{seed.number}{kinds}")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [_case(seed) for seed in (*FEW, *FAILED_ONCE) if _is_green(seed)])
async def test_every_promise_is_kept_through_a_storm(seed: Seed, tmp_path: Path) -> None:
    order = Order(
        seed=seed.number, database=seed.database, kinds=seed.kinds, without=KNOWN_FAILING[seed.database]
    )
    for number in range(TRIES):
        folder = tmp_path / str(number)
        await asyncio.to_thread(folder.mkdir)
        report = await run(order, folder)
        if not report.problems or report.strain_s <= STRAINED_S:
            break
    else:
        pytest.skip("the machine is too busy for seconds in haste")
    assert not report.problems, told(report)


def test_a_seed_always_tells_the_same_storm() -> None:
    for database in Database:
        assert plan(7, database) == plan(7, database)
        assert plan(7, database) != plan(8, database)
