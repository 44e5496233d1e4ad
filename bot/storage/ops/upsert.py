"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(conn: Connection, table: Table, values: dict[str, Any], *, change: dict[str, Any]) -> None:
    """Insert `values`, or apply `change` to the row with the same primary key; it is locked either way."""
    statement = dialect_of(conn).insert(table).values(**values)
    keys = [column.name for column in table.primary_key.columns]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=change))


def insert_unless(conn: Connection, table: Table, values: dict[str, Any], *, taken: Column[Any]) -> bool:
    """Insert `values`, unless another row has the same value in the unique column `taken`; whether it did.

    A transaction that is about to commit such a row is waited for.
    """
    statement = dialect_of(conn).insert(table).values(**values)
    return conn.execute(statement.on_conflict_do_nothing(index_elements=[taken])).rowcount == 1


def dialect_of(conn: Connection) -> Any:
    """Whose `insert` knows ON CONFLICT."""
    return postgresql if conn.dialect.name == "postgresql" else sqlite
