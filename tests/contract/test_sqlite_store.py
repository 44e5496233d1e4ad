"""What the embedded store promises beyond the contract: one process, and nothing lost in a crash."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from bot.app.base import open_base
from bot.domain.jobs import JobState
from bot.errors import SetupError, StoreUnavailableError
from bot.settings import Settings
from bot.storage.engine import BUSY_TIMEOUT_MS, SqliteStore, Store, open_store, parse_url
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import Database

ROOT = Path(__file__).parents[2]

HOLD = """
import asyncio, sys
from pathlib import Path
from bot.app.base import (open_base)
from bot.settings import Settings

async def main():
    async with open_base(Settings(data_dir=Path(sys.argv[1]), database_url=None)):
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""

SUBMIT_AND_DIE = """
import asyncio, os, signal, sys
from bot.storage.engine import open_store
from bot.storage.stores import SqlJobStore
from tests.contract.store_material import accepted, new_job

async def main():
    jobs = SqlJobStore(open_store(sys.argv[1]))
    for _ in range(3):
        print((await accepted(jobs, new_job())).job.id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder, database_url=None)


@contextmanager
def running(script: str, argument: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, argument],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def pragmas(conn: Connection) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    return {name: conn.execute(text(f"PRAGMA {name}")).scalar_one() for name in names}


async def test_every_commit_is_on_disk_before_it_is_answered(sqlite: Database) -> None:
    async with sqlite.store() as store:
        in_force = await store.tx(pragmas)

    full = 2  # sqlite.org/pragma.html#pragma_synchronous
    assert in_force == {
        "journal_mode": "wal",
        "synchronous": full,
        "busy_timeout": BUSY_TIMEOUT_MS,
        "foreign_keys": 1,
    }


async def test_an_operation_that_raises_is_rolled_back(sqlite: Database) -> None:
    def write_and_break(conn: Connection) -> None:
        conn.execute(text("INSERT INTO notes (key, value) VALUES ('a', 'b')"))
        raise RuntimeError("broken")

    async with sqlite.store() as store:
        with pytest.raises(RuntimeError):
            await store.tx(write_and_break)
        left = await store.tx(lambda conn: conn.execute(text("SELECT count(*) FROM notes")).scalar_one())

    assert left == 0


async def test_an_operation_may_write_from_its_first_word(sqlite: Database) -> None:
    """BEGIN IMMEDIATE: a reader that turns writer could otherwise find the file locked in between."""
    async with sqlite.store() as store, sqlite.store() as other:
        first_in, second_asked = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def read_then_write(conn: Connection) -> None:
            conn.execute(text("SELECT count(*) FROM notes"))
            loop.call_soon_threadsafe(first_in.set)
            asyncio.run_coroutine_threadsafe(second_asked.wait(), loop).result(timeout=5)
            conn.execute(text("INSERT INTO notes (key, value) VALUES ('first', '')"))

        def write(conn: Connection) -> int:
            conn.execute(text("INSERT INTO notes (key, value) VALUES ('second', '')"))
            return conn.execute(text("SELECT count(*) FROM notes")).scalar_one()

        first = asyncio.create_task(store.tx(read_then_write), name="first")
        await first_in.wait()
        second = asyncio.create_task(other.tx(write), name="second")
        second_asked.set()
        await first

        assert await second == 2


def note(conn: Connection, key: str) -> str:
    conn.execute(text("INSERT INTO notes (key, value) VALUES (:key, '')"), {"key": key})
    return key


def note_and_break(conn: Connection, key: str) -> str:
    note(conn, key)
    raise RuntimeError(key)


def notes(conn: Connection) -> list[str]:
    return list(conn.execute(text("SELECT key FROM notes ORDER BY key")).scalars())


@pytest.fixture(autouse=True)
def _all_share_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the machine takes for the operations before."""
    monkeypatch.setattr("bot.storage.engine.SHARED_COMMIT_S", 60.0)


@asynccontextmanager
async def held(store: Store) -> AsyncGenerator[list[str]]:
    """The writer thread waits, so that what is asked for in here comes together; then the commits since are listed."""
    going_on, begun, commits = threading.Event(), asyncio.Event(), list[str]()
    loop = asyncio.get_running_loop()

    def heard(statement: str) -> None:
        if statement in {"COMMIT", "ROLLBACK"}:
            commits.append(statement)

    def wait(conn: Connection) -> None:
        driver: Any = conn.connection.dbapi_connection
        driver.set_trace_callback(heard)
        loop.call_soon_threadsafe(begun.set)
        going_on.wait(timeout=5)

    waiting = asyncio.create_task(store.tx(wait), name="waiting")
    await begun.wait()
    yield commits
    await asyncio.sleep(0)  # what was asked for is in the queue
    going_on.set()
    await asyncio.gather(waiting, return_exceptions=True)  # it shares the others' commit, and their luck


async def test_operations_that_come_together_share_one_commit(sqlite: Database) -> None:
    async with sqlite.store() as store:
        async with held(store) as commits:
            asked = [asyncio.create_task(store.tx(note, f"n{number}"), name="ask") for number in range(9)]
        assert await asyncio.gather(*asked) == [f"n{number}" for number in range(9)]
        assert commits == ["COMMIT"]
        assert await store.tx(notes) == [f"n{number}" for number in range(9)]


async def test_one_that_breaks_undoes_its_own_work_alone(sqlite: Database) -> None:
    async with sqlite.store() as store:
        async with held(store):
            ops = (note, note_and_break, note, note_and_break, note)
            asked = [
                asyncio.create_task(store.tx(op, f"n{number}"), name="ask") for number, op in enumerate(ops)
            ]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in found] == [str, RuntimeError, str, RuntimeError, str]
        assert await store.tx(notes) == ["n0", "n2", "n4"]


async def test_where_the_disk_is_full_nobody_is_told_that_anything_was_stored(sqlite: Database) -> None:
    """SQLite may undo everything then, also what went well before."""

    def fill(conn: Connection, key: str) -> str:
        conn.execute(
            text("INSERT INTO notes (key, value) VALUES (:key, :much)"), {"key": key, "much": "x" * 9_000_000}
        )
        return key

    async with sqlite.store() as store:
        pages = await store.tx(lambda conn: conn.execute(text("PRAGMA page_count")).scalar_one())
        await store.tx(lambda conn: conn.execute(text(f"PRAGMA max_page_count={pages + 50}")).scalar_one())
        async with held(store):
            asked = [
                asyncio.create_task(store.tx(op, f"n{number}"), name="ask")
                for number, op in enumerate((note, fill, note))
            ]
        found = await asyncio.gather(*asked, return_exceptions=True)
        stored = await store.tx(notes)
        assert isinstance(found[1], StoreUnavailableError)
        assert [one for one in found if isinstance(one, str)] == stored


async def test_an_error_of_their_commit_is_that_of_all_who_share_it_and_the_next_ones_go_on(
    sqlite: Database,
) -> None:
    def relate(conn: Connection) -> None:
        conn.execute(text("CREATE TABLE ones (id INTEGER PRIMARY KEY)"))
        conn.execute(
            text("CREATE TABLE others (id INTEGER REFERENCES ones (id) DEFERRABLE INITIALLY DEFERRED)")
        )

    def break_the_commit(conn: Connection, key: str) -> str:
        conn.execute(text("INSERT INTO others (id) VALUES (1)"))
        return note(conn, key)

    async with sqlite.store() as store:
        await store.tx(relate)
        async with held(store):
            asked = [
                asyncio.create_task(store.tx(op, f"n{number}"), name="ask")
                for number, op in enumerate((note, break_the_commit, note))
            ]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in found] == [IntegrityError] * 3
        assert await store.tx(notes) == []
        assert await store.tx(note, "n3") == "n3"


async def test_one_whose_caller_went_away_while_it_waited_is_not_run(sqlite: Database) -> None:
    async with sqlite.store() as store:
        async with held(store):
            asked = [asyncio.create_task(store.tx(note, f"n{number}"), name="ask") for number in range(3)]
            await asyncio.sleep(0)
            asked[1].cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert await store.tx(notes) == ["n0", "n2"]


def test_a_second_process_is_refused_and_may_come_when_the_first_has_gone(tmp_path: Path) -> None:
    async def open_and_close() -> None:
        async with open_base(settings_in(tmp_path)):
            pass

    with running(HOLD, str(tmp_path)) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        with pytest.raises(SetupError, match="another Easel"):
            asyncio.run(open_and_close())

    asyncio.run(open_and_close())


def test_what_was_accepted_survives_a_kill(sqlite: Database) -> None:
    with running(SUBMIT_AND_DIE, sqlite.url) as process:
        assert process.stdout is not None
        ids = process.stdout.read().split()
        assert process.wait() == -signal.SIGKILL

    async def states() -> list[JobState | None]:
        async with sqlite.store() as store:
            found = [await SqlJobStore(store).get(job_id) for job_id in ids]
            return [None if job is None else job.state for job in found]

    assert asyncio.run(states()) == [JobState.QUEUED] * 3


async def test_the_folder_of_a_new_file_is_made(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new' / 'easel.db'}")
    try:
        assert isinstance(store, SqliteStore)
        assert (tmp_path / "new").is_dir()
    finally:
        await store.close()


@pytest.mark.parametrize(
    "address", ["", "not an address", "mysql://host/name", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_could_lose_jobs_is_refused_with_words(address: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL"):
        open_store(address)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_postgresql_address_may_be_spelled_as_people_do(scheme: str) -> None:
    url = parse_url(f"{scheme}://user:secret@host:5433/name")

    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://user:secret@host:5433/name"
