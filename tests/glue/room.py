"""The real bot in a simulated Discord, with the offline provider over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from typing import Any

import discord
import pytest
import simcord

from bot.domain.jobs import Job
from bot.sandbox.once import texts
from bot.sandbox.provider import OfflineProvider
from bot.sandbox.world import World, open_world
from bot.settings import load
from bot.storage.blobs import FileBlobs
from bot.storage.engine import SqliteStore
from tests.databases import Glass
from tests.wire.clock import PATIENCE_S, Changes, Watch


class Room:
    """A world, and how to look at it."""

    def __init__(self, world: World, offline: OfflineProvider, kept: Watch, glass: Glass) -> None:
        self.world = world
        self.offline = offline
        self.kept = kept
        self._glass = glass

    @property
    def ada(self) -> simcord.MemberActor:
        return self.world.members[0]

    @property
    def ben(self) -> simcord.MemberActor:
        return self.world.members[1]

    async def use(self, name: str, /, **options: Any) -> simcord.InteractionResult:
        """Ada uses a command in the channel."""
        return await self.ada.slash(self.world.channel, name, **options)

    async def finished(self, job_id: str | None = None) -> Job:
        """The job (by default the one whose card changed last) once its card shows its end."""
        base, presenter = self.world.base, self.world.presenter

        async def look() -> str | None:
            wanted = job_id or (presenter.latest.id if presenter.latest is not None else "")
            return wanted if self._glass.is_shown(wanted) else None

        job = await base.jobs.get(await self.kept.until(look, bool) or "")
        assert job is not None
        return job

    async def images_counted(self) -> int:
        """What counts against Ada's limits."""
        base = self.world.base
        return (await base.jobs.held(self.ada.id, now=base.clock.now())).images

    def card(self, result: simcord.InteractionResult) -> discord.Message:
        """The message a command was answered with, as it is now."""
        assert result.response is not None
        return result.response.message

    def text(self, result: simcord.InteractionResult) -> str:
        """Everything an answer says."""
        message = self.card(result)
        return "\n".join([message.content, *texts(message)])


@asynccontextmanager
async def open_room(environ: Mapping[str, str]) -> AsyncGenerator[Room]:
    settings, kept = load(environ, env_file=None), Watch(Changes())
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((SqliteStore, "tx"), (FileBlobs, "put"), (FileBlobs, "drop_job")):
            kept.over(patch, owner, name)
        async with (
            OfflineProvider(latency_s=0, paint_fast=True) as offline,
            open_world(settings, offline) as world,
        ):
            assert isinstance(world.base.store, SqliteStore)
            world.env.settle_timeout = PATIENCE_S
            with closing(Glass(world.base.store.path)) as glass:
                yield Room(world, offline, kept, glass)


Scene = Callable[[Room], Awaitable[None]]


def scene(**environ: str) -> Callable[[Scene], Callable[[], Awaitable[None]]]:
    """A test that takes place in a room with these settings.

    Not a fixture: SimCord's clock belongs to the context that enters it, and fixtures leave in another.
    """

    def decorate(play: Scene) -> Callable[[], Awaitable[None]]:
        async def test() -> None:
            async with open_room(environ) as room:
                await play(room)

        test.__name__ = play.__name__
        test.__qualname__ = play.__qualname__
        test.__module__ = play.__module__
        test.__doc__ = play.__doc__
        return test

    return decorate
