"""Processes of several roles on one PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bot.app.run import Role
from bot.domain.jobs import Job
from bot.domain.moderation import Change
from bot.domain.ports.stores import Rates, SpendReport
from bot.health import ask_health
from bot.sandbox.provider import OfflineProvider
from bot.storage.engine import PostgresStore, open_store
from bot.storage.stores import SqlJobStore
from tests.e2e.books import book_problems, decide, modlog_problems
from tests.e2e.nursery import Child
from tests.e2e.serving import serve
from tests.e2e.town import FAR_AHEAD, LONG_AGO, Town, cancel_button
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Dispatched
from tests.wire.state import User

SLOTS: Final = 2  # of each worker


@dataclass(kw_only=True)
class Fleet:
    """Processes by name; unless a test starts others, `gateway` and the workers `one` and `two`."""

    town: Town
    database: str
    processes: dict[str, Child] = field(default_factory=dict[str, Child])
    health: dict[str, str] = field(default_factory=dict[str, str])

    async def start(self, **times: Any) -> None:
        """All at once."""
        for name, role in (("gateway", Role.GATEWAY), ("one", Role.WORKER), ("two", Role.WORKER)):
            self.begin(name, role, **times)
        await self.town.server.connected()

    def begin(self, name: str, role: Role, environ: Mapping[str, str] | None = None, **service: Any) -> None:
        """Start one process; `service` are fields of `Service`."""
        self.health[name] = f"127.0.0.1:{free_port()}"
        settings = {"DATABASE_URL": self.database, "EASEL_HEALTH_BIND": self.health[name]}
        settings |= {"EASEL_WORKER_CONCURRENCY": str(SLOTS), **(environ or {})}
        self.processes[name] = Child(serve, replace(self.town.service(name, role, settings), **service))

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
        async with asyncio.timeout(30):
            while not (answer := await ask_health(self.health[name]))[0]:  # noqa: ASYNC110  # asks from outside
                await asyncio.sleep(0.05)
        return json.loads(answer[1])["parts"]

    async def decide(self, *changes: Change) -> None:
        """Before there is a process, on a migrated database: in a server that has a mod-log."""
        async with self.store() as store:
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


@asynccontextmanager
async def open_fleet(database: str, folder: Path, **discord: Any) -> AsyncGenerator[Fleet]:
    """A fleet without processes, whose provider answers at once; `discord` is passed on to `DiscordServer`."""
    async with DiscordServer(**discord) as server:
        provider = OfflineProvider(latency_s=0, paint_fast=True, now=server.clock.now)
        async with provider:
            fleet = Fleet(town=Town(server=server, provider=provider, folder=folder), database=database)
            yield fleet
            for process in fleet.processes.values():
                if process.is_alive:
                    process.kill()
                    await process.ended()
