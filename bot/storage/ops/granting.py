"""Images taken from grants, and given back to the very grants they came from.

Whoever touches several grants locks them first, all at once and in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from bot.domain.limits import Grant
from bot.storage.schema import grant_uses, grants


def lock_those_of(conn: Connection, job_ids: Sequence[str]) -> None:
    """The grants that these jobs' images came from."""
    used = select(grant_uses.c.grant_id).where(grant_uses.c.job_id.in_(job_ids))
    conn.execute(select(grants.c.id).where(grants.c.id.in_(used)).order_by(grants.c.id).with_for_update())


def take(conn: Connection, job_id: str, given: Sequence[Grant], images: int) -> None:
    """From the first ones first. Only the person whose row is locked takes from these."""
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


def give_back(conn: Connection, job_id: str, images: int) -> None:
    """To the latest grant first: what was given earlier stays used."""
    if images <= 0:
        return
    lock_those_of(conn, [job_id])
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
