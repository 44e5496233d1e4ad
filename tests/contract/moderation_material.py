"""Moderators' decisions for the tests of their store, and short ways to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, func, select

from bot.domain.moderation import Applied, Change, LogEntry, NoChange, SetLimit, SetModLog, Topic, Unchanged
from bot.domain.policy.rules import Limit, Scope, Value
from bot.storage.engine import Store
from bot.storage.stores import SqlModerationStore
from tests.contract.store_material import ANN, LEASE_S, NOW

GUILD, ELSEWHERE = 8, 800  # the first is where the jobs of `store_material` are
MOD, MAX = 91, 92
MODLOG: Final = 77


def member_limit(value: Value, limit: Limit = Limit.IMAGES_PER_DAY, user_id: int = ANN) -> SetLimit:
    return SetLimit(scope=Scope.MEMBER, subject_id=user_id, limit=limit, value=value)


def server_limit(value: Value, limit: Limit = Limit.IMAGES_PER_DAY) -> SetLimit:
    return SetLimit(scope=Scope.SERVER, subject_id=None, limit=limit, value=value)


async def applied(
    moderation: SqlModerationStore,
    change: Change,
    *,
    guild_id: int = GUILD,
    by: int = MOD,
    now: datetime = NOW,
) -> Applied:
    outcome = await moderation.apply(guild_id, change, by=by, now=now)
    assert isinstance(outcome, Applied), outcome
    assert outcome.change == change
    return outcome


async def refused(
    moderation: SqlModerationStore, change: Change, *, guild_id: int = GUILD, now: datetime = NOW
) -> NoChange:
    """Why nothing was changed; nor was anything written down."""
    before = await moderation.audit(guild_id, limit=1)
    outcome = await moderation.apply(guild_id, change, by=MOD, now=now)
    assert isinstance(outcome, Unchanged), outcome
    assert await moderation.audit(guild_id, limit=1) == before
    return outcome.why


async def keep_modlog(moderation: SqlModerationStore, guild_id: int = GUILD) -> None:
    """A mod-log whose first entry, about itself, was told already."""
    await applied(moderation, SetModLog(channel_id=MODLOG), guild_id=guild_id)
    await taken(moderation)


async def taken(moderation: SqlModerationStore, *, now: datetime = NOW) -> list[LogEntry]:
    """Every entry that is due, told."""
    entries: list[LogEntry] = []
    while (entry := await moderation.next_entry(now=now, lease_s=LEASE_S)) is not None:
        await moderation.told(entry.id, message_id=1, now=now)
        entries.append(entry)
    return entries


async def topics(moderation: SqlModerationStore, *, now: datetime = NOW) -> list[tuple[Topic, int | None]]:
    """Topic and channel of every entry that is due, told."""
    return [(entry.topic, entry.channel_id) for entry in await taken(moderation, now=now)]


def _count(conn: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return conn.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


async def count(store: Store, table: Table, *where: ColumnElement[bool]) -> int:
    return await store.tx(_count, table, *where)


async def execute(store: Store, *statements: Any) -> None:
    def run(conn: Connection) -> None:
        for statement in statements:
            conn.execute(statement)

    await store.tx(run)
