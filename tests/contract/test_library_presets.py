"""Presets of people and of servers: told apart by name, and no more of them than agreed."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bot.domain.ports.library import PresetOwner, PresetSaved
from bot.domain.presets import Preset, clean_name
from bot.storage.engine import Store
from bot.storage.stores import SqlLibraryStore
from tests.contract.conftest import Database
from tests.contract.library_material import GUILD, PROCESSES, preset, shelves
from tests.contract.store_material import ANN, BEN, NOW

MOST = 9


@pytest.fixture
def library(store: Store) -> SqlLibraryStore:
    return SqlLibraryStore(store)


async def save(
    library: SqlLibraryStore,
    made: Preset,
    whose: PresetOwner = PresetOwner.MEMBER,
    owner_id: int = ANN,
    *,
    most: int = MOST,
) -> PresetSaved:
    return await library.save_preset(whose, owner_id, made, most=most)


async def test_a_preset_is_found_as_it_was_saved(library: SqlLibraryStore) -> None:
    full, bare = preset(), preset("Bare", aspect=None, resolution=None, count=None)

    assert [await save(library, one) for one in (full, bare)] == [PresetSaved.NEW, PresetSaved.NEW]

    assert await library.preset(PresetOwner.MEMBER, ANN, "Fox") == full
    assert await library.preset(PresetOwner.MEMBER, ANN, "Bare") == bare


async def test_a_preset_of_a_server_says_so(library: SqlLibraryStore) -> None:
    await save(library, preset(by=BEN), PresetOwner.SERVER, GUILD)

    assert await library.preset(PresetOwner.SERVER, GUILD, "Fox") == preset(by=BEN, guild_id=GUILD)
    assert await library.preset(PresetOwner.SERVER, GUILD + 1, "Fox") is None


async def test_a_person_and_a_server_with_the_same_number_are_two(library: SqlLibraryStore) -> None:
    await save(library, preset(), PresetOwner.MEMBER, GUILD)

    assert await library.preset(PresetOwner.SERVER, GUILD, "Fox") is None
    assert not await library.drop_preset(PresetOwner.SERVER, GUILD, "Fox")


@pytest.mark.parametrize("name", ["fox  STRASSE", "ＦＯＸ straße", "Fox\u200b Strasse", " Fox Straße\0"])
async def test_a_name_is_the_same_however_it_is_written(library: SqlLibraryStore, name: str) -> None:
    await save(library, preset("Fox Straße"))

    assert await library.preset(PresetOwner.MEMBER, ANN, name) == preset("Fox Straße")
    anew = preset(clean_name(name), text="new")
    assert await save(library, anew) is PresetSaved.REPLACED
    assert await library.presets(ANN, None) == (anew,)
    assert await library.drop_preset(PresetOwner.MEMBER, ANN, "fox strasse")


async def test_ones_own_come_first_and_each_by_name(library: SqlLibraryStore) -> None:
    for name in ("zebra", "Ant", "éclair", "bee 2", "Bee-1"):
        await save(library, preset(name))
    for name in ("Yak", "cat"):
        await save(library, preset(name), PresetOwner.SERVER, GUILD)
    await save(library, preset("Other"), PresetOwner.MEMBER, BEN)

    found = [(one.name, one.guild_id) for one in await library.presets(ANN, GUILD)]

    own = [("Ant", None), ("bee 2", None), ("Bee-1", None), ("zebra", None), ("éclair", None)]
    assert found == [*own, ("cat", GUILD), ("Yak", GUILD)]
    assert [one.name for one in await library.presets(ANN, None)] == [name for name, _ in own]


async def test_a_full_shelf_still_takes_what_it_has(library: SqlLibraryStore) -> None:
    for name in ("a", "b"):
        await save(library, preset(name), most=2)

    assert await save(library, preset("c"), most=2) is PresetSaved.FULL
    assert await save(library, preset("B", count=4), most=2) is PresetSaved.REPLACED

    assert [(one.name, one.count) for one in await library.presets(ANN, None)] == [("a", 2), ("B", 4)]
    assert await save(library, preset("c"), PresetOwner.MEMBER, BEN, most=2) is PresetSaved.NEW


async def test_a_preset_is_dropped_once(library: SqlLibraryStore) -> None:
    await save(library, preset(at=NOW))

    assert [await library.drop_preset(PresetOwner.MEMBER, ANN, "fox") for _ in range(2)] == [True, False]
    assert await library.presets(ANN, None) == ()


@pytest.mark.parametrize(("whose", "owner_id"), [(PresetOwner.MEMBER, ANN), (PresetOwner.SERVER, GUILD)])
async def test_no_race_saves_too_many(database: Database, whose: PresetOwner, owner_id: int) -> None:
    async with shelves(database) as stores, asyncio.timeout(30):
        outcomes = await asyncio.gather(
            *(
                save(stores[number % PROCESSES], preset(f"p{number}"), whose, owner_id, most=5)
                for number in range(12)
            )
        )

        assert Counter(outcomes) == {PresetSaved.NEW: 5, PresetSaved.FULL: 7}


async def test_one_name_saved_by_everybody_is_new_once(database: Database) -> None:
    async with shelves(database) as stores, asyncio.timeout(30):
        outcomes = await asyncio.gather(
            *(save(one, preset(count=number), most=1) for number, one in enumerate(stores, 1))
        )

        assert Counter(outcomes) == {PresetSaved.NEW: 1, PresetSaved.REPLACED: PROCESSES - 1}
        assert len(await stores[0].presets(ANN, None)) == 1
