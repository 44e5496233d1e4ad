"""Where a test's processes live: Discord and the provider in the test's own process, a folder, and Ada."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.app.run import Role
from bot.domain.jobs import Job
from bot.domain.moderation import Change
from bot.domain.ports.stores import Rates, SpendReport
from bot.sandbox.ledger import Call
from bot.sandbox.provider import OfflineProvider
from bot.storage.engine import SqliteStore, Store
from bot.storage.stores import SqlJobStore
from tests.databases import empty_sqlite
from tests.e2e.books import book_problems, decide, modlog_problems
from tests.e2e.life import Life, live
from tests.e2e.nursery import Child
from tests.e2e.serving import Service
from tests.wire.clock import Clock
from tests.wire.components import walk
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Dispatched
from tests.wire.state import Channel, Message, User

LONG_AGO: Final = datetime(2015, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class Town:
    """One Discord, one provider, one folder of data."""

    server: DiscordServer
    provider: OfflineProvider
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    ada: User = field(init=False)
    art: Channel = field(init=False)
    modlog: Channel = field(init=False)
    _store: Store | None = None

    def __post_init__(self) -> None:
        self.ada = self.server.add_user("ada")
        guild = self.server.add_guild("Studio")
        self.art = self.server.add_channel(guild, "art")
        self.modlog = self.server.add_channel(guild, "mod-log")

    def settings(self) -> dict[str, str]:
        return {
            "DISCORD_TOKEN": self.server.token,
            "AIMLAPI_API_KEY": "offline",
            "AIMLAPI_BASE_URL": self.provider.base_url,
            "DATA_DIR": str(self.folder),
            "EASEL_HEALTH_BIND": "",
            **self.environ,
        }

    def life(self, *, kill_at: str | None = None, ahead_s: float = 0, min_jobs: int = 0) -> Child:
        """A process of both halves; it ends by itself when every job is over, or at `kill_at`."""
        return Child(live, self.plan(kill_at=kill_at, ahead_s=ahead_s, min_jobs=min_jobs))

    def plan(self, *, kill_at: str | None = None, ahead_s: float = 0, min_jobs: int = 0) -> Life:
        return Life(
            environ=self.settings(),
            rest_base=self.server.rest_base,
            gateway_url=self.server.gateway_url,
            cdn_base=self.server.cdn_base,
            folder=self.folder,
            kill_at=kill_at,
            ahead_s=ahead_s,
            min_jobs=min_jobs,
        )

    def service(self, name: str, role: Role = Role.BOTH, environ: Mapping[str, str] | None = None) -> Service:
        """A role in this town, with `environ` beside its settings; what it prints is in `name`.txt."""
        return Service(
            role=role,
            environ=self.settings() | dict(environ or {}),
            rest_base=self.server.rest_base,
            gateway_url=self.server.gateway_url,
            cdn_base=self.server.cdn_base,
            provider_base=self.provider.base_url,
            log=self.folder / f"{name}.txt",
        )

    def trace(self) -> list[str]:
        return (self.folder / "trace.txt").read_text().splitlines()

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    # What people see

    def messages(self) -> list[Message]:
        """What stands in the channel, without what the bot took back."""
        return [each for each in self.server.messages(self.art.id) if not each.deleted]

    def cards(self) -> list[Message]:
        """The messages with pictures."""
        return [each for each in self.messages() if each.attachments]

    async def cancel(self, command: Dispatched) -> Dispatched:
        """Press the button of its card."""

        def button() -> tuple[Message, str] | None:
            custom_id = cancel_button(command.message) if command.message is not None else None
            return (command.message, custom_id) if command.message is not None and custom_id else None

        found = await self.server.wait_for(button)
        assert found is not None
        return await self.server.click(command.user, *found)

    # What moderators decide, before there is a process, and what they read

    async def decide(self, *changes: Change) -> None:
        """In a server that has a mod-log."""
        self.database.write_bytes(empty_sqlite())
        async with self.store() as store:
            await decide(store, *changes, modlog=self.modlog, now=self.server.clock.now())

    def logged(self) -> list[Message]:
        """What stands in the mod-log."""
        return self.server.messages(self.modlog.id)

    # What is on the books, once no process is left

    async def book_problems(self) -> list[str]:
        """See `books`."""
        async with self.store() as store:
            guild_id = self.art.guild_id or 0
            return await book_problems(store, guild_id=guild_id, now=self.server.clock.now())

    async def modlog_problems(self) -> list[str]:
        """See `books`."""
        async with self.store() as store:
            return await modlog_problems(store, self.logged())

    async def job(self, job_id: str) -> Job:
        async with self.jobs() as jobs:
            job = await jobs.get(job_id)
        assert job is not None
        return job

    async def spend(self) -> SpendReport:
        async with self.jobs() as jobs:
            return await jobs.spend(since=LONG_AGO, until=FAR_AHEAD)

    async def counted(self, user: User) -> tuple[int, int, int]:
        """Open jobs, and images and videos that count against the limits of `user`."""
        async with self.jobs() as jobs:
            now = self.server.clock.now()
            line = await jobs.queue(user.id, Rates(slots=1), now=now)
            held = await jobs.held(user.id, now=now)
        return len(line.mine), held.images, held.videos

    async def images_counted(self, user: User) -> tuple[int, int]:
        """Open jobs, and images that count against the limits of `user`."""
        return (await self.counted(user))[:2]

    def job_ids(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as conn:
            return [row[0] for row in conn.execute("SELECT id FROM jobs ORDER BY created_at")]

    def open_jobs(self) -> int:
        """How many jobs are not over or not shown; may be asked while a process works on them."""
        with closing(sqlite3.connect(self.database)) as conn:
            return conn.execute("SELECT count(*) FROM jobs WHERE shown_at IS NULL").fetchone()[0]

    def charged(self) -> list[Call]:
        return [call for call in self.provider.calls if call.charged]

    def charged_by_render(self) -> Counter[str]:
        """How often each render was paid, by `job.index`."""
        ids = [call.client_request_id or "" for call in self.charged()]
        return Counter(".".join(each.split(".")[1:3]) for each in ids)

    def spooled(self) -> list[str]:
        """What is left in the spool: files, and folders that nobody took away."""
        root = self.folder / "blobs"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.name != ".parts")

    def kept(self) -> list[str]:
        """What is kept after delivery: files, as `folder/name`."""
        root = self.folder / "kept"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def registered(self) -> list[str]:
        """What the register says is kept."""
        with closing(sqlite3.connect(self.database)) as conn:
            rows = conn.execute("SELECT folder || '/' || name FROM originals")
            return sorted(row[0] for row in rows)

    @property
    def database(self) -> Path:
        return self.folder / "easel.db"

    @asynccontextmanager
    async def store(self) -> AsyncGenerator[Store]:
        """The store of the town's database; within another `store`, that one: each takes a thread and an engine."""
        if self._store is not None:
            yield self._store
            return
        self._store = store = SqliteStore(self.database)
        try:
            yield store
        finally:
            self._store = None
            await store.close()

    @asynccontextmanager
    async def jobs(self) -> AsyncGenerator[SqlJobStore]:
        async with self.store() as store:
            yield SqlJobStore(store)


@asynccontextmanager
async def open_town(
    folder: Path, environ: Mapping[str, str] | None = None, *, clock: Clock | None = None
) -> AsyncGenerator[Town]:
    """A town whose provider answers at once with plain pictures."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240  # once, before anything runs
    async with DiscordServer(clock=clock) as server:
        provider = OfflineProvider(latency_s=0, paint_fast=True, now=server.clock.now)
        async with provider:
            yield Town(server=server, provider=provider, folder=folder, environ=environ or {})


def cancel_button(message: Message) -> str | None:
    return _button(message, "easel:cancel:")


def draft_button(message: Message) -> str | None:
    return _button(message, "easel:draft:")


def _button(message: Message, prefix: str) -> str | None:
    ids = (each.get("custom_id", "") for each in walk(message.components))
    return next((each for each in ids if each.startswith(prefix)), None)
