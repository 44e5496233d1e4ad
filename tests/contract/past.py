"""A table with a past: finished jobs in bulk, as a year of use leaves them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.jobs import JobState, NewJob, RenderStage
from bot.storage.ledger import EVERYBODY
from bot.storage.rows import new_job_row
from bot.storage.schema import calls, jobs, renders, spent, usage_entries
from tests.contract.store_material import NOW, PRICE, new_job


def add_finished(conn: Connection, count: int, *, people: int = 200, before: datetime = NOW) -> None:
    """`count` delivered jobs with one picture each, of the days before a time, then fresh statistics."""
    made = [new_job(1_000_000 + n % people, at=before - timedelta(minutes=30 + n)) for n in range(count)]
    state = {"state": JobState.DONE.value, "priority": 0, "tag": 0, "attempt": 1}
    conn.execute(
        insert(jobs),
        [
            new_job_row(new)
            | state
            | {
                "ready_at": new.created_at,
                "started_at": new.created_at,
                "finished_at": new.created_at,
                "shown_at": new.created_at,
                "lease_until": new.created_at,
                "token": None,
            }
            for new in made
        ],
    )
    ids: list[dict[str, Any]] = [{"job_id": new.id, "request_id": f"r.{new.id}"} for new in made]
    blank = {"idx": 0, "stage": RenderStage.PACKAGED.value, "tries": 1, "reruns": 0, "fitted": False}
    conn.execute(insert(renders), [row | blank for row in ids])
    paid = {"idx": 0, "charge": "charged", "cost_micro_usd": PRICE, "seconds": 12.0}
    conn.execute(
        insert(calls),
        [
            row
            | paid
            | {
                "user_id": new.user_id,
                "guild_id": new.reply_target.guild_id,
                "submitted_at": new.created_at,
                "ended_at": new.created_at,
            }
            for row, new in zip(ids, made, strict=True)
        ],
    )
    conn.execute(
        insert(usage_entries),
        [
            {
                "job_id": new.id,
                "user_id": new.user_id,
                "guild_id": new.reply_target.guild_id,
                "images": 1,
                "state": "settled",
                "at": new.created_at,
            }
            for new in made
        ],
    )
    _add_spent(conn, made)
    conn.execute(text("ANALYZE"))


def _add_spent(conn: Connection, made: list[NewJob]) -> None:
    """A row for each person and day, and one for the server."""
    days = {
        (new.reply_target.guild_id, user_id, new.created_at.date())
        for new in made
        for user_id in (new.user_id, EVERYBODY)
    }
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    rows = [
        {"guild_id": guild_id, "user_id": user_id, "day": day, "micro_usd": PRICE}
        for guild_id, user_id, day in sorted(days, key=str)
    ]
    conn.execute(dialect.insert(spent).on_conflict_do_nothing(), rows)
