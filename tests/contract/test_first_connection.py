"""The database at the start: awaited while it is away, and one readable line where only a person can help."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from bot.app.base import open_base
from bot.errors import SetupError
from bot.settings import Settings, load
from bot.storage.engine import Store
from bot.storage.migrate import migrate
from tests.conftest import TurnableClock
from tests.contract.conftest import Database


class Impatient(TurnableClock):
    """Nobody waits; after some waits, what `then` does has happened."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.waits = waits
        self.over = asyncio.Event()

    async def sleep(self, delay_s: float) -> None:
        await super().sleep(delay_s)
        if len(self.slept) == self.waits:
            self.over.set()
            await asyncio.Event().wait()


def settings_of(address: str, folder: Path) -> Settings:
    return load({"DATABASE_URL": address, "DATA_DIR": str(folder)}, env_file=None)


async def start(settings: Settings, clock: TurnableClock) -> None:
    async with open_base(settings, clock=clock):
        pass


async def test_a_database_that_is_not_up_yet_is_awaited_with_growing_waits_and_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Impatient(8)
    starting = asyncio.create_task(
        start(settings_of("postgresql://easel:s3cret@127.0.0.1:1/db", tmp_path), clock)
    )
    await asyncio.wait_for(clock.over.wait(), timeout=30)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)

    [line] = caplog.messages
    assert line.startswith("the database does not answer (ConnectionRefusedError)")
    least_s = (1, 2, 4, 8, 16, 30, 30, 30)
    assert all(least <= wait <= least * 1.25 for least, wait in zip(least_s, clock.slept, strict=True))


async def test_a_sqlite_file_that_another_program_holds_is_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_TIMEOUT_MS", 1)
    clock = TurnableClock()
    settings = Settings(data_dir=tmp_path)
    await start(settings, clock)
    with closing(sqlite3.connect(tmp_path / "easel.db", check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        starting = asyncio.create_task(start(settings, clock))
        while not clock.slept:  # noqa: ASYNC110  # the clock tells nobody
            await asyncio.sleep(0)
        other.rollback()
        await asyncio.wait_for(starting, timeout=30)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"database": "no"}, 'database "no" does not exist'),
        ({"username": "no"}, 'role "no" does not exist'),
        ({"port": 99_999}, "port must be 0-65535"),
        ({"query": {"colour": "red"}}, "unexpected keyword argument 'colour'"),
        ({"query": {"sslmode": "perhaps"}}, "must be one of"),
    ],
    ids=["database", "role", "port", "option", "sslmode"],
)
async def test_what_only_a_person_can_put_right_ends_the_start_in_one_line(
    postgres: Database, tmp_path: Path, change: dict[str, object], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = make_url(postgres.url).set(drivername="postgresql")
    address = url.set(**change).render_as_string(hide_password=False)  # pyright: ignore[reportArgumentType]
    clock = TurnableClock()

    with caplog.at_level(logging.WARNING), pytest.raises(SetupError) as ended:
        await start(settings_of(address, tmp_path), clock)

    [line] = str(ended.value).splitlines()
    assert said in line
    assert (clock.slept, caplog.messages) == ([], [])


@pytest.mark.postgres
async def test_an_account_that_may_make_no_tables_ends_the_start_in_one_line(
    postgres: Database, tmp_path: Path
) -> None:
    async with postgres.store() as store:
        await store.tx(lambda conn: conn.exec_driver_sql("CREATE ROLE easel_guest LOGIN"))
    try:
        guest = make_url(postgres.url).set(drivername="postgresql", username="easel_guest")
        with pytest.raises(SetupError, match="permission denied") as ended:
            await start(settings_of(guest.render_as_string(hide_password=False), tmp_path), TurnableClock())
    finally:
        async with postgres.store() as store:
            await store.tx(lambda conn: conn.exec_driver_sql("DROP ROLE easel_guest"))
    assert "\n" not in str(ended.value)


async def test_a_database_of_a_newer_easel_ends_the_start_in_one_line(store: Store) -> None:
    def number(conn: Connection, version: str) -> None:
        conn.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})

    version = await store.tx(lambda conn: conn.execute(text("SELECT * FROM alembic_version")).scalar_one())
    try:
        await store.tx(number, "9999")
        with pytest.raises(SetupError, match="written by a newer Easel") as ended:
            await migrate(store)
    finally:
        await store.tx(number, version)  # the other tests of this process have the same database

    assert "\n" not in str(ended.value)
