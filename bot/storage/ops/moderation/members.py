"""Changes that are about one member."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.domain.moderation import BlockMember, Facts, GiveImages, Nothing, ResetMember, UnblockMember
from bot.storage.ops.moderation.effect import Effect, EffectOrNothing
from bot.storage.ops.upsert import upsert
from bot.storage.schema import blocks, grants, resets


def give_images(
    conn: Connection, guild_id: int, change: GiveImages, *, by: int, now: datetime
) -> EffectOrNothing:
    statement = insert(grants).values(
        guild_id=guild_id,
        user_id=change.user_id,
        images=change.images,
        left=change.images,
        expires_at=change.expires_at,
        reason=change.reason,
        by_user_id=by,
        at=now,
    )
    after = {
        "grant_id": conn.execute(statement.returning(grants.c.id)).scalar_one(),
        "images": change.images,
        "expires_at": _iso(change.expires_at),
        "reason": change.reason,
    }
    return Effect(after=after)


def reset(conn: Connection, guild_id: int, change: ResetMember, *, now: datetime) -> EffectOrNothing:
    query = select(resets.c.at).where(resets.c.guild_id == guild_id, resets.c.user_id == change.user_id)
    last = conn.execute(query).scalar_one_or_none()
    if last is not None and last >= now:
        return Nothing.SAME
    values = {"guild_id": guild_id, "user_id": change.user_id, "at": now}
    upsert(conn, resets, values, change={"at": now})
    return Effect(before={} if last is None else {"at": _iso(last)}, after={"at": _iso(now)})


def block(conn: Connection, guild_id: int, change: BlockMember, *, by: int, now: datetime) -> EffectOrNothing:
    before = _block(conn, guild_id, change.user_id, now=now)
    after = {"until": _iso(change.until), "reason": change.reason}
    if before == after:
        return Nothing.SAME
    values = {"until": change.until, "reason": change.reason, "by_user_id": by, "at": now}
    upsert(conn, blocks, {"guild_id": guild_id, "user_id": change.user_id, **values}, change=dict(values))
    return Effect(before=before, after=after)


def unblock(conn: Connection, guild_id: int, change: UnblockMember, *, now: datetime) -> EffectOrNothing:
    before = _block(conn, guild_id, change.user_id, now=now)
    if not before:
        return Nothing.NOT_SET
    conn.execute(delete(blocks).where(blocks.c.guild_id == guild_id, blocks.c.user_id == change.user_id))
    return Effect(before=before)


def _block(conn: Connection, guild_id: int, user_id: int, *, now: datetime) -> Facts:
    """The block in force; one that ended by itself is none."""
    query = select(blocks.c.until, blocks.c.reason).where(
        blocks.c.guild_id == guild_id, blocks.c.user_id == user_id
    )
    row = conn.execute(query).one_or_none()
    if row is None or (row.until is not None and row.until <= now):
        return {}
    return {"until": _iso(row.until), "reason": row.reason}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
