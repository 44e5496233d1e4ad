"""What was denied, without its prompt: moderators are asked why."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from bot.domain.jobs import NewJob
from bot.domain.limits import Denied
from bot.storage.schema import denials

KEPT: Final = 20  # of one person in one server


def write_denial(conn: Connection, new: NewJob, guild_id: int, denied: Denied) -> None:
    """On record, beside the latest few of this person here."""
    no = denied.no
    conn.execute(
        insert(denials).values(
            guild_id=guild_id,
            user_id=new.user_id,
            channel_id=new.place.channel_id,
            at=new.created_at,
            code=no.limit.value if no is not None else denied.stop.value,
            facts=_facts(denied),
        )
    )
    mine = (denials.c.guild_id == guild_id) & (denials.c.user_id == new.user_id)
    latest = select(denials.c.id).where(mine).order_by(denials.c.id.desc()).offset(KEPT).limit(1)
    conn.execute(delete(denials).where(mine, denials.c.id <= latest.scalar_subquery()))


def _facts(denied: Denied) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if denied.no is not None:
        no = denied.no
        facts = {
            "used": no.used,
            "allowed": no.allowed,
            "scope": no.by.scope.value,
            "subject": no.by.subject_id,
        }
    elif denied.match is not None:
        facts = {"filter": denied.match.filter.id}
    elif denied.block is not None:
        facts = {"reason": denied.block.reason}
    return {name: value for name, value in facts.items() if value is not None}
