"""The register of kept pictures: what is too old or too much, oldest first."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.domain.ports.blobs import ImageCacheStore
from bot.domain.references import Stored
from bot.storage.engine import Store
from bot.storage.schema import cached_images
from bot.storage.sql import MAX_ROWS_AT_ONCE
from bot.storage.stores import SqlImageCacheStore
from tests.contract.conftest import Database, held, waits_for_a_lock
from tests.contract.moderation_material import count, execute
from tests.contract.store_material import NOW

MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=365)
PLENTY = 10**9


@pytest.fixture
def register(store: Store) -> ImageCacheStore:
    return SqlImageCacheStore(store)


def picture(name: str, folder: str = "job") -> Stored:
    return Stored(folder=folder, name=name)


async def keep(
    register: ImageCacheStore, *names: str, folder: str = "job", bytes_: int = 100
) -> list[Stored]:
    """A minute apart, the first one at NOW."""
    kept = [picture(name, folder) for name in names]
    for minute, one in enumerate(kept):
        await register.register(one, bytes_=bytes_, now=NOW + minute * MINUTE)
    return kept


async def surplus(
    register: ImageCacheStore, *, before: datetime = LONG_AGO, max_bytes: int = PLENTY, limit: int = 99
) -> list[Stored]:
    return list(await register.surplus(before=before, max_bytes=max_bytes, limit=limit))


async def test_what_is_young_and_little_stays(register: ImageCacheStore) -> None:
    await keep(register, "a", "b", "c")

    assert await surplus(register, before=NOW, max_bytes=300) == []


async def test_what_is_older_goes(register: ImageCacheStore) -> None:
    kept = await keep(register, "c", "b", "a")

    assert await surplus(register, before=NOW + 2 * MINUTE) == kept[:2]


async def test_the_oldest_of_what_is_too_much_goes(register: ImageCacheStore) -> None:
    kept = await keep(register, "d", "c", "b", "a")

    assert await surplus(register, max_bytes=399) == kept[:1]
    assert await surplus(register, max_bytes=200) == kept[:2]
    assert await surplus(register, max_bytes=0) == kept


async def test_what_is_old_counts_to_what_is_too_much(register: ImageCacheStore) -> None:
    kept = await keep(register, "a", "b", "c")

    assert await surplus(register, before=NOW + MINUTE, max_bytes=200) == kept[:1]


async def test_no_more_than_asked_for_is_told_at_once(register: ImageCacheStore) -> None:
    kept = await keep(register, *"abcde")

    first = await surplus(register, max_bytes=0, limit=3)
    await register.unregister(tuple(first))

    assert (first, await surplus(register, max_bytes=0, limit=3)) == (kept[:3], kept[3:])


async def test_an_empty_register_has_no_surplus(register: ImageCacheStore) -> None:
    assert await surplus(register, before=NOW, max_bytes=0) == []


async def test_registering_twice_makes_it_younger_and_counts_it_once(register: ImageCacheStore) -> None:
    kept = await keep(register, "a", "b")

    await register.register(kept[0], bytes_=50, now=NOW + 5 * MINUTE)

    assert await surplus(register, max_bytes=150) == []
    assert await surplus(register, max_bytes=149) == [kept[1]]


async def test_the_same_name_in_another_folder_is_another_picture(register: ImageCacheStore) -> None:
    await keep(register, "a", "b", folder="one")
    other = await keep(register, "a", "b", folder="other")

    await register.unregister((picture("a", "one"), picture("b", "one"), picture("nothing", "one")))

    assert await surplus(register, max_bytes=0) == other


async def test_striking_nothing_changes_nothing(store: Store, register: ImageCacheStore) -> None:
    await keep(register, "a")

    await register.unregister(())

    assert await count(store, cached_images) == 1


async def test_more_than_one_statement_takes_is_struck(store: Store, register: ImageCacheStore) -> None:
    names = [f"n{number}" for number in range(2 * MAX_ROWS_AT_ONCE + 1)]
    rows = [{"folder": "job", "name": name, "bytes": 1, "at": NOW} for name in names]
    await store.tx(lambda conn: conn.execute(cached_images.insert(), rows) and None)

    await register.unregister(tuple(picture(name) for name in names))

    assert await count(store, cached_images) == 0


async def test_a_folder_is_struck_whole(store: Store, register: ImageCacheStore) -> None:
    await keep(register, "a", "b", folder="one")
    await keep(register, "a", folder="one more")

    for _ in range(2):
        await register.unregister_folder("one")

    assert (
        await count(store, cached_images)
        == await count(store, cached_images, cached_images.c.folder == "one more")
        == 1
    )


async def test_many_who_tidy_up_at_once_do_not_wait_for_each_other(database: Database) -> None:
    names = [f"n{number}" for number in range(60)]
    async with asyncio.timeout(30), database.store() as one, database.store() as two:
        registers = [SqlImageCacheStore(one), SqlImageCacheStore(two if database.kind == "postgres" else one)]
        for folder in ("a", "b"):
            await keep(registers[0], *names, folder=folder)
        every = [picture(name, folder) for folder in ("a", "b") for name in names]

        await asyncio.gather(
            *(
                registers[number % 2].unregister(tuple(every if number % 3 else reversed(every)))
                for number in range(6)
            ),
            *(registers[number % 2].unregister_folder("ab"[number // 2]) for number in range(4)),
        )

        left = await registers[0].surplus(before=LONG_AGO, max_bytes=0, limit=999)
        assert left == ()


@pytest.mark.postgres
async def test_a_picture_that_is_just_registered_again_is_not_struck(postgres: Database) -> None:
    async with postgres.store() as store, asyncio.timeout(30):
        register = SqlImageCacheStore(store)
        kept = await keep(register, "a", "b")

        async with held(postgres, "UPDATE originals SET bytes = 1 WHERE name = 'a'"):
            await register.unregister(tuple(kept))
            striking = asyncio.create_task(register.unregister_folder("job"))
            assert await waits_for_a_lock(store, striking)

            assert await surplus(register, max_bytes=0) == kept[:1]

        await striking
        assert await surplus(register, max_bytes=0) == []


PICTURES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=8)  # minute and bytes


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pictures=PICTURES, minute=st.integers(0, 6), max_bytes=st.integers(0, 40))
async def test_what_stays_is_young_and_little_and_no_more_goes_than_must(
    store: Store, register: ImageCacheStore, pictures: list[tuple[int, int]], minute: int, max_bytes: int
) -> None:
    await execute(store, delete(cached_images))
    before = NOW + minute * MINUTE
    for number, (at, bytes_) in enumerate(pictures):
        await register.register(picture(str(number)), bytes_=bytes_, now=NOW + at * MINUTE)

    gone = await surplus(register, before=before, max_bytes=max_bytes)

    def left(struck: list[Stored]) -> list[tuple[int, int]]:
        names = {one.name for one in struck}
        return [one for number, one in enumerate(pictures) if str(number) not in names]

    def is_fine(kept: list[tuple[int, int]]) -> bool:
        return all(at >= minute for at, _ in kept) and sum(size for _, size in kept) <= max_bytes

    assert is_fine(left(gone))
    assert not gone or not is_fine(left(gone[:-1]))
