"""What holds unless a command says otherwise: a person's wishes, and whether a server has prompts rewritten."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, delete, select

from bot.domain.ports import Defaults
from bot.storage.ops.upsert import upsert
from bot.storage.schema import defaults, servers


def of_person(conn: Connection, user_id: int) -> Defaults:
    query = select(defaults.c.says).where(defaults.c.user_id == user_id)
    return msgspec.convert(conn.execute(query).scalar_one_or_none() or {}, Defaults)


def in_server(conn: Connection, user_id: int, guild_id: int | None) -> tuple[Defaults, bool]:
    return of_person(conn, user_id), guild_id is not None and server_enhances(conn, guild_id)


def set_for_person(conn: Connection, user_id: int, wanted: Defaults) -> None:
    """Who wants nothing in particular is not on record."""
    if wanted == Defaults():
        conn.execute(delete(defaults).where(defaults.c.user_id == user_id))
        return
    says = msgspec.to_builtins(wanted)
    upsert(conn, defaults, {"user_id": user_id, "says": says}, change={"says": says})


def server_enhances(conn: Connection, guild_id: int) -> bool:
    query = select(servers.c.enhance).where(servers.c.guild_id == guild_id)
    return bool(conn.execute(query).scalar_one_or_none())


def set_server_enhances(conn: Connection, guild_id: int, is_on: bool) -> None:
    upsert(conn, servers, {"guild_id": guild_id, "enhance": is_on}, change={"enhance": is_on})
