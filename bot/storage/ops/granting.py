"""Images taken from grants, and given back to the very grants they came from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from bot.domain.limits import Grant
from bot.storage.schema import grant_uses, grants


def take(conn: Connection, job_id: str, given: Sequence[Grant], images: int) -> None:
    """From the first ones first. Only the person whose row is locked takes from these."""
    for grant in given:
        part = min(grant.left, images)
        if part <= 0:
            continue
        conn.execute(update(grants).where(grants.c.id == grant.id).values(left=grants.c.left - part))
        conn.execute(insert(grant_uses).values(job_id=job_id, grant_id=grant.id, images=part))
        images -= part


def give_back(conn: Connection, job_id: str, images: int) -> None:
    """To the last one first: what expires soonest stays used."""
    if images <= 0:
        return
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
