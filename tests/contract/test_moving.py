"""The move from SQLite to PostgreSQL: everything comes along, once, however often it is cut off."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import Connection, RowMapping, Table, func, make_url, select

import bot.storage.moving.move as move_module
from bot.app.base import open_base
from bot.app.moving import move_to_postgres
from bot.domain.jobs import JobState, RenderStage
from bot.domain.moderation import GiveImages
from bot.domain.ports.blobs import BlobMeta
from bot.errors import SetupError
from bot.settings import Settings
from bot.storage.blobs import FileBlobs, TableBlobs
from bot.storage.engine import SqliteStore, Store
from bot.storage.moving.digest import UNFINISHED
from bot.storage.moving.move import PICTURES, ROWS, Compared, move
from bot.storage.private import lock_alone
from bot.storage.schema import audit, grants, kept, metadata, notes, usage_entries
from bot.storage.schema import jobs as jobs_table
from bot.storage.stores import SqlJobStore, SqlKeyValueStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.every_state import rows_of, states_of
from tests.contract.moderation_material import applied
from tests.contract.store_material import ANN, FREELY, LEASE_S, NOW, accepted, new_job

pytestmark = pytest.mark.postgres


@pytest_asyncio.fixture(loop_scope="session")
async def source(filled: Database) -> AsyncIterator[SqliteStore]:
    async with filled.store() as store:
        assert isinstance(store, SqliteStore)
        yield store


@pytest_asyncio.fixture(loop_scope="session")
async def target(postgres: Database) -> AsyncIterator[Store]:
    async with postgres.store() as store:
        yield store


async def moved(source: SqliteStore, target: Store) -> list[Compared]:
    return list(await move(source, target, data_dir=source.path.parent, tell=lambda _line: None))


async def test_the_material_has_everything_in_every_state(source: Store) -> None:
    states, stages, empty = await source.tx(states_of)

    assert states == {state.value for state in JobState}
    assert stages == {stage.value for stage in RenderStage}
    assert empty == {table.name for table in PICTURES}


async def test_every_row_and_picture_is_the_same_after_the_move_and_a_second_one_is_refused(
    source: SqliteStore, target: Store
) -> None:
    compared = await moved(source, target)

    assert {one.name for one in compared} == set(metadata.tables)
    assert [one.name for one in compared if not one.is_same] == []
    assert await target.tx(rows_of, ROWS) == await source.tx(rows_of, ROWS)

    for table, names in PICTURES.items():
        there, found = TableBlobs(target, table), set[str]()
        for name in names:
            here = FileBlobs(source.path.parent / name)
            for key in await here.keys():
                found.add(key)
                assert (await there.get(key), await there.find(key)) == (
                    await here.get(key),
                    await here.find(key),
                )
        assert found
        assert await there.keys() == found

    with pytest.raises(SetupError, match="in use"):
        await moved(source, target)


async def test_numbers_go_on_after_the_largest_one_and_work_where_it_was(
    source: SqliteStore, target: Store
) -> None:
    await moved(source, target)

    for table in (audit, grants):
        before = await target.tx(_numbers, table)
        await _one_more_of_each(target)
        assert await target.tx(_numbers, table) > before

    later = NOW + timedelta(minutes=2)  # every lease is over
    claimed = [await SqlJobStore(target).claim("w", FREELY, now=later, lease_s=LEASE_S) for _ in range(20)]

    stages = {render.stage for job in claimed if job is not None for render in job.renders}
    assert stages == set(RenderStage)


def _numbers(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.max(table.c.id))).scalar_one()


async def _one_more_of_each(target: Store) -> None:
    give = GiveImages(user_id=ANN, images=1, expires_at=None, reason="more")
    await applied(SqlModerationStore(target), give)


@pytest.mark.parametrize("table", [notes, jobs_table, kept])
async def test_a_target_with_a_single_row_is_refused_and_stays_as_it_was(
    source: SqliteStore, target: Store, table: Table
) -> None:
    if table is notes:
        await SqlKeyValueStore(target).write_value("commands", "theirs")
    elif table is jobs_table:
        await accepted(SqlJobStore(target), new_job())
    else:
        await TableBlobs(target, kept).put("j/out-0", b"theirs", BlobMeta(mime="image/png"))
    before = await target.tx(rows_of, ROWS)

    with pytest.raises(SetupError, match="in use"):
        await moved(source, target)

    assert await target.tx(rows_of, ROWS) == before


async def test_a_target_in_which_another_move_is_not_finished_is_refused(
    source: SqliteStore, target: Store
) -> None:
    await SqlKeyValueStore(target).write_value(UNFINISHED, "/another/easel.db 7")

    with pytest.raises(SetupError, match="another database"):
        await moved(source, target)


async def test_what_changed_since_a_move_was_cut_off_comes_along(source: SqliteStore, target: Store) -> None:
    """Easel was started again on the old database in between."""
    await cut_off(source, target, "comparing")
    kept_files = FileBlobs(source.path.parent / "kept")
    gone, changed, *_ = sorted(await kept_files.keys())
    await kept_files.drop(gone)
    await kept_files.put(changed, b"other bytes", BlobMeta(mime="image/webp"))
    await SqlJobStore(source).forget(ANN, now=NOW)

    compared = await moved(source, target)

    assert [one.name for one in compared if not one.is_same] == []
    assert await target.tx(rows_of, ROWS) == await source.tx(rows_of, ROWS)
    assert await TableBlobs(target, kept).get(changed) == b"other bytes"


async def cut_off(source: SqliteStore, target: Store, line: str) -> None:
    def tell(told: str) -> None:
        if told.startswith(line):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await move(source, target, data_dir=source.path.parent, tell=tell)


async def test_a_difference_is_found_and_leaves_the_move_unfinished(
    source: SqliteStore, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_row_less(conn: Connection, table: Table, rows: Sequence[RowMapping]) -> None:
        insert_rows(conn, table, rows[1:] if table is usage_entries else rows)

    insert_rows = move_module._insert  # pyright: ignore[reportPrivateUsage]  # what is spoiled is the copying itself
    with monkeypatch.context() as spoiled:
        spoiled.setattr(move_module, "_insert", one_row_less)
        compared = await moved(source, target)
    assert [one.name for one in compared if not one.is_same] == ["charges"]
    assert await SqlKeyValueStore(target).read_value(UNFINISHED)

    assert all(one.is_same for one in await moved(source, target))


async def test_no_easel_starts_on_a_database_into_which_a_move_is_not_finished(
    source: SqliteStore, target: Store, postgres: Database, tmp_path: Path
) -> None:
    await cut_off(source, target, "moving jobs")
    settings = Settings(database_url=SecretStr(postgres.url), data_dir=tmp_path / "new")

    with pytest.raises(SetupError, match="not finished"):
        async with open_base(settings):
            pass


async def test_the_command_tells_each_table_and_no_password(
    source: SqliteStore, postgres: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    url = make_url(postgres.url)
    told: list[str] = []
    settings = Settings(data_dir=source.path.parent)
    secret = url.set(password="pass-word").render_as_string(hide_password=False)

    assert await move_to_postgres(settings, secret, told.append)

    assert {line.split()[0] for line in told if line.endswith("the same")} == set(metadata.tables)
    assert told[0].endswith(f"/{url.database}")
    assert "pass-word" not in "\n".join(told)


async def test_a_running_easel_is_not_moved(source: SqliteStore, postgres: Database) -> None:
    settings = Settings(data_dir=source.path.parent)
    handle = lock_alone(source.path)
    try:
        with pytest.raises(SetupError, match="another Easel uses"):
            await move_to_postgres(settings, postgres.url, lambda _line: None)
    finally:
        os.close(handle)


@pytest.mark.parametrize("address", ["", "sqlite:///elsewhere.db"])
async def test_a_move_without_a_postgresql_address_says_what_is_missing(
    source: SqliteStore, address: str
) -> None:
    with pytest.raises(SetupError, match="postgresql://"):
        await move_to_postgres(Settings(data_dir=source.path.parent), address, lambda _line: None)


async def test_without_a_sqlite_database_there_is_nothing_to_move(tmp_path: Path, postgres: Database) -> None:
    with pytest.raises(SetupError, match="no SQLite database"):
        await move_to_postgres(Settings(data_dir=tmp_path), postgres.url, lambda _line: None)
    assert await asyncio.to_thread(lambda: [*tmp_path.iterdir()]) == []
