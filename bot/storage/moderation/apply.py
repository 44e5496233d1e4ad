"""Applying a moderator's change, with its audit and mod-log entries, under the lock of the server's row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from bot.domain.moderation import Applied, ApplyOutcome, Change, NoChange, RemoveResult, Topic, Unchanged
from bot.storage.moderation.changes import ChangeMaker, Effect, lock_job
from bot.storage.moderation.outbox import modlog_of, write_entry
from bot.storage.rows import change_json
from bot.storage.schema import audit
from bot.storage.sql import make_server


def apply_change(conn: Connection, guild_id: int, change: Change, *, by: int, now: datetime) -> ApplyOutcome:
    if isinstance(change, RemoveResult):  # every transaction locks jobs before servers
        lock_job(conn, change.job_id)
    make_server(conn, guild_id)
    modlog_before = modlog_of(conn, guild_id)
    effect = ChangeMaker(conn=conn, guild_id=guild_id, by=by, now=now).make(change)
    if isinstance(effect, NoChange):
        return Unchanged(why=effect)
    audit_id = _write_audit(conn, guild_id, change, effect, by=by, now=now)
    # If the mod-log was moved or turned off, the old channel gets the entry too.
    for channel_id in dict.fromkeys((modlog_before, modlog_of(conn, guild_id))):
        if channel_id is not None:
            write_entry(conn, guild_id, channel_id, Topic.CHANGE, audit_id=audit_id, facts={}, now=now)
    return Applied(change=change, before=effect.before, after=effect.after, audit_id=audit_id)


def _write_audit(
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
