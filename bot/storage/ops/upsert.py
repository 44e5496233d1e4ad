"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, values: dict[str, Any], *, change: dict[str, Any]) -> None:
    """Insert `values`, or apply `change` to the row with the same primary key; it is locked either way."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values)
    keys = [column.name for column in table.primary_key.columns]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=change))
