from __future__ import annotations

import asyncio
from typing import cast

import discord
import pytest

from bot.app.session import logged_in
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
    monkeypatch.setattr("bot.app.session.CLOSE_S", 0.01)
    client = DeadLine()
    settings = load({"DISCORD_TOKEN": "token"}, env_file=None)
    async with asyncio.timeout(5):
        async with logged_in(cast(discord.Client, client), settings, TurnableClock()):
            pass
    assert client.closed == 2
