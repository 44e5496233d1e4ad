"""A person's library: defaults, drafts, presets and the reference tray.

Changes to a tray lock the person's row, so that its places have no gaps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, assert_never

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from bot.domain.jobs import ImageRequest
from bot.domain.ports.library import MAX_OFF, MAX_TRAY, Defaults, PresetOwner, PresetSaved, TrayPicture
from bot.domain.presets import Preset, clean_name, preset_key
from bot.domain.references import Stored, folder_of_tray, owner_of_tray
from bot.domain.sizes import Aspect, Resolution, Size
from bot.storage.copies import awaited
from bot.storage.schema import defaults, drafts, presets, servers, tray
from bot.storage.sql import batches, count, insert_new, lock_person, make_server, sweep, upsert

_OF_USER: Final[BindParameter[int]] = bindparam("of_user", type_=BigInteger)
_DEFAULTS: Final = select(defaults.c.says).where(defaults.c.user_id == _OF_USER)
_ENHANCES: Final = select(servers.c.enhance).where(servers.c.guild_id == bindparam("of_guild"))


def defaults_of(conn: Connection, user_id: int) -> Defaults:
    found = conn.execute(_DEFAULTS, {"of_user": user_id}).scalar_one_or_none()
    return msgspec.convert(found or {}, Defaults)


def defaults_in(conn: Connection, user_id: int, guild_id: int | None) -> tuple[Defaults, bool]:
    """Return a person's defaults, and whether the server rewrites prompts by default."""
    return defaults_of(conn, user_id), guild_id is not None and server_enhances(conn, guild_id)


def set_defaults(conn: Connection, user_id: int, wanted: Defaults) -> None:
    """Store the person's defaults; delete the row if nothing is set."""
    if wanted == Defaults():
        conn.execute(delete(defaults).where(defaults.c.user_id == user_id))
        return
    says = msgspec.to_builtins(wanted)
    upsert(conn, defaults, {"user_id": user_id, "says": says}, change=["says"])


def server_enhances(conn: Connection, guild_id: int) -> bool:
    return bool(conn.execute(_ENHANCES, {"of_guild": guild_id}).scalar_one_or_none())


def set_server_enhances(conn: Connection, guild_id: int, is_on: bool) -> None:
    upsert(conn, servers, {"guild_id": guild_id, "enhance": is_on}, change=["enhance"])


LONGEST_WAIT: Final = timedelta(hours=1)  # of any draft, as the port promises


def put_draft(
    conn: Connection, draft_id: str, user_id: int, request: ImageRequest, *, until: datetime
) -> None:
    """Store a draft and delete expired ones: no draft waits longer than `LONGEST_WAIT`."""
    sweep(conn, drafts, drafts.c.until <= until - LONGEST_WAIT)
    values = {"id": draft_id, "user_id": user_id, "wish": msgspec.to_builtins(request), "until": until}
    conn.execute(insert(drafts).values(**values))


def find_draft(conn: Connection, draft_id: str, user_id: int, *, now: datetime) -> ImageRequest | None:
    """Return a draft and leave it stored; None if it is gone or not theirs."""
    theirs = (drafts.c.id == draft_id) & (drafts.c.user_id == user_id) & (drafts.c.until > now)
    found = conn.execute(select(drafts.c.wish).where(theirs)).scalar_one_or_none()
    return None if found is None else msgspec.convert(found, ImageRequest)


def take_draft(conn: Connection, draft_id: str, user_id: int, *, now: datetime) -> ImageRequest | None:
    """Take the draft by deleting its row, so that only one caller gets it; None if it is gone or not theirs."""
    theirs = (drafts.c.id == draft_id) & (drafts.c.user_id == user_id) & (drafts.c.until > now)
    taken = conn.execute(delete(drafts).where(theirs).returning(drafts.c.wish)).scalar_one_or_none()
    sweep(conn, drafts, drafts.c.until <= now)
    return None if taken is None else msgspec.convert(taken, ImageRequest)


def presets_for(conn: Connection, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
    """Return the person's own presets, then the server's, each by name."""
    own = _by_name(conn, PresetOwner.MEMBER, user_id)
    return own if guild_id is None else own + _by_name(conn, PresetOwner.SERVER, guild_id)


def preset_named(conn: Connection, whose: PresetOwner, owner_id: int, name: str) -> Preset | None:
    row = conn.execute(select(presets).where(_this(whose, owner_id, name))).one_or_none()
    return None if row is None else _preset(row)


def save_preset(
    conn: Connection, whose: PresetOwner, owner_id: int, preset: Preset, *, most: int
) -> PresetSaved:
    """Save a preset under its name, replacing an earlier one; at most `most` per owner."""
    _lock(conn, whose, owner_id)
    is_new = preset_named(conn, whose, owner_id, preset.name) is None
    if is_new and count(conn, presets, _of(whose, owner_id)) >= most:
        return PresetSaved.FULL
    key = {"whose": whose.value, "owner_id": owner_id, "key": _key(preset.name)}
    values = {"name": preset.name, "says": _says(preset), "by_user_id": preset.by, "at": preset.at}
    upsert(conn, presets, key | values, change=values)
    return PresetSaved.NEW if is_new else PresetSaved.REPLACED


def drop_stored_preset(conn: Connection, whose: PresetOwner, owner_id: int, name: str) -> bool:
    """Delete a preset; return whether there was one."""
    return conn.execute(delete(presets).where(_this(whose, owner_id, name))).rowcount == 1


def _by_name(conn: Connection, whose: PresetOwner, owner_id: int) -> tuple[Preset, ...]:
    """Return presets by name, sorted in Python because the two databases order text differently."""
    rows = conn.execute(select(presets).where(_of(whose, owner_id))).all()
    return tuple(_preset(row) for row in sorted(rows, key=lambda row: row.key))


def _lock(conn: Connection, whose: PresetOwner, owner_id: int) -> None:
    match whose:
        case PresetOwner.MEMBER:
            lock_person(conn, owner_id)
        case PresetOwner.SERVER:
            make_server(conn, owner_id)
        case _:
            assert_never(whose)


def _of(whose: PresetOwner, owner_id: int) -> ColumnElement[bool]:
    return and_(presets.c.whose == whose.value, presets.c.owner_id == owner_id)


def _this(whose: PresetOwner, owner_id: int, name: str) -> ColumnElement[bool]:
    return and_(_of(whose, owner_id), presets.c.key == _key(name))


def _key(name: str) -> str:
    """Fold a name. Typed names are cleaned as well, because PostgreSQL refuses text with a zero character."""
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
        guild_id=row.owner_id if row.whose == PresetOwner.SERVER.value else None,
    )


_IS_IN: Final = and_(tray.c.user_id == _OF_USER, tray.c.gone_at.is_(None))
_ON_TRAY: Final = select(tray).where(_IS_IN).order_by(tray.c.place)
_NAMES: Final = select(tray.c.name).where(_IS_IN).order_by(tray.c.place)
_TAKE_OFF: Final = update(tray).where(_IS_IN, tray.c.name.in_(bindparam("of_names", expanding=True)))
_PUT: Final = update(tray).where(
    _IS_IN, tray.c.name == bindparam("of_name"), tray.c.place != bindparam("of_place")
)


def tray_pictures(conn: Connection, user_id: int) -> tuple[TrayPicture, ...]:
    """Return the tray in its order."""
    return tuple(_picture(row) for row in conn.execute(_ON_TRAY, {"of_user": user_id}))


def announce(conn: Connection, user_id: int, picture: TrayPicture) -> None:
    """Record a picture before it is stored, as if it was just taken off; keep an existing row."""
    lock_person(conn, user_id)
    values = {"place": 0, "facts": _facts(picture), "at": picture.added_at, "gone_at": picture.added_at}
    insert_new(conn, tray, {"user_id": user_id, "name": picture.name, **values})


def put_on_tray(conn: Connection, user_id: int, picture: TrayPicture) -> bool:
    """Put a picture at the end of the tray, or keep its place if it is there; return False if the tray is full."""
    lock_person(conn, user_id)
    names = _names(conn, user_id)
    if picture.name in names:
        return True
    if len(names) >= MAX_TRAY:
        return False
    values = {"place": len(names) + 1, "facts": _facts(picture), "at": picture.added_at, "gone_at": None}
    upsert(conn, tray, {"user_id": user_id, "name": picture.name, **values}, change=values)
    return True


def take_off(conn: Connection, user_id: int, names: tuple[str, ...], *, now: datetime) -> None:
    """Take pictures off the tray; their bytes stay until `left_over` returns them."""
    lock_person(conn, user_id)
    conn.execute(_TAKE_OFF, {"of_user": user_id, "of_names": names, "gone_at": now})
    _put_in_order(conn, user_id, _names(conn, user_id))


def move_on_tray(conn: Connection, user_id: int, name: str, *, to: int) -> None:
    """Move a picture to a place, from 1; do nothing if it is not on the tray."""
    lock_person(conn, user_id)
    names = _names(conn, user_id)
    if name in names:
        names.remove(name)
        names.insert(max(to, 1) - 1, name)
        _put_in_order(conn, user_id, names)


def left_over(
    conn: Connection, *, before: datetime, limit: int, user_id: int | None = None
) -> tuple[Stored, ...]:
    """Return pictures that were taken off before `before`, or are not among a person's latest `MAX_OFF`.

    Pictures that an open job may need are left out. Without `user_id`, everybody's are returned.
    """
    needed = awaited(conn)
    off = _taken_off(user_id).subquery()
    which = or_(off.c.gone_at < before, off.c.number > MAX_OFF)
    query = select(off).where(which).order_by(off.c.gone_at, off.c.name)
    rows = conn.execute(query.limit(limit + len(needed)))
    found = (Stored(folder=folder_of_tray(row.user_id), name=row.name) for row in rows)
    return tuple(picture for picture in found if picture not in needed)[:limit]


def _taken_off(user_id: int | None) -> Select[*tuple[Any, ...]]:
    """Select pictures that were taken off, with a person's latest as number 1; `user_id` None is everybody."""
    latest_first = (tray.c.gone_at.desc(), tray.c.name)
    number = func.row_number().over(partition_by=tray.c.user_id, order_by=latest_first)
    query = select(tray.c.user_id, tray.c.name, tray.c.gone_at, number.label("number"))
    query = query.where(tray.c.gone_at.is_not(None))
    return query if user_id is None else query.where(tray.c.user_id == user_id)


def forget_left_over(conn: Connection, pictures: tuple[Stored, ...]) -> None:
    """Delete rows of pictures that were taken off; rows that another transaction holds stay until the next time."""
    keys = [(owner_of_tray(picture.folder), picture.name) for picture in pictures]
    for some in batches(keys):
        sweep(conn, tray, tuple_(tray.c.user_id, tray.c.name).in_(some), tray.c.gone_at.is_not(None))


def _names(conn: Connection, user_id: int) -> list[str]:
    """Return the names of the pictures on the tray, in their order."""
    return list(conn.execute(_NAMES, {"of_user": user_id}).scalars())


def _put_in_order(conn: Connection, user_id: int, names: list[str]) -> None:
    for place, name in enumerate(names, 1):
        this = {"of_user": user_id, "of_name": name, "of_place": place}
        conn.execute(_PUT, this | {"place": place})


def _facts(picture: TrayPicture) -> dict[str, Any]:
    return {
        "filename": picture.filename,
        "width": picture.size.width,
        "height": picture.size.height,
        "bytes": picture.bytes,
        "is_spoiler": picture.is_spoiler,
    }


def _picture(row: Row[Any]) -> TrayPicture:
    return TrayPicture(
        name=row.name,
        filename=row.facts["filename"],
        size=Size(row.facts["width"], row.facts["height"]),
        bytes=row.facts["bytes"],
        # Trays from before this was kept: the name shows it of most.
        is_spoiler=row.facts.get("is_spoiler", row.facts["filename"].startswith("SPOILER_")),
        added_at=row.at,
    )
