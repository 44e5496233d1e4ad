"""What one picture costs in counts that do not depend on the machine: `make bench` measures the seconds.

Whoever makes one of these grow knows why, and changes the number here.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest
from sqlalchemy import event

from bot.imaging import pixels
from bot.imaging.pack import pack
from bot.imaging.tile import thumbnail
from bot.storage.engine import SqliteStore
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
    "render_packed": 2,
    "finish_rendering": 6,
    "deliver": 3,
    "register": 1,
}


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
