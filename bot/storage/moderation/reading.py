"""Reading a server's settings, proposals, audit log, denials and spending."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, or_, select

from bot.domain.content.filters import Filter, FilterKind
from bot.domain.jobs import JobState, ReplyScope
from bot.domain.moderation import AuditEntry, PastDenial, Proposal
from bot.domain.policy.budget import DaySpent, Month
from bot.domain.policy.decision import Block, Grant
from bot.domain.policy.rules import Rule, Scope
from bot.domain.ports.moderation import ServerSettings, ServerSpent
from bot.storage.ledger import EVERYBODY
from bot.storage.policy import THE_SERVER, is_reserved, read_pause, read_rule
from bot.storage.rows import change_json, change_of
from bot.storage.schema import (
    audit,
    blocks,
    channels,
    denials,
    filters,
    grants,
    job_is_open,
    jobs,
    proposals,
    renders,
    rules,
    servers,
    spent,
)
from bot.storage.sql import count


def propose(conn: Connection, proposal: Proposal) -> None:
    """Store a change that waits for confirmation."""
    conn.execute(
        insert(proposals).values(
            id=proposal.id,
            guild_id=proposal.guild_id,
            by_user_id=proposal.by,
            change=change_json(proposal.change),
            until=proposal.until,
        )
    )


def take_proposal(
    conn: Connection, proposal_id: str, *, guild_id: int, by: int, now: datetime
) -> Proposal | None:
    """Take the proposal by deleting its row, so that only one caller gets it; None if it is gone."""
    statement = delete(proposals).where(
        proposals.c.id == proposal_id,
        proposals.c.guild_id == guild_id,
        proposals.c.by_user_id == by,
        proposals.c.until > now,
    )
    row = conn.execute(statement.returning(proposals.c.change, proposals.c.until)).one_or_none()
    if row is None:
        return None
    change = change_of(row.change)
    return Proposal(id=proposal_id, guild_id=guild_id, by=by, change=change, until=row.until)


def settings(conn: Connection, guild_id: int, *, now: datetime) -> ServerSettings:
    server = conn.execute(select(servers).where(servers.c.guild_id == guild_id)).one_or_none()
    is_member = rules.c.scope == Scope.MEMBER.value
    in_order = select(channels).where(channels.c.guild_id == guild_id).order_by(channels.c.channel_id)
    ruled = conn.execute(in_order).all()
    return ServerSettings(
        pause=None if server is None or server.pause is None else read_pause(server.pause),
        modlog_channel_id=None if server is None else server.modlog_channel_id,
        rules=_rules(conn, guild_id),
        member_rules=count(conn, rules, rules.c.guild_id == guild_id, is_member),
        blocks=count(
            conn, blocks, blocks.c.guild_id == guild_id, or_(blocks.c.until.is_(None), blocks.c.until > now)
        ),
        filters=count(conn, filters, filters.c.guild_id == guild_id, ~filters.c.is_gone),
        open_channels=tuple(row.channel_id for row in ruled if row.is_open),
        closed_channels=tuple(row.channel_id for row in ruled if not row.is_open),
    )


def stored_limits(conn: Connection, guild_id: int, scope: Scope, subject_id: int | None) -> dict[str, Any]:
    """Return the encoded limits of one rule by their names; empty if there is no such rule."""
    query = select(rules.c.says).where(
        rules.c.guild_id == guild_id,
        rules.c.scope == scope.value,
        rules.c.subject_id == (subject_id or THE_SERVER),
    )
    return conn.execute(query).scalar_one_or_none() or {}


def rule(conn: Connection, guild_id: int, scope: Scope, subject_id: int | None) -> Rule:
    """Return the rule of one scope; an empty rule if none is set."""
    limits = stored_limits(conn, guild_id, scope, subject_id)
    return read_rule(scope.value, subject_id or THE_SERVER, limits)


def filters_of(conn: Connection, guild_id: int) -> tuple[Filter, ...]:
    query = (
        select(filters.c.number, filters.c.kind, filters.c.text)
        .where(filters.c.guild_id == guild_id, ~filters.c.is_gone)
        .order_by(filters.c.number)
    )
    return tuple(
        Filter(id=row.number, kind=FilterKind(row.kind), text=row.text) for row in conn.execute(query)
    )


def blocks_of(conn: Connection, guild_id: int, *, now: datetime, limit: int) -> tuple[Block, ...]:
    """Return the blocks in force, the latest first."""
    query = (
        select(blocks)
        .where(blocks.c.guild_id == guild_id, or_(blocks.c.until.is_(None), blocks.c.until > now))
        .order_by(blocks.c.at.desc(), blocks.c.user_id)
        .limit(limit)
    )
    return tuple(
        Block(user_id=row.user_id, until=row.until, reason=row.reason, by=row.by_user_id, at=row.at)
        for row in conn.execute(query)
    )


def grants_of(conn: Connection, guild_id: int, user_id: int, *, now: datetime) -> tuple[Grant, ...]:
    """Return the grants with pictures left, the soonest to expire first."""
    query = (
        select(grants)
        .where(grants.c.user_id == user_id, grants.c.guild_id == guild_id, grants.c.left > 0)
        .where(or_(grants.c.expires_at.is_(None), grants.c.expires_at > now))
        .order_by(grants.c.expires_at.asc().nulls_last(), grants.c.id)
    )
    return tuple(
        Grant(
            id=row.id,
            user_id=row.user_id,
            images=row.images,
            left=row.left,
            expires_at=row.expires_at,
            reason=row.reason,
            by=row.by_user_id,
            at=row.at,
        )
        for row in conn.execute(query)
    )


def past_denials(conn: Connection, guild_id: int, user_id: int, *, limit: int) -> tuple[PastDenial, ...]:
    """Return a member's latest refusals, the newest first."""
    query = (
        select(denials)
        .where(denials.c.user_id == user_id, denials.c.guild_id == guild_id)
        .order_by(denials.c.id.desc())
        .limit(limit)
    )
    return tuple(
        PastDenial(at=row.at, channel_id=row.channel_id, code=row.code, facts=row.facts)
        for row in conn.execute(query)
    )


def audit_of(conn: Connection, guild_id: int, *, limit: int) -> tuple[AuditEntry, ...]:
    """Return the latest changes, newest first; those that only a newer version can read are left out."""
    query = select(audit).where(audit.c.guild_id == guild_id).order_by(audit.c.id.desc()).limit(limit)
    entries = (readable_change(row) for row in conn.execute(query))
    return tuple(entry for entry in entries if entry is not None)


def readable_change(row: Row[Any]) -> AuditEntry | None:
    """Convert an audit row; None for a change that only a newer version of Easel understands."""
    try:
        return audit_entry(row)
    except (LookupError, TypeError, ValueError, msgspec.MsgspecError):
        return None


def audit_entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        guild_id=row.guild_id,
        at=row.at,
        by=row.by_user_id,
        change=change_of(row.change),
        before=row.before,
        after=row.after,
    )


def spent_of(conn: Connection, guild_id: int, *, now: datetime) -> ServerSpent:
    """Return what the server spent on each day of this month, by UTC, and what is reserved now."""
    today = now.astimezone(UTC).date()
    start = today.replace(day=1)
    query = (
        select(spent.c.day, spent.c.micro_usd)
        .where(spent.c.guild_id == guild_id, spent.c.user_id == EVERYBODY)
        .where(spent.c.day >= start, spent.c.day <= today, spent.c.micro_usd > 0)
        .order_by(spent.c.day)
    )
    days = tuple(DaySpent(day=row.day, micro_usd=row.micro_usd) for row in conn.execute(query))
    _, length = monthrange(today.year, today.month)
    return ServerSpent(
        today_micro_usd=sum(one.micro_usd for one in days if one.day == today),
        reserved_micro_usd=_reserved(conn, guild_id),
        month=Month(start=start, days=length, spent=days, today=today, budget_micro_usd=None),
    )


def _reserved(conn: Connection, guild_id: int) -> int:
    """Return the expected cost, in micro USD, of renders whose paid call is still to come."""
    query = (
        select(func.coalesce(func.sum(jobs.c.price_micro_usd), 0))
        .join(renders, renders.c.job_id == jobs.c.id)
        .where(jobs.c.guild_id == guild_id, job_is_open, jobs.c.reach == ReplyScope.GUILD.value)
        .where(jobs.c.state.in_([JobState.QUEUED.value, JobState.RENDERING.value]))
        .where(is_reserved())
    )
    return int(conn.execute(query).scalar_one())


def _rules(conn: Connection, guild_id: int) -> tuple[Rule, ...]:
    """Return all rules of the server except the members' rules."""
    scopes = [Scope.SERVER, Scope.CHANNEL, Scope.ROLE]
    query = (
        select(rules)
        .where(rules.c.guild_id == guild_id, rules.c.scope.in_([scope.value for scope in scopes]))
        .order_by(rules.c.scope, rules.c.subject_id)
    )
    return tuple(read_rule(row.scope, row.subject_id, row.says) for row in conn.execute(query))
