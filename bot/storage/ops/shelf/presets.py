"""Presets of people and of servers. Whoever saves one holds its owner's row, so no two race for the last place."""

from __future__ import annotations

from typing import Any, assert_never

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select

from bot.domain.ports import Saved, Whose
from bot.domain.presets import Preset, clean_name, preset_key
from bot.domain.sizes import Aspect, Resolution
from bot.storage.ops.people import lock_person
from bot.storage.ops.servers import make_server
from bot.storage.ops.upsert import upsert
from bot.storage.schema import presets


def all_for(conn: Connection, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
    own = _by_name(conn, Whose.MEMBER, user_id)
    return own if guild_id is None else own + _by_name(conn, Whose.SERVER, guild_id)


def one(conn: Connection, whose: Whose, owner_id: int, name: str) -> Preset | None:
    row = conn.execute(select(presets).where(_this(whose, owner_id, name))).one_or_none()
    return None if row is None else _preset(row)


def save(conn: Connection, whose: Whose, owner_id: int, preset: Preset, *, most: int) -> Saved:
    _lock(conn, whose, owner_id)
    is_new = one(conn, whose, owner_id, preset.name) is None
    if is_new and _count(conn, whose, owner_id) >= most:
        return Saved.FULL
    key = {"whose": whose.value, "owner_id": owner_id, "key": _key(preset.name)}
    values = {"name": preset.name, "says": _says(preset), "by_user_id": preset.by, "at": preset.at}
    upsert(conn, presets, key | values, change=dict(values))
    return Saved.NEW if is_new else Saved.REPLACED


def drop(conn: Connection, whose: Whose, owner_id: int, name: str) -> bool:
    return conn.execute(delete(presets).where(_this(whose, owner_id, name))).rowcount == 1


def _by_name(conn: Connection, whose: Whose, owner_id: int) -> tuple[Preset, ...]:
    """Sorted here: the two databases order words differently."""
    rows = conn.execute(select(presets).where(_of(whose, owner_id))).all()
    return tuple(_preset(row) for row in sorted(rows, key=lambda row: row.key))


def _lock(conn: Connection, whose: Whose, owner_id: int) -> None:
    match whose:
        case Whose.MEMBER:
            lock_person(conn, owner_id)
        case Whose.SERVER:
            make_server(conn, owner_id)
        case _:
            assert_never(whose)


def _count(conn: Connection, whose: Whose, owner_id: int) -> int:
    return conn.execute(select(func.count()).where(_of(whose, owner_id))).scalar_one()


def _of(whose: Whose, owner_id: int) -> ColumnElement[bool]:
    return and_(presets.c.whose == whose.value, presets.c.owner_id == owner_id)


def _this(whose: Whose, owner_id: int, name: str) -> ColumnElement[bool]:
    return and_(_of(whose, owner_id), presets.c.key == _key(name))


def _key(name: str) -> str:
    """Also of what a person typed to find one: PostgreSQL takes no text with a zero character."""
    return preset_key(clean_name(name))


def _says(preset: Preset) -> dict[str, Any]:
    return {
        "text": preset.text,
        "aspect": preset.aspect and preset.aspect.value,
        "resolution": preset.resolution and preset.resolution.value,
        "count": preset.count,
    }


def _preset(row: Row[Any]) -> Preset:
    aspect, resolution = row.says["aspect"], row.says["resolution"]
    return Preset(
        name=row.name,
        text=row.says["text"],
        aspect=aspect and Aspect(aspect),
        resolution=resolution and Resolution(resolution),
        count=row.says["count"],
        by=row.by_user_id,
        at=row.at,
        guild_id=row.owner_id if row.whose == Whose.SERVER.value else None,
    )
