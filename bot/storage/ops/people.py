"""A person's own row: whatever must not race for something of theirs locks it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from bot.storage.ops.upsert import upsert
from bot.storage.schema import people

NOBODY: Final = 0  # no id of Discord's; stands where somebody was who is forgotten


def lock_person(conn: Connection, user_id: int) -> None:
    """Until the end of the transaction; the row is made where it was missing."""
    upsert(conn, people, {"user_id": user_id, "last_tag": 0}, change={"last_tag": people.c.last_tag})
