"""Changes of the server's own settings: its channels, its mod-log, whether it is paused."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, update

from bot.domain.moderation import Nothing, PauseServer, SetChannel, SetEnhance, SetModLog
from bot.storage.ops.moderation.effect import Effect, EffectOrNothing
from bot.storage.ops.shelf import defaults
from bot.storage.ops.telling import modlog_of
from bot.storage.ops.upsert import upsert
from bot.storage.schema import channels, servers

MAX_CHANNELS: Final = 1_000  # twice what a server can have at once


def set_channel(conn: Connection, guild_id: int, change: SetChannel) -> EffectOrNothing:
    this = (channels.c.guild_id == guild_id) & (channels.c.channel_id == change.channel_id)
    said = conn.execute(select(channels.c.is_open).where(this)).scalar_one_or_none()
    if said is change.is_open:
        return Nothing.NOT_SET if said is None else Nothing.SAME
    before = {} if said is None else {"is_open": said}
    if change.is_open is None:
        conn.execute(delete(channels).where(this))
        return Effect(before=before)
    count = select(func.count()).where(channels.c.guild_id == guild_id)
    if said is None and conn.execute(count).scalar_one() >= MAX_CHANNELS:
        return Nothing.TOO_MANY
    after = {"is_open": change.is_open}
    upsert(
        conn, channels, {"guild_id": guild_id, "channel_id": change.channel_id, **after}, change=dict(after)
    )
    return Effect(before=before, after=after)


def set_modlog(conn: Connection, guild_id: int, change: SetModLog) -> EffectOrNothing:
    before = modlog_of(conn, guild_id)
    if before == change.channel_id:
        return Nothing.NOT_SET if before is None else Nothing.SAME
    _write(conn, guild_id, modlog_channel_id=change.channel_id)
    return Effect(before=_channel(before), after=_channel(change.channel_id))


def set_enhance(conn: Connection, guild_id: int, change: SetEnhance) -> EffectOrNothing:
    before = defaults.server_enhances(conn, guild_id)
    if before is change.is_on:
        return Nothing.SAME
    defaults.set_server_enhances(conn, guild_id, change.is_on)
    return Effect(before={"is_on": before}, after={"is_on": change.is_on})


def pause(conn: Connection, guild_id: int, change: PauseServer, *, by: int, now: datetime) -> EffectOrNothing:
    before = _pause(conn, guild_id)
    if before and before["text"] == change.text:
        return Nothing.SAME
    after = {"at": now.isoformat(), "by": by, "text": change.text}
    _write(conn, guild_id, pause=after)
    return Effect(before=before, after=after)


def resume(conn: Connection, guild_id: int) -> EffectOrNothing:
    before = _pause(conn, guild_id)
    if not before:
        return Nothing.NOT_SET
    _write(conn, guild_id, pause=None)
    return Effect(before=before)


def _pause(conn: Connection, guild_id: int) -> dict[str, Any]:
    query = select(servers.c.pause).where(servers.c.guild_id == guild_id)
    return conn.execute(query).scalar_one_or_none() or {}


def _channel(channel_id: int | None) -> dict[str, Any]:
    return {} if channel_id is None else {"channel_id": channel_id}


def _write(conn: Connection, guild_id: int, **values: Any) -> None:
    conn.execute(update(servers).where(servers.c.guild_id == guild_id).values(**values))
