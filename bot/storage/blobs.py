"""Two `BlobStore`s: files for one process, and database rows for many."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, literal, select

from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.storage.engine import Store
from bot.storage.private import FOLDER_MODE, private_opener
from bot.storage.schema import blobs
from bot.storage.sql import upsert

_META: Final = ".json"
PARTS_FOLDER: Final = ".parts"  # the folder of unfinished files, which a start empties
_MOVES: Final = 5  # tries


class FileBlobs:
    """Stores a blob as `root/job/name`, with its metadata in `name.json`.

    Files are written in a folder apart, fsynced and renamed. The data file is last, so a blob that exists is complete.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = root / PARTS_FOLDER

    async def tidy(self) -> None:
        """Delete unfinished files of an earlier process. Call it before the first `put`."""
        await asyncio.to_thread(shutil.rmtree, self._parts, ignore_errors=True)

    async def put(self, key: str, data: bytes, meta: BlobMeta) -> None:
        await asyncio.to_thread(self._put, self._path(key), data, msgspec.json.encode(meta))

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise KeyError(key) from error

    async def find(self, key: str) -> BlobMeta | None:
        return await asyncio.to_thread(_read_meta, self._path(key))

    async def size(self, key: str) -> int:
        try:
            return (await asyncio.to_thread(self._path(key).stat)).st_size
        except FileNotFoundError as error:
            raise KeyError(key) from error

    def file(self, key: str) -> Path:
        return self._path(key)

    async def take(self, key: str, source: BlobStore, source_key: str) -> None:
        meta, there = await source.find(source_key), source.file(source_key)
        if meta is None:
            raise KeyError(source_key)
        if there is None:
            await self.put(key, await source.get(source_key), meta)
            return
        try:
            await asyncio.to_thread(self._put, self._path(key), there, msgspec.json.encode(meta))
        except FileNotFoundError as error:
            raise KeyError(source_key) from error

    async def drop(self, key: str) -> None:
        await asyncio.to_thread(self._drop, self._path(key))

    async def drop_job(self, job_id: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self._path(job_id), ignore_errors=True)

    async def keys(self) -> frozenset[str]:
        return await asyncio.to_thread(self._keys)

    async def jobs(self) -> frozenset[str]:
        return await asyncio.to_thread(self._jobs)

    def _drop(self, path: Path) -> None:
        path.unlink(missing_ok=True)  # first, because a data file that exists means a complete blob
        path.with_name(path.name + _META).unlink(missing_ok=True)
        with suppress(OSError):  # the folder is not empty
            path.parent.rmdir()

    def _path(self, key: str) -> Path:
        if not {"", ".", "..", PARTS_FOLDER}.isdisjoint(key.split("/")):
            raise ValueError("a key that leaves its folder")
        return self._root / key

    def _put(self, path: Path, data: bytes | Path, meta: bytes) -> None:
        """Store bytes, or those of a file, which then is the same file under two names where the disk can do that."""
        fresh = not path.parent.exists()
        self._write(path.with_name(path.name + _META), meta)
        self._write(path, data)
        sync_folder(path.parent)
        if fresh:
            sync_folder(self._root)
            sync_folder(self._root.parent)

    def _write(self, path: Path, data: bytes | Path) -> None:
        for folder in (self._root, self._parts):
            folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        # Each write has its own file, because a thread still writes after another worker took over its job.
        part = self._parts / secrets.token_hex(8)
        try:
            if not isinstance(data, Path):
                _write(part, data)
            elif not is_linked(data, part):
                _write(part, data.read_bytes())
            _move(part, path, tries=_MOVES)
            part.unlink(missing_ok=True)  # a rename leaves it where both are names of one file already
        except OSError:  # the disk is full
            part.unlink(missing_ok=True)
            raise

    def _keys(self) -> frozenset[str]:
        paths = (path for job in self._jobs() for path in (self._root / job).iterdir())
        return frozenset(f"{path.parent.name}/{path.name}" for path in paths if path.suffix != _META)

    def _jobs(self) -> frozenset[str]:
        if not self._root.exists():
            return frozenset()
        folders = (entry.name for entry in self._root.iterdir() if entry.is_dir())
        return frozenset(name for name in folders if name != PARTS_FOLDER)


def _read_meta(path: Path) -> BlobMeta | None:
    try:
        if not path.is_file():
            return None
        return msgspec.json.decode(path.with_name(path.name + _META).read_bytes(), type=BlobMeta)
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb", opener=private_opener) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def is_linked(path: Path, part: Path) -> bool:
    """Make `part` another name of the file; return False where the file system cannot do that."""
    try:
        part.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def _move(part: Path, to: Path, *, tries: int) -> None:
    """Move `part`, and retry if `drop` removes the empty target folder at the same time."""
    try:
        to.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        part.replace(to)
    except (FileNotFoundError, FileExistsError):
        if tries <= 1:
            raise
        _move(part, to, tries=tries - 1)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that a new file is found after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class TableBlobs:
    """Stores blobs in the shared database, so that any worker can finish a job that another one paid for.

    `table` is `blobs` or a table with the same columns.
    """

    def __init__(self, store: Store, table: Table = blobs) -> None:
        self._tx = store.tx
        self._table = table

    async def put(self, key: str, data: bytes, meta: BlobMeta) -> None:
        await self._tx(_put_row, self._table, key, data, meta)

    async def get(self, key: str) -> bytes:
        data = await self._tx(_get_row, self._table, key)
        if data is None:
            raise KeyError(key)
        return data

    async def find(self, key: str) -> BlobMeta | None:
        return await self._tx(_find_row, self._table, key)

    async def size(self, key: str) -> int:
        size = await self._tx(_size_of_row, self._table, key)
        if size is None:
            raise KeyError(key)
        return size

    def file(self, key: str) -> None:
        return None

    async def take(self, key: str, source: BlobStore, source_key: str) -> None:
        meta = await source.find(source_key)
        if meta is None:
            raise KeyError(source_key)
        if not isinstance(source, TableBlobs):
            await self.put(key, await source.get(source_key), meta)
        elif not await self._tx(_copy_row, self._table, key, source._table, source_key):
            raise KeyError(source_key)

    async def drop(self, key: str) -> None:
        await self._tx(_drop_row, self._table, key)

    async def drop_job(self, job_id: str) -> None:
        await self._tx(_drop_rows, self._table, job_id)

    async def keys(self) -> frozenset[str]:
        return await self._tx(_all_keys, self._table)

    async def jobs(self) -> frozenset[str]:
        return await self._tx(_job_ids, self._table)


def _put_row(conn: Connection, table: Table, key: str, data: bytes, meta: BlobMeta) -> None:
    values = {"data": data, "meta": msgspec.to_builtins(meta)}
    upsert(conn, table, {"key": key, "job_id": key.partition("/")[0], **values}, change=values)


def _get_row(conn: Connection, table: Table, key: str) -> bytes | None:
    return conn.execute(select(table.c.data).where(table.c.key == key)).scalar_one_or_none()


def _find_row(conn: Connection, table: Table, key: str) -> BlobMeta | None:
    meta = conn.execute(select(table.c.meta).where(table.c.key == key)).scalar_one_or_none()
    return None if meta is None else msgspec.convert(meta, BlobMeta)


def _size_of_row(conn: Connection, table: Table, key: str) -> int | None:
    return conn.execute(select(func.length(table.c.data)).where(table.c.key == key)).scalar_one_or_none()


def _copy_row(conn: Connection, table: Table, key: str, source: Table, source_key: str) -> bool:
    """Copy a row inside the database, in place of any there is; return whether there was one to copy."""
    folder = key.partition("/")[0]
    conn.execute(delete(table).where(table.c.key == key))
    row = select(literal(key), literal(folder), source.c.data, source.c.meta).where(
        source.c.key == source_key
    )
    return conn.execute(insert(table).from_select(["key", "job_id", "data", "meta"], row)).rowcount == 1


def _drop_row(conn: Connection, table: Table, key: str) -> None:
    conn.execute(delete(table).where(table.c.key == key))


def _drop_rows(conn: Connection, table: Table, job_id: str) -> None:
    conn.execute(delete(table).where(table.c.job_id == job_id))


def _all_keys(conn: Connection, table: Table) -> frozenset[str]:
    return frozenset(conn.execute(select(table.c.key)).scalars())


def _job_ids(conn: Connection, table: Table) -> frozenset[str]:
    return frozenset(conn.execute(select(table.c.job_id).distinct()).scalars())
