"""SQL that both databases need: INSERT … ON CONFLICT, row locks, and deleting rows that nobody holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Table,
    bindparam,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.policy.rules import OF_THE_SERVER, Rule
from bot.storage.schema import people, servers

T = TypeVar("T")


def upsert(conn: Connection, table: Table, values: dict[str, Any], *, change: Iterable[str]) -> None:
    """Insert `values`, or give those of the columns `change` to the row with the same primary key.

    The row is locked either way.
    """
    conn.execute(_upsert(dialect_of(conn), table, tuple(change)), values)


def lock_row(conn: Connection, table: Table, values: dict[str, Any], *, as_is: Column[Any]) -> None:
    """Lock the row with the primary key in `values`, by writing its column `as_is` as it is; create it if missing."""
    conn.execute(_lock_row(dialect_of(conn), table, as_is), values)


# Built once for each table: building one takes longer than SQLite takes to run it.
@cache
def _upsert(dialect: Any, table: Table, names: tuple[str, ...]) -> Any:
    return insert_or_change(dialect, table, lambda new: {name: new[name] for name in names})


@cache
def _lock_row(dialect: Any, table: Table, as_is: Column[Any]) -> Any:
    return insert_or_change(dialect, table, lambda _: {as_is.name: as_is})


def insert_or_change(dialect: Any, table: Table, change: Callable[[Any], dict[str, Any]]) -> Any:
    """Build the insertion of a row, or the change to the row with the same primary key.

    `change` is called with the columns of the row that was to be inserted.
    """
    keys = [column.name for column in table.primary_key.columns]
    statement = dialect.insert(table)
    return statement.on_conflict_do_update(index_elements=keys, set_=change(statement.excluded))


def insert_unless(conn: Connection, table: Table, values: dict[str, Any], *, taken: Column[Any]) -> bool:
    """Insert `values` unless another row has the same value in the unique column `taken`; return whether it did.

    If another transaction has inserted such a row but not committed it, wait for its end.
    """
    return conn.execute(_insert_unless(dialect_of(conn), table, taken), values).rowcount == 1


@cache
def _insert_unless(dialect: Any, table: Table, taken: Column[Any]) -> Any:
    return dialect.insert(table).on_conflict_do_nothing(index_elements=[taken])


def insert_new(conn: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert `values` unless a row conflicts with them; return whether it did.

    Wait for another transaction as `insert_unless` does.
    """
    return conn.execute(_insert_new(dialect_of(conn), table), values).rowcount == 1


@cache
def _insert_new(dialect: Any, table: Table) -> Any:
    return dialect.insert(table).on_conflict_do_nothing()


def dialect_of(conn: Connection) -> Any:
    """Return the dialect module of `conn`, whose `insert` supports ON CONFLICT."""
    return postgresql if conn.dialect.name == "postgresql" else sqlite


def unindexed(column: Column[T]) -> ColumnElement[T]:
    """Return the column as an expression: for the bare one SQLite takes a large index over a partial one."""
    return func.coalesce(column, column)


DELETED_USER: Final = 0  # replaces the id of a forgotten user; Discord never gives this id


def lock_person(conn: Connection, user_id: int) -> None:
    """Lock the person's row until the end of the transaction; create it if missing."""
    lock_row(conn, people, {"user_id": user_id, "last_tag": 0}, as_is=people.c.last_tag)


_SERVER: Final = (
    select(servers.c.guild_id).where(servers.c.guild_id == bindparam("of_guild")).with_for_update()
)


def lock_server(conn: Connection, guild_id: int, ceiling: Rule) -> None:
    """Lock the server's row until the end of the transaction.

    A missing row is created only if `ceiling` sets a budget for servers; without a row there is no other budget.
    """
    found = conn.execute(_SERVER, {"of_guild": guild_id})
    if found.first() is None and any(limit in ceiling.says for limit in OF_THE_SERVER):
        make_server(conn, guild_id)


def make_server(conn: Connection, guild_id: int) -> None:
    """Lock the server's row until the end of the transaction; create it if missing."""
    lock_row(conn, servers, {"guild_id": guild_id}, as_is=servers.c.guild_id)


MAX_ROWS_AT_ONCE: Final = 500  # keys in one statement; both drivers take at most 32,766 values


def batches(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield `keys` in parts of at most `MAX_ROWS_AT_ONCE`."""
    return (keys[start : start + MAX_ROWS_AT_ONCE] for start in range(0, len(keys), MAX_ROWS_AT_ONCE))


def count(conn: Connection, source: FromClause, *which: ColumnElement[bool]) -> int:
    """Count the matching rows of a table or a join."""
    return conn.execute(select(func.count()).select_from(source).where(*which)).scalar_one()


def sweep(
    conn: Connection, table: Table, *which: ColumnElement[bool], limit: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Delete at most `limit` matching rows (None: all) and return their primary keys.

    Rows that another transaction holds are skipped until the next time: two that delete many rows would deadlock.
    """
    key = list(table.primary_key.columns)
    query = select(*key).where(*which).order_by(*key).limit(limit)
    found = conn.execute(query.with_for_update(skip_locked=True)).all()
    for some in batches(found):
        conn.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in some])))
    return found
