"""Applying a moderator's change, with its audit and mod-log entries, under the lock of the server's row."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, insert

from bot.domain.moderation import (
    AddFilter,
    Applied,
    ApplyOutcome,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
    NoChange,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetEnhance,
    SetLimit,
    SetModLog,
    SharePreset,
    Topic,
    UnblockMember,
    Unchanged,
)
from bot.storage.moderation import changes
from bot.storage.moderation.changes import Effect, EffectOrNothing
from bot.storage.moderation.outbox import modlog_of, write_entry
from bot.storage.rows import change_json
from bot.storage.schema import audit
from bot.storage.sql import make_server


def apply_change(conn: Connection, guild_id: int, change: Change, *, by: int, now: datetime) -> ApplyOutcome:
    if isinstance(change, RemoveResult):  # every transaction locks jobs before servers
        changes.lock_job(conn, change.job_id)
    make_server(conn, guild_id)
    modlog_before = modlog_of(conn, guild_id)
    effect = _make(conn, guild_id, change, by=by, now=now)
    if isinstance(effect, NoChange):
        return Unchanged(why=effect)
    audit_id = _write_down(conn, guild_id, change, effect, by=by, now=now)
    # If the mod-log was moved or turned off, the old channel gets the entry too.
    for channel_id in dict.fromkeys((modlog_before, modlog_of(conn, guild_id))):
        if channel_id is not None:
            write_entry(conn, guild_id, channel_id, Topic.CHANGE, audit_id=audit_id, facts={}, now=now)
    return Applied(change=change, before=effect.before, after=effect.after, audit_id=audit_id)


def _make(conn: Connection, guild_id: int, change: Change, *, by: int, now: datetime) -> EffectOrNothing:
    match change:
        case SetLimit():
            return changes.set_limit(conn, guild_id, change)
        case ClearLimits():
            return changes.clear_limits(conn, guild_id, change)
        case GiveImages():
            return changes.give_images(conn, guild_id, change, by=by, now=now)
        case ResetMember():
            return changes.reset(conn, guild_id, change, now=now)
        case BlockMember():
            return changes.block(conn, guild_id, change, by=by, now=now)
        case UnblockMember():
            return changes.unblock(conn, guild_id, change, now=now)
        case AddFilter():
            return changes.add_filter(conn, guild_id, change, by=by, now=now)
        case RemoveFilter():
            return changes.remove_filter(conn, guild_id, change)
        case SetChannel():
            return changes.set_channel(conn, guild_id, change)
        case SetModLog():
            return changes.set_modlog(conn, guild_id, change)
        case PauseServer():
            return changes.pause(conn, guild_id, change, by=by, now=now)
        case ResumeServer():
            return changes.resume(conn, guild_id)
        case RemoveResult():
            return changes.remove_results(conn, guild_id, change, by=by)
        case SharePreset():
            return changes.share_preset(conn, guild_id, change, by=by, now=now)
        case DropServerPreset():
            return changes.drop_preset(conn, guild_id, change)
        case SetEnhance():
            return changes.set_enhance(conn, guild_id, change)
        case _:
            assert_never(change)


def _write_down(
    conn: Connection, guild_id: int, change: Change, effect: Effect, *, by: int, now: datetime
) -> int:
    statement = insert(audit).values(
        guild_id=guild_id,
        at=now,
        by_user_id=by,
        change=change_json(change),
        before=dict(effect.before),
        after=dict(effect.after),
    )
    return conn.execute(statement.returning(audit.c.id)).scalar_one()
