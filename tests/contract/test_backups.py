"""Backups of SQLite and its pictures, made while Easel writes, and restored into a fresh folder."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.app.base import open_base
from bot.app.moving import back_up_to, restore_from
from bot.domain.jobs import JobState, RenderStage
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.library import HistoryQuery
from bot.errors import SetupError
from bot.settings import Settings
from bot.storage.blobs import FileBlobs
from bot.storage.engine import SqliteStore, Store, open_store
from bot.storage.migrate import upgrade
from bot.storage.moving import backup
from bot.storage.moving.move import ROWS
from bot.storage.stores import SqlHistoryStore, SqlJobStore, SqlModerationStore
from tests.contract import job_ends
from tests.contract.conftest import Database
from tests.contract.every_state import rows_of
from tests.contract.moderation_material import GUILD
from tests.contract.store_material import (
    ANN,
    BEN,
    CAT,
    FREELY,
    LEASE_S,
    NOW,
    RATES,
    call,
    done,
    lease_of,
    new_job,
    packed_as,
)

PNG = BlobMeta(mime="image/png")
WITH_BYTES = {RenderStage.RENDERED, RenderStage.PACKAGED}


@pytest_asyncio.fixture(loop_scope="session")
async def store(filled: Database) -> AsyncIterator[Store]:
    async with filled.store() as store:
        yield store


def backed_up(data_dir: Path, *, with_pictures: bool = True, is_forced: bool = False) -> Path:
    file = data_dir.parent / f"{data_dir.name}.tar"
    settings = Settings(data_dir=data_dir)
    back_up_to(file, settings, no_one, with_pictures=with_pictures, is_forced=is_forced)
    return file


async def restored(file: Path, data_dir: Path, *, is_forced: bool = False) -> list[str]:
    told: list[str] = []
    await restore_from(file, Settings(data_dir=data_dir), told.append, into=None, is_forced=is_forced)
    return told


def put_aside(data_dir: Path) -> Path:
    (aside,) = data_dir.glob("before-restore-*")
    return aside


async def told_of(store: Store) -> list[object]:
    """What `/history`, `/favourites` and the books say."""
    jobs, results, moderation = SqlJobStore(store), SqlHistoryStore(store), SqlModerationStore(store)
    said: list[object] = [
        await jobs.spend(since=NOW - timedelta(days=40), until=NOW + timedelta(days=40)),
        await moderation.spent(GUILD, now=NOW),
    ]
    for user_id in (ANN, BEN, CAT):
        wanted = HistoryQuery(user_id=user_id, viewer_id=user_id, channel_id=7)
        said.append(await results.past(wanted, offset=0, limit=99))
        said.append(await results.favourites(user_id, offset=0, limit=99))
        said.append(await jobs.held(user_id, now=NOW))
    return said


async def pictures_in(folder: Path) -> dict[str, tuple[bytes, BlobMeta | None]]:
    files = FileBlobs(folder)
    return {key: (await files.get(key), await files.find(key)) for key in await files.keys()}


async def test_a_restored_easel_is_what_was_backed_up(store: Store, tmp_path: Path) -> None:
    file, fresh = backed_up(tmp_path), tmp_path / "fresh"

    await restored(file, fresh)

    async with Database(kind="sqlite", url=f"sqlite:///{fresh / 'easel.db'}").store() as again:
        assert await again.tx(rows_of, ROWS) == await store.tx(rows_of, ROWS)
        assert await told_of(again) == await told_of(store)
    for name in ("blobs", "kept"):
        assert await pictures_in(fresh / name) == await pictures_in(tmp_path / name) != {}


async def test_a_restored_easel_starts(store: Store, tmp_path: Path) -> None:
    await restored(backed_up(tmp_path), tmp_path / "fresh")

    async with open_base(Settings(data_dir=tmp_path / "fresh")) as base:
        assert await told_of(base.store) == await told_of(store)
        assert await base.cached_blobs.keys()


async def test_without_pictures_those_come_along_that_are_not_delivered_yet(
    store: Store, tmp_path: Path
) -> None:
    file = backed_up(tmp_path, with_pictures=False)

    await restored(file, tmp_path / "fresh")

    assert await pictures_in(tmp_path / "fresh" / "blobs") == await pictures_in(tmp_path / "blobs")
    assert await pictures_in(tmp_path / "fresh" / "kept") == {}


@pytest.mark.usefixtures("store")
def test_a_backup_is_for_its_account_alone_and_leaves_nothing_else(tmp_path: Path) -> None:
    before = sorted(str(path) for path in tmp_path.rglob("*") if path.is_file())
    file = backed_up(tmp_path)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path for path in tmp_path.parent.iterdir() if path.name.startswith(".easel")] == []
    assert sorted(str(path) for path in tmp_path.rglob("*") if path.is_file()) == before


@pytest.mark.usefixtures("store")
def test_a_backup_replaces_no_file_unasked(tmp_path: Path) -> None:
    file = backed_up(tmp_path, with_pictures=False)
    before = file.read_bytes()

    with pytest.raises(SetupError, match="exists already"):
        backed_up(tmp_path)
    assert file.read_bytes() == before

    backed_up(tmp_path, is_forced=True)
    assert file.read_bytes() != before


async def test_every_backup_made_while_easel_works_has_the_pictures_of_its_jobs(
    sqlite: Database, tmp_path: Path
) -> None:
    """Pictures are spooled, and dropped once they are delivered, in the time that a backup takes."""
    async with sqlite.store() as busy:
        await busy.reach()  # a working Easel has switched its database to WAL long ago, which needs it alone
        stop = asyncio.Event()
        working = [asyncio.create_task(work(busy, FileBlobs(tmp_path / "blobs"), stop)) for _ in range(5)]
        seen: set[RenderStage] = set()
        try:
            for number in range(40):
                file = await asyncio.to_thread(
                    backed_up, tmp_path, with_pictures=number % 2 == 0, is_forced=True
                )
                fresh = tmp_path / f"fresh{number}"
                await restored(file, fresh)
                seen |= await undelivered_with_pictures(fresh)
                if number >= 5 and seen == WITH_BYTES:
                    break
        finally:
            stop.set()
            await asyncio.gather(*working)
    assert seen == WITH_BYTES


async def test_a_job_that_is_delivered_while_the_database_is_copied_has_its_picture_in_the_copy(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy shows the moment before, in which the picture was not dropped yet."""
    copy_database = backup._copy_database  # pyright: ignore[reportPrivateUsage]  # a moment in the middle of it
    loop, spool = asyncio.get_running_loop(), FileBlobs(tmp_path / "blobs")
    async with sqlite.store() as busy:
        jobs = SqlJobStore(busy)
        lease = await job_ends.delivering(jobs)
        await spool.put(packed_as(lease.job_id, 0).key, b"packed", PNG)

        async def deliver() -> None:
            await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
            await spool.drop_job(lease.job_id)

        def copy_late(reader: sqlite3.Connection, copy: Path) -> None:
            asyncio.run_coroutine_threadsafe(deliver(), loop).result(timeout=20)
            copy_database(reader, copy)

        monkeypatch.setattr(backup, "_copy_database", copy_late)
        file = await asyncio.to_thread(backed_up, tmp_path)

    await restored(file, tmp_path / "fresh")
    assert await undelivered_with_pictures(tmp_path / "fresh") == {RenderStage.PACKAGED}
    assert await spool.keys() == frozenset()


def test_nothing_can_be_written_while_the_spool_is_linked(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_all = backup._link_all  # pyright: ignore[reportPrivateUsage]  # the moment itself
    locked: dict[str, bool] = {}

    def look(root: Path, token: str, links: dict[str, Path]) -> None:
        other = sqlite3.connect(tmp_path / "easel.db", timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            locked[root.name] = False
        except sqlite3.OperationalError:
            locked[root.name] = True
        finally:
            other.close()
        link_all(root, token, links)

    monkeypatch.setattr(backup, "_link_all", look)
    backed_up(tmp_path, with_pictures=True)

    assert locked == {"blobs": True, "kept": False}


async def work(store: Store, spool: FileBlobs, stop: asyncio.Event) -> None:
    """Paint and deliver one job after the other, in the order in which a worker does."""
    jobs = SqlJobStore(store)
    while not stop.is_set():
        new = new_job()
        await jobs.submit(new, FREELY, RATES)
        await jobs.card_shown(new.id, 1, now=NOW)
        job = await jobs.claim("w", FREELY, now=NOW, lease_s=LEASE_S)
        assert job is not None
        lease = lease_of(job)
        name = await call(jobs, lease)
        await spool.put(f"{job.id}/0-raw", b"raw", PNG)
        await done(jobs, lease, 0, name)
        packed = packed_as(job.id, 0)
        await spool.put(packed.key, b"packed", PNG)
        await jobs.render_packed(lease, 0, packed)
        await jobs.finish_rendering(lease, {}, now=NOW)
        await jobs.deliver(lease, card_id=None, pinged=False, now=NOW)
        await spool.drop_job(job.id)


async def undelivered_with_pictures(data_dir: Path) -> set[RenderStage]:
    """The stages of the pictures of jobs that are not delivered; each has its bytes."""
    store, keys = open_store(f"sqlite:///{data_dir / 'easel.db'}"), await FileBlobs(data_dir / "blobs").keys()
    stages: set[RenderStage] = set()
    try:
        for job in await SqlJobStore(store).export(ANN, before=None, limit=10_000):
            for render in job.renders:
                if job.state is not JobState.DONE and render.stage in WITH_BYTES:
                    key = render.raw_key if render.stage is RenderStage.RENDERED else render.packed_key
                    assert key in keys
                    stages.add(render.stage)
    finally:
        await store.close()
    return stages


async def test_a_folder_with_an_easel_is_not_touched_unasked(store: Store, tmp_path: Path) -> None:
    file = backed_up(tmp_path)
    before = await store.tx(rows_of, ROWS)

    with pytest.raises(SetupError, match="--force"):
        await restored(file, tmp_path)

    assert await store.tx(rows_of, ROWS) == before


async def test_what_was_there_is_put_aside_whole(filled: Database, tmp_path: Path) -> None:
    async with filled.store() as store:
        file = backed_up(tmp_path)
        await SqlJobStore(store).forget(ANN, now=NOW)
        later = await store.tx(rows_of, ROWS)
    await FileBlobs(tmp_path / "kept").put("later/out-0", b"later", PNG)
    pictures = await pictures_in(tmp_path / "kept")

    await restored(file, tmp_path, is_forced=True)

    aside = put_aside(tmp_path)
    async with Database(kind="sqlite", url=f"sqlite:///{aside / 'easel.db'}").store() as old:
        assert await old.tx(rows_of, ROWS) == later
    async with filled.store() as now:
        assert await now.tx(rows_of, ROWS) != later
    assert await pictures_in(aside / "kept") == pictures
    assert "later/out-0" not in await pictures_in(tmp_path / "kept")


@pytest.mark.usefixtures("filled")
async def test_kept_pictures_that_a_backup_does_not_bring_stay_in_their_place(tmp_path: Path) -> None:
    pictures = await pictures_in(tmp_path / "kept")

    await restored(backed_up(tmp_path, with_pictures=False), tmp_path, is_forced=True)

    aside = put_aside(tmp_path)
    assert await pictures_in(tmp_path / "kept") == await pictures_in(aside / "kept") == pictures


async def test_a_running_easel_is_never_replaced(store: Store, tmp_path: Path) -> None:
    file = backed_up(tmp_path)
    data_dir = tmp_path / "running"
    async with open_base(Settings(data_dir=data_dir)):
        with pytest.raises(SetupError, match="another Easel uses"):
            await restored(file, data_dir, is_forced=True)


async def test_for_postgresql_its_own_tools_are_named(tmp_path: Path) -> None:
    settings = Settings(database_url=SecretStr("postgresql://nobody@localhost/none"), data_dir=tmp_path)
    file = tmp_path / "a.tar"
    with pytest.raises(SetupError, match="pg_dump"):
        back_up_to(file, settings, no_one, with_pictures=False, is_forced=False)
    with pytest.raises(SetupError, match="pg_restore"):
        await restore_from(file, settings, no_one, into=None, is_forced=False)


def no_one(_line: str) -> None:
    """Is told nothing."""


async def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = SqliteStore(tmp_path / "easel.db")
    await old.tx(upgrade, "0004")
    await old.close()

    await restored(backed_up(tmp_path), tmp_path / "fresh")

    async with Database(kind="sqlite", url=f"sqlite:///{tmp_path / 'fresh' / 'easel.db'}").store() as again:
        assert set(await again.tx(rows_of, ROWS)) == {table.name for table in ROWS}
