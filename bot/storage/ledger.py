"""The accounts of images from grants, and of money spent by day.

To avoid deadlocks, a change to several grants first locks them all in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.domain.policy.decision import Grant
from bot.storage.schema import calls, grant_uses, grants, spent
from bot.storage.sql import dialect_of, insert_or_change

_USED: Final = select(grant_uses.c.grant_id).where(
    grant_uses.c.job_id.in_(bindparam("of_jobs", expanding=True))
)
_GRANTS_OF_JOBS: Final = (
    select(grants.c.id).where(grants.c.id.in_(_USED)).order_by(grants.c.id).with_for_update()
)


def lock_grants_of_jobs(conn: Connection, job_ids: Sequence[str]) -> None:
    """Lock the grants that the images of these jobs came from."""
    conn.execute(_GRANTS_OF_JOBS, {"of_jobs": job_ids})


def use_grants(conn: Connection, job_id: str, given: Sequence[Grant], images: int) -> None:
    """Take images from the grants in the order given. The caller holds the person's row."""
    if images <= 0:
        return
    ids = [grant.id for grant in given]
    conn.execute(select(grants.c.id).where(grants.c.id.in_(ids)).order_by(grants.c.id).with_for_update())
    for grant in given:
        part = min(grant.left, images)
        if part <= 0:
            continue
        conn.execute(update(grants).where(grants.c.id == grant.id).values(left=grants.c.left - part))
        conn.execute(insert(grant_uses).values(job_id=job_id, grant_id=grant.id, images=part))
        images -= part


def return_grants(conn: Connection, job_id: str, images: int) -> None:
    """Return images to the grants they came from, to the newest grant first."""
    if images <= 0:
        return
    lock_grants_of_jobs(conn, [job_id])
    query = select(grant_uses).where(grant_uses.c.job_id == job_id).order_by(grant_uses.c.grant_id.desc())
    for use in conn.execute(query).all():
        part = min(use.images, images)
        where = (grant_uses.c.job_id == job_id) & (grant_uses.c.grant_id == use.grant_id)
        if part == use.images:
            conn.execute(delete(grant_uses).where(where))
        else:
            conn.execute(update(grant_uses).where(where).values(images=use.images - part))
        conn.execute(update(grants).where(grants.c.id == use.grant_id).values(left=grants.c.left + part))
        images -= part
        if images == 0:
            return


EVERYBODY: Final = 0  # the user id in a server's own row
NOWHERE: Final = 0  # the server id for calls outside servers
_NEW_CALL: Final = insert(calls)
DESCRIBED: Final = "described"  # the state of a charge without images, which counts a description
NO_PICTURE: Final = -1  # the index of a call that makes no picture, such as rewriting a prompt


def open_call(
    conn: Connection,
    request_id: str,
    *,
    job_id: str,
    index: int,
    user_id: int,
    guild_id: int | None,
    estimate_micro_usd: int,
    now: datetime,
) -> None:
    """Record a paid call before it is made, at its estimated cost in micro USD."""
    call = {
        "request_id": request_id,
        "job_id": job_id,
        "idx": index,
        "user_id": user_id,
        "guild_id": guild_id,
        "charge": "open",
        "cost_micro_usd": estimate_micro_usd,
        "submitted_at": now,
    }
    conn.execute(_NEW_CALL, call)
    add_spent(conn, guild_id, user_id, now.astimezone(UTC).date(), estimate_micro_usd)


def add_spent(conn: Connection, guild_id: int | None, user_id: int, day: date, micro_usd: int) -> None:
    """Add to the day's spending of the member, then of the server; the fixed order avoids deadlocks.

    All jobs of a server write its row: call this last in a transaction, to hold it as briefly as possible.
    `guild_id` None is outside servers. For a forgotten member (user 0) only the server's row changes.
    """
    if micro_usd == 0:
        return
    people = [] if user_id == EVERYBODY else [user_id]
    if guild_id is not None:
        people.append(EVERYBODY)
    for person in people:
        values = {"guild_id": guild_id or NOWHERE, "user_id": person, "day": day, "micro_usd": micro_usd}
        conn.execute(_add_to_day(dialect_of(conn)), values)


@cache
def _add_to_day(dialect: Any) -> Any:
    return insert_or_change(dialect, spent, lambda new: {"micro_usd": spent.c.micro_usd + new.micro_usd})
