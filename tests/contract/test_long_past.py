"""Nothing that a command does reads a person's whole past: the plans of all its statements, without a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any, Final
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import event, insert

from bot.domain.ports.library import HistoryQuery
from bot.domain.ports.stores import Lease
from bot.storage.engine import SqliteStore, Store
from bot.storage.personal_data import OLD_JOBS_AT_ONCE
from bot.storage.schema import people
from bot.storage.stores import SqlFiguresStore, SqlHistoryStore, SqlJobStore
from tests.contract.conftest import Database
from tests.contract.past import add_finished
from tests.contract.store_material import (
    FREELY,
    LATER,
    LEASE_S,
    NOW,
    RATES,
    accepted,
    call,
    done,
    new_job,
    queued,
)
from tests.databases import empty_sqlite

MEMBER: Final = 1_000_000  # the first of those whom `add_finished` gives a past
PAST: Final = 3_000
OLD: Final = timedelta(days=1)
MOST_ROWS: Final = 20  # of one statement: a page of the history, or the facts of a decision
GROWING: Final = {"jobs", "renders", "charges", "calls", "spent"}
OPEN: Final = {
    "ix_jobs_open",
    "ix_jobs_line",
    "ix_jobs_lease",
    "ix_jobs_server",
}  # partial: of open jobs alone
KEYS: Final = {f"sqlite_autoindex_{table}_{number}" for table in GROWING for number in (1, 2, 3)}
OF_A_JOB: Final = {*KEYS, "ix_calls_job_id"}
BOUNDED: Final = {  # by these words of the plan or the statement
    "ix_charges_person": "at>? AND at<?",  # the month of one person, summed
    "ix_spent_person": "day>? AND day<?",
    "ix_calls_submitted_at": "submitted_at>? AND submitted_at<?",  # the calls of an hour
    "ix_calls_ended_at": "LIMIT",  # from its end until enough is found
    "ix_jobs_past": "LIMIT",
    "ix_jobs_results": "COVERING INDEX ix_jobs_results",  # counts one person's results without their rows
}
SORTED: Final = (  # a few rows: pictures and costs of a page, one person's open jobs, favourites of a batch of jobs
    "ORDER BY renders.idx",
    "GROUP BY calls.job_id",
    "ORDER BY coalesce(jobs.created_at",
    "FROM favourites WHERE favourites.job_id IN",
    "GROUP BY jobs.state",  # of open jobs, for the metrics
    "GROUP BY calls.charge IN",  # an hour's
)


@pytest.fixture(scope="module")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "easel.db"
    path.write_bytes(empty_sqlite())
    asyncio.run(_age(Database(kind="sqlite", url=f"sqlite:///{path}")))
    return path


async def _age(database: Database) -> None:
    async with database.store() as store:
        await store.tx(add_finished, PAST, people=3)
        members = [{"user_id": MEMBER + number, "last_tag": 0} for number in range(3)]
        await store.tx(lambda conn: conn.execute(insert(people), members) and None)


@pytest_asyncio.fixture(loop_scope="session", params=["with statistics", "without"])
async def old_store(old_file: Path, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A store in use has no statistics, unless its operator gathered some."""
    copyfile(old_file, tmp_path / "old.db")
    async with Database(kind="sqlite", url=f"sqlite:///{tmp_path / 'old.db'}").store() as store:
        if request.param == "without":
            await store.tx(lambda conn: conn.exec_driver_sql("DROP TABLE sqlite_stat1"))
        yield store


async def _use(store: Store) -> None:
    """Take a job from its submission to the history, while others wait and are painted."""
    jobs, results = SqlJobStore(store), SqlHistoryStore(store)
    await queued(jobs)
    await jobs.claim("worker", FREELY, now=NOW, lease_s=LEASE_S)
    job = (await accepted(jobs, new_job(MEMBER, id=f"k{uuid4()}"))).job
    await jobs.queue(MEMBER, RATES, now=NOW)
    await SqlFiguresStore(store).figures(now=NOW)
    await jobs.card_shown(job.id, 555, now=job.created_at)
    held = await jobs.claim("worker", FREELY, now=NOW + LATER, lease_s=LEASE_S)
    assert held is not None
    assert held.id == job.id
    lease = Lease(job_id=held.id, attempt=held.attempt, worker="worker")
    await done(jobs, lease, 0, await call(jobs, lease))
    await results.past(HistoryQuery(user_id=MEMBER, viewer_id=MEMBER, channel_id=7), offset=0, limit=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement, the plan for it at the moment when it ran, and how many rows it brought."""

    statement: str
    plan: list[str]
    rows: int

    def unbounded(self) -> list[str]:
        """Return the steps of the plan that read more than the answer needs."""
        return [step for step in self.plan if not self._is_bounded(step)]

    def _is_bounded(self, step: str) -> bool:
        if step.startswith("USE TEMP B-TREE"):
            return any(order in self.statement for order in SORTED)
        words = step.split()
        if words[0] not in {"SCAN", "SEARCH"} or words[1] not in GROWING:
            return True
        index = words[words.index("INDEX") + 1] if "INDEX" in words else ""
        if index == "ix_jobs_results":  # few are cancelled or expired: those are looked at, beside the count
            return BOUNDED[index] in " ".join(self.plan)
        if index in BOUNDED:
            return BOUNDED[index] in f"{step} {self.statement}"
        return index in OPEN or (words[0] == "SEARCH" and index in OF_A_JOB)


async def _asked(store: SqliteStore, use: Callable[[Store], Awaitable[None]]) -> list[Asked]:
    """Use the store, and return what it asked SQLite."""
    engine = store._engine  # pyright: ignore[reportPrivateUsage]  # there is no other way to hear of statements
    found: list[Asked] = []

    def before(
        _conn: object, cursor: Any, statement: str, values: Any, _context: object, is_many: bool
    ) -> None:
        if statement.startswith("BEGIN"):
            return
        with closing(cursor.connection.cursor()) as aside:
            one = values[0] if is_many else values
            plan = aside.execute(f"EXPLAIN QUERY PLAN {statement}", one).fetchall()
            if statement.startswith("SELECT"):
                aside.execute(statement, one)
            rows: list[Any] = aside.fetchall()
        found.append(Asked(" ".join(statement.split()), [row[3] for row in plan], len(rows)))

    event.listen(engine, "before_cursor_execute", before)
    await use(store)
    event.remove(engine, "before_cursor_execute", before)
    return found


async def test_no_statement_of_a_job_reads_more_than_its_answer(old_store: Store) -> None:
    assert isinstance(old_store, SqliteStore)

    asked = await _asked(old_store, _use)

    assert len(asked) > 50
    assert {one.statement: steps for one in asked if (steps := one.unbounded())} == {}
    assert {one.statement: one.rows for one in asked if one.rows > MOST_ROWS} == {}


async def _forget_old(store: Store) -> None:
    """Forget a batch of jobs, and look in vain for one that is old enough."""
    jobs = SqlJobStore(store)
    assert len((await jobs.forget_old(before=NOW - OLD, after=0, now=NOW)).job_ids) == OLD_JOBS_AT_ONCE
    assert (await jobs.forget_old(before=NOW - 100 * OLD, after=0, now=NOW)).job_ids == ()


async def test_forgetting_old_jobs_reads_only_those(old_store: Store) -> None:
    assert isinstance(old_store, SqliteStore)

    asked = await _asked(old_store, _forget_old)

    assert {one.statement: steps for one in asked if (steps := one.unbounded())} == {}
    assert any("ix_jobs_past (user_id=? AND created_at<?)" in step for one in asked for step in one.plan)
