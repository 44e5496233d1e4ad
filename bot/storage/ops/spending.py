"""Money by day, kept in step with the calls it was spent on."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Connection

from bot.storage.ops.upsert import upsert
from bot.storage.schema import spent

EVERYBODY: Final = 0  # the user of a server's own row
NOWHERE: Final = 0  # the server of what was made outside of servers
NO_PICTURE: Final = -1  # the index of a call that is for none of a job's pictures


def add(conn: Connection, guild_id: int | None, user_id: int, day: date, micro_usd: int) -> None:
    """To the member's row, then to the server's: always in this order, so that no two wait for each other.

    Of a member who is forgotten by now (user 0) only the server's row is left to keep.
    """
    if micro_usd == 0:
        return
    people = [] if user_id == EVERYBODY else [user_id]
    if guild_id is not None:
        people.append(EVERYBODY)
    for person in people:
        values = {"guild_id": guild_id or NOWHERE, "user_id": person, "day": day, "micro_usd": micro_usd}
        upsert(conn, spent, values, change={"micro_usd": spent.c.micro_usd + micro_usd})
