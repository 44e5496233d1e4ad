"""Restoring a backup: everything in it is checked before anything is replaced, and nothing is deleted."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bot.errors import SetupError
from bot.storage.migrate import newest_revision
from bot.storage.moving.backup import (
    DATABASE,
    KEPT,
    MANIFEST,
    PICTURE_PATH,
    SPOOL,
    Manifest,
    Member,
    count_rows,
    drop_left,
    link_or_copy,
)
from bot.storage.private import FOLDER_MODE, private_opener

_MAX_MANIFEST_BYTES: Final = 100 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_WORK: Final = ".restore-"
_BESIDE: Final = ("-wal", "-shm", "-journal")


def restore(file: Path, *, data_dir: Path, database: Path, is_forced: bool) -> tuple[Manifest, Path | None]:
    """Put the backup in the place of what is there; return what it holds, and where the old data is now.

    The caller has locked `database`. Raises `SetupError`; then what is there was not changed, or is where the error
    says.
    """
    there = [path for path in _data_in(data_dir, database) if path.exists()]
    if there and not is_forced:
        raise SetupError(f"{data_dir} holds an Easel already: with --force it is put aside first")
    try:
        drop_left(data_dir, _WORK)
        with TemporaryDirectory(prefix=_WORK, dir=data_dir) as folder:
            manifest = _checked(file, Path(folder))
            return manifest, _put_in_place(
                manifest, Path(folder), there, data_dir=data_dir, database=database
            )
    except OSError as error:
        raise SetupError(f"{file} cannot be restored ({error.strerror or error})") from error


def _checked(file: Path, fresh: Path) -> Manifest:
    """Unpack the backup into `fresh` and check all of it. Raises `SetupError`."""
    try:
        with tarfile.open(file, mode="r:") as tar:
            manifest = _unpack(tar, fresh)
        if count_rows(fresh / DATABASE) != manifest.counts:
            raise SetupError(f"{file} is damaged: its database is not what its manifest says")
    except (tarfile.TarError, sqlite3.Error, msgspec.MsgspecError, EOFError) as error:
        raise SetupError(f"{file} is no backup of Easel, or damaged ({error})") from error
    return manifest


def _put_in_place(
    manifest: Manifest, fresh: Path, there: list[Path], *, data_dir: Path, database: Path
) -> Path | None:
    """Replace what is there; return where it is now.

    Whatever needs room comes first, as that is what fails; then nothing there was changed. After it all is renames.
    """
    staged = database.with_name(f"{database.name}.restored")
    try:
        shutil.move(fresh / DATABASE, staged)  # which may be another disk
        aside = _copy_aside(there, data_dir, database, has_pictures=manifest.has_pictures)
        try:
            old = [path for path in there if path != database]
            _replace(fresh, old, aside, data_dir=data_dir, has_pictures=manifest.has_pictures)
            staged.replace(database)
        except OSError as error:
            raise SetupError(_cut_off(aside, error)) from error
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
    return aside


def _cut_off(aside: Path | None, error: OSError) -> str:
    where = "" if aside is None else f" What was there is in {aside}, which no restore deletes."
    return f"the restore was cut off ({error.strerror or error}): run it again with --force.{where}"


def _data_in(data_dir: Path, database: Path) -> Iterator[Path]:
    """Yield what a restored Easel replaces, the database last."""
    for suffix in _BESIDE:
        yield database.with_name(database.name + suffix)
    for name in (SPOOL, KEPT):
        if (data_dir / name).is_dir() and any((data_dir / name).iterdir()):
            yield data_dir / name
    yield database


def _unpack(tar: tarfile.TarFile, into: Path) -> Manifest:
    """Unpack what the manifest lists, each file as it says, and nothing else."""
    found: dict[str, tarfile.TarInfo] = {}
    for info in tar:
        is_ours = info.name in {DATABASE, MANIFEST} or PICTURE_PATH.fullmatch(info.name) is not None
        is_plain = info.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not info.issparse()
        if not is_ours or not is_plain or info.name in found:
            raise tarfile.ReadError(f"it holds {info.name!r}")
        found[info.name] = info
    last = found.pop(MANIFEST, None)
    if last is None or last.size > _MAX_MANIFEST_BYTES:
        raise tarfile.ReadError("it was cut off")
    manifest = msgspec.json.decode(_read(tar, last), type=Manifest)
    if manifest.migration > newest_revision():
        raise SetupError(f"the backup is of a newer Easel ({manifest.easel}): update this one")
    if found.keys() != manifest.members.keys() or DATABASE not in found:
        raise tarfile.ReadError("files are missing")
    for name, info in found.items():
        _unpack_one(tar, info, manifest.members[name], into / name)
    if hasattr(os, "sync"):  # once for all of them
        os.sync()
    return manifest


def _read(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(info)
    return b"" if file is None else file.read()


def _unpack_one(tar: tarfile.TarFile, info: tarfile.TarInfo, member: Member, to: Path) -> None:
    for folder in (to.parent.parent, to.parent):
        folder.mkdir(exist_ok=True, mode=FOLDER_MODE)
    sha256, file = hashlib.sha256(), tar.extractfile(info)
    if file is None or info.size != member.bytes:
        raise tarfile.ReadError(f"{info.name} has another size")
    with open(to, "wb", opener=private_opener) as out:
        while data := file.read(_CHUNK_BYTES):
            sha256.update(data)
            out.write(data)
    if sha256.hexdigest() != member.sha256:
        raise tarfile.ReadError(f"{info.name} is not what it was")


def _copy_aside(there: list[Path], data_dir: Path, database: Path, *, has_pictures: bool) -> Path | None:
    """Link or copy the old data into a folder of its own, but for folders that `_replace` can rename; return it."""
    if not there:
        return None
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir(mode=FOLDER_MODE)
    with ExitStack() as unfinished:
        unfinished.callback(shutil.rmtree, aside, ignore_errors=True)
        if database in there:
            with (
                suppress(sqlite3.Error),  # it may be what is broken
                closing(sqlite3.connect(database)) as conn,
            ):
                conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for path in there:
            if path.is_file():  # the checkpoint may have left none
                link_or_copy(path, aside / path.name)
            elif path.is_dir() and not _is_replaced(path, has_pictures=has_pictures):
                shutil.copytree(path, aside / path.name, copy_function=_link_or_copy)
        unfinished.pop_all()
    return aside


def _link_or_copy(path: str, to: str) -> None:
    link_or_copy(Path(path), Path(to))


def _is_replaced(folder: Path, *, has_pictures: bool) -> bool:
    """Return whether the backup's folder takes its place: kept pictures that a backup does not bring stay."""
    return folder.name == SPOOL or has_pictures


def _replace(fresh: Path, old: list[Path], aside: Path | None, *, data_dir: Path, has_pictures: bool) -> None:
    """Put the backup's folders in place of `old`, and take away what belongs to the old database."""
    for path in old:
        if not path.is_dir():
            path.unlink(missing_ok=True)  # a copy of it is put aside
        elif aside is not None and _is_replaced(path, has_pictures=has_pictures):
            path.rename(aside / path.name)
    for name in (SPOOL, KEPT):
        if (fresh / name).exists():
            (fresh / name).rename(data_dir / name)
