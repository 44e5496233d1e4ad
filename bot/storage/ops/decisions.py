"""What is kept about a person beside their jobs: what moderators decided about them, what they reported and keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    literal,
    select,
    update,
)

from bot.domain.limits import LONGEST_WINDOW, Scope
from bot.domain.moderation import Topic
from bot.domain.ports import Decision
from bot.storage.ops.people import NOBODY
from bot.storage.ops.shelf.personal import shelf_of
from bot.storage.ops.upsert import dialect_of
from bot.storage.schema import blocks, denials, grants, log_entries, reports, resets, rules, spent

_SHOWN: Final = {
    "block": (blocks, "until", "reason", "at"),
    "grant": (grants, "images", "left", "expires_at", "reason", "at"),
    "reset": (resets, "at"),
    "report": (reports, "job_id", "reason", "at"),
}


def decisions(conn: Connection, user_id: int) -> tuple[Decision, ...]:
    """As plain JSON; times are ISO texts. Who decided is not told: that is somebody else's.

    With them come what was refused, the money by day that counts against budgets, and what is on the shelf.
    """
    return (
        *_decisions(conn, user_id),
        *_refused(conn, user_id),
        *_money(conn, user_id),
        *shelf_of(conn, user_id),
    )


def _decisions(conn: Connection, user_id: int) -> Iterator[Decision]:
    about = select(rules).where(_about(rules, user_id)).order_by(rules.c.guild_id)
    for row in conn.execute(about):
        yield Decision(what="rule", guild_id=row.guild_id, facts=row.says)
    for what, (table, *names) in _SHOWN.items():
        columns = [table.c[name] for name in names]
        query = select(table.c.guild_id, *columns).where(_about(table, user_id)).order_by(table.c.at)
        for row in conn.execute(query).mappings():
            yield Decision(what=what, guild_id=row["guild_id"], facts=_plain(row, names))


def _refused(conn: Connection, user_id: int) -> Iterator[Decision]:
    query = select(denials).where(denials.c.user_id == user_id).order_by(denials.c.id)
    for row in conn.execute(query):
        yield Decision(
            what="refused", guild_id=row.guild_id, facts={"at": row.at.isoformat(), "why": row.code}
        )


def _money(conn: Connection, user_id: int) -> Iterator[Decision]:
    query = select(spent).where(spent.c.user_id == user_id, spent.c.micro_usd > 0).order_by(spent.c.day)
    for row in conn.execute(query):
        facts = {"day": row.day.isoformat(), "micro_usd": row.micro_usd}
        yield Decision(what="spent", guild_id=row.guild_id or None, facts=facts)


def count_decisions(conn: Connection, user_id: int) -> int:
    tables = [rules, *(table for table, *_ in _SHOWN.values())]
    counts = [select(func.count()).where(_about(table, user_id)).scalar_subquery() for table in tables]
    return sum(conn.execute(select(*counts)).one())


def forget_decisions(conn: Connection, user_id: int, *, now: datetime) -> None:
    """Reports lose their author and reason, denials go, and so does what has ended.

    Everything else stays, as it is its server's: else deleting one's data would lift a block.
    """
    _forget_reports(conn, user_id)
    conn.execute(delete(denials).where(denials.c.user_id == user_id))
    conn.execute(delete(blocks).where(blocks.c.user_id == user_id, blocks.c.until <= now))
    conn.execute(delete(resets).where(resets.c.user_id == user_id, resets.c.at <= now - LONGEST_WINDOW))


def _forget_reports(conn: Connection, user_id: int) -> None:
    """A job keeps one report of nobody's, however many people who are gone reported it."""
    theirs = reports.c.user_id == user_id
    nameless = (
        select(reports.c.job_id, literal(NOBODY), reports.c.guild_id, literal(""), reports.c.at)
        .where(theirs)
        .order_by(reports.c.job_id)
    )
    kept = (
        dialect_of(conn)
        .insert(reports)
        .from_select(["job_id", "user_id", "guild_id", "reason", "at"], nameless)
    )
    conn.execute(kept.on_conflict_do_nothing())
    conn.execute(delete(reports).where(theirs))
    by_them = log_entries.c.facts["by"].as_string() == str(user_id)
    entries = update(log_entries).where(log_entries.c.topic == Topic.REPORT.value, by_them)
    conn.execute(entries.values(facts={"by": NOBODY, "reason": ""}))


def _about(table: Table, user_id: int) -> ColumnElement[bool]:
    if table is rules:
        return and_(rules.c.scope == Scope.MEMBER.value, rules.c.subject_id == user_id)
    return table.c.user_id == user_id


def _plain(row: Mapping[Any, Any], names: list[str]) -> dict[str, Any]:
    return {name: row[name].isoformat() if isinstance(row[name], datetime) else row[name] for name in names}
