"""Changes that wait to be confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from bot.domain.moderation import Proposal
from bot.storage.ops.moderation.changes import change_json, change_of
from bot.storage.schema import proposals


def propose(conn: Connection, proposal: Proposal) -> None:
    conn.execute(
        insert(proposals).values(
            id=proposal.id,
            guild_id=proposal.guild_id,
            by_user_id=proposal.by,
            change=change_json(proposal.change),
            until=proposal.until,
        )
    )


def take(conn: Connection, proposal_id: str, *, guild_id: int, by: int, now: datetime) -> Proposal | None:
    """Whoever deletes the row has it; nobody else does."""
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
