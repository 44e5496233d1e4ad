"""The outbox of messages to moderators and the operator. Call each function in the transaction of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from bot.domain.jobs import ReplyScope
from bot.domain.moderation import Topic
from bot.domain.policy.budget import LEVELS
from bot.domain.policy.rules import Limit
from bot.storage.schema import alerts, calls, jobs, log_entries, servers
from bot.storage.sql import dialect_of

OPERATOR: Final = 0  # used as a server id in `alerts`
_TROUBLES: Final = {
    Topic.NO_CREDIT: "credit",
    Topic.BAD_KEY: "key",
    Topic.MODEL_GONE: "model",
    Topic.PROVIDER_DOWN: "down",
    Topic.GARBAGE: "garbage",
}
_PERIODS: Final = {Limit.SERVER_USD_PER_DAY: "day", Limit.SERVER_USD_PER_MONTH: "month"}


def tell(
    conn: Connection,
    guild_id: int | None,
    topic: Topic,
    *,
    job_id: str | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
    to_operator: bool = False,
) -> bool:
    """Write an entry for the server's mod-log, or for the operator; return False if the server has no mod-log."""
    channel_id = None if to_operator else modlog_of(conn, guild_id)
    if channel_id is None and not to_operator:
        return False
    write_entry(conn, guild_id, channel_id, topic, job_id=job_id, facts=facts or {}, now=now)
    return True


def modlog_of(conn: Connection, guild_id: int | None) -> int | None:
    query = select(servers.c.modlog_channel_id).where(servers.c.guild_id == guild_id)
    return conn.execute(query).scalar_one_or_none()


def write_entry(
    conn: Connection,
    guild_id: int | None,
    channel_id: int | None,
    topic: Topic,
    *,
    job_id: str | None = None,
    audit_id: int | None = None,
    facts: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write an entry for a channel; `channel_id` None is the operator."""
    conn.execute(
        insert(log_entries),
        {
            "guild_id": guild_id,
            "channel_id": channel_id,
            "topic": topic.value,
            "job_id": job_id,
            "audit_id": audit_id,
            "facts": dict(facts),
            "at": now,
            "due_at": now,
            "tries": 0,
        },
    )


_TO_BE_LOGGED: Final = (
    select(jobs.c.guild_id)
    .join(servers, servers.c.guild_id == jobs.c.guild_id)
    .where(jobs.c.id == bindparam("of_job"), jobs.c.reach == ReplyScope.GUILD.value)
    .where(servers.c.modlog_channel_id.is_not(None))
    .with_for_update(of=jobs)
)
_IS_TROUBLE: Final = alerts.c.what.in_(list(_TROUBLES.values()))
_TOLD_OF_TROUBLE: Final = select(alerts.c.what).where(alerts.c.guild_id == OPERATOR, _IS_TROUBLE)


def log_job(conn: Connection, job_id: str, *, now: datetime) -> None:
    """Write one entry on how a job ended, if its server has a mod-log."""
    guild_id = conn.execute(_TO_BE_LOGGED, {"of_job": job_id}).scalar_one_or_none()
    written = select(log_entries.c.id).where(
        log_entries.c.job_id == job_id, log_entries.c.topic == Topic.JOB.value
    )
    if guild_id is not None and conn.execute(written).first() is None:
        tell(conn, guild_id, Topic.JOB, job_id=job_id, now=now)


def budget_level(
    conn: Connection, guild_id: int, limit: Limit, level: int, facts: Mapping[str, Any], *, now: datetime
) -> bool:
    """Announce once in a period that a budget reached a level, and no lower level later; return whether it did.

    `limit` is one of the server's two budgets, and `facts` has its amounts. A budget of 0 is never announced.
    """
    if facts["budget"] <= 0 or modlog_of(conn, guild_id) is None:
        return False  # nobody was told, so it can be announced later
    period = _PERIODS[limit]
    today = now.astimezone(UTC).date().isoformat()
    span = today if period == "day" else today[:7]
    for lower in sorted((one for one in LEVELS if one <= level), reverse=True):
        if not _is_news(conn, guild_id, f"{period}:{span}:{lower}", now=now) and lower == level:
            return False
    told = {"period": period, "level": level, **facts}
    return tell(conn, guild_id, Topic.BUDGET, facts=told, now=now)


def budget_changed(conn: Connection, guild_id: int, limit: Limit) -> None:
    """Allow the levels of a changed budget to be announced again."""
    prefix = f"{_PERIODS[limit]}:"
    conn.execute(delete(alerts).where(alerts.c.guild_id == guild_id, alerts.c.what.startswith(prefix)))


def provider_trouble(
    conn: Connection,
    topic: Topic,
    guild_id: int | None,
    job_id: str | None,
    *,
    subject: str | None = None,
    now: datetime,
) -> None:
    """Announce what only the operator can fix, once to the operator and once to each affected server.

    `subject` is the failure's. It can be announced again after `provider_well`.
    """
    what = _TROUBLES[topic]
    facts = {} if subject is None else {"subject": subject}
    if _is_news(conn, OPERATOR, what, now=now):
        tell(conn, None, topic, job_id=job_id, facts=facts, now=now, to_operator=True)
    if modlog_of(conn, guild_id) is not None and _is_news(conn, guild_id or OPERATOR, what, now=now):
        tell(conn, guild_id, topic, job_id=job_id, facts=facts, now=now)


def second_bot(conn: Connection, *, now: datetime) -> None:
    """Tell the operator, once a day, that another process answers this bot's commands."""
    if _is_news(conn, OPERATOR, f"second:{now.astimezone(UTC).date().isoformat()}", now=now):
        tell(conn, None, Topic.SECOND_BOT, now=now, to_operator=True)


def provider_well(conn: Connection, request_id: str) -> None:
    """Clear the provider's troubles that were announced before this successful call was made.

    There is nearly always nothing to clear, and one lookup by key finds that out.
    """
    if conn.execute(_TOLD_OF_TROUBLE).first() is not None:
        began = select(calls.c.submitted_at).where(calls.c.request_id == request_id).scalar_subquery()
        conn.execute(delete(alerts).where(_IS_TROUBLE, alerts.c.at < began))


def _is_news(conn: Connection, guild_id: int, what: str, *, now: datetime) -> bool:
    """Return whether this was not announced before; wait for a transaction that is announcing it."""
    statement = dialect_of(conn).insert(alerts).values(guild_id=guild_id, what=what, at=now)
    return conn.execute(statement.on_conflict_do_nothing()).rowcount == 1
