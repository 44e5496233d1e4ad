"""From the rows of the statement to a docket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row

from bot.domain.limits import Block, Book, Docket, Entry, Grant, Limit, Pause, Rule, Scope, decode
from bot.domain.words import Filter, FilterKind


def read_docket(found: dict[str, list[Row[Any]]], user_id: int, *, in_server: bool) -> Docket:
    def rows(part: str) -> list[Row[Any]]:
        return found.get(part, [])

    everywhere, here = _books(found)
    pause = next((row.document for row in rows("server") if row.document is not None), None)
    block = next(iter(rows("block")), None)
    return Docket(
        in_server=in_server,
        pause=None if pause is None else read_pause(pause),
        block=None
        if block is None
        else Block(user_id=user_id, until=block.until, reason=block.words, by=block.a, at=block.at),
        rules=tuple(read_rule(row.words, row.a, row.document) for row in rows("rule")),
        channels={row.a: bool(row.b) for row in rows("channel")},
        only_open=any(row.a for row in rows("only open")),
        filters=tuple(_filter(row) for row in sorted(rows("filter"), key=_number)),
        grants=tuple(_grant(row, user_id) for row in sorted(rows("grant"), key=_expiry)),
        here=here,
        everywhere=everywhere,
    )


def _books(found: dict[str, list[Row[Any]]]) -> tuple[Book, Book]:
    """Everywhere, and here: there, grants do not count, nor does what was made before a reset."""
    reset = next((row.at for row in found.get("reset", [])), None)
    images = sorted(found.get("image", []), key=_moment)
    own = [row for row in images if row.a and (reset is None or row.at > reset)]
    under_way = found.get("open", [])
    reserved, money = found["reserved"][0], found["spent"][0]
    server_reserved = sum(row.a for row in found.get("server reserved", []))
    server = next(iter(found.get("server spent", [])), None)
    everywhere = Book(
        open_jobs=len(under_way),
        entries=[Entry(row.at, row.b) for row in images],
        last_command_at=images[-1].at if images else None,
        micro_usd_today=money.a + reserved.a,
        micro_usd_this_month=money.b + reserved.a,
    )
    here = Book(
        open_jobs=sum(bool(row.a) and (reset is None or row.at > reset) for row in under_way),
        entries=[Entry(row.at, row.b - row.c) for row in own if row.b > row.c],
        last_command_at=own[-1].at if own else None,
        micro_usd_today=money.c + reserved.b,
        micro_usd_this_month=money.d + reserved.b,
        server_micro_usd_today=server_reserved + (server.a if server else 0),
        server_micro_usd_this_month=server_reserved + (server.b if server else 0),
    )
    return everywhere, here


def read_pause(document: Any) -> Pause:
    return Pause(at=datetime.fromisoformat(document["at"]), by=document["by"], text=document["text"])


def read_rule(scope: str, subject_id: int, says: Any) -> Rule:
    """A stored rule. What a newer version may have written of limits unknown here is left aside."""
    known = {limit.value: limit for limit in Limit}
    values = {known[name]: decode(known[name], value) for name, value in says.items() if name in known}
    return Rule(scope=Scope(scope), subject_id=subject_id or None, says=values)


def _filter(row: Row[Any]) -> Filter:
    return Filter(id=row.a, kind=FilterKind.PATTERN if row.b else FilterKind.WORD, text=row.words)


def _grant(row: Row[Any], user_id: int) -> Grant:
    return Grant(
        id=row.a,
        user_id=user_id,
        images=row.b,
        left=row.c,
        by=row.d,
        at=row.at,
        expires_at=row.until,
        reason=row.words,
    )


def _number(row: Row[Any]) -> int:
    return cast(int, row.a)


def _moment(row: Row[Any]) -> datetime:
    return cast(datetime, row.at)


def _expiry(row: Row[Any]) -> tuple[bool, datetime, int]:
    return row.until is None, row.until or row.at, row.a
