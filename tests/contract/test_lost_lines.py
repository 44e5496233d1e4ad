"""A machine that vanishes in the middle of a transaction, with its rows locked, holds nobody up for long."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import Connection, text

from bot.storage.engine import SESSION_SETTINGS, Store
from bot.storage.migrate import migrate
from tests.contract.conftest import Database

pytestmark = pytest.mark.postgres
ADD = "INSERT INTO notes (key, value) VALUES ('hot', '0') ON CONFLICT (key) DO UPDATE SET value = '1'"
SLEEP = "SELECT pg_sleep(0.5)"
SHORT = {"idle_in_transaction_session_timeout": "300ms", "lock_timeout": "2s", "statement_timeout": "300ms"}


def add(conn: Connection) -> None:
    conn.execute(text(ADD))


async def vanish(store: Store) -> None:
    """Write a row, and say nothing more: the loop stands still as the machine would."""

    def write_and_freeze(conn: Connection) -> None:
        add(conn)
        conn.connection.dbapi_connection.await_(asyncio.sleep(30))  # type: ignore[union-attr]

    await store.tx(write_and_freeze)


async def test_every_session_gives_up_what_its_machine_left_open_and_waits_for_locks_a_little_longer(
    postgres: Database,
) -> None:
    def settings(conn: Connection) -> dict[str, str]:
        query = text("SELECT name, setting, unit FROM pg_settings WHERE name = ANY(:names)")
        rows = conn.execute(query, {"names": list(SESSION_SETTINGS)})
        return {row.name: f"{row.setting}{row.unit or ''}" for row in rows}

    async with postgres.new_store() as store:
        said = await store.tx(settings)

    assert said["idle_in_transaction_session_timeout"] == "5000ms"
    assert said["lock_timeout"] == "8000ms"
    assert said["statement_timeout"] == "15000ms"
    assert set(said) == set(SESSION_SETTINGS)


async def test_a_transaction_that_a_vanished_machine_left_open_ends_and_its_row_is_free(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.SESSION_SETTINGS", SHORT)
    async with postgres.new_store() as frozen, postgres.new_store() as other:
        gone = asyncio.create_task(vanish(frozen))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        async with asyncio.timeout(30):
            await other.tx(add)
        waited_s = time.monotonic() - began
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)

    assert waited_s < 10


async def test_a_migration_may_take_longer_than_any_command(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.SESSION_SETTINGS", SHORT)
    monkeypatch.setattr("bot.storage.engine.COMMAND_TIMEOUT_S", 0.2)
    monkeypatch.setattr("bot.storage.migrate.upgrade", lambda conn: conn.execute(text(SLEEP)))  # pyright: ignore
    async with postgres.new_store() as store:
        await migrate(store)
