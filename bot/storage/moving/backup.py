"""Backups: one tar file with a copy of the SQLite database and of pictures, made while Easel runs."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final, cast

import msgspec

from bot.errors import SetupError
from bot.storage.blobs import PARTS_FOLDER, is_linked, sync_folder
from bot.storage.private import FILE_MODE, FOLDER_MODE, private_opener

DATABASE: Final = "easel.db"
MANIFEST: Final = "manifest.json"
SPOOL, KEPT = "blobs", "kept"  # the folders of pictures, in the data folder as in a backup
PICTURE_PATH: Final = re.compile(rf"({SPOOL}|{KEPT})(/[A-Za-z0-9][A-Za-z0-9._-]*){{2}}")
_BUSY_S: Final = 10.0
PAGES_AT_ONCE: Final = 4096
_WORK: Final = ".easel-backup-"
_LEFT_S: Final = 12 * 3600.0  # a running backup has written within this time


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a file of a backup must be."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds. `counts` are the rows of each table, `members` its files by their names."""

    easel: str
    migration: str
    made_at: datetime
    has_pictures: bool
    counts: dict[str, int]
    members: dict[str, Member] = field(default_factory=dict[str, Member])


def back_up(
    database: Path, data_dir: Path, file: Path, *, version: str, with_pictures: bool, is_forced: bool
) -> Manifest:
    """Write a backup to `file`, which is complete once it is there. Raises `SetupError`.

    Pictures that are paid for and not delivered yet always come along, as the jobs that are under way need them;
    kept ones only `with_pictures`.
    """
    if file.exists() and not is_forced:
        raise SetupError(f"{file} exists already: choose another name, or --force")
    try:
        drop_left(file.parent, _WORK, older_than_s=_LEFT_S)
        with TemporaryDirectory(prefix=_WORK, dir=file.parent) as folder:
            copy, tar = Path(folder, DATABASE), Path(folder, "backup.tar")
            with _snapshot(database, data_dir, copy, with_pictures=with_pictures) as pictures:
                manifest = _describe(copy, version=version, with_pictures=with_pictures)
                _write(tar, manifest, {DATABASE: copy, **pictures})
            tar.replace(file)
            sync_folder(file.parent)
    except sqlite3.Error as error:
        raise SetupError(f"the database {database} cannot be backed up ({error})") from error
    except OSError as error:
        raise SetupError(f"{file} cannot be written ({error.strerror or error})") from error
    return manifest


def drop_left(parent: Path, prefix: str, *, older_than_s: float = 0.0) -> None:
    """Delete the folders that killed backups or restores left in `parent`: all of Easel's data is in them."""
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):  # another account's, or just removed
            newest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
            if time.time() - newest >= older_than_s:
                shutil.rmtree(folder)


@contextmanager
def _snapshot(
    database: Path, data_dir: Path, copy: Path, *, with_pictures: bool
) -> Generator[dict[str, Path]]:
    """Copy the database, and yield the pictures that belong to it, by their names in the backup.

    What is spooled is linked at the moment of the copy, while nothing can be written: no job of the copy lacks its
    picture, and none goes on because of the backup. Kept pictures are linked before and after that moment, as there may
    be many: what came or went meanwhile is there too, and a picture without a row does no harm. The links are
    in folders that Easel empties when it starts.
    """
    token = f"backup-{secrets.token_hex(6)}"
    links: dict[str, Path] = {}
    spool, kept = data_dir / SPOOL, data_dir / KEPT
    try:
        if with_pictures:
            _link_all(kept, token, links)
        with closing(_connect(database)) as reader:
            with closing(_connect(database)) as writer:
                writer.execute("BEGIN IMMEDIATE")
                reader.execute("BEGIN")
                # It sees this moment from now on.
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
                _link_all(spool, token, links)
            _copy_database(reader, copy)
        if with_pictures:
            _link_all(kept, token, links)
        yield links
    finally:
        for root in (spool, kept):
            shutil.rmtree(root / PARTS_FOLDER / token, ignore_errors=True)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)


def _copy_database(reader: sqlite3.Connection, copy: Path) -> None:
    copy.touch(mode=FILE_MODE)
    with closing(_connect(copy)) as writer:
        # In steps, as no signal is heard within one; the reader sees the same moment in each of them.
        reader.backup(writer, pages=PAGES_AT_ONCE, progress=_hear_signals)
        writer.execute("PRAGMA journal_mode=DELETE")  # so that it is one file


def _hear_signals(_status: int, _remaining: int, _total: int) -> None:
    """Let Python run its signal handlers."""


def count_rows(path: Path) -> dict[str, int]:
    """Return the number of rows of each table of a database that is sound. Raises `sqlite3.Error`."""
    with closing(_connect(path)) as conn:
        (found,) = conn.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {found}")
        names = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {
            name: conn.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # its own name
            for (name,) in names
            if not name.startswith("sqlite_")
        }


def _describe(copy: Path, *, version: str, with_pictures: bool) -> Manifest:
    with closing(_connect(copy)) as conn:
        (migration,) = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return Manifest(
        easel=version,
        migration=migration,
        made_at=datetime.now(UTC),
        has_pictures=with_pictures,
        counts=count_rows(copy),
    )


def _link_all(root: Path, token: str, links: dict[str, Path]) -> None:
    """Link every picture of `root` that is not among `links` yet."""
    for path in _files_in(root):
        folder, name = path.parent.name, path.name
        in_backup = f"{root.name}/{folder}/{name}"
        if PICTURE_PATH.fullmatch(in_backup) and in_backup not in links:
            link = root / PARTS_FOLDER / token / folder / name
            link.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            with suppress(FileNotFoundError):  # it was dropped just now
                link_or_copy(path, link)
                links[in_backup] = link


def _files_in(root: Path) -> Iterator[Path]:
    """Yield the files of all folders of `root`; a working Easel drops folders meanwhile."""
    with suppress(FileNotFoundError):
        for folder in list(root.iterdir()):
            with suppress(FileNotFoundError, NotADirectoryError):
                yield from list(folder.iterdir())


def link_or_copy(path: Path, to: Path) -> None:
    """Give the file a second name, or copy it where the file system cannot do that."""
    if not is_linked(path, to):
        shutil.copy2(path, to)


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _write(tar_path: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    """Write the tar; its manifest comes last, so that a file that was cut off has none."""
    with open(tar_path, "wb", opener=private_opener) as raw:
        with tarfile.open(fileobj=raw, mode="w") as tar:
            for name, path in files.items():
                with path.open("rb") as file:
                    info, hashed = _info(name, path.stat().st_size, path.stat().st_mtime), _Hashed(file)
                    tar.addfile(info, cast(BinaryIO, hashed))
                    manifest.members[name] = Member(bytes=info.size, sha256=hashed.sha256)
            text = msgspec.json.format(msgspec.json.encode(manifest))
            tar.addfile(_info(MANIFEST, len(text), manifest.made_at.timestamp()), io.BytesIO(text))
        raw.flush()
        os.fsync(raw.fileno())


def _info(name: str, size: int, mtime: float) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(mtime), FILE_MODE
    return info
