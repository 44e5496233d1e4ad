"""Digests of tables: equal on two databases if all rows are, however each of them stores and sorts values."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, Table, func, literal, select, tuple_

from bot.domain.ports.blobs import BlobMeta
from bot.storage.engine import Store
from bot.storage.schema import notes

# The key of a note that a database holds while others are moved into it.
UNFINISHED: Final = "unfinished_move"
ROWS_AT_ONCE: Final = 1_000
_SUM: Final = 2**256


@dataclass(frozen=True, slots=True)
class Digest:
    """The number of rows, and the sum of their SHA-256, in which their order makes no difference."""

    rows: int = 0
    total: int = 0

    def plus(self, row: bytes) -> Digest:
        """Return the digest with one more row, as `digest_of_row` returns it."""
        return Digest(self.rows + 1, (self.total + int.from_bytes(row)) % _SUM)

    @property
    def text(self) -> str:
        return f"{self.total:064x}"[:16]


def digest_of_row(values: Sequence[Any]) -> bytes:
    """Return the SHA-256 of a row's values as Python has them: aware datetimes, and JSON that was read."""
    plain = json.dumps([_plain(value) for value in values], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # datetimes too
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]  # JSON
    if isinstance(value, list):
        return [_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType]  # JSON
    if isinstance(value, float) and value.is_integer():  # JSONB keeps 1e22 as a whole number
        return int(value)
    return value


async def row_pages(store: Store, table: Table) -> AsyncIterator[Sequence[RowMapping]]:
    """Yield the table's rows by primary key, `ROWS_AT_ONCE` in one transaction; without the note `UNFINISHED`."""
    keys = [column.name for column in table.primary_key.columns]
    after: list[Any] | None = None
    while rows := await store.tx(_page, table, after):
        yield rows
        after = [rows[-1][key] for key in keys]


def _page(conn: Connection, table: Table, after: list[Any] | None) -> Sequence[RowMapping]:
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(ROWS_AT_ONCE)
    if table is notes:
        query = query.where(notes.c.key != UNFINISHED)
    if after is not None:
        last = (literal(value, column.type) for value, column in zip(after, keys, strict=True))
        query = query.where(tuple_(*keys) > tuple_(*last))
    return conn.execute(query).mappings().all()


async def digest_of(store: Store, table: Table) -> Digest:
    """Return the digest of a whole table, of which a page is in memory at a time."""
    found = Digest()
    async for rows in row_pages(store, table):
        for row in rows:
            found = found.plus(digest_of_row(list(row.values())))
    return found


def digest_of_blob(key: str, meta: BlobMeta, sha256: str) -> bytes:
    """Return the digest of a stored file: its key, metadata, and the SHA-256 of its bytes."""
    return digest_of_row([key, msgspec.to_builtins(meta), sha256])


async def digest_of_file(key: str, meta: BlobMeta, path: Path) -> bytes:
    """Return the digest of a blob that is a file, which is read in pieces."""
    return digest_of_blob(key, meta, await asyncio.to_thread(_sha256, path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def digests_of_blobs(store: Store, table: Table) -> dict[str, bytes]:
    """Return the digest of each blob in a table of PostgreSQL by its key; the server hashes the bytes."""
    found: dict[str, bytes] = {}
    after = ""
    while rows := await store.tx(_hashed, table, after):
        for row in rows:
            meta = msgspec.convert(row["meta"], BlobMeta)
            found[row["key"]] = digest_of_blob(row["key"], meta, row["sha256"])
        after = rows[-1]["key"]
    return found


def _hashed(conn: Connection, table: Table, after: str) -> Sequence[RowMapping]:
    sha256 = func.encode(func.sha256(table.c.data), "hex").label("sha256")
    query = select(table.c.key, table.c.meta, sha256).where(table.c.key > after).order_by(table.c.key)
    return conn.execute(query.limit(ROWS_AT_ONCE)).mappings().all()
