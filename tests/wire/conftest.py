"""The fixtures of the stand-in's own tests, and of the whole of Easel on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import TurnableClock
from tests.databases import migrate_once
from tests.extensions import load_cogs_once
from tests.pictures import remember_pictures
from tests.wire.app import Scene, arranged
from tests.wire.discord_server import DiscordServer
from tests.wire.painter import painting
from tests.wire.place import Place
from tests.wire.talk import Talk
from tests.wire.ward import Ward, opened_ward


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as running:
        yield running


@pytest.fixture
async def place(server: DiscordServer) -> AsyncIterator[Place]:
    place = Place(server)
    async with painting(server) as place.client:
        yield place


@pytest.fixture
async def scene(
    tmp_path: Path, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    """Everything but Easel itself: the test starts it."""
    migrate_once(monkeypatch)
    load_cogs_once(monkeypatch)
    remember_pictures(monkeypatch)
    async with arranged(tmp_path, clock, monkeypatch) as scene:
        yield scene


@pytest.fixture
async def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async with opened_ward(tmp_path, monkeypatch) as ward:
        yield ward


@pytest.fixture
async def easel(scene: Scene) -> Scene:
    """Easel at work."""
    await scene.start()
    return scene


@pytest.fixture
async def talk(easel: Scene) -> Talk:
    """Easel at work, and people who write to it."""
    return Talk(easel)
