"""How the parts of a process end, and what that takes with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, cast

import discord
import pytest

from bot.app.run import App, Role, logged_in
from bot.errors import EaselError, SetupError
from bot.settings import load
from tests.conftest import TurnableClock


class DeadLine:
    """A client whose goodbye Discord never answers."""

    def __init__(self) -> None:
        self.http = self
        self.closed = 0

    async def login(self, _token: str) -> None:
        pass

    async def close(self) -> None:
        self.closed += 1
        if self.closed == 1:
            await asyncio.Event().wait()


async def test_a_line_that_is_dead_does_not_hold_up_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.run.CLOSE_S", 0.01)
    client = DeadLine()
    settings = load({"DISCORD_TOKEN": "token"}, env_file=None)
    async with asyncio.timeout(30):
        async with logged_in(cast(discord.Client, client), settings, TurnableClock()):
            pass
    assert client.closed == 2


class Part:
    """A part of Easel that does as it is told."""

    def __init__(self, run: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
        self.run = run

    async def connect(self) -> None:
        await self.run(asyncio.Event())


async def until_stopped(stop: asyncio.Event) -> None:
    await stop.wait()


async def for_ever(_stop: asyncio.Event) -> None:
    await asyncio.Event().wait()


async def broken(_stop: asyncio.Event) -> None:
    raise ZeroDivisionError


async def closed_for_good(_stop: asyncio.Event) -> None:
    raise discord.PrivilegedIntentsRequired(None)


async def over(_stop: asyncio.Event) -> None:
    pass


def app(worker: Part, modlog_worker: Part, gateway: Part) -> App:
    parts: dict[str, Any] = {"client": gateway, "worker": worker, "modlog_worker": modlog_worker}
    return App(role=Role.BOTH, base=cast(Any, None), **parts)


@pytest.mark.parametrize(
    ("modlog", "gateway", "raised"),
    [
        (broken, for_ever, ZeroDivisionError),
        (until_stopped, broken, ZeroDivisionError),
        (until_stopped, closed_for_good, SetupError),
        (broken, closed_for_good, SetupError),
        (until_stopped, over, EaselError),
    ],
)
async def test_a_part_that_ends_by_itself_waits_for_the_worker_and_is_told(
    modlog: Any, gateway: Any, raised: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    steps: list[str] = []

    async def work(stop: asyncio.Event) -> None:
        await stop.wait()
        for _ in range(10):  # jobs that run are delivered
            await asyncio.sleep(0)
        steps.append("worker drained")

    with caplog.at_level(logging.WARNING), pytest.raises(raised):
        async with asyncio.timeout(30):
            await app(Part(work), Part(modlog), Part(gateway)).run(asyncio.Event())

    assert steps == ["worker drained"]
    expected = ["another part of Easel broke"] if (modlog, gateway) == (broken, closed_for_good) else []
    assert caplog.messages == expected


async def test_easel_that_is_asked_to_stop_ends_without_an_error() -> None:
    stop = asyncio.Event()
    stop.set()
    await app(Part(until_stopped), Part(until_stopped), Part(for_ever)).run(stop)
