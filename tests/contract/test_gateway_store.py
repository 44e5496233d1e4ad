"""What the gateways of one bot share: turns to identify, and which shards are served."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.storage.engine import SqliteStore, Store
from bot.storage.schema import notes
from bot.storage.stores import SqlGatewayStore
from tests.contract.store_material import NOW

EVERY = timedelta(seconds=6)


@pytest.fixture
def gateways(store: Store) -> SqlGatewayStore:
    return SqlGatewayStore(store)


async def test_of_those_who_ask_at_once_one_has_the_turn_of_a_bucket(gateways: SqlGatewayStore) -> None:
    waits = await asyncio.gather(*(gateways.take_turn(0, every=EVERY, now=NOW) for _ in range(8)))

    assert sorted(waits)[0] == 0
    assert all(5 < wait <= 6 for wait in sorted(waits)[1:])
    assert await gateways.take_turn(1, every=EVERY, now=NOW) == 0


async def test_the_next_turn_is_free_after_its_time(store: Store, gateways: SqlGatewayStore) -> None:
    assert await gateways.take_turn(0, every=EVERY, now=NOW) == 0
    if isinstance(store, SqliteStore):  # PostgreSQL has a clock of its own
        assert await gateways.take_turn(0, every=EVERY, now=NOW + timedelta(seconds=4)) == 2
        assert await gateways.take_turn(0, every=EVERY, now=NOW + EVERY) == 0
    else:
        assert await gateways.take_turn(0, every=EVERY, now=NOW + EVERY) > 5
        assert await gateways.take_turn(0, every=timedelta(), now=NOW) == 0


@pytest.mark.parametrize(("ahead_s", "is_free"), [(1, False), (3600, True)])
async def test_a_turn_in_the_future_is_awaited_only_where_clocks_may_differ_so_much(
    store: Store, gateways: SqlGatewayStore, ahead_s: float, is_free: bool
) -> None:
    await gateways.take_turn(0, every=EVERY, now=NOW)
    [taken] = await store.tx(lambda conn: conn.execute(notes.select()).all())
    ahead = type(NOW).fromisoformat(taken.value) + timedelta(seconds=ahead_s)
    await store.tx(lambda conn: conn.execute(update(notes).values(value=ahead.isoformat())) and None)

    wait_s = await gateways.take_turn(0, every=EVERY, now=NOW)

    assert (wait_s == 0) is is_free
    assert wait_s <= EVERY.total_seconds()


async def test_the_shards_of_a_total_are_served_while_somebody_says_so(gateways: SqlGatewayStore) -> None:
    await gateways.note_served([0, 1, 10], 16, now=NOW)
    await gateways.note_served([0, 3], 4, now=NOW)
    await gateways.note_served([1], 16, now=NOW + EVERY)

    assert await gateways.served(16, since=NOW) == {0, 1, 10}
    assert await gateways.served(16, since=NOW + EVERY) == {1}
    assert await gateways.served(4, since=NOW) == {0, 3}
    assert await gateways.served(6, since=NOW) == set()
