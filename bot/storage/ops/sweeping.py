"""Taking away rows that nobody needs any more, without waiting for anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, select, tuple_

AT_ONCE: Final = 500  # keys in one statement; both drivers take at most 32,766 values


def sweep(
    conn: Connection, table: Table, *which: ColumnElement[bool], limit: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows that somebody else holds stay for the next time; the keys of those that are gone.

    Whoever holds many rows must not wait for one more: two who clean up would wait for each other.
    """
    key = list(table.primary_key.columns)
    query = select(*key).where(*which).order_by(*key).limit(limit)
    found = conn.execute(query.with_for_update(skip_locked=True)).all()
    for start in range(0, len(found), AT_ONCE):
        some = [tuple(row) for row in found[start : start + AT_ONCE]]
        conn.execute(delete(table).where(tuple_(*key).in_(some)))
    return found
