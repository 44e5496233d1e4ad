"""Wishes that wait for a yes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, insert

from bot.domain.jobs import Wish
from bot.storage.ops.sweeping import sweep
from bot.storage.schema import drafts

LONGEST_WAIT: Final = timedelta(hours=1)  # of any draft: the port says so


def put(conn: Connection, draft_id: str, user_id: int, wish: Wish, *, until: datetime) -> None:
    """None waits longer than `LONGEST_WAIT`: what ended that long before this one will is over by now."""
    sweep(conn, drafts, drafts.c.until <= until - LONGEST_WAIT)
    values = {"id": draft_id, "user_id": user_id, "wish": msgspec.to_builtins(wish), "until": until}
    conn.execute(insert(drafts).values(**values))


def take(conn: Connection, draft_id: str, user_id: int, *, now: datetime) -> Wish | None:
    """Whoever deletes the row has it; nobody else does."""
    theirs = (drafts.c.id == draft_id) & (drafts.c.user_id == user_id) & (drafts.c.until > now)
    taken = conn.execute(delete(drafts).where(theirs).returning(drafts.c.wish)).scalar_one_or_none()
    sweep(conn, drafts, drafts.c.until <= now)
    return None if taken is None else msgspec.convert(taken, Wish)
