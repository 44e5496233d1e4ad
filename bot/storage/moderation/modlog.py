"""Pending entries of the mod-log, alerts about budgets, reports, and deleting old rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import (
    Connection,
    Date,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.domain.jobs import ReplyScope
from bot.domain.moderation import LogEntry, ReportOutcome, Topic
from bot.domain.policy.budget import LEVELS, crossed
from bot.domain.policy.quota import CLOCK_SLACK, LONGEST_WINDOW
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Rule, Scope, combine
from bot.storage.columns import UtcDateTime
from bot.storage.ledger import EVERYBODY, NOWHERE
from bot.storage.moderation.outbox import OPERATOR, budget_level, tell
from bot.storage.moderation.reading import readable_change
from bot.storage.policy import THE_SERVER, read_rule
from bot.storage.schema import (
    alerts,
    audit,
    blocks,
    denials,
    jobs,
    log_entries,
    proposals,
    reports,
    rules,
    spent,
    untold,
)
from bot.storage.sql import count

KEEP_DENIALS: Final = LONGEST_WINDOW
KEEP_TOLD: Final = timedelta(days=7)  # longer than a job can be open, so that it is logged once
LONGEST_DELAY: Final = timedelta(minutes=15)  # an entry that is due later still was written by a wrong clock
KEEP_ALERTS: Final = timedelta(days=40)  # longer than the longest period of a budget
TELLING: Final = -1  # the lock of taking an entry; reports are locked by people's ids, which are positive
_CHANNEL: Final = func.coalesce(log_entries.c.channel_id, OPERATOR)
_ORDER: Final = (log_entries.c.topic == Topic.JOB.value, log_entries.c.due_at, log_entries.c.id)


def next_entry(conn: Connection, *, now: datetime, lease_s: float) -> LogEntry | None:
    """Take the next due entry and hide it for `lease_s` seconds; None if there is none.

    Entries that need somebody's action come first, and a channel gets one entry at a time. The entry's `tries`
    includes this one.
    """
    entry_id = _next_due_id(conn, now=now)
    if entry_id is not None and conn.dialect.name == "postgresql":
        # Of two processes that do not see each other's entries yet, each may have found the first of one channel.
        conn.execute(select(func.pg_advisory_xact_lock(TELLING)))
        entry_id = _next_due_id(conn, now=now)
    if entry_id is None:
        return None
    this = {"of_entry": entry_id}
    conn.execute(_TRY, this | {"due_at": now + timedelta(seconds=lease_s)})
    return _entry(conn, conn.execute(_ENTRY, this).one())


_IS_ENTRY: Final = log_entries.c.id == bindparam("of_entry")
_ENTRY: Final = select(log_entries).where(_IS_ENTRY)
_CHANGE_ENTRY: Final = update(log_entries).where(_IS_ENTRY)
_TRY: Final = _CHANGE_ENTRY.values(tries=log_entries.c.tries + 1)


def _next_due_id(conn: Connection, *, now: datetime) -> int | None:
    return conn.execute(_next_due(), {"now": now, "latest": now + LONGEST_DELAY}).scalar_one_or_none()


@cache
def _next_due() -> Select[int]:
    """Select the next entry that is due `now`; one that is due after the `latest` was written by a wrong clock."""
    now, latest = bindparam("now", type_=UtcDateTime), bindparam("latest", type_=UtcDateTime)
    is_due = or_(log_entries.c.due_at <= now, log_entries.c.due_at > latest)
    # The first due entry of each channel; while it is locked, no later one of its channel is taken.
    place = func.row_number().over(partition_by=_CHANNEL, order_by=_ORDER).label("place")
    known = log_entries.c.topic.in_([topic.value for topic in Topic])  # a newer version may know more
    due = select(log_entries.c.id, place).where(untold, is_due, known).subquery()
    firsts = select(due.c.id).where(due.c.place == 1)
    # Another entry of the channel is being sent or was postponed.
    ahead = log_entries.alias()
    is_taken = (ahead.c.told_at.is_(None), ahead.c.tries > 0, ahead.c.due_at > now, ahead.c.due_at <= latest)
    is_busy = exists().where(*is_taken, func.coalesce(ahead.c.channel_id, OPERATOR) == _CHANNEL)
    return (
        select(log_entries.c.id)
        .where(untold, is_due, log_entries.c.id.in_(firsts), ~is_busy)
        .order_by(*_ORDER)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def mark_told(conn: Connection, entry_id: int, *, message_id: int | None, now: datetime) -> None:
    """Record that an entry is done, and the message that shows it, if any."""
    conn.execute(_CHANGE_ENTRY, {"of_entry": entry_id, "told_at": now, "message_id": message_id})


def tell_later(conn: Connection, entry_id: int, *, due_at: datetime) -> None:
    conn.execute(_CHANGE_ENTRY, {"of_entry": entry_id, "due_at": due_at})


def watch_budgets(conn: Connection, ceiling: Rule, *, price_micro_usd: int, now: datetime) -> int:
    """Add entries for budgets that reached a level; servers are visited in a fixed order to avoid deadlocks."""
    today = now.astimezone(UTC).date()
    rows = conn.execute(_spending(), {"today": today, "first": today.replace(day=1)}).all()
    return sum(_watch(conn, row, ceiling, price_micro_usd, now=now) for row in rows)


@cache
def _spending() -> Select[Any, Any, Any, Any]:
    """Select each server that spent money from the `first` of this month until `today`, with its rule."""
    first, today = bindparam("first", type_=Date), bindparam("today", type_=Date)
    of_today = case((spent.c.day == today, spent.c.micro_usd), else_=0)
    sums = (
        select(
            spent.c.guild_id, func.sum(of_today).label("today"), func.sum(spent.c.micro_usd).label("month")
        )
        .where(spent.c.user_id == EVERYBODY, spent.c.guild_id != NOWHERE)
        .where(spent.c.day >= first, spent.c.day <= today)
        .group_by(spent.c.guild_id)
        .subquery()
    )
    own_rule = and_(
        rules.c.guild_id == sums.c.guild_id,
        rules.c.scope == Scope.SERVER.value,
        rules.c.subject_id == THE_SERVER,
    )
    query = select(sums.c.guild_id, sums.c.today, sums.c.month, rules.c.says)
    return query.join_from(sums, rules, own_rule, isouter=True).order_by(sums.c.guild_id)


def _watch(
    conn: Connection, row: Row[Any, Any, Any, Any], ceiling: Rule, price: int, *, now: datetime
) -> int:
    server = read_rule(Scope.SERVER.value, THE_SERVER, row.says or {})
    if not OF_THE_SERVER & {*server.says, *ceiling.says}:
        return 0
    ruling = combine(ceiling=ceiling, server=server)
    figures = {Limit.SERVER_USD_PER_DAY: int(row.today), Limit.SERVER_USD_PER_MONTH: int(row.month)}
    told = 0
    for limit, micro_usd in figures.items():
        budget = cast(int | None, ruling.value(limit))
        if budget is None:
            continue
        level = LEVELS[-1] if micro_usd + price > budget else crossed(-1, micro_usd, budget)
        if level is not None:
            is_operators = ruling.decided[limit].by.scope is Scope.OPERATOR
            facts = {"micro_usd": micro_usd, "budget": budget, "is_operators": is_operators}
            told += budget_level(conn, row.guild_id, limit, level, facts, now=now)
    return told


def forget_old(conn: Connection, *, now: datetime) -> None:
    """Delete old rows, also expired blocks, which the audit table keeps.

    The tables are in the same order as in `forget_person`, to avoid deadlocks.
    """
    conn.execute(delete(proposals).where(proposals.c.until <= now))
    conn.execute(delete(log_entries).where(log_entries.c.told_at <= now - KEEP_TOLD))
    conn.execute(delete(denials).where(denials.c.at <= now - KEEP_DENIALS))
    conn.execute(delete(blocks).where(blocks.c.until <= now))
    conn.execute(delete(alerts).where(alerts.c.at <= now - KEEP_ALERTS))


_AUDITED: Final = select(audit).where(audit.c.id == bindparam("of_audit"))


def _entry(conn: Connection, row: Row[Any]) -> LogEntry:
    change = conn.execute(_AUDITED, {"of_audit": row.audit_id}).one_or_none()
    entry = None if change is None else readable_change(change)
    return LogEntry(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        topic=Topic(row.topic),
        at=row.at,
        tries=row.tries,
        facts=row.facts,
        job_id=row.job_id,
        audit=entry,
    )


MAX_PER_HOUR: Final = 5  # by one person
_HOUR: Final = timedelta(hours=1)


def store_report(conn: Connection, job_id: str, *, by: int, reason: str, now: datetime) -> ReportOutcome:
    """Store a report, with an entry for the server's mod-log, or else for the operator."""
    _lock_reports_of(conn, by)
    job = conn.execute(select(jobs.c.guild_id, jobs.c.reach).where(jobs.c.id == job_id)).one_or_none()
    if job is None:
        return ReportOutcome.UNKNOWN
    known = select(reports.c.at).where(reports.c.job_id == job_id, reports.c.user_id == by)
    if conn.execute(known).first() is not None:
        return ReportOutcome.KNOWN
    lately = (reports.c.at > now - _HOUR, reports.c.at <= now + CLOCK_SLACK)
    if count(conn, reports, reports.c.user_id == by, *lately) >= MAX_PER_HOUR:
        return ReportOutcome.TOO_MANY
    guild_id = job.guild_id if job.reach == ReplyScope.GUILD.value else None
    row = {"job_id": job_id, "user_id": by, "guild_id": guild_id, "reason": reason, "at": now}
    conn.execute(insert(reports).values(**row))
    facts = {"by": by, "reason": reason}
    if not tell(conn, guild_id, Topic.REPORT, job_id=job_id, facts=facts, now=now):
        tell(conn, guild_id, Topic.REPORT, job_id=job_id, facts=facts, now=now, to_operator=True)
    return ReportOutcome.TAKEN


def _lock_reports_of(conn: Connection, user_id: int) -> None:
    """Serialize the reports of one person, who may have no row to lock."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(user_id)))
