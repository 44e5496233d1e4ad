from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.services.personal_data import PersonalData
from bot.storage.engine import SqliteStore
from bot.storage.migrate import upgrade
from tests.conftest import TurnableClock
from tests.unit.services.workshop import Workshop


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated database, to be copied: migrating anew for each test would take longer than most."""
    path = tmp_path_factory.mktemp("easel") / "fresh.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        upgrade(conn)
    engine.dispose()
    return path


@pytest.fixture
async def shop(fresh_database: Path, tmp_path: Path, clock: TurnableClock) -> AsyncIterator[Workshop]:
    path = tmp_path / "easel.db"
    shutil.copy(fresh_database, path)
    store = SqliteStore(path)
    yield Workshop(store=store, clock=clock)
    await store.close()


@pytest.fixture
def personal_data(shop: Workshop) -> PersonalData:
    return PersonalData(
        jobs=shop.jobs,
        originals=shop.originals,
        blobs=shop.blobs,
        kept=shop.kept,
        clock=shop.clock,
        submissions=shop.submissions,
    )
