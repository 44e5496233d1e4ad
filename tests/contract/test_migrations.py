"""Bringing a database up to date."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, insert, inspect, select, text, update

from bot.domain.jobs import Origin, Parent, RequestContext
from bot.domain.ports.library import HistoryQuery
from bot.storage.engine import Store
from bot.storage.migrate import alembic_config, migrate, upgrade
from bot.storage.rows import folded
from bot.storage.schema import jobs as jobs_table
from bot.storage.schema import metadata
from bot.storage.sql import MAX_ROWS_AT_ONCE
from bot.storage.stores import SqlHistoryStore, SqlJobStore, SqlLibraryStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.store_material import ANN, BEN, NOW, PRICE, accepted, claimed, new_job, painted
from tests.databases import empty_sqlite

VERSIONS = Path(__file__).parents[2] / "bot" / "storage" / "migrations" / "versions"
REVISIONS = sorted(path for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
FOREIGN = 10**12  # interactions that `new_job` does not come to


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


async def test_processes_that_start_together_upgrade_one_after_the_other_to_what_the_tables_in_code_say(
    bare_database: Database,
) -> None:
    async with bare_database.stores(3) as stores:
        await stores[0].tx(metadata.create_all)
        in_code = await stores[0].tx(partial_indexes)
        await stores[0].tx(metadata.drop_all)

        await asyncio.gather(*(migrate(store) for store in stores for _ in range(2)))

        assert await stores[0].tx(differences) == []
        assert in_code
        assert await stores[0].tx(partial_indexes) == in_code


async def test_postgresql_does_not_try_to_compress_pictures(postgres_store: Store) -> None:
    query = text(
        "SELECT relname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relname IN ('blobs', 'kept') AND attname = 'data' AND attstorage = 'e'"
    )

    assert {row.relname for row in await postgres_store.tx(lambda conn: conn.execute(query).all())} == {
        "blobs",
        "kept",
    }


async def test_upgrading_twice_changes_nothing_and_keeps_what_is_stored(
    store: Store, jobs: SqlJobStore
) -> None:
    await migrate(store)
    job = (await accepted(jobs, new_job())).job
    before = await store.tx(heads)

    await migrate(store)

    assert await store.tx(heads) == before
    assert await jobs.get(job.id) == job


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


def fill_the_first_schema(conn: Connection) -> None:
    """A community in the middle of its work, as 0001 kept it: written with its own tables, not with today's."""
    first = MetaData()
    first.reflect(conn)
    at = {"now": NOW, "yesterday": NOW - timedelta(days=1), "last month": NOW - timedelta(days=30)}
    if conn.dialect.name == "sqlite":  # reflected columns know nothing of zones
        at = {name: when.replace(tzinfo=None) for name, when in at.items()}
    conn.execute(insert(first.tables["people"]), [{"user_id": who, "last_tag": 5} for who in (ANN, BEN)])
    stories = (
        ("waits", "queued", "guild", ANN, None),
        ("painted", "rendering", "guild", BEN, None),
        ("is done", "done", "guild", ANN, at["yesterday"]),
        ("elsewhere", "done", "nowhere", BEN, at["now"]),
        ("is old", "done", "guild", ANN, at["last month"]),
    )
    for number, (name, state, reach, who, finished_at) in enumerate(stories):
        job: dict[str, Any] = {
            "id": name, "state": state, "priority": 0, "tag": number, "ready_at": at["now"], "attempt": 0,
            "user_id": who, "guild_id": 8, "channel_id": 7, "reach": reach, "upload_limit_bytes": 10_000_000,
            "interaction_id": number, "application_id": 9, "token": "token", "token_until": at["now"],
            "kind": "imagine", "prompt": "a red fox", "model": "model", "aspect": "1:1", "resolution": "2K",
            "count": 2, "private": False, "spoiler": False, "references": [], "created_at": at["now"],
            "expires_at": (NOW + timedelta(hours=23)).replace(tzinfo=at["now"].tzinfo),
            "finished_at": finished_at, "shown_at": finished_at,
        }  # fmt: skip
        conn.execute(insert(first.tables["jobs"]).values(**job))
        for index in range(2):
            stage = (
                "submitting" if (name, index) == ("painted", 0) else "packaged" if finished_at else "waiting"
            )
            render = {"job_id": name, "idx": index, "stage": stage, "tries": 0, "reruns": 0, "fitted": False}
            conn.execute(insert(first.tables["renders"]).values(**render))
        charge = {"job_id": name, "user_id": who, "guild_id": 8, "images": 2, "state": "reserved"}
        conn.execute(insert(first.tables["charges"]).values(**charge, at=finished_at or at["now"]))
    paid = (
        ("a", "painted", BEN, "open", at["now"]),
        ("b", "is done", ANN, "charged", at["yesterday"]),
        ("c", "is done", ANN, "free", at["yesterday"]),
        ("d", "elsewhere", BEN, "unknown", at["now"]),
        ("e", "is old", 0, "charged", at["last month"]),
    )
    for request_id, job_id, who, charged, submitted_at in paid:
        call = {"request_id": request_id, "job_id": job_id, "idx": 0, "user_id": who, "guild_id": 8}
        cost = {"charge": charged, "cost_micro_usd": PRICE, "submitted_at": submitted_at}
        conn.execute(insert(first.tables["calls"]).values(**call, **cost))
    conn.execute(update(first.tables["renders"]).where(text("stage = 'submitting'")).values(request_id="a"))


async def test_what_the_first_schema_held_lives_on_and_its_work_goes_on_under_the_newest(
    bare_database: Database,
) -> None:
    async with bare_database.store() as store:
        await store.tx(upgrade, "0001")
        await store.tx(fill_the_first_schema)

        await migrate(store)

        jobs, moderation = SqlJobStore(store), SqlModerationStore(store)
        ids = [job.id for who in (ANN, BEN) for job in await jobs.export(who, before=None, limit=9)]
        assert sorted(ids) == ["elsewhere", "is done", "is old", "painted", "waits"]
        here = (await moderation.facts(ANN, 8, RequestContext(), now=NOW)).here
        assert sum(entry.images for entry in here.entries) == 4
        assert (here.micro_usd_today, here.micro_usd_this_month) == (84_000, 84_000 + PRICE)
        assert here.server_micro_usd_today == 84_000 + 42_000 + PRICE
        assert here.server_micro_usd_this_month == 84_000 + 42_000 + 2 * PRICE
        brought_along = (await moderation.facts(BEN, None, RequestContext(), now=NOW)).everywhere
        assert brought_along.micro_usd_today == 2 * PRICE + 42_000
        assert (
            await moderation.facts(BEN, 8, RequestContext(), now=NOW)
        ).here.micro_usd_today == PRICE + 42_000

        job, lease = await claimed(jobs)
        assert job.id == "waits"
        for index in range(2):
            await painted(jobs, lease, index)
        await jobs.finish_rendering(lease, {}, now=NOW)
        await jobs.deliver(lease, card_id=1, pinged=False, now=NOW)

        here = (await moderation.facts(ANN, 8, RequestContext(), now=NOW)).here
        assert here.micro_usd_today == 2 * PRICE
        assert here.open_jobs == 0


def fill_the_second_schema(conn: Connection, prompts: dict[str, str]) -> None:
    """Delivered results with these prompts, by their job's id, as 0002 kept them."""
    second = MetaData()
    second.reflect(conn)
    at = NOW.replace(tzinfo=None) if conn.dialect.name == "sqlite" else NOW
    shared: dict[str, Any] = {
        "state": "done", "priority": 0, "tag": 0, "ready_at": at, "attempt": 1, "user_id": ANN, "guild_id": 8,
        "channel_id": 7, "reach": "guild", "upload_limit_bytes": 10_000_000, "application_id": 9,
        "token_until": at, "kind": "edit", "model": "model", "aspect": None, "resolution": "4K", "count": 1,
        "private": False, "spoiler": False, "created_at": at, "expires_at": at, "finished_at": at,
        "shown_at": at, "card_id": 555, "price_micro_usd": PRICE,
        "references": [{"name": "image", "url": "u", "filename": "f", "bytes": 1, "content_type": None,
                        "width": None, "height": None}],
    }  # fmt: skip
    made = [
        shared | {"id": name, "prompt": prompt, "interaction_id": FOREIGN + number}
        for number, (name, prompt) in enumerate(prompts.items())
    ]
    conn.execute(insert(second.tables["jobs"]), made)
    render = {"idx": 0, "stage": "packaged", "tries": 1, "reruns": 0, "fitted": False}
    conn.execute(insert(second.tables["renders"]), [render | {"job_id": name} for name in prompts])
    server = insert(second.tables["servers"]).values(guild_id=8, modlog_channel_id=77)
    conn.execute(server)


def search_texts(conn: Connection) -> dict[str, str]:
    found = conn.execute(select(jobs_table.c.id, jobs_table.c.search_text))
    return {row.id: row.search_text for row in found}


async def test_a_result_of_the_second_schema_is_found_by_its_words_and_worked_with_under_the_newest(
    bare_database: Database,
) -> None:
    prompts = {"plain": "a Red  Fox", "wide": "ＦＯＸ\nim Straßenlicht", "signs": "100%_fox", "blank": " "}
    prompts["old"] = "a heron"
    prompts |= {f"n{number}": f"Owl {number}" for number in range(2 * MAX_ROWS_AT_ONCE)}
    async with bare_database.store() as store:
        await store.tx(upgrade, "0002")
        await store.tx(fill_the_second_schema, prompts)

        await migrate(store)

        assert await store.tx(search_texts) == {name: folded(prompt) for name, prompt in prompts.items()}
        results = SqlHistoryStore(store)
        for search, name in (("red fox", "plain"), ("fox im strasse", "wide"), ("%_F", "signs")):
            wanted = HistoryQuery(user_id=ANN, viewer_id=BEN, channel_id=7, search=search)
            assert [job.id for job in (await results.past(wanted, offset=0, limit=9)).jobs] == [name]

        library = SqlLibraryStore(store)
        (job,) = await results.family("old", limit=9)
        assert (job.parent, job.rewriting, job.request.prompts) == (None, None, ())
        assert (job.request.is_series, job.request.enhance) == (False, False)
        assert not await library.server_enhances(8)
        assert [(one.stored, one.posted) for one in job.request.references] == [(None, None)]
        assert (await SqlModerationStore(store).settings(8, now=NOW)).modlog_channel_id == 77
        child = new_job(parent=Parent(job_id="old", origin=Origin.AGAIN))
        await accepted(SqlJobStore(store), child)
        assert [one.id for one in await results.children("old", limit=9)] == [child.id]
        assert await results.remove("old", by=ANN) is not None


async def test_alembic_is_imported_only_where_a_migration_is_missing(tmp_path: Path) -> None:
    """It takes a tenth of the memory that Easel needs at rest, and stays."""
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.storage.engine import SqliteStore\n"
        "from bot.storage.migrate import migrate\n"
        "store = SqliteStore(Path(sys.argv[1]))\n"
        "asyncio.run(migrate(store))\n"
        "print(*({'alembic', 'sqlalchemy.orm', 'asyncpg'} & sys.modules.keys()))\n"
    )
    (tmp_path / "new.db").write_bytes(empty_sqlite())
    ran = [sys.executable, "-c", program, str(tmp_path / "new.db")]
    found = await asyncio.to_thread(subprocess.run, ran, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
