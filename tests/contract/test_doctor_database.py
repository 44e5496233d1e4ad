"""The doctor's look at PostgreSQL: what is wrong there is told, and nothing is changed. SQLite is in tests/wire."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url, text

from bot.doctor.checkup import Checkup
from bot.doctor.diagnosis import Diagnosis, Severity
from bot.settings import Settings, load
from bot.storage.clock import DATABASE_NOW
from bot.storage.engine import Store, open_store
from bot.storage.stores import SqlGatewayStore
from tests.conftest import postgres_address
from tests.contract.conftest import Database
from tests.databases import fresh_postgres, migrated_postgres

pytestmark = pytest.mark.postgres
DATABASE = ("database", "migrations", "time-outs", "connections")


async def examined(address: str, monkeypatch: pytest.MonkeyPatch) -> list[Diagnosis]:
    """The lines about the database, which an offline visit has too."""
    monkeypatch.setenv("DATABASE_URL", address)
    settings = Settings(database_url=address, easel_health_bind="")  # pyright: ignore[reportArgumentType]  # pydantic makes it a secret
    lines = await Checkup(settings=settings).examine(is_offline=True)
    return [line for line in lines if line.part in DATABASE]


async def execute(address: str, *statements: str) -> None:
    store = open_store(address)

    def run(conn: Any) -> None:
        for statement in statements:
            conn.execute(text(statement))

    await store.tx(run)
    await store.close()


async def test_a_database_that_is_well_is_told_with_all_that_matters(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = await examined(postgres.url, monkeypatch)

    assert [(line.severity, line.part) for line in lines] == [(Severity.GOOD, part) for part in DATABASE]
    told = " ".join(line.cause for line in lines)
    for words in ("PostgreSQL 1", "UTF8", "the newest", "statement_timeout 15s", "lock_timeout 8s", " free"):
        assert words in told


async def test_before_the_first_start_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_postgres(postgres_address()) as address:
        lines = await examined(address, monkeypatch)
        again = await examined(address, monkeypatch)

    assert lines[1].cause == again[1].cause == "none yet: the first start makes the tables"


def elsewhere(**parts: Any) -> Callable[[str], str]:
    return lambda address: make_url(address).set(**parts).render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("elsewhere", "cause"),
    [
        (elsewhere(database="no such database"), "does not exist"),
        (elsewhere(username="nobody-such", password="hunter2"), "nobody-such"),  # pragma: allowlist secret
        (elsewhere(port=1), "does not answer"),
        (elsewhere(host="nowhere.invalid"), "does not answer"),
    ],
)
async def test_what_keeps_it_from_being_reached_is_told_without_the_password(
    elsewhere: Callable[[str], str], cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = await examined(elsewhere(postgres_address()), monkeypatch)

    assert (line.severity, line.part) == (Severity.BAD, "database")
    assert cause in line.cause
    assert "DATABASE_URL" in line.remedy
    assert "hunter2" not in line.cause + line.remedy


VERSION = "SELECT version_num FROM alembic_version"
RESTORE = "UPDATE alembic_version SET version_num = :version"
BROKEN = {
    "an older schema": ("UPDATE alembic_version SET version_num = '0001'", "! migrations", "0001", "migrate"),
    "a newer schema": ("UPDATE alembic_version SET version_num = '9999'", "✗ migrations", "9999", "Update"),
    "half a move": (
        "INSERT INTO notes (key, value) VALUES ('unfinished_move', 'x')",
        *("✗ database", "not all there", "migrate --to"),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_wrong_in_it_is_told_with_the_remedy(
    postgres: Database, postgres_store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement, *told = BROKEN[name]
    version = await postgres_store.tx(lambda conn: conn.execute(text(VERSION)).scalar_one())
    try:
        await postgres_store.tx(lambda conn: conn.execute(text(statement)) and None)
        assert_told(await examined(postgres.url, monkeypatch), *told)
    finally:
        # The other tests of this process have the same database, and what empties it leaves the version alone.
        restored = {"version": version}
        await postgres_store.tx(lambda conn: conn.execute(text(RESTORE), restored) and None)


async def test_a_read_only_database_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with migrated_postgres(postgres_address()) as address:
        name = make_url(address).database
        await execute(address, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        assert_told(await examined(address, monkeypatch), "✗ database", "read-only", "primary")


def forget(_connection: object, _record: object) -> None:
    """What becomes of a session's settings in a pooler that hands out connections for a transaction each."""


@pytest.mark.parametrize(
    ("target", "value", "told"),
    [
        ("bot.storage.engine._configure_postgres", forget, ("! time-outs", "statement_timeout 0", "pooler")),
        ("bot.doctor.database_checks.CONNECTIONS", 10_000, ("! connections", "free", "max_connections")),
        ("bot.doctor.database_checks.OLDEST_POSTGRES", 99, ("! database", "PostgreSQL", "Update it")),
    ],
)
async def test_a_server_that_is_short_of_something_is_told(
    postgres: Database, target: str, value: object, told: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, value)
    assert_told(await examined(postgres.url, monkeypatch), *told)


async def test_a_database_in_another_encoding_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_postgres(postgres_address(), encoding="LATIN1") as address:
        assert_told(await examined(address, monkeypatch), "✗ database", "LATIN1", "UTF8")


async def test_a_role_that_may_make_no_tables_is_told_what_to_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fresh_postgres(postgres_address()) as address:
        role = make_url(address).database or ""
        await execute(
            address,
            f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{role}'",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        )
        try:
            lines = await examined(elsewhere(username=role, password=role)(address), monkeypatch)
        finally:
            await execute(address, f'DROP ROLE "{role}"')

    assert_told(lines, "✗ migrations", "may create no tables", "GRANT CREATE ON SCHEMA public")


def assert_told(lines: list[Diagnosis], start: str, cause: str, remedy: str) -> None:
    (line,) = [line for line in lines if line.severity is not Severity.GOOD]
    assert f"{'✓!✗'[line.severity]} {line.part}" == start
    assert cause in line.cause
    assert remedy in line.remedy


@pytest.mark.parametrize(
    ("served", "total", "told"),
    [
        (range(4), 8, "no gateway serves 4 of 8: 4, 5, 6, 7"),
        ([0], 64, "no gateway serves 63 of 64: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …"),
        (range(8), 8, None),
        ([], 8, None),  # before the first start
    ],
)
async def test_shards_that_nobody_serves_are_told_where_others_are_served(
    postgres: Database, postgres_store: Store, served: Collection[int], total: int, told: str | None
) -> None:
    now = await postgres_store.tx(lambda conn: conn.execute(DATABASE_NOW).scalar_one())
    gateways = SqlGatewayStore(postgres_store)
    await gateways.note_served(range(total), total, now=now - timedelta(minutes=2))
    await gateways.note_served(range(total), total * 2, now=now)
    await gateways.note_served(served, total, now=now)
    settings = {"DATABASE_URL": postgres.url, "EASEL_SHARDS": f"0/{total}", "EASEL_HEALTH_BIND": ""}
    lines = await Checkup(settings=load(settings, env_file=None)).examine(is_offline=True)

    found = [line.cause for line in lines if line.part == "shards"]
    assert found == ([] if told is None else [told])
