"""A server's own row: whatever must not race for its budget or its rules locks it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.domain.limits import OF_THE_SERVER, Rule
from bot.storage.ops.upsert import upsert
from bot.storage.schema import servers


def lock_server(conn: Connection, guild_id: int, ceiling: Rule) -> None:
    """Until the end of the transaction. A server without a row has no budget but the operator's."""
    found = conn.execute(select(servers.c.guild_id).where(servers.c.guild_id == guild_id).with_for_update())
    if found.first() is None and any(limit in ceiling.says for limit in OF_THE_SERVER):
        make_server(conn, guild_id)


def make_server(conn: Connection, guild_id: int) -> None:
    """The row, made where it was missing, and locked."""
    upsert(conn, servers, {"guild_id": guild_id}, change={"guild_id": guild_id})
