"""One gateway and two workers, each a process of its own, on PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from bot.domain.moderation import SetLimit
from bot.domain.policy.rules import Limit, Scope
from tests.conftest import postgres_address
from tests.databases import migrated_postgres
from tests.e2e.fleet import SLOTS, Fleet, open_fleet
from tests.e2e.line import Line
from tests.e2e.nursery import KILLED
from tests.scraping import sample, scrape
from tests.wire.interactions import Dispatched
from tests.wire.state import User

pytestmark = pytest.mark.postgres
JOBS: Final = 6  # two more than both workers take at once
QUEUED: Final = sample("easel_jobs", state="queued")
CALLED: Final = sample("easel_provider_calls_total", kind="picture", outcome="ok")
QUICK: Final = {"lease_s": 3, "heartbeat_s": 0.3, "poll_s": 0.3}
ROUGHLY_S: Final = 9.0  # what painting and showing take where several tests share two processors
PATIENT: Final = {"heartbeat_s": 0.3, "poll_s": 0.3}  # asks often, and keeps its jobs through an outage
OUTAGE_S: Final = 2.0
DEAF: Final = {"heartbeat_s": 600.0, "poll_s": 600.0}  # hears of nothing but by NOTIFY


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with migrated_postgres(postgres_address()) as url, open_fleet(url, tmp_path) as fleet:
        yield fleet


@pytest.fixture
async def first_fleet(postgres_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """One on a database without a table: the process that comes first makes them."""
    async with open_fleet(postgres_url, tmp_path) as fleet:
        yield fleet


async def all_busy(fleet: Fleet) -> tuple[list[User], list[Dispatched]]:
    """Two jobs of each of three members, while the provider is held back: both workers are full."""
    members = [fleet.town.server.add_user(name) for name in ("ada", "ben", "cy")]
    fleet.town.provider.hold()
    commands = [
        await fleet.imagine(member, f"{member.name}'s picture {number}")
        for number in range(JOBS // len(members))
        for member in members
    ]
    await fleet.town.provider.wait_arrived(2 * SLOTS)
    return members, commands


async def test_two_workers_share_the_jobs_of_a_gateway(first_fleet: Fleet) -> None:
    fleet = first_fleet
    await fleet.start()
    members, commands = await all_busy(fleet)
    queued = {name: (await scrape(bind))[QUEUED] for name, bind in fleet.health.items()}
    fleet.town.provider.release()
    await fleet.all_shown(commands)
    gateway, worker = await fleet.parts("gateway"), await fleet.parts("one")
    metrics = {name: await scrape(bind) for name, bind in fleet.health.items()}
    assert await fleet.stop() == {"gateway": 0, "one": 0, "two": 0}

    assert min(len(fleet.took("one")), len(fleet.took("two"))) >= SLOTS
    assert len(fleet.took("one")) + len(fleet.took("two")) == JOBS
    assert len(fleet.town.messages()) == len(fleet.town.cards()) == JOBS
    assert set(fleet.town.charged_by_render().values()) == {1}
    spend = await fleet.spend()
    assert (spend.calls, spend.uncertain_calls, len(fleet.town.charged())) == (JOBS, 0, JOBS)
    assert [await fleet.images_counted(member) for member in members] == [(0, 2)] * len(members)
    assert set(gateway) == {"database", "gateway", "worker"}
    assert gateway["worker"]["note"] == "2 elsewhere"
    assert set(worker) == {"database", "worker"}
    assert set(queued.values()) == {JOBS - 2 * SLOTS}  # every process tells of the whole queue
    for name, parts in (("gateway", {"database", "gateway", "commands"}), ("one", {"database", "worker"})):
        assert {dict(of)["part"] for ready, of in metrics[name] if ready == "easel_ready"} == parts
    assert metrics["gateway"][CALLED] == 0 < metrics["one"][CALLED] < JOBS  # and of its own work alone
    assert metrics["one"][CALLED] + metrics["two"][CALLED] == JOBS


async def test_what_a_killed_worker_held_is_finished_by_the_other(fleet: Fleet) -> None:
    await fleet.start(**QUICK)
    _, commands = await all_busy(fleet)
    held = fleet.took("one")
    fleet.processes["one"].kill()
    assert await fleet.processes["one"].ended() == KILLED
    fleet.town.provider.release()
    await fleet.all_shown(commands)
    assert (await fleet.stop())["two"] == 0

    assert len(held) == SLOTS
    assert held <= fleet.took("two")
    assert len(fleet.town.messages()) == len(fleet.town.cards()) == JOBS
    twice = {name.partition(".")[0] for name, times in fleet.town.charged_by_render().items() if times > 1}
    assert twice == held
    spend = await fleet.spend()
    assert (spend.calls, spend.uncertain_calls, len(fleet.town.charged())) == (JOBS + SLOTS, 0, JOBS + SLOTS)


async def test_a_cancellation_reaches_a_worker_in_another_process_at_once(fleet: Fleet) -> None:
    await fleet.start(**DEAF)
    fleet.town.provider.hold()
    command = await fleet.imagine(fleet.town.ada, "a fox nobody waits for")
    await fleet.town.provider.wait_arrived(1)
    job = await fleet.job_of(command)
    shown_before = len(fleet.town.server.asked("PATCH", "/webhooks/*"))
    await (await fleet.town.cancel(command)).acked()
    await fleet.town.server.wait_for(
        lambda: len(fleet.town.server.asked("PATCH", "/webhooks/*")) > shown_before, timeout_s=30
    )
    fleet.town.provider.release()
    await fleet.town.provider.wait_decided(1)
    assert await fleet.stop() == {"gateway": 0, "one": 0, "two": 0}

    async with fleet.jobs() as jobs:
        ended = await jobs.get(job.id)
    assert ended is not None
    assert (ended.state, ended.shown_at is not None) == ("cancelled", True)
    assert await fleet.images_counted(fleet.town.ada) == (0, 0)
    assert (await fleet.spend()).calls == 1


async def test_two_workers_write_one_mod_log_and_tell_of_every_job_once(fleet: Fleet) -> None:
    budget = SetLimit(
        scope=Scope.SERVER, subject_id=None, limit=Limit.SERVER_USD_PER_DAY, value=100 * 1_000_000
    )
    await fleet.decide(budget)
    await fleet.start(**QUICK)
    _, commands = await all_busy(fleet)
    town = fleet.town
    log_posts = f"/channels/{town.modlog.id}/messages"
    door = town.server.hold("POST", log_posts)
    town.provider.release()
    await fleet.all_shown(commands)
    await town.server.wait_for(lambda: bool(town.server.asked("POST", log_posts)))
    assert (
        len(town.server.asked("POST", log_posts)) == 1 < JOBS
    )  # one channel's entries go one after the other
    door.release()
    await town.server.wait_for(lambda: len(town.logged()) == JOBS, timeout_s=30)
    assert await fleet.stop() == {"gateway": 0, "one": 0, "two": 0}

    assert len(town.server.asked("POST", log_posts)) == JOBS
    assert await fleet.book_problems() == []


async def test_connections_that_are_terminated_cost_a_moment(fleet: Fleet) -> None:
    await fleet.start()
    _, commands = await all_busy(fleet)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    for _ in range(3):
        async with fleet.store() as store:
            await store.tx(lambda conn: conn.exec_driver_sql(f"{others} AND pid != pg_backend_pid()"))
        fleet.town.provider.release()
        await asyncio.sleep(0.1)
    began_at = time.monotonic()
    await fleet.all_shown(commands)
    took_s = time.monotonic() - began_at
    assert await fleet.stop() == {"gateway": 0, "one": 0, "two": 0}

    assert took_s < 3 + ROUGHLY_S
    assert set(fleet.town.charged_by_render().values()) == {1}
    assert all("Traceback" not in fleet.log(name) for name in fleet.processes)


async def test_an_outage_of_the_database_costs_nobody_anything_and_few_lines_of_the_log(
    fleet: Fleet,
) -> None:
    async with Line(fleet.database).opened() as line:
        fleet.database = line.url
        await fleet.start(**PATIENT)
        _, commands = await all_busy(fleet)
        line.cut()
        await asyncio.sleep(OUTAGE_S)
        line.mend()
        await fleet.parts("one")
        fleet.town.provider.release()
        await fleet.all_shown(commands)
        assert await fleet.stop() == {"gateway": 0, "one": 0, "two": 0}

    assert set(fleet.town.charged_by_render().values()) == {1}
    for name in fleet.processes:
        said = fleet.log(name)
        away = [line for line in said.splitlines() if re.search("(WARNING|ERROR) +bot", line)]
        assert "Traceback" not in said
        assert len(away) <= 4, away
