"""One gateway and two workers, each a process of its own, on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.app.run import Role
from bot.domain.jobs import Job
from bot.domain.moderation import Change, SetLimit
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.stores import Rates, SpendReport
from bot.health import ask_health
from bot.sandbox.provider import OfflineProvider
from bot.storage.engine import PostgresStore, open_store
from bot.storage.migrate import migrate
from bot.storage.stores import SqlJobStore
from tests.e2e.books import book_problems, decide, modlog_problems
from tests.e2e.line import Line
from tests.e2e.nursery import KILLED, Child
from tests.e2e.serving import serve
from tests.e2e.town import FAR_AHEAD, LONG_AGO, Town, cancel_button
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Dispatched
from tests.wire.state import User

pytestmark = pytest.mark.postgres
SLOTS: Final = 2  # of each worker
JOBS: Final = 8
QUICK: Final = {"lease_s": 3, "heartbeat_s": 0.3, "poll_s": 0.3}
ROUGHLY_S: Final = 3.0  # what painting and showing take where several tests share two processors
PATIENT: Final = {"heartbeat_s": 0.3, "poll_s": 0.3}  # asks often, and keeps its jobs through an outage
OUTAGE_S: Final = 2.0
DEAF: Final = {"heartbeat_s": 600.0, "poll_s": 600.0}  # hears of nothing but by NOTIFY


@dataclass(kw_only=True)
class Fleet:
    """`gateway` and the workers `one` and `two`."""

    town: Town
    database: str
    processes: dict[str, Child] = field(default_factory=dict[str, Child])
    health: dict[str, str] = field(default_factory=dict[str, str])

    async def start(self, **times: float) -> None:
        """All at once, on a database without a table: whoever comes first makes them."""
        for name, role in (("gateway", Role.GATEWAY), ("one", Role.WORKER), ("two", Role.WORKER)):
            self.health[name] = f"127.0.0.1:{free_port()}"
            environ = {"DATABASE_URL": self.database, "EASEL_HEALTH_BIND": self.health[name]}
            environ |= {"EASEL_WORKER_CONCURRENCY": str(SLOTS)}
            service = replace(self.town.service(name, role, environ), **times)
            self.processes[name] = Child(serve, service)
        await self.town.server.connected()

    async def stop(self) -> dict[str, int]:
        """SIGTERM to all that live; their exit statuses."""
        for process in self.processes.values():
            process.stop()
        return {name: await process.ended() for name, process in self.processes.items()}

    async def imagine(self, user: User, prompt: str) -> Dispatched:
        command = await self.town.server.slash(user, self.town.art, "imagine", {"prompt": prompt})
        await command.acked()
        return command

    async def all_shown(self, commands: list[Dispatched]) -> None:
        await self.town.server.wait_for(
            lambda: all(each.message is not None and each.message.attachments for each in commands),
            timeout_s=30,
        )

    def took(self, worker: str) -> set[str]:
        """The jobs this worker claimed, by its log."""
        return set(re.findall(r"job (\w+): attempt", (self.town.folder / f"{worker}.txt").read_text()))

    def log(self, name: str) -> str:
        return (self.town.folder / f"{name}.txt").read_text()

    async def parts(self, name: str) -> dict[str, Any]:
        """What its /healthz says of each part, once all of them are well."""
        async with asyncio.timeout(10):
            while not (answer := await ask_health(self.health[name]))[0]:  # noqa: ASYNC110  # asks from outside
                await asyncio.sleep(0.05)
        return json.loads(answer[1])["parts"]

    async def decide(self, *changes: Change) -> None:
        """Before there is a process: in a server that has a mod-log."""
        async with self.store() as store:
            await migrate(store)
            await decide(store, *changes, modlog=self.town.modlog, now=self.town.server.clock.now())

    async def book_problems(self) -> list[str]:
        async with self.store() as store:
            guild_id = self.town.art.guild_id or 0
            now = self.town.server.clock.now()
            shown = self.town.logged()
            problems = await book_problems(store, guild_id=guild_id, now=now)
            return [*problems, *await modlog_problems(store, shown)]

    @asynccontextmanager
    async def store(self) -> AsyncGenerator[PostgresStore]:
        store = open_store(self.database)
        assert isinstance(store, PostgresStore)
        try:
            yield store
        finally:
            await store.close()

    @asynccontextmanager
    async def jobs(self) -> AsyncGenerator[SqlJobStore]:
        async with self.store() as store:
            yield SqlJobStore(store)

    async def spend(self) -> SpendReport:
        async with self.jobs() as jobs:
            return await jobs.spend(since=LONG_AGO, until=FAR_AHEAD)

    async def job_of(self, command: Dispatched) -> Job:
        assert command.message is not None
        job_id = (cancel_button(command.message) or "").rpartition(":")[2]
        async with self.jobs() as jobs:
            job = await jobs.get(job_id)
        assert job is not None
        return job

    async def images_counted(self, user: User) -> tuple[int, int]:
        async with self.jobs() as jobs:
            now = self.town.server.clock.now()
            line = await jobs.queue(user.id, Rates(slots=1), now=now)
            held = await jobs.held(user.id, now=now)
        return len(line.mine), held.images


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def fleet(postgres_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    async with DiscordServer() as server:
        provider = OfflineProvider(latency_s=0, paint_fast=True, now=server.clock.now)
        async with provider:
            fleet = Fleet(town=Town(server=server, provider=provider, folder=tmp_path), database=postgres_url)
            yield fleet
            for process in fleet.processes.values():
                if process.is_alive:
                    process.kill()
                    await process.ended()


async def all_busy(fleet: Fleet) -> tuple[list[User], list[Dispatched]]:
    """Two jobs of each of four members, while the provider is held back: both workers are full."""
    members = [fleet.town.server.add_user(name) for name in ("ada", "ben", "cy", "di")]
    fleet.town.provider.hold()
    commands = [
        await fleet.imagine(member, f"{member.name}'s picture {number}")
        for number in range(JOBS // len(members))
        for member in members
    ]
    await fleet.town.provider.wait_arrived(2 * SLOTS)
    return members, commands


async def test_two_workers_share_the_jobs_of_a_gateway(fleet: Fleet) -> None:
    await fleet.start()
    members, commands = await all_busy(fleet)
    fleet.town.provider.release()
    await fleet.all_shown(commands)
    gateway, worker = await fleet.parts("gateway"), await fleet.parts("one")
    assert await fleet.stop() == {"gateway": 0, "one": 0, "two": 0}

    assert min(len(fleet.took("one")), len(fleet.took("two"))) >= SLOTS
    assert len(fleet.took("one")) + len(fleet.took("two")) == JOBS
    assert len(fleet.town.messages()) == len(fleet.town.cards()) == JOBS
    assert set(fleet.town.charged_by_render().values()) == {1}
    spend = await fleet.spend()
    assert (spend.calls, spend.uncertain_calls, len(fleet.town.charged())) == (JOBS, 0, JOBS)
    assert [await fleet.images_counted(member) for member in members] == [(0, 2)] * 4
    assert set(gateway) == {"database", "gateway", "worker"}
    assert gateway["worker"]["note"] == "2 elsewhere"
    assert set(worker) == {"database", "worker"}


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
        lambda: len(fleet.town.server.asked("PATCH", "/webhooks/*")) > shown_before, timeout_s=5
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
    assert len(town.server.asked("POST", log_posts)) == 1  # one channel's entries go one after the other
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
