"""A move to PostgreSQL whose process is killed again and again, and goes on each time."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Table

from bot.app.moving import move_to_postgres
from bot.settings import Settings
from bot.storage.engine import PostgresStore, open_store
from bot.storage.moving.digest import UNFINISHED
from bot.storage.moving.move import ROWS
from bot.storage.stores import SqlKeyValueStore
from tests.contract.every_state import fill, rows_of
from tests.databases import empty_sqlite
from tests.e2e.nursery import KILLED, Child

POINTS: Final = (
    "_begin",
    "_insert renders",
    "_put_row kept",
    "_page workers",
    "_end",
)  # in the order of a move


def move_until(data_dir: str, url: str, point: str | None) -> None:
    """In a child: move; die where this transaction in the target would begin."""
    tx = PostgresStore.tx

    async def mortal(self: PostgresStore, op: Any, *args: Any, **kwargs: Any) -> Any:
        table = args[0].name if args and isinstance(args[0], Table) else ""
        if point == f"{op.__name__} {table}".strip():
            os.kill(os.getpid(), signal.SIGKILL)
        return await tx(self, op, *args, **kwargs)

    PostgresStore.tx = mortal
    settings = Settings(data_dir=Path(data_dir))
    if not asyncio.run(move_to_postgres(settings, url, lambda _line: None)):
        raise SystemExit(1)


@pytest.mark.postgres
async def test_a_move_that_is_killed_goes_on_and_ends_as_if_nothing_had_been(
    tmp_path: Path, postgres_url: str
) -> None:
    database = tmp_path / "easel.db"
    database.write_bytes(empty_sqlite())
    source = open_store(f"sqlite:///{database}")
    await fill(source, tmp_path)
    before = await source.tx(rows_of, ROWS)
    target = open_store(postgres_url)
    try:
        for point in POINTS:
            assert await Child(move_until, str(tmp_path), postgres_url, point).ended() == KILLED
            has_begun = await SqlKeyValueStore(target).read_value(UNFINISHED) is not None
            assert has_begun is (point != "_begin")
            assert await source.tx(rows_of, ROWS) == before

        assert await Child(move_until, str(tmp_path), postgres_url, None).ended() == 0

        assert await SqlKeyValueStore(target).read_value(UNFINISHED) is None
        assert await target.tx(rows_of, ROWS) == before
    finally:
        await source.close()
        await target.close()
