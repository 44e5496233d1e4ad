"""One decision's facts: the statement run, and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.domain.jobs import Standpoint
from bot.domain.limits import LONGEST_WINDOW, Docket
from bot.domain.limits.money import month_bounds
from bot.storage.ops.docket.reading import read_docket
from bot.storage.ops.docket.statement import statement


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored job that is looked at again: what came after it, and it itself, does not count."""

    job_id: str
    created_at: datetime


def docket(
    conn: Connection,
    user_id: int,
    guild_id: int | None,
    standpoint: Standpoint,
    *,
    now: datetime,
    waiting: Waiting | None = None,
) -> Docket:
    """What a decision about this person rests on; `guild_id` None outside of servers."""
    today = now.astimezone(UTC).date()
    values = {
        "user_id": user_id,
        "guild_id": guild_id,
        "role_ids": sorted(standpoint.role_ids),
        "channel_ids": standpoint.channel_ids,
        "now": now,
        "window": now - LONGEST_WINDOW,
        "today": today,
        "month": month_bounds(now)[0].date(),
        "job_id": waiting and waiting.job_id,
        "created_at": waiting and waiting.created_at,
    }
    found: dict[str, list[Row[Any]]] = {}
    query = statement(in_server=guild_id is not None, waits=waiting is not None)
    for row in conn.execute(query, values):
        found.setdefault(row.part, []).append(row)
    return read_docket(found, user_id, in_server=guild_id is not None)
