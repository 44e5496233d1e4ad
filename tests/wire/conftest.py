"""The fixtures of the stand-in's own tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.wire.discord_server import DiscordServer
from tests.wire.painter import painting
from tests.wire.place import Place


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as running:
        yield running


@pytest.fixture
async def place(server: DiscordServer) -> AsyncIterator[Place]:
    place = Place(server)
    async with painting(server) as place.client:
        yield place
