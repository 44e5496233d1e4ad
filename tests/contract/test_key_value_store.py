"""Values by key, and the heartbeats of workers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ports.stores import WorkerHeartbeat
from bot.errors import StoreUnavailableError
from bot.storage.engine import Store, open_store
from bot.storage.stores import SqlKeyValueStore
from tests.contract.store_material import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def key_values(store: Store) -> SqlKeyValueStore:
    return SqlKeyValueStore(store)


def heartbeat(name: str, **more: int) -> WorkerHeartbeat:
    return WorkerHeartbeat(name=name, seen_at=NOW, slots=more.get("slots", 2), running=more.get("running", 0))


async def test_a_value_reads_back_as_it_was_last_written(key_values: SqlKeyValueStore) -> None:
    assert await key_values.read_value("commands") is None

    await key_values.write_value("commands", "one")
    await key_values.write_value("commands", "two — ✓")

    assert await key_values.read_value("commands") == "two — ✓"
    assert await key_values.read_value("other") is None


async def test_values_written_at_once_leave_one_of_them(key_values: SqlKeyValueStore) -> None:
    await asyncio.gather(*(key_values.write_value("commands", str(number)) for number in range(10)))

    assert await key_values.read_value("commands") in {str(number) for number in range(10)}


async def test_a_worker_has_one_heartbeat_its_last(key_values: SqlKeyValueStore) -> None:
    await key_values.record_heartbeat(heartbeat("north", slots=2, running=1))
    await key_values.record_heartbeat(heartbeat("north", slots=4, running=3))

    assert await key_values.heartbeats(NOW) == (heartbeat("north", slots=4, running=3),)


async def test_only_fresh_heartbeats_are_returned_by_name(key_values: SqlKeyValueStore) -> None:
    for name in ("south", "north"):
        await key_values.record_heartbeat(heartbeat(name))
    old = WorkerHeartbeat(name="gone", seen_at=NOW - MINUTE, slots=1, running=0)
    await key_values.record_heartbeat(old)

    assert await key_values.heartbeats(NOW) == (heartbeat("north"), heartbeat("south"))
    assert old in await key_values.heartbeats(NOW - MINUTE)


async def test_a_worker_that_leaves_has_no_heartbeat(key_values: SqlKeyValueStore) -> None:
    await key_values.record_heartbeat(heartbeat("north"))

    await key_values.drop_heartbeat("north")
    await key_values.drop_heartbeat("unknown")

    assert await key_values.heartbeats(NOW) == ()


async def test_a_database_that_answers_can_be_pinged(key_values: SqlKeyValueStore) -> None:
    await key_values.ping()


async def test_a_database_that_is_not_there_does_not_answer() -> None:
    store = open_store("postgresql://nobody@127.0.0.1:1/nowhere")
    try:
        with pytest.raises(StoreUnavailableError):
            await SqlKeyValueStore(store).ping()
    finally:
        await store.close()
