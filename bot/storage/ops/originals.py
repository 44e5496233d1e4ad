"""The register of kept pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, tuple_

from bot.domain.references import Stored
from bot.storage.ops.copies import awaited
from bot.storage.ops.sweeping import AT_ONCE, sweep
from bot.storage.ops.upsert import upsert
from bot.storage.schema import originals


def register(conn: Connection, picture: Stored, *, bytes_: int, now: datetime) -> None:
    values = {"bytes": bytes_, "at": now}
    key = {"folder": picture.folder, "name": picture.name}
    upsert(conn, originals, key | values, change=dict(values))


def surplus(conn: Connection, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
    """Oldest first, as far as any of them is too old or too much and no job needs it."""
    needed = awaited(conn)
    total = select(func.coalesce(func.sum(originals.c.bytes), 0))
    too_much = int(conn.execute(total).scalar_one()) - max_bytes
    oldest = select(originals).order_by(originals.c.at, originals.c.folder, originals.c.name)
    found: list[Stored] = []
    for row in conn.execute(oldest.limit(limit + len(needed))):
        picture = Stored(folder=row.folder, name=row.name)
        if (row.at >= before and too_much <= 0) or len(found) == limit:
            break
        if picture not in needed:
            too_much -= row.bytes
            found.append(picture)
    return tuple(found)


def strike(conn: Connection, pictures: tuple[Stored, ...]) -> None:
    """One that is registered, or forgotten with its folder, this very moment is left to whoever does that."""
    keys = [(picture.folder, picture.name) for picture in pictures]
    for start in range(0, len(keys), AT_ONCE):
        sweep(
            conn, originals, tuple_(originals.c.folder, originals.c.name).in_(keys[start : start + AT_ONCE])
        )


def strike_folders(conn: Connection, *folders: str) -> None:
    """Row by row in one order within each folder, so that no two who do this wait for each other."""
    these = originals.c.folder.in_(folders)
    in_order = select(originals.c.name).where(these).order_by(originals.c.folder, originals.c.name)
    conn.execute(in_order.with_for_update())
    conn.execute(delete(originals).where(these))
