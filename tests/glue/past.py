"""What somebody made earlier, without the making of each."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from bot.domain.jobs import Job
from bot.domain.references import Stored, result_name
from bot.storage.rows import folded
from bot.storage.schema import cached_images, jobs, renders
from tests.glue.iterating import everything_kept
from tests.glue.moderating import paint
from tests.glue.room import Room


async def many_painted(room: Room, *prompts: str) -> list[Job]:
    """A result of Ada's for each prompt, oldest first. The first is really made, the others are copies of it.

    A copy has a row, a card's id and kept pictures of its own, but no message.
    """
    first = (await paint(room, prompts[0])).job
    await everything_kept(room, first)
    kept = room.world.base.cached_blobs.file(Stored(folder=first.id, name=result_name(0)).key)
    assert kept is not None
    assert kept.exists()
    assert first.card_id is not None
    ids = [first.id, *(f"c{number:09d}" for number in range(1, len(prompts)))]
    for number, (job_id, prompt) in enumerate(zip(ids[1:], prompts[1:], strict=True), start=1):
        changes = {
            "prompt": prompt,
            "search_text": folded(prompt),
            "card_id": first.card_id + number,
            "interaction_id": -number,
            "created_at": first.created_at + timedelta(microseconds=number),
        }
        await room.world.base.store.tx(_copy, first.id, job_id, changes)
        shutil.copytree(kept.parent, kept.parent.with_name(job_id))
    found = [await room.world.base.jobs.get(job_id) for job_id in ids]
    return [job for job in found if job is not None]


def _copy(conn: Connection, of: str, job_id: str, changes: dict[str, Any]) -> None:
    _copy_rows(conn, jobs, "id", of, changes | {"id": job_id})
    _copy_rows(conn, renders, "job_id", of, {"job_id": job_id})
    _copy_rows(conn, cached_images, "folder", of, {"folder": job_id})


def _copy_rows(conn: Connection, table: Table, key: str, of: str, changes: dict[str, Any]) -> None:
    rows = conn.execute(select(table).where(table.c[key] == of)).mappings().all()
    assert rows
    conn.execute(insert(table), [{**row, **changes} for row in rows])
