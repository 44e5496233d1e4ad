"""The whole of Easel on loopback: the app as it is shipped, between a Discord and a provider of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest

from bot.app.run import App, Role, assembled
from bot.app.wiring import AllowedOrigins
from bot.client import EaselClient
from bot.domain.jobs import Job
from bot.domain.ports.stores import SpendReport
from bot.sandbox.provider import OfflineProvider
from bot.services.worker import HEARTBEAT_S, Worker
from bot.settings import Settings, load
from bot.storage.engine import SqliteStore
from tests.conftest import TurnableClock
from tests.databases import Glass
from tests.wire.cards import job_id_of
from tests.wire.clock import Watch
from tests.wire.commands import OptionValue
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Dispatched
from tests.wire.state import Channel, Message, User

T = TypeVar("T")
AGES = timedelta(days=365)
DAY_S = 86_400.0
CALLBACK = "/interactions/*/callback"
ORIGINAL = "/webhooks/*/messages/*"  # a card by its token: `@original` first, its id once that is known
MESSAGES = "/channels/*/messages"
OWN_MESSAGE = "/channels/*/messages/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """Easel between a start and a stop."""

    app: App
    stop: asyncio.Event
    task: asyncio.Task[None]
    stack: AsyncExitStack


@cache
def _settings(token: str) -> Settings:
    """Read the settings once a process: only two of them differ from scene to scene."""
    environ = {"DISCORD_TOKEN": token, "AIMLAPI_API_KEY": "offline", "EASEL_HEALTH_BIND": ""}
    return load(environ, env_file=None)


class Scene:
    """Ada and Ben in #art of the Studio, an offline provider, and Easel, which may stop and start again.

    All of them share one clock, which stands still until it is turned.
    """

    def __init__(
        self, server: DiscordServer, provider: OfflineProvider, clock: TurnableClock, folder: Path
    ) -> None:
        self.server = server
        self.provider = provider
        self.clock = clock
        self.guild = server.add_guild("Studio")
        self.art = server.add_channel(self.guild, "art")
        self.ada = server.add_user("ada")
        self.ben = server.add_user("ben")
        places = {"aimlapi_base_url": provider.base_url, "data_dir": folder}
        self.settings = _settings(server.token).model_copy(update=places)
        self.kept = Watch(server.world.changes)  # also those who wait on the server wake up for the database
        self._life: _Life | None = None

    # Easel's life

    async def start(self, *, lease_s: float = DAY_S, heartbeat_s: float = HEARTBEAT_S) -> None:
        """Start as `python -m bot` does. The lease is a long one, so that turning the clock does not end it."""
        stack = AsyncExitStack()
        places = AllowedOrigins(
            attachments=frozenset({self.server.cdn_base}), results=frozenset({self.provider.base_url})
        )
        app = await stack.enter_async_context(
            assembled(self.settings, Role.BOTH, clock=self.clock, places=places)
        )
        assert app.worker is not None
        app.worker.lease_s, app.worker.heartbeat_s = lease_s, heartbeat_s
        app.worker.calls.ask_again_s = ()  # the clock jumps by what anybody sleeps, and interactions would end
        assert isinstance(app.client, EaselClient)
        pace = (
            app.client.identifying
        )  # one process starts again at once, on a clock that jumps by what it waits
        pace.spacing_s = pace.turn_s = 0
        app.client._connection.guild_ready_timeout = 0.01  # pyright: ignore[reportPrivateUsage]  # READY otherwise waits 2 s for more guilds
        stop = asyncio.Event()
        task = asyncio.create_task(app.run(stop), name="easel-app")
        self._life = _Life(app=app, stop=stop, task=task, stack=stack)
        await self.server.connected()

    def ask_to_stop(self) -> None:
        """As SIGTERM does: what runs may finish within the grace period, the rest is handed back."""
        if self._life is not None:
            self._life.stop.set()

    async def stop(self) -> None:
        """Ask, and wait until everything is closed."""
        if self._life is not None:
            self.ask_to_stop()
            life, self._life = self._life, None
            try:
                await life.task
            finally:
                await life.stack.aclose()

    def change_settings(self, **changes: Any) -> None:
        """For the next start; unchecked, so that times may be shorter than an operator may set them."""
        self.settings = self.settings.model_copy(update=changes)

    @property
    def app(self) -> App:
        if self._life is None:
            raise LookupError("Easel does not run")
        return self._life.app

    @property
    def client(self) -> EaselClient:
        assert isinstance(self.app.client, EaselClient)
        return self.app.client

    @property
    def worker(self) -> Worker:
        assert self.app.worker is not None
        return self.app.worker

    # People act

    async def imagine(
        self,
        prompt: str = "a red fox in snow",
        *,
        user: User | None = None,
        channel: Channel | None = None,
        **options: OptionValue,
    ) -> Dispatched:
        return await self.server.slash(
            user or self.ada, channel or self.art, "imagine", {"prompt": prompt, **options}
        )

    async def edit(self, prompt: str, files: Mapping[str, bytes], **options: OptionValue) -> Dispatched:
        """`files` by option name: image, image2, …"""
        attachments = {name: (f"{name}.jpg", data) for name, data in files.items()}
        return await self.server.slash(
            self.ada, self.art, "edit", {"prompt": prompt, **options}, attachments=attachments
        )

    async def accepted(self, handle: Dispatched) -> Job:
        """The job behind a command, once its card is out."""
        return await self.job(job_id_of(await handle.acked()))

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.server.world.changes.notify()
        self.worker.wake()

    # Looking

    async def job(self, job_id: str) -> Job:
        job = await self.app.base.jobs.get(job_id)
        assert job is not None
        return job

    async def over(self, job_id: str) -> Job:
        """The job, once it is over and nothing about it is left to be shown."""
        with closing(Glass(self.settings.data_dir / "easel.db")) as glass:

            async def look() -> bool:
                return glass.is_shown(job_id)

            await self.eventually(look, bool)
        return await self.until(job_id, lambda job: job.is_over and job.shown_at is not None)

    async def until(self, job_id: str, holds: Callable[[Job], bool]) -> Job:
        """The stored job, as soon as `holds` is true of it. Raises `TimeoutError`."""
        return await self.eventually(lambda: self.job(job_id), holds)

    async def eventually(self, look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
        """What one look into the database shows, as soon as `holds` is true of it. Raises `TimeoutError`."""
        return await self.kept.until(look, holds)

    async def done(self, handle: Dispatched) -> Job:
        """Accepted, painted, delivered, or ended in another way."""
        job = await self.accepted(handle)
        return await self.over(job.id)

    async def spend(self) -> SpendReport:
        now = self.clock.now()
        return await self.app.base.jobs.spend(since=now - AGES, until=now + AGES)

    async def images_counted(self, user: User) -> int:
        """What counts against this person's limits: reserved or delivered."""
        return (await self.app.base.jobs.held(user.id, now=self.clock.now())).images

    def messages(self, channel: Channel | None = None) -> list[Message]:
        """What stands in a channel, as everybody sees it."""
        every = self.server.messages((channel or self.art).id)
        return [message for message in every if not message.deleted and not message.ephemeral]

    def direct_messages(self, user: User) -> list[Message]:
        return self.messages(self.server.dm_channel(user))


class _Hurried(ModuleType):
    """asyncio, where nobody sleeps for long."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(delay: float, result: Any = None) -> Any:
        return await asyncio.sleep(min(delay, 0.001), result)


def hurry_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py waits 1 to 9 s between its tries, 5 s before IDENTIFY, up to a minute to reconnect."""
    hurried = _Hurried("asyncio")
    for module in ("http", "webhook.async_", "client", "shard"):
        monkeypatch.setattr(f"discord.{module}.asyncio", hurried)


@asynccontextmanager
async def arranged(
    folder: Path, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Scene]:
    """A scene in which Easel does not run yet; whatever runs at the end is stopped."""
    provider = OfflineProvider(latency_s=0, paint_fast=True, giant_bytes=65 * 1024 * 1024, now=clock.now)
    async with DiscordServer(clock=clock) as server, provider:
        scene = Scene(server, provider, clock, folder)
        scene.kept.over(monkeypatch, SqliteStore, "tx")
        hurry_discord(monkeypatch)
        with server.patched():
            try:
                yield scene
            finally:
                server.faults.clear()
                provider.heal()
                provider.release()
                await scene.stop()
