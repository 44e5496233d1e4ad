"""The move of a whole SQLite database, with its pictures, into an empty PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, inspect, literal, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.errors import SetupError
from bot.storage.blobs import FileBlobs, TableBlobs
from bot.storage.engine import SqliteStore, Store, cause_of
from bot.storage.migrate import migrate
from bot.storage.moving.digest import (
    UNFINISHED,
    Digest,
    digest_of,
    digest_of_file,
    digests_of_blobs,
    row_pages,
)
from bot.storage.schema import blobs, kept, metadata, notes

PICTURES: Final = {blobs: ("blobs", "emergency"), kept: ("kept",)}  # SQLite has them in these folders
ROWS: Final = tuple(table for table in metadata.sorted_tables if table not in PICTURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A table as it is in the two databases after the move."""

    name: str
    source: Digest
    target: Digest

    @property
    def is_same(self) -> bool:
        return self.source == self.target


async def move(
    source: SqliteStore, target: Store, *, data_dir: Path, tell: Callable[[str], None]
) -> Sequence[Compared]:
    """Move everything, and return how the tables compare. Only the target is written to, apart from migrations.

    The caller has locked the source. A move that was cut off goes on: what is the same already is not copied again.
    Until all is the same, a note marks the target as unfinished, and no Easel starts on it. Raises `SetupError` for a
    target that holds anything but an unfinished move of this source, and `StoreUnavailableError`.
    """
    mark = f"{source.path.resolve()} {source.path.stat().st_ino}"
    await target.tx(_check_unused, mark)  # before anything is migrated there
    await migrate(source)
    await migrate(target)
    await target.tx(_begin, mark)
    for table in ROWS:
        tell(f"moving {table.name}")
        await _move_rows(source, target, table)
    files = {table: await _files(data_dir, names) for table, names in PICTURES.items()}
    for table, found in files.items():
        tell(f"moving {table.name}: {len(found)} files")
        await _move_files(found, target, table)
    tell("comparing")
    compared = [await _compare_rows(source, target, table) for table in ROWS]
    compared += [await _compare_files(found, target, table) for table, found in files.items()]
    if all(one.is_same for one in compared):
        await target.tx(_end)
    return compared


def _check_unused(conn: Connection, mark: str) -> bool:
    """Return whether this move has begun here before. Raises `SetupError` for a database that is in use."""
    there = set(inspect(conn).get_table_names())
    if notes.name in there:
        begun = conn.execute(select(notes.c.value).where(notes.c.key == UNFINISHED)).scalar_one_or_none()
        if begun == mark:
            return True
        if begun is not None:
            raise SetupError(f"a move of another database into this one is not finished ({begun})")
    for table in metadata.sorted_tables:
        row = select(literal(1)).select_from(table).limit(1)
        if table.name in there and conn.execute(row).first() is not None:
            raise SetupError(f"the database is in use ({table.name} is not empty): move into a new one")
    return False


def _begin(conn: Connection, mark: str) -> None:
    if not _check_unused(conn, mark):
        try:
            conn.execute(insert(notes).values(key=UNFINISHED, value=mark))
        except IntegrityError as error:
            raise SetupError("another move into this database has just begun") from error


def _end(conn: Connection) -> None:
    conn.execute(delete(notes).where(notes.c.key == UNFINISHED))


async def _move_rows(source: Store, target: Store, table: Table) -> None:
    there = await digest_of(target, table)
    if there.rows:  # of a move that was cut off
        if there == await digest_of(source, table):
            return
        await target.tx(_empty, table)
    async for rows in row_pages(source, table):
        await target.tx(_insert, table, rows)
    await target.tx(_continue_numbers, table)


def _empty(conn: Connection, table: Table) -> None:
    conn.execute(delete(table).where(notes.c.key != UNFINISHED) if table is notes else delete(table))


def _insert(conn: Connection, table: Table, rows: Sequence[RowMapping]) -> None:
    try:
        conn.execute(insert(table), [dict(row) for row in rows])
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        why = str(cause_of(error)).partition("\n")[0]
        raise SetupError(f"a row of {table.name} cannot be moved: {why}") from error


def _continue_numbers(conn: Connection, table: Table) -> None:
    """Let a serial column go on after its largest number."""
    column = table.autoincrement_column
    if column is not None:
        following = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        conn.execute(select(func.setval(sequence, following, False)))


async def _files(data_dir: Path, names: Sequence[str]) -> Mapping[str, FileBlobs]:
    """Return the folder of each blob by its key; the first of `names` that has it."""
    homes = [FileBlobs(data_dir / name) for name in names]
    return {key: home for home in reversed(homes) for key in await home.keys()}


async def _move_files(files: Mapping[str, FileBlobs], target: Store, table: Table) -> None:
    """Copy the blobs that are not there yet, one in memory at a time; delete those whose file is gone since."""
    there, to = await digests_of_blobs(target, table), TableBlobs(target, table)
    for key, home in files.items():
        meta = await home.find(key)
        if meta is not None and there.get(key) != await digest_of_file(key, meta, home.file(key)):
            await to.put(key, await home.get(key), meta)
    for key in there.keys() - files.keys():
        await to.drop(key)


async def _compare_rows(source: Store, target: Store, table: Table) -> Compared:
    here, there = await digest_of(source, table), await digest_of(target, table)
    return Compared(name=table.name, source=here, target=there)


async def _compare_files(files: Mapping[str, FileBlobs], target: Store, table: Table) -> Compared:
    here = Digest()
    for key, home in files.items():
        if (meta := await home.find(key)) is not None:
            here = here.plus(await digest_of_file(key, meta, home.file(key)))
    there = reduce(Digest.plus, (await digests_of_blobs(target, table)).values(), Digest())
    return Compared(name=table.name, source=here, target=there)
