"""Changes of a server's filters. A number is never used twice, so that an old entry of the log stays true."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from bot.domain.moderation import AddFilter, Nothing, RemoveFilter
from bot.domain.words import MAX_FILTERS
from bot.storage.ops.moderation.effect import Effect, EffectOrNothing
from bot.storage.schema import filters


def add(conn: Connection, guild_id: int, change: AddFilter, *, by: int, now: datetime) -> EffectOrNothing:
    live = (filters.c.guild_id == guild_id) & ~filters.c.is_gone
    same = select(filters.c.number).where(
        live, filters.c.kind == change.kind.value, filters.c.text == change.text
    )
    if conn.execute(same).first() is not None:
        return Nothing.SAME
    if conn.execute(select(func.count()).where(live)).scalar_one() >= MAX_FILTERS:
        return Nothing.TOO_MANY
    last = select(func.coalesce(func.max(filters.c.number), 0)).where(filters.c.guild_id == guild_id)
    after = {
        "number": conn.execute(last).scalar_one() + 1,
        "kind": change.kind.value,
        "text": change.text,
    }
    row = {"guild_id": guild_id, "by_user_id": by, "at": now, "is_gone": False, **after}
    conn.execute(insert(filters).values(**row))
    return Effect(after=after)


def remove(conn: Connection, guild_id: int, change: RemoveFilter) -> EffectOrNothing:
    this = (filters.c.guild_id == guild_id) & (filters.c.number == change.number)
    query = select(filters.c.number, filters.c.kind, filters.c.text).where(this, ~filters.c.is_gone)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        return Nothing.NOT_SET
    conn.execute(update(filters).where(this).values(is_gone=True, text=""))
    return Effect(before=dict(row))
