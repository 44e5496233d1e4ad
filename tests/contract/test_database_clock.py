"""Processes whose machines' clocks differ go by the database's."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.base import Base, open_base
from bot.clock import SystemClock
from bot.domain.jobs import JobState
from bot.settings import Settings, load
from bot.storage.clock import DatabaseClock
from tests.contract.conftest import Database
from tests.contract.store_material import FREELY, LEASE_S, RATES, new_job
from tests.unit.services.workshop import WatchedStore

pytestmark = pytest.mark.postgres
SOON = timedelta(seconds=1)


class WrongClock:
    """A machine's clock that is `ahead`, and may be set at any moment."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


def settings(postgres: Database, folder: Path) -> Settings:
    return load({"DATABASE_URL": postgres.url, "DATA_DIR": str(folder)}, env_file=None)


async def base_of(stack: AsyncExitStack, settings: Settings, clock: WrongClock) -> Base:
    return await stack.enter_async_context(open_base(settings, clock=clock))


@pytest.mark.parametrize("seconds", [-60, 40, 60])
async def test_a_worker_whose_clock_is_wrong_takes_nobodys_running_job_and_starts_a_new_one_at_once(
    postgres: Database, tmp_path: Path, seconds: int
) -> None:
    stated = settings(postgres, tmp_path)
    async with AsyncExitStack() as stack:
        right = await base_of(stack, stated, WrongClock(timedelta()))
        wrong = await base_of(stack, stated, WrongClock(timedelta(seconds=seconds)))
        await right.jobs.submit(new_job(at=right.clock.now()), FREELY, RATES)
        early = await wrong.jobs.claim("wrong", FREELY, now=wrong.clock.now(), lease_s=LEASE_S)
        job = new_job(at=wrong.clock.now())
        await wrong.jobs.submit(job, FREELY, RATES)
        await wrong.jobs.card_shown(job.id, 5, now=wrong.clock.now())
        soon = right.clock.now() + SOON  # the two have measured the database's clock a little differently
        ours = await right.jobs.claim("right", FREELY, now=soon, lease_s=LEASE_S)
        theirs = await wrong.jobs.claim("wrong", FREELY, now=wrong.clock.now(), lease_s=LEASE_S)

    assert early is None  # its card is not out yet
    assert ours is not None
    assert (ours.id, ours.state) == (job.id, JobState.RENDERING)
    assert theirs is None


async def test_a_machines_clock_that_jumps_changes_nothing(postgres: Database, tmp_path: Path) -> None:
    machine = WrongClock(timedelta())
    async with AsyncExitStack() as stack:
        base = await base_of(stack, settings(postgres, tmp_path), machine)
        machine.ahead = timedelta(hours=-1)

        assert abs(base.clock.now() - datetime.now(UTC)) < SOON


async def test_the_clock_goes_on_while_the_database_is_away(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.clock.MEASURE_EVERY_S", 0.01)
    async with postgres.store() as store:
        watched = WatchedStore(store)
        clock = DatabaseClock(watched, SystemClock())
        async with clock.kept():
            watched.errors.extend([OSError("gone")] * 3)
            while watched.errors:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert abs(clock.now() - datetime.now(UTC)) < SOON
