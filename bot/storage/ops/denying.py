"""What was denied, without its prompt: moderators are asked why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from bot.domain.jobs import NewJob
from bot.domain.limits import OF_THE_SERVER, Denied
from bot.storage.ops.telling import budget_reached
from bot.storage.schema import denials


def write_denial(conn: Connection, new: NewJob, guild_id: int, denied: Denied) -> None:
    """On record; and where the server's budget said no, its moderators are told."""
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
    if no is not None and no.limit in OF_THE_SERVER and no.allowed is not None:
        budget_reached(conn, guild_id, no.limit, micro_usd=no.used, budget=no.allowed, now=new.created_at)


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
