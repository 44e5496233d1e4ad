"""Files that are no backups, are damaged, or were made to do harm: refused before anything is replaced."""

from __future__ import annotations

import asyncio
import io
import tarfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.app.moving import back_up_to, restore_from
from bot.errors import SetupError
from bot.settings import Settings
from bot.storage.blobs import BlobMeta, FileBlobs
from tests.databases import empty_sqlite

Files = dict[str, bytes]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with one kept picture."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "easel.db").write_bytes(empty_sqlite())
    asyncio.run(FileBlobs(home / "kept").put("job/out-0", b"a picture", BlobMeta(mime="image/png")))
    file = tmp_path / "a.tar"
    back_up_to(file, Settings(data_dir=home), lambda _line: None, with_pictures=True, is_forced=False)
    return file


def refused(file: Path, folder: Path, match: str = "no backup of Easel, or damaged") -> None:
    """Restoring is refused, and the database and the pictures that were there stay as they were."""
    (folder / "kept" / "job").mkdir(parents=True)
    (folder / "easel.db").write_bytes(b"what was there")
    (folder / "kept" / "job" / "out-0").write_bytes(b"a picture that was there")

    with pytest.raises(SetupError, match=match):
        asyncio.run(
            restore_from(file, Settings(data_dir=folder), lambda _line: None, into=None, is_forced=True)
        )

    left = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert left.pop("easel.db.lock") == b""
    assert left == {"easel.db": b"what was there", "kept/job/out-0": b"a picture that was there"}
    assert not (folder.parent / "evil").exists()


def files_of(backup: Path) -> Files:
    with tarfile.open(backup) as tar:
        return {info.name: read(tar, info) for info in tar}


def read(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(info)
    assert file is not None
    return file.read()


def rewritten(backup: Path, files: Files, *more: tarfile.TarInfo) -> None:
    """Write a backup again with these files, and `more` members without content."""
    with tarfile.open(backup, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for info in more:
            tar.addfile(info)


def with_manifest(files: Files, **changes: Any) -> Files:
    return files | {
        "manifest.json": msgspec.json.encode(msgspec.json.decode(files["manifest.json"]) | changes)
    }


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "evil",
    [
        member("../evil"),
        member("kept/../../evil"),
        member("/evil"),
        member("kept/job/..", tarfile.DIRTYPE),
        member("kept/evil", tarfile.SYMTYPE, "/"),
        member("kept/job/evil", tarfile.SYMTYPE, "../../../evil"),
        member("kept/job/evil", tarfile.LNKTYPE, "easel.db"),
        member("kept/job/evil", tarfile.CHRTYPE),
        member("kept/job/evil", tarfile.FIFOTYPE),
        member("kept/.parts/evil"),
        member("easel.db"),
        member("easel.db-wal"),
        member("kept/job/unlisted"),
    ],
    ids=lambda info: f"{info.name} {info.type!r}",
)
def test_a_member_that_is_none_of_ours_is_refused(
    backup: Path, tmp_path: Path, evil: tarfile.TarInfo
) -> None:
    rewritten(backup, files_of(backup), evil)

    refused(backup, tmp_path / "there")


def changes(files: Files) -> dict[str, Files]:
    """A backup's files after each kind of damage."""
    database, picture = files["easel.db"], "kept/job/out-0"
    return {
        "changed": files | {picture: b"a pictura"},
        "longer": files | {picture: b"a picture and more"},
        "another database": files | {"easel.db": database[:-1] + b"\1"},
        "no picture": without(files, picture),
        "no database": without(files, "easel.db"),
        "no manifest": without(files, "manifest.json"),
        "an empty manifest": files | {"manifest.json": b"{}"},
        "other counts": with_manifest(files, counts={"jobs": 7}),
    }


def without(files: Files, name: str) -> Files:
    return {each: data for each, data in files.items() if each != name}


@pytest.mark.parametrize("damage", changes({"easel.db": b"", "manifest.json": b"{}"}))
def test_a_damaged_backup_is_refused(backup: Path, tmp_path: Path, damage: str) -> None:
    rewritten(backup, changes(files_of(backup))[damage])

    refused(backup, tmp_path / "there", "damaged")


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_backup_that_was_cut_off_is_refused(backup: Path, tmp_path: Path, part: float) -> None:
    data = backup.read_bytes()
    backup.write_bytes(data[: int(len(data) * part)])

    refused(backup, tmp_path / "there")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(b"a holiday film" * 999)

    refused(file, tmp_path / "there")


def test_a_backup_of_a_newer_version_is_refused(backup: Path, tmp_path: Path) -> None:
    rewritten(backup, with_manifest(files_of(backup), migration="0999"))

    refused(backup, tmp_path / "there", "newer Easel")


def test_a_file_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    refused(tmp_path / "none.tar", tmp_path / "there", "No such file")
