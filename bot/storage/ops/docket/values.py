"""What the parts of the statement share: their columns, and the values that are given to it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Date, Select, Text, bindparam, literal, null, select
from sqlalchemy import cast as sql_cast

from bot.storage.schema import Json, UtcDateTime

THE_SERVER: Final = 0  # `rules.subject_id` of the server's own rule
Part = Select[*tuple[Any, ...]]
_NUMBER, _TIME, _WORDS, _DOCUMENT = BigInteger(), UtcDateTime(), Text(), Json


def part_of(
    part: str,
    *,
    a: ColumnElement[Any] | None = None,
    b: ColumnElement[Any] | None = None,
    c: ColumnElement[Any] | None = None,
    d: ColumnElement[Any] | None = None,
    at: ColumnElement[Any] | None = None,
    until: ColumnElement[Any] | None = None,
    words: ColumnElement[Any] | None = None,
    document: ColumnElement[Any] | None = None,
) -> Part:
    """One part of the statement: all have the same columns, with nothing where they have nothing to say."""

    def column(given: ColumnElement[Any] | None, kind: Any, name: str) -> ColumnElement[Any]:
        return (sql_cast(null(), kind) if given is None else given).label(name)

    return select(
        literal(part, Text).label("part"),
        column(a, _NUMBER, "a"),
        column(b, _NUMBER, "b"),
        column(c, _NUMBER, "c"),
        column(d, _NUMBER, "d"),
        column(at, _TIME, "at"),
        column(until, _TIME, "until"),
        column(words, _WORDS, "words"),
        column(document, _DOCUMENT, "document"),
    )


USER: Final = bindparam("user_id", type_=BigInteger)
GUILD: Final = bindparam("guild_id", type_=BigInteger)
ROLES: Final = bindparam("role_ids", type_=BigInteger, expanding=True)
CHANNELS: Final = bindparam("channel_ids", type_=BigInteger, expanding=True)
NOW: Final = bindparam("now", type_=UtcDateTime)
WINDOW: Final = bindparam("window", type_=UtcDateTime)
TODAY: Final = bindparam("today", type_=Date)
MONTH: Final = bindparam("month", type_=Date)
JOB: Final = bindparam("job_id", type_=Text)
CREATED: Final = bindparam("created_at", type_=UtcDateTime)
