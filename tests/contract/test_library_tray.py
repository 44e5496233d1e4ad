"""The reference tray: an order without gaps, and room for as many as the model takes."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select

from bot.domain.ports.library import MAX_OFF, MAX_TRAY
from bot.domain.references import Stored, folder_of_tray
from bot.storage.engine import Store
from bot.storage.schema import tray
from bot.storage.stores import SqlLibraryStore
from tests.contract.conftest import Database, held
from tests.contract.library_material import PROCESSES, fill, names_on_tray, picture, shelves
from tests.contract.moderation_material import count, execute
from tests.contract.store_material import ANN, BEN, NOW

HOUR = timedelta(hours=1)
FULL = [f"p{number:02}" for number in range(MAX_TRAY)]


@pytest.fixture
def library(store: Store) -> SqlLibraryStore:
    return SqlLibraryStore(store)


def _places(conn: Connection, user_id: int) -> list[int]:
    query = select(tray.c.place).where(tray.c.user_id == user_id, tray.c.gone_at.is_(None))
    return list(conn.execute(query.order_by(tray.c.place)).scalars())


async def assert_no_gaps(store: Store, user_id: int = ANN) -> None:
    places = await store.tx(_places, user_id)
    assert places == list(range(1, len(places) + 1))


async def test_pictures_lie_in_the_order_they_came(library: SqlLibraryStore) -> None:
    one, other = picture("b", filename="Fuchs „rot“.png"), picture("a", added_at=NOW + HOUR)

    assert await library.put_on_tray(ANN, one)
    assert await library.put_on_tray(ANN, other)

    assert await library.tray(ANN) == (one, other)
    assert await library.tray(BEN) == ()


async def test_what_lies_there_keeps_its_place(library: SqlLibraryStore) -> None:
    await fill(library, *FULL)

    assert await library.put_on_tray(ANN, picture(FULL[0]))

    assert await names_on_tray(library) == FULL


async def test_a_full_tray_takes_nothing_more(library: SqlLibraryStore) -> None:
    await fill(library, *FULL)

    assert not await library.put_on_tray(ANN, picture("one more"))
    assert await library.put_on_tray(BEN, picture("one more"))

    assert await names_on_tray(library) == FULL


async def test_the_others_close_up(store: Store, library: SqlLibraryStore) -> None:
    await fill(library, "a", "b", "c", "d", "e")
    await fill(library, "b", user_id=BEN)

    await library.take_off_tray(ANN, ("b", "d", "nothing"), now=NOW)

    assert await names_on_tray(library) == ["a", "c", "e"]
    assert await names_on_tray(library, BEN) == ["b"]
    await assert_no_gaps(store)


async def test_taking_off_makes_room(library: SqlLibraryStore) -> None:
    await fill(library, *FULL)

    await library.take_off_tray(ANN, (FULL[3],), now=NOW)

    assert await library.put_on_tray(ANN, picture("new"))
    assert (await names_on_tray(library))[-1] == "new"


async def test_what_was_taken_off_comes_back_at_the_end(store: Store, library: SqlLibraryStore) -> None:
    await fill(library, "a", "b")
    await library.take_off_tray(ANN, ("a",), now=NOW)

    await fill(library, "a")

    assert await names_on_tray(library) == ["b", "a"]
    assert await library.left_over(before=NOW + HOUR, limit=9) == ()


@pytest.mark.parametrize(
    ("name", "to", "order"),
    [
        ("a", 3, "bcad"),
        ("d", 1, "dabc"),
        ("b", 2, "abcd"),
        ("a", 4, "bcda"),
        ("a", 99, "bcda"),
        ("c", 0, "cabd"),
        ("c", -5, "cabd"),
        ("x", 1, "abcd"),
    ],
)
async def test_a_picture_is_moved_and_the_others_make_room(
    store: Store, library: SqlLibraryStore, name: str, to: int, order: str
) -> None:
    await fill(library, *"abcd", "gone")
    await library.take_off_tray(ANN, ("gone",), now=NOW)

    await library.move_on_tray(ANN, name, to=to)

    assert await names_on_tray(library) == list(order)
    await assert_no_gaps(store)


async def test_what_was_taken_off_cannot_be_moved(library: SqlLibraryStore) -> None:
    await fill(library, "a", "b")
    await library.take_off_tray(ANN, ("a",), now=NOW)

    await library.move_on_tray(ANN, "a", to=1)

    assert await names_on_tray(library) == ["b"]


async def test_what_left_a_tray_long_enough_ago_is_told_until_it_is_struck(
    store: Store, library: SqlLibraryStore
) -> None:
    await fill(library, "a", "b", "c")
    await fill(library, "a", user_id=BEN)
    await library.take_off_tray(ANN, ("a",), now=NOW)
    await library.take_off_tray(ANN, ("b",), now=NOW + HOUR)
    await library.take_off_tray(BEN, ("a",), now=NOW)

    told = await library.left_over(before=NOW + HOUR, limit=9)

    assert await library.left_over(before=NOW + HOUR, limit=9) == told
    assert sorted(told, key=lambda one: one.key) == [
        Stored(folder=folder_of_tray(ANN), name="a"),
        Stored(folder=folder_of_tray(BEN), name="a"),
    ]
    await library.forget_left_over(told)
    assert await library.left_over(before=NOW + HOUR, limit=9) == ()
    assert await count(store, tray) == 2
    assert await names_on_tray(library) == ["c"]


async def test_what_is_left_over_is_told_a_few_at_a_time(library: SqlLibraryStore) -> None:
    await fill(library, *FULL)
    await library.take_off_tray(ANN, tuple(FULL), now=NOW)

    told: list[tuple[Stored, ...]] = []
    for _ in range(3):
        told.append(await library.left_over(before=NOW + HOUR, limit=9))
        await library.forget_left_over(told[-1])

    assert [len(some) for some in told] == [9, 5, 0]
    assert sorted(one.name for some in told for one in some) == FULL


async def test_of_much_that_was_taken_off_the_latest_stays(library: SqlLibraryStore) -> None:
    names = [f"p{number:02}" for number in range(MAX_OFF + 3)]
    for minute, name in enumerate(names):
        await fill(library, name)
        await library.take_off_tray(ANN, (name,), now=NOW + timedelta(minutes=minute))
    await fill(library, "a", "b", user_id=BEN)
    await library.take_off_tray(BEN, ("a", "b"), now=NOW)

    assert [one.name for one in await library.left_over(before=NOW, limit=99)] == names[:3]
    assert [one.name for one in await library.left_over(before=NOW, limit=99, user_id=ANN)] == names[:3]
    assert await library.left_over(before=NOW, limit=99, user_id=BEN) == ()


async def test_what_was_announced_and_never_came_is_left_over(library: SqlLibraryStore) -> None:
    await library.announce_on_tray(ANN, picture("a"))
    await library.announce_on_tray(ANN, picture("a"))
    assert await names_on_tray(library) == []
    assert await library.left_over(before=NOW, limit=9) == ()

    assert [one.name for one in await library.left_over(before=NOW + HOUR, limit=9)] == ["a"]
    assert await library.put_on_tray(ANN, picture("a"))
    assert await library.left_over(before=NOW + HOUR, limit=9) == ()
    assert await names_on_tray(library) == ["a"]


async def test_what_came_back_meanwhile_is_not_struck(library: SqlLibraryStore) -> None:
    await fill(library, "a")
    await library.take_off_tray(ANN, ("a",), now=NOW)
    told = await library.left_over(before=NOW + HOUR, limit=9)
    await fill(library, "a")

    await library.forget_left_over(told)

    assert await names_on_tray(library) == ["a"]


@pytest.mark.postgres
async def test_what_somebody_holds_is_left_over_for_the_next_time(postgres: Database) -> None:
    async with postgres.store() as store, asyncio.timeout(30):
        library = SqlLibraryStore(store)
        await fill(library, "a", "b")
        await library.take_off_tray(ANN, ("a", "b"), now=NOW)

        async with held(postgres, "SELECT FROM tray WHERE name = 'a' FOR UPDATE"):
            await library.forget_left_over(await library.left_over(before=NOW + HOUR, limit=9))

        assert [one.name for one in await library.left_over(before=NOW + HOUR, limit=9)] == ["a"]


async def test_no_race_puts_too_many_on_a_tray(database: Database) -> None:
    names = [f"n{number}" for number in range(MAX_TRAY + 6)]
    async with shelves(database) as stores:
        outcomes = await asyncio.gather(
            *(stores[number % PROCESSES].put_on_tray(ANN, picture(name)) for number, name in enumerate(names))
        )

        assert Counter(outcomes) == {True: MAX_TRAY, False: 6}
        assert len(await stores[0].tray(ANN)) == MAX_TRAY


async def test_no_race_leaves_a_gap_or_loses_a_picture(database: Database, store: Store) -> None:
    luck = random.Random(5)
    async with shelves(database) as stores, asyncio.timeout(30):
        await fill(stores[0], *FULL[:8])
        await asyncio.gather(
            *(stores[number % PROCESSES].put_on_tray(ANN, picture(f"new{number}")) for number in range(4)),
            *(one.take_off_tray(ANN, (FULL[number],), now=NOW) for number, one in enumerate(stores)),
            *(one.move_on_tray(ANN, luck.choice(FULL[:8]), to=luck.randint(1, 9)) for one in stores * 3),
        )

        assert sorted(await names_on_tray(stores[0])) == sorted(
            [*FULL[4:8], *(f"new{number}" for number in range(4))]
        )
    await assert_no_gaps(store)


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "take", "move"]), st.sampled_from("abcd"), st.integers(0, 6)),
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_a_tray_is_ordered_like_a_list(
    store: Store, library: SqlLibraryStore, steps: list[tuple[str, str, int]]
) -> None:
    await execute(store, delete(tray))
    model: list[str] = []
    for step, name, number in steps:
        if step == "put":
            await fill(library, name)
            model += [] if name in model else [name]
        elif step == "take":
            await library.take_off_tray(ANN, (name,), now=NOW)
            model = [one for one in model if one != name]
        else:
            await library.move_on_tray(ANN, name, to=number)
            if name in model:
                model.remove(name)
                model.insert(max(number - 1, 0), name)
        assert await names_on_tray(library) == model
    await assert_no_gaps(store)
