"""Cached images: which are needed by open jobs, which are copies of others, and which can be deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, tuple_

from bot.domain.jobs import JobState
from bot.domain.references import Stored, folder_of_tray, input_name, owner_of_tray
from bot.storage.schema import cached_images, is_queued, jobs, tray, unshown
from bot.storage.sql import batches, sweep, upsert

_PARTS: Final = (is_queued, unshown & (jobs.c.state == JobState.RENDERING.value))  # each found by its index
_AWAITED: Final = [select(jobs.c.references).where(part) for part in _PARTS]


def awaited(conn: Connection) -> frozenset[Stored]:
    """Return the pictures that queued and rendering jobs may use as references."""
    found: set[Stored] = set()
    for query in _AWAITED:
        for references in conn.execute(query).scalars():
            for reference in references:
                found.update(_places(reference))
    return frozenset(found)


def copies(conn: Connection, folders: Sequence[str]) -> tuple[Stored, ...]:
    """Return the copies of pictures in `folders`. Pictures are copied only to a job's children and their retries."""
    whole, found, newest = frozenset(folders), set[Stored](), list(folders)
    while newest:
        taken = {
            Stored(folder=job_id, name=input_name(index))
            for job_id, references in _made_of(conn, newest)
            for index, reference in enumerate(references)
            if _is_of(reference, whole, found)
        }
        newest = list({copy.folder for copy in taken - found})
        found |= taken
    return tuple(sorted(found, key=lambda copy: copy.key))


def unneeded(conn: Connection, folders: Sequence[str]) -> frozenset[str]:
    """Return the folders whose job is gone or removed, or whose tray has no rows, even of removed pictures."""
    left = set(folders)
    for some in batches([folder for folder in folders if owner_of_tray(folder) is None]):
        there = select(jobs.c.id).where(jobs.c.id.in_(some), jobs.c.removed_by.is_(None))
        left.difference_update(conn.execute(there).scalars())
    for some in batches([owner for owner in map(owner_of_tray, folders) if owner is not None]):
        used = select(tray.c.user_id).where(tray.c.user_id.in_(some)).distinct()
        left.difference_update(map(folder_of_tray, conn.execute(used).scalars()))
    return frozenset(left)


def _made_of(conn: Connection, job_ids: Sequence[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the id and references of each child and each retry of `job_ids`."""
    for column in (jobs.c.parent_id, jobs.c.retry_of):
        for some in batches(job_ids):
            for row in conn.execute(select(jobs.c.id, jobs.c.references).where(column.in_(some))):
                yield row.id, row.references


def _is_of(reference: dict[str, Any], whole: frozenset[str], found: set[Stored]) -> bool:
    return any(place.folder in whole or place in found for place in _places(reference))


def _places(reference: dict[str, Any]) -> Iterator[Stored]:
    """Yield the stored pictures that a reference may come from; none for references from before migration 0003."""
    for way in ("stored", "source"):
        if (place := reference.get(way)) is not None:
            yield Stored(folder=place["folder"], name=place["name"])


def register(conn: Connection, picture: Stored, *, bytes_: int, now: datetime) -> None:
    """Register a picture; one that is registered already gets the new size and time."""
    values = {"bytes": bytes_, "at": now}
    key = {"folder": picture.folder, "name": picture.name}
    upsert(conn, cached_images, key | values, change=values)


def surplus(conn: Connection, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
    """Return at most `limit` pictures, oldest first, that are too old or over the size limit and not needed."""
    needed = awaited(conn)
    total = select(func.coalesce(func.sum(cached_images.c.bytes), 0))
    too_much = int(conn.execute(total).scalar_one()) - max_bytes
    oldest = select(cached_images).order_by(cached_images.c.at, cached_images.c.folder, cached_images.c.name)
    found: list[Stored] = []
    for row in conn.execute(oldest.limit(limit + len(needed))):
        picture = Stored(folder=row.folder, name=row.name)
        if (row.at >= before and too_much <= 0) or len(found) == limit:
            break
        if picture not in needed:
            too_much -= row.bytes
            found.append(picture)
    return tuple(found)


def unregister(conn: Connection, pictures: tuple[Stored, ...]) -> None:
    """Delete the rows of `pictures`; skip rows that another transaction holds."""
    keys = [(picture.folder, picture.name) for picture in pictures]
    for some in batches(keys):
        sweep(conn, cached_images, tuple_(cached_images.c.folder, cached_images.c.name).in_(some))


def unregister_folder(conn: Connection, folder: str) -> None:
    unregister_folders(conn, [folder])


def unregister_folders(conn: Connection, folders: Sequence[str]) -> None:
    """Delete the rows of `folders`. They are locked in a fixed order first, so that no two callers deadlock."""
    these = cached_images.c.folder.in_(folders)
    in_order = (
        select(cached_images.c.name).where(these).order_by(cached_images.c.folder, cached_images.c.name)
    )
    conn.execute(in_order.with_for_update())
    conn.execute(delete(cached_images).where(these))
