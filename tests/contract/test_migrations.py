"""Bringing a database up to date."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.storage.engine import Store
from bot.storage.jobs import SqlJobStore
from bot.storage.migrate import alembic_config, migrate, upgrade
from bot.storage.schema import metadata
from tests.contract.conftest import Database
from tests.contract.store_material import accepted, new_job

VERSIONS = Path(__file__).parents[2] / "bot" / "storage" / "migrations" / "versions"
REVISIONS = sorted(path for path in VERSIONS.glob("*.py") if path.name != "__init__.py")


def differences(conn: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))


def heads(conn: Connection) -> tuple[str, ...]:
    return tuple(MigrationContext.configure(conn).get_current_heads())


def partial_indexes(conn: Connection) -> dict[str, str]:
    """Alembic compares no conditions, so this reads them from the database's own words."""
    tables = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%WHERE%' "
        "AND schemaname = 'public'",
    }
    found = conn.execute(text(tables[conn.dialect.name]))
    return {name: re.sub(r"\s+", " ", sql) for name, sql in found}


async def test_an_upgraded_database_is_what_the_tables_in_code_say(bare_database: Database) -> None:
    async with bare_database.store() as store:
        await migrate(store)

        assert await store.tx(differences) == []


async def test_the_small_indexes_cover_the_same_part_in_code_and_migrations(
    bare_database: Database,
) -> None:
    async with bare_database.store() as store:
        await store.tx(metadata.create_all)
        in_code = await store.tx(partial_indexes)
        await store.tx(metadata.drop_all)
        await migrate(store)

        assert in_code
        assert await store.tx(partial_indexes) == in_code


async def test_upgrading_twice_changes_nothing_and_keeps_what_is_stored(
    store: Store, jobs: SqlJobStore
) -> None:
    await migrate(store)
    job = (await accepted(jobs, new_job())).job
    before = await store.tx(heads)

    await migrate(store)

    assert await store.tx(heads) == before
    assert await jobs.get(job.id) == job


async def test_processes_that_start_together_upgrade_one_after_the_other(bare_database: Database) -> None:
    async with bare_database.store() as one, bare_database.store() as two, bare_database.store() as three:
        stores = [one, two, three] if bare_database.kind == "postgres" else [one]
        await asyncio.gather(*(migrate(store) for store in stores for _ in range(2)))

        assert await one.tx(differences) == []


async def test_an_upgrade_that_fails_leaves_the_database_as_it_was(bare_database: Database) -> None:
    def upgrade_and_break(conn: Connection) -> None:
        upgrade(conn)
        raise RuntimeError("power cut")

    async with bare_database.store() as store:
        with pytest.raises(RuntimeError):
            await store.tx(upgrade_and_break)

        assert await store.tx(lambda conn: inspect(conn).get_table_names()) == []


async def test_the_migrations_are_one_line_without_branches(store: Store) -> None:
    def chain(conn: Connection) -> list[str]:
        scripts = ScriptDirectory.from_config(alembic_config(conn))
        return [script.revision for script in scripts.walk_revisions()]

    numbers = [path.name.partition("_")[0] for path in REVISIONS]
    assert sorted(await store.tx(chain)) == numbers
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("path", REVISIONS, ids=lambda path: path.stem)
def test_a_migration_says_why_on_its_first_line(path: Path) -> None:
    first = path.read_text().splitlines()[0]

    assert re.match(r'"""\w.{20,}\.("""|)$', first)
