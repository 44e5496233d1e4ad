"""Notes and pulses."""

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
def notes(store: Store) -> SqlKeyValueStore:
    return SqlKeyValueStore(store)


def heartbeat(name: str, **more: int) -> WorkerHeartbeat:
    return WorkerHeartbeat(name=name, seen_at=NOW, slots=more.get("slots", 2), running=more.get("running", 0))


async def test_a_note_reads_back_as_it_was_last_written(notes: SqlKeyValueStore) -> None:
    assert await notes.note("commands") is None

    await notes.write_note("commands", "one")
    await notes.write_note("commands", "two — ✓")

    assert await notes.note("commands") == "two — ✓"
    assert await notes.note("other") is None


async def test_notes_written_at_once_leave_one_of_them(notes: SqlKeyValueStore) -> None:
    await asyncio.gather(*(notes.write_note("commands", str(number)) for number in range(10)))

    assert await notes.note("commands") in {str(number) for number in range(10)}


async def test_a_worker_has_one_pulse_its_last(notes: SqlKeyValueStore) -> None:
    await notes.beat(heartbeat("north", slots=2, running=1))
    await notes.beat(heartbeat("north", slots=4, running=3))

    assert await notes.pulses(NOW) == (heartbeat("north", slots=4, running=3),)


async def test_only_fresh_pulses_are_told_by_name(notes: SqlKeyValueStore) -> None:
    for name in ("south", "north"):
        await notes.beat(heartbeat(name))
    old = WorkerHeartbeat(name="gone", seen_at=NOW - MINUTE, slots=1, running=0)
    await notes.beat(old)

    assert await notes.pulses(NOW) == (heartbeat("north"), heartbeat("south"))
    assert old in await notes.pulses(NOW - MINUTE)


async def test_a_worker_that_leaves_has_no_pulse(notes: SqlKeyValueStore) -> None:
    await notes.beat(heartbeat("north"))

    await notes.leave("north")
    await notes.leave("unknown")

    assert await notes.pulses(NOW) == ()


async def test_a_database_that_answers_can_be_pinged(notes: SqlKeyValueStore) -> None:
    await notes.ping()


async def test_a_database_that_is_not_there_does_not_answer() -> None:
    store = open_store("postgresql://nobody@127.0.0.1:1/nowhere")
    try:
        with pytest.raises(StoreUnavailableError):
            await SqlKeyValueStore(store).ping()
    finally:
        await store.close()
