"""Paid bytes, as files and as rows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.storage.blobs import FileBlobs, TableBlobs
from bot.storage.schema import kept
from tests.contract.conftest import POSTGRES, Database

META = BlobMeta(mime="image/png", facts={"revised_prompt": "a fox — ✓", "cost_micro_usd": 40_000, "no": None})
OTHER = BlobMeta(mime="image/jpeg")
BIG_BYTES = 20 * 1024 * 1024


@pytest.fixture
def files(tmp_path: Path) -> FileBlobs:
    return FileBlobs(tmp_path / "blobs")


@pytest.fixture(params=["files", "sqlite", POSTGRES])
def home(request: pytest.FixtureRequest) -> FileBlobs | Database:
    found: FileBlobs | Database = request.getfixturevalue(request.param)
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def blobs(home: FileBlobs | Database) -> AsyncIterator[BlobStore]:
    if isinstance(home, FileBlobs):
        yield home
        return
    async with home.store() as store:
        yield TableBlobs(store)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def same_file(one: FileBlobs, other: FileBlobs, key: str) -> bool:
    """Whether both have the very same bytes on the disk."""
    return one.file(key).samefile(other.file(key))


def files_below(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_what_was_put_is_got_with_its_meta(blobs: BlobStore) -> None:
    await blobs.put("job/0-abc", b"bytes", META)

    assert await blobs.get("job/0-abc") == b"bytes"
    assert await blobs.find("job/0-abc") == META


async def test_what_was_never_put_is_not_there(blobs: BlobStore) -> None:
    await blobs.put("job/0-abc", b"bytes", META)

    assert await blobs.find("job/1-abc") is None
    assert await blobs.find("other/0-abc") is None
    with pytest.raises(KeyError):
        await blobs.get("job/1-abc")


async def test_putting_again_replaces_bytes_and_meta(blobs: BlobStore) -> None:
    await blobs.put("job/out-0", b"first, and longer", META)
    await blobs.put("job/out-0", b"second", OTHER)

    assert await blobs.get("job/out-0") == b"second"
    assert await blobs.find("job/out-0") == OTHER


async def test_twenty_megabytes_come_back_whole(blobs: BlobStore) -> None:
    data = os.urandom(1024) * (BIG_BYTES // 1024)

    await blobs.put("job/0-abc", data, META)

    assert await blobs.get("job/0-abc") == data


async def test_no_bytes_at_all_are_a_blob_too(blobs: BlobStore) -> None:
    await blobs.put("job/0-abc", b"", OTHER)

    assert await blobs.get("job/0-abc") == b""
    assert await blobs.find("job/0-abc") == OTHER


async def test_a_dropped_job_has_no_blobs_and_others_keep_theirs(blobs: BlobStore) -> None:
    await blobs.put("job/0-abc", b"0", META)
    await blobs.put("job/out-0", b"1", META)
    await blobs.put("job2/out-0", b"2", META)

    await blobs.drop_job("job")
    await blobs.drop_job("unknown")

    assert await blobs.find("job/0-abc") is None
    assert await blobs.find("job/out-0") is None
    assert await blobs.get("job2/out-0") == b"2"


async def test_the_jobs_with_blobs_are_told(blobs: BlobStore) -> None:
    assert await blobs.jobs() == frozenset()
    for key in ("a/out-0", "a/out-1", "b/out-0", "c/out-0"):
        await blobs.put(key, b"x", META)
    await blobs.drop_job("c")

    assert await blobs.jobs() == {"a", "b"}


async def test_many_puts_at_once_all_arrive(blobs: BlobStore) -> None:
    keys = [f"job{n % 3}/out-{n}" for n in range(24)]

    await asyncio.gather(*(blobs.put(key, key.encode() * 1000, META) for key in keys))

    assert [await blobs.get(key) for key in keys] == [key.encode() * 1000 for key in keys]


async def test_puts_of_one_key_at_once_leave_one_of_them_whole(blobs: BlobStore) -> None:
    """A worker that lost its job may still be writing when the next one writes the same picture."""
    whole = {bytes([n]) * 200_000 for n in range(8)}

    await asyncio.gather(*(blobs.put("job/out-0", data, META) for data in whole))

    assert await blobs.get("job/out-0") in whole
    assert await blobs.find("job/out-0") == META


@pytest.mark.parametrize("leftover", ["out-0.part", "out-0.json", "out-0.json.part"])
async def test_what_a_crash_left_behind_is_not_found(files: FileBlobs, tmp_path: Path, leftover: str) -> None:
    await files.put("job/other", b"x", META)
    (tmp_path / "blobs" / "job" / leftover).write_bytes(b'{"mime": "image/png"}')

    assert await files.find("job/out-0") is None
    with pytest.raises(KeyError):
        await files.get("job/out-0")


async def test_bytes_whose_meta_is_missing_are_not_found(files: FileBlobs, tmp_path: Path) -> None:
    await files.put("job/out-0", b"x", META)
    (tmp_path / "blobs" / "job" / "out-0.json").unlink()

    assert await files.find("job/out-0") is None


async def test_a_put_replaces_what_a_crash_left_behind(files: FileBlobs, tmp_path: Path) -> None:
    await files.put("job/other", b"x", META)
    (tmp_path / "blobs" / "job" / "out-0.part").write_bytes(b"half")

    await files.put("job/out-0", b"whole", META)

    assert await files.get("job/out-0") == b"whole"


async def test_nothing_half_written_stays_beside_a_blob(files: FileBlobs, tmp_path: Path) -> None:
    await files.put("job/out-0", b"x", META)

    assert names_in(tmp_path / "blobs" / "job") == {"out-0", "out-0.json"}


@pytest.mark.parametrize(
    "key",
    [
        "../x",
        "job/../../x",
        "/etc/x",
        "",
        ".",
        "..",
        "job/..",
        "job/../other/out-0",
        "job//out-0",
        ".parts/x",
    ],
)
async def test_a_key_that_leaves_its_folder_is_refused(files: FileBlobs, tmp_path: Path, key: str) -> None:
    await files.put("other/out-0", b"kept", META)

    with pytest.raises(ValueError, match="folder"):
        await files.put(key, b"x", META)
    with pytest.raises(ValueError, match="folder"):
        await files.drop_job(key)

    assert await files.get("other/out-0") == b"kept"
    assert names_in(tmp_path) == {"blobs"}


async def test_a_write_that_fails_leaves_nothing_on_a_disk_that_is_full(
    files: FileBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="space"):
        await files.put("job/out-0", b"x", META)

    assert files_below(tmp_path) == []


async def test_what_a_process_that_died_half_wrote_goes_at_the_next_start(
    files: FileBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.put("job/out-0", b"x", META)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _die)
        with pytest.raises(SystemExit):
            await files.put("job/out-1", b"y" * 1000, META)
    assert len(files_below(tmp_path)) == 3
    assert await files.jobs() == {"job"}

    await FileBlobs(tmp_path / "blobs").tidy()

    assert set(files_below(tmp_path)) == {"out-0", "out-0.json"}
    assert await files.jobs() == {"job"}
    await files.put("job/out-1", b"y", META)
    assert await files.get("job/out-1") == b"y"


def _die(*_: object, **__: object) -> None:
    raise SystemExit


async def test_a_folder_that_goes_with_its_last_picture_is_made_anew_for_the_next_one(
    files: FileBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, went = Path.replace, list[Path]()

    def replace(path: Path, target: Path) -> Path:
        if not went:
            went.append(target.parent)
            target.parent.rmdir()
        return plain(path, target)

    monkeypatch.setattr(Path, "replace", replace)

    await files.put("tray/one", b"1", META)

    assert await files.get("tray/one") == b"1"


async def test_dropping_one_leaves_the_others_of_its_folder(blobs: BlobStore) -> None:
    await blobs.put("job/out-0", b"first", META)
    await blobs.put("job/out-1", b"second", META)

    await blobs.drop("job/out-0")
    await blobs.drop("job/out-0")
    await blobs.drop("nobody/out-0")

    assert await blobs.find("job/out-0") is None
    assert await blobs.get("job/out-1") == b"second"
    await blobs.drop("job/out-1")
    assert await blobs.jobs() == frozenset()


async def test_what_is_kept_lies_apart_from_what_waits_to_be_delivered(database: Database) -> None:
    async with database.store() as store:
        spool, originals = TableBlobs(store), TableBlobs(store, kept)
        await spool.put("job/out-0", b"spooled", META)
        await originals.put("job/out-0", b"kept", META)

        await spool.drop_job("job")

        assert await originals.get("job/out-0") == b"kept"
        assert await spool.find("job/out-0") is None


async def test_a_blob_is_taken_over_from_another_store_of_its_kind(home: FileBlobs | Database) -> None:
    if isinstance(home, FileBlobs):
        await _taken_over(home, FileBlobs(home.file("x").parent.parent / "kept"))
        return
    async with home.store() as store:
        await _taken_over(TableBlobs(store), TableBlobs(store, kept))


async def _taken_over(spool: BlobStore, cache: BlobStore) -> None:
    await spool.put("job/out-0", b"bytes", META)
    await cache.put("job/out-0", b"older", OTHER)

    await cache.take("job/out-0", spool, "job/out-0")
    await spool.put("job/out-0", b"newer", OTHER)
    await spool.drop_job("job")

    assert (await cache.get("job/out-0"), await cache.find("job/out-0")) == (b"bytes", META)
    assert await cache.size("job/out-0") == 5
    with pytest.raises(KeyError):
        await cache.take("job/out-1", spool, "job/out-0")
    with pytest.raises(KeyError):
        await cache.size("job/out-1")


async def test_a_file_that_is_taken_over_is_not_written_again(files: FileBlobs, tmp_path: Path) -> None:
    cache = FileBlobs(tmp_path / "kept")
    await files.put("job/out-0", b"bytes", META)

    await cache.take("job/out-0", files, "job/out-0")

    assert same_file(files, cache, "job/out-0")
    await cache.take("job/out-0", files, "job/out-0")  # again, after a crash
    assert same_file(files, cache, "job/out-0")
    assert sorted(files_below(tmp_path / "kept")) == ["out-0", "out-0.json"]


async def test_where_a_disk_knows_no_second_name_the_bytes_are_copied(
    files: FileBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    cache = FileBlobs(tmp_path / "kept")
    await files.put("job/out-0", b"bytes", META)

    await cache.take("job/out-0", files, "job/out-0")

    assert await cache.get("job/out-0") == b"bytes"
    assert not same_file(files, cache, "job/out-0")


async def test_a_blob_is_taken_over_from_a_store_of_another_kind(files: FileBlobs, sqlite: Database) -> None:
    await files.put("job/out-0", b"bytes", META)
    async with sqlite.store() as store:
        rows = TableBlobs(store)
        await rows.take("job/out-0", files, "job/out-0")
        assert await rows.get("job/out-0") == b"bytes"
        await files.take("job/out-1", rows, "job/out-0")
    assert (await files.get("job/out-1"), await files.find("job/out-1")) == (b"bytes", META)
