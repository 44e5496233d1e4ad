"""What one picture costs in counts that do not depend on the machine: `make bench` measures the seconds.

Whoever makes one of these grow knows why, and changes the number here.
"""

from __future__ import annotations

import asyncio
import os
import stat
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import msgspec
import pytest
from PIL import Image
from sqlalchemy import event

from bot.domain.pictures import Mark
from bot.domain.ports.blobs import BlobMeta
from bot.imaging import pixels
from bot.imaging.pack import pack
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.tile import thumbnail
from bot.seedream.wire.answer import decipher
from bot.seedream.wire.reply import Reply
from bot.storage.blobs import FileBlobs
from bot.storage.engine import SqliteStore
from bot.ui.base.components import MemoryFile
from tests.glue.room import open_room

# Transactions of a job's own from its command to its end, and the statements in each.
STATEMENTS: Final = {
    "defaults_in": 2,
    "submit": 11,
    "card_shown": 1,
    "claim": 11,
    "render_seconds": 1,
    "set_size": 2,
    "begin_call": 9,
    "record_outcome": 1,
    "render_done": 6,
    "reload": 3,
    "finish_rendering": 8,
    "deliver": 3,
    "register": 1,
}

T = TypeVar("T")


class Count:
    """Counts the transactions by their operation, and the statements in them; a claim that found nothing is none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran, self.statements = Counter[str](), Counter[str]()
        self._in_this_one = 0
        plain: Callable[..., Any] = SqliteStore.tx

        async def tx(store: SqliteStore, op: Callable[..., Any], *args: Any, **more: Any) -> Any:
            def counted(conn: Any, *args: Any, **more: Any) -> Any:
                self._in_this_one = 0
                result = op(conn, *args, **more)
                if op.__name__ != "claim" or result is not None:
                    self.ran[op.__name__] += 1
                    self.statements[op.__name__] += self._in_this_one
                return result

            return await plain(store, counted, *args, **more)

        monkeypatch.setattr(SqliteStore, "tx", tx)

    def one(self, _conn: object, _cursor: object, statement: str, *_: object) -> None:
        self._in_this_one += not statement.startswith("BEGIN")


async def test_one_picture_costs_no_more_statements_than_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    count = Count(monkeypatch)
    async with open_room({}) as room:
        store = room.world.base.store
        assert isinstance(store, SqliteStore)
        engine = store._engine  # pyright: ignore[reportPrivateUsage]  # there is no other way to hear of statements
        event.listen(engine, "before_cursor_execute", count.one)
        count.ran.clear()
        count.statements.clear()
        await room.use("imagine", prompt="a fox")
        job = await room.finished()
        await room.kept.until(room.world.base.blobs.jobs, lambda spooled: job.id not in spooled)
        event.remove(engine, "before_cursor_execute", count.one)
    assert {name: count.statements[name] for name in STATEMENTS} == STATEMENTS
    assert {name: count.ran[name] for name in STATEMENTS} == dict.fromkeys(STATEMENTS, 1)


async def test_one_picture_is_decoded_when_somebody_looks_and_written_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is written as it came, and as it was posted; a thumbnail is made when history shows it first."""
    decoded: list[int] = []
    synced: list[int] = []
    plain_open: Callable[..., Any] = getattr(pixels, "_open")  # noqa: B009
    plain_sync = os.fsync

    def counting_open(data: bytes, *args: Any) -> Any:
        decoded.append(len(data))
        return plain_open(data, *args)

    def counting_sync(handle: int) -> None:
        found = os.fstat(handle)
        if stat.S_ISREG(found.st_mode):
            synced.append(found.st_size)
        plain_sync(handle)

    for work in (pack, thumbnail):  # not remembered from another test
        monkeypatch.setattr(f"bot.imaging.pillow_imaging.{work.__name__}", work)
    monkeypatch.setattr(pixels, "_open", counting_open)
    monkeypatch.setattr(os, "fsync", counting_sync)
    async with open_room({}) as room:
        result = await room.use("imagine", prompt="a fox")
        job = await room.finished()
        await room.kept.until(room.world.base.blobs.jobs, lambda spooled: job.id not in spooled)
        posted = await room.card(result).attachments[0].read()
        assert decoded == []
        for _ in range(2):
            await room.use("history")
    assert len([size for size in decoded if size > len(posted) / 2]) == 1
    assert len([size for size in synced if size > len(posted) / 2]) == 2


async def test_no_step_makes_a_copy_of_a_picture_that_it_does_not_need(tmp_path: Path) -> None:
    """Beside what a step is given, it holds what it returns: Python's memory at its highest, in pictures."""
    given = _noise(1200)
    body = msgspec.json.encode({"data": [{"b64_json": given}]})
    spool, cache = FileBlobs(tmp_path / "spool"), FileBlobs(tmp_path / "cache")
    meta, most = BlobMeta(mime="image/jpeg"), dict[str, float]()

    async def step(name: str, work: Awaitable[T]) -> T:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        result = await work
        most[name] = round((tracemalloc.get_traced_memory()[1] - before) / len(given), 1)
        return result

    async with PillowImaging() as imaging:
        tracemalloc.start()
        try:
            reply = Reply(status=200, headers={}, body=body, received_at=datetime.now(UTC))
            result = await step("read", asyncio.to_thread(decipher, reply, prompt="a fox"))
            assert result.content == given
            await step("spool", spool.put("job/raw", given, meta))
            packed = await step("package", imaging.pack(given, mark=Mark.GENERATED, max_bytes=2 * len(given)))
            await step("cache", cache.take("job/out-0", spool, "job/raw"))
            assert await step("read again", spool.get("job/raw")) == given
            await step("send", asyncio.to_thread(MemoryFile, packed.data, "fox.jpg"))
        finally:
            tracemalloc.stop()
    assert most == {"read": 1.0, "spool": 0.0, "package": 1.0, "cache": 0.0, "read again": 1.0, "send": 0.0}


def _noise(side: int) -> bytes:
    out = BytesIO()
    noise = Image.frombytes("RGB", (side, side), Random(1).randbytes(3 * side * side))
    noise.save(out, "JPEG", quality=95)
    return out.getvalue()
