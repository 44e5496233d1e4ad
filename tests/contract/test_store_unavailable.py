"""What the databases say when they cannot work just now is one error; a mistake of ours stays its own."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.errors import StoreUnavailableError
from bot.storage.engine import Store, cause_of, open_store
from tests.contract.conftest import Database

ADD = "INSERT INTO notes (key, value) VALUES ('one', '')"


def add(conn: Connection) -> None:
    conn.execute(text(ADD))


async def count(store: Store) -> int:
    return await store.tx(lambda conn: conn.execute(text("SELECT count(*) FROM notes")).scalar_one())


async def test_a_file_that_somebody_else_locks_is_unavailable_and_then_goes_on(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_TIMEOUT_MS", 1)
    async with sqlite.store() as store:
        with closing(sqlite3.connect(str(make_url(sqlite.url).database))) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailableError):
                await store.tx(add)
        await store.tx(add)

        assert await count(store) == 1


async def test_a_file_that_is_locked_for_a_while_is_two_lines_of_the_log(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_TIMEOUT_MS", 1)
    monkeypatch.setattr("bot.storage.engine.OUTAGE_SETTLE_S", 0)
    async with sqlite.store() as store:
        with closing(sqlite3.connect(str(make_url(sqlite.url).database))) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(20):
                with pytest.raises(StoreUnavailableError):
                    await store.tx(add)
        await store.tx(add)
        await count(store)

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert len(lines) == 2
    assert "OperationalError" in lines[0]
    assert "answers again" in lines[1]
    assert "(20 failures)" in lines[1]


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'gone' / 'easel.db'}")
    shutil.rmtree(tmp_path / "gone")
    try:
        with pytest.raises(StoreUnavailableError):
            await store.tx(add)
    finally:
        await store.close()


async def test_a_full_disk_is_unavailable(sqlite: Database) -> None:
    def fill(conn: Connection) -> None:
        conn.execute(text("PRAGMA max_page_count = 1"))  # SQLite takes the pages there are
        conn.execute(text("INSERT INTO notes (key, value) VALUES ('large', zeroblob(10000000))"))

    async with sqlite.store() as store:
        with pytest.raises(StoreUnavailableError):
            await store.tx(fill)


@pytest.mark.postgres
async def test_a_connection_that_breaks_is_unavailable_and_the_next_one_works(postgres: Database) -> None:
    async with postgres.new_store() as store:
        with pytest.raises(StoreUnavailableError):
            await store.tx(lambda conn: conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")))
        await store.tx(add)

        assert await count(store) == 1


@pytest.mark.postgres
@pytest.mark.parametrize(
    "kind",
    ["InternalClientError", "ProtocolError", "InterfaceError", "DataError", "ConnectionDoesNotExistError"],
)
async def test_what_the_driver_raises_when_a_line_breaks_at_a_bad_moment_is_unavailable(
    postgres: Database, kind: str
) -> None:
    driver: Any = import_module("asyncpg.exceptions")

    def break_down(_conn: Connection) -> None:
        raise getattr(driver, kind)("cannot switch to state 12; another operation (2) is in progress")

    async with postgres.store() as store:
        with pytest.raises(StoreUnavailableError):
            await store.tx(break_down)


@pytest.mark.postgres
@pytest.mark.parametrize("part", ["database", "username", "port"])
async def test_a_server_that_lets_nobody_in_is_unavailable(postgres: Database, part: str) -> None:
    url = make_url(postgres.url)
    wrong = {"database": url.set(database="no"), "username": url.set(username="no"), "port": url.set(port=1)}
    store = open_store(wrong[part].render_as_string(hide_password=False))
    try:
        with pytest.raises(StoreUnavailableError):
            await store.tx(add)
    finally:
        await store.close()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "state",
    ["25006", "40001", "40P01", "53100", "53300", "55P03", "57014", "57P01", "58030"],
    # a standby, two at once, a deadlock, a full disk, too many, a lock, too long, a shutdown, a broken disk
)
async def test_what_the_server_says_of_its_own_state_is_unavailable(postgres: Database, state: str) -> None:
    def break_down(conn: Connection) -> None:
        conn.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))

    async with postgres.store() as store:
        with pytest.raises(StoreUnavailableError) as caught:
            await store.tx(break_down)
        await store.tx(add)

    assert getattr(cause_of(caught.value), "sqlstate", None) == state


async def test_a_mistake_of_ours_stays_what_it_is(store: Store) -> None:
    with pytest.raises(DBAPIError):
        await store.tx(lambda conn: conn.execute(text("SELECT * FROM no_such_table")))
    await store.tx(add)
    with pytest.raises(IntegrityError):
        await store.tx(add)
    with pytest.raises(ZeroDivisionError):
        await store.tx(lambda _conn: 1 // 0)
    assert await count(store) == 1
