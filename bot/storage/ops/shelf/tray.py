"""The reference tray. Whoever changes one holds its person's row, so places stay without gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, tuple_, update

from bot.domain.ports import MAX_OFF, MAX_TRAY, TrayPicture
from bot.domain.references import Stored, folder_of_tray, owner_of_tray
from bot.domain.sizes import Size
from bot.storage.ops.copies import awaited
from bot.storage.ops.people import lock_person
from bot.storage.ops.sweeping import AT_ONCE, sweep
from bot.storage.ops.upsert import dialect_of, upsert
from bot.storage.schema import tray


def pictures(conn: Connection, user_id: int) -> tuple[TrayPicture, ...]:
    query = select(tray).where(_is_in(user_id)).order_by(tray.c.place)
    return tuple(_picture(row) for row in conn.execute(query))


def announce(conn: Connection, user_id: int, picture: TrayPicture) -> None:
    """As one that was taken off this moment; one that lies there already stays."""
    lock_person(conn, user_id)
    values = {"place": 0, "facts": _facts(picture), "at": picture.added_at, "gone_at": picture.added_at}
    statement = dialect_of(conn).insert(tray).values(user_id=user_id, name=picture.name, **values)
    conn.execute(statement.on_conflict_do_nothing())


def put(conn: Connection, user_id: int, picture: TrayPicture) -> bool:
    """One that is on the tray already keeps its place; one that was taken off comes back at the end."""
    lock_person(conn, user_id)
    names = _names(conn, user_id)
    if picture.name in names:
        return True
    if len(names) >= MAX_TRAY:
        return False
    values = {
        "place": len(names) + 1,
        "facts": _facts(picture),
        "at": picture.added_at,
        "gone_at": None,
    }
    upsert(conn, tray, {"user_id": user_id, "name": picture.name, **values}, change=dict(values))
    return True


def take_off(conn: Connection, user_id: int, names: tuple[str, ...], *, now: datetime) -> None:
    lock_person(conn, user_id)
    conn.execute(update(tray).where(_is_in(user_id), tray.c.name.in_(names)).values(gone_at=now))
    _put_in_order(conn, user_id, _names(conn, user_id))


def move(conn: Connection, user_id: int, name: str, *, to: int) -> None:
    lock_person(conn, user_id)
    names = _names(conn, user_id)
    if name in names:
        names.remove(name)
        names.insert(max(to, 1) - 1, name)
        _put_in_order(conn, user_id, names)


def left_over(
    conn: Connection, *, before: datetime, limit: int, user_id: int | None = None
) -> tuple[Stored, ...]:
    needed = awaited(conn)
    off = _off(user_id).subquery()
    which = or_(off.c.gone_at < before, off.c.number > MAX_OFF)
    query = select(off).where(which).order_by(off.c.gone_at, off.c.name)
    rows = conn.execute(query.limit(limit + len(needed)))
    found = (Stored(folder=folder_of_tray(row.user_id), name=row.name) for row in rows)
    return tuple(picture for picture in found if picture not in needed)[:limit]


def _off(user_id: int | None) -> Select[*tuple[Any, ...]]:
    """What was taken off, each person's latest as number 1."""
    latest_first = (tray.c.gone_at.desc(), tray.c.name)
    number = func.row_number().over(partition_by=tray.c.user_id, order_by=latest_first)
    query = select(tray.c.user_id, tray.c.name, tray.c.gone_at, number.label("number"))
    query = query.where(tray.c.gone_at.is_not(None))
    return query if user_id is None else query.where(tray.c.user_id == user_id)


def strike_left_over(conn: Connection, pictures: tuple[Stored, ...]) -> None:
    """One that somebody holds this very moment is left over once more."""
    keys = [(owner_of_tray(picture.folder), picture.name) for picture in pictures]
    for start in range(0, len(keys), AT_ONCE):
        these = tuple_(tray.c.user_id, tray.c.name).in_(keys[start : start + AT_ONCE])
        sweep(conn, tray, these, tray.c.gone_at.is_not(None))


def _names(conn: Connection, user_id: int) -> list[str]:
    """Those on the tray, in their order."""
    query = select(tray.c.name).where(_is_in(user_id)).order_by(tray.c.place)
    return list(conn.execute(query).scalars())


def _put_in_order(conn: Connection, user_id: int, names: list[str]) -> None:
    for place, name in enumerate(names, 1):
        this = and_(_is_in(user_id), tray.c.name == name, tray.c.place != place)
        conn.execute(update(tray).where(this).values(place=place))


def _is_in(user_id: int) -> ColumnElement[bool]:
    return and_(tray.c.user_id == user_id, tray.c.gone_at.is_(None))


def _facts(picture: TrayPicture) -> dict[str, Any]:
    return {
        "filename": picture.filename,
        "width": picture.size.width,
        "height": picture.size.height,
        "bytes": picture.bytes,
    }


def _picture(row: Row[Any]) -> TrayPicture:
    return TrayPicture(
        name=row.name,
        filename=row.facts["filename"],
        size=Size(row.facts["width"], row.facts["height"]),
        bytes=row.facts["bytes"],
        added_at=row.at,
    )
