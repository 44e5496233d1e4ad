from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services import provider_calls
from bot.services.personal_data import PersonalData
from bot.storage.engine import SqliteStore
from tests.conftest import TurnableClock
from tests.databases import empty_sqlite
from tests.unit.services.workshop import Workshop


@pytest.fixture
async def shop(tmp_path: Path, clock: TurnableClock) -> AsyncIterator[Workshop]:
    path = tmp_path / "easel.db"
    path.write_bytes(empty_sqlite())
    store = SqliteStore(path)
    folder = tmp_path / "fetching"
    folder.mkdir()
    yield Workshop(store=store, clock=clock, folder=folder)
    await store.close()


@pytest.fixture
def cut_off_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled call is given no moment for an answer that is being read: for tests in which none comes."""
    monkeypatch.setattr(provider_calls, "LAST_MOMENT_S", 0.0)


@pytest.fixture
def personal_data(shop: Workshop) -> PersonalData:
    return PersonalData(
        jobs=shop.jobs,
        cached_images=shop.cached_images,
        blobs=shop.blobs,
        cached_blobs=shop.cached_blobs,
        clock=shop.clock,
        submissions=shop.submissions,
    )
