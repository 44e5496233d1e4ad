"""A long past costs nothing: the queries of every submit, claim and heartbeat find their rows by index."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from shutil import copyfile
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import Connection, event

import bot.storage.claim as claim
import bot.storage.queue as gateway
import bot.storage.submit as submit
from bot.domain.jobs import RequestContext
from bot.domain.ports.stores import Lease
from bot.services.worker import LEASE_S
from bot.storage.engine import Store
from bot.storage.policy import read_facts
from bot.storage.stores import SqlJobStore
from tests.contract.conftest import Database
from tests.contract.past import add_finished
from tests.contract.store_material import ANN, FREELY, LATER, NOW, RATES, accepted, new_job, queued
from tests.databases import empty_sqlite

LONG_PAST: Final = 10_000
SHORT_PAST: Final = 100
PLANNED_PAST: Final = 1_000  # so many rows, and so many for each person, make the plan that more make
PEOPLE: Final = 20
ROUNDS: Final = 25
SUBQUERY: Final = re.compile(
    r"SCAN (anon_\d+|\(subquery-\d+\)|CONSTANT ROW)$"
)  # rows that other steps of the plan found
SMALL: Final = {"workers"}  # a row for each worker
FEW: Final = (
    "ix_jobs_line",
    "ix_jobs_lease",
    "ix_jobs_server",
    "ix_jobs_open",
)  # partial indexes: of open jobs alone
LATEST: Final = "ix_calls_ended_at"  # read from its end until enough is found
SERVER: Final = 8  # where `new_job` asks

OPS: Final[dict[str, Callable[[Connection], Any]]] = {
    "submit": lambda conn: submit.submit(conn, new_job(), FREELY, RATES),
    "claim": lambda conn: claim.claim(conn, "worker", FREELY, now=NOW, lease_s=LEASE_S),
    "waiting": lambda conn: gateway.waiting(conn, after=(NOW, "0"), before=NOW, limit=9),
    "queue": lambda conn: gateway.queue_of(conn, ANN, RATES, now=NOW),
    "renew_leases": lambda conn: claim.renew_leases(
        conn, [Lease(job_id="a", attempt=1, worker="b")], now=NOW, lease_s=LEASE_S
    ),
    "expire": lambda conn: gateway.expire(conn, now=NOW + LATER),
    "policy": lambda conn: read_facts(conn, ANN, SERVER, RequestContext(channel_ids=(7,)), now=NOW),
    "abandon_leases": lambda conn: claim.abandon_leases(conn, "host", now=NOW),
}


@pytest.fixture(scope="module")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many finished jobs, one being painted, one waiting."""
    path = tmp_path_factory.mktemp("old") / "easel.db"
    path.write_bytes(empty_sqlite())
    asyncio.run(_age(Database(kind="sqlite", url=f"sqlite:///{path}")))
    return path


async def _age(database: Database) -> None:
    async with database.store() as store:
        await store.tx(add_finished, PLANNED_PAST, people=PEOPLE)
        jobs = SqlJobStore(store)
        await queued(jobs)
        await jobs.claim("host-1", FREELY, now=NOW, lease_s=LEASE_S)
        await queued(jobs)


@pytest_asyncio.fixture(loop_scope="session")
async def old_store(old_file: Path, tmp_path: Path) -> AsyncIterator[Store]:
    copyfile(old_file, tmp_path / "old.db")
    async with Database(kind="sqlite", url=f"sqlite:///{tmp_path / 'old.db'}").store() as store:
        yield store


def plans_of(conn: Connection, op: Callable[[Connection], Any]) -> dict[str, list[str]]:
    """Each statement that `op` makes, with the database's plan for it."""
    made: dict[str, Any] = {}

    def before(_conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        made.setdefault(statement, parameters)

    event.listen(conn, "before_cursor_execute", before)
    op(conn)
    event.remove(conn, "before_cursor_execute", before)
    return {
        statement: [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        for statement, parameters in made.items()
        if not statement.startswith("INSERT")
    }


@pytest.mark.parametrize("name", OPS)
async def test_no_query_reads_a_table_from_end_to_end(old_store: Store, name: str) -> None:
    plans = await old_store.tx(plans_of, OPS[name])

    steps = [step for plan in plans.values() for step in plan]
    scans = [step for step in steps if step.startswith("SCAN") and not step.endswith((*FEW, LATEST))]
    assert steps
    assert [step for step in scans if step.split()[1] not in SMALL and not SUBQUERY.match(step)] == []


@pytest.mark.parametrize(
    ("name", "table", "index"),
    [
        ("claim", "jobs", "ix_jobs_lease"),
        ("claim", "jobs", "ix_jobs_line"),
        ("waiting", "jobs", "ix_jobs_line"),
        ("policy", "jobs", "ix_jobs_open"),
        ("policy", "jobs", "ix_jobs_server"),
        ("policy", "charges", "ix_charges_person"),
        ("policy", "spent", "ix_spent_person"),
        ("submit", "jobs", "ix_jobs_line"),
        ("submit", "jobs", "ix_jobs_lease"),
        ("submit", "calls", "ix_calls_ended_at"),
        ("queue", "jobs", "ix_jobs_line"),
        ("queue", "jobs", "ix_jobs_lease"),
        ("expire", "jobs", "ix_jobs_line"),
        ("expire", "jobs", "ix_jobs_open"),
    ],
)
async def test_a_query_uses_the_index_made_for_it(
    old_store: Store, name: str, table: str, index: str
) -> None:
    plans = await old_store.tx(plans_of, OPS[name])

    assert any(
        step.split()[1] == table and f"INDEX {index}" in step for plan in plans.values() for step in plan
    )


async def took_ms(work: Callable[[], Awaitable[Any]]) -> list[float]:
    took: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await work()
        took.append((time.perf_counter() - start) * 1000)
    return took


@pytest.mark.speed
@pytest.mark.timeout(60)
async def test_a_long_past_makes_submits_and_claims_hardly_slower(database: Database) -> None:
    took: dict[str, dict[int, list[float]]] = {"submit": {}, "claim": {}}
    async with database.store() as store:
        jobs = SqlJobStore(store)
        for size, more in ((SHORT_PAST, SHORT_PAST), (LONG_PAST, LONG_PAST - SHORT_PAST)):
            await store.tx(add_finished, more)
            took["submit"][size] = await took_ms(lambda: accepted(jobs, new_job()))
            took["claim"][size] = await took_ms(
                lambda: jobs.claim("worker", FREELY, now=NOW + LATER, lease_s=LEASE_S)
            )
    for name, by_size in took.items():
        figures = [f"{statistics.median(all_ms):.1f} ms at {size}" for size, all_ms in by_size.items()]
        print(database.kind, name, *figures)  # noqa: T201  # for whoever reads with -s

    for by_size in took.values():  # the quickest of each: what else the machine does must not decide
        assert min(by_size[LONG_PAST]) < 3 * min(by_size[SHORT_PAST])
