"""Defaults of people and servers, and wishes that wait for a yes. Trays and presets have files of their own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from bot.domain.jobs import ImageRequest
from bot.domain.moderation import PauseServer
from bot.domain.ports.library import Defaults, LibraryStore
from bot.domain.sizes import Aspect, Resolution
from bot.storage.engine import Store
from bot.storage.library import LONGEST_WAIT
from bot.storage.schema import defaults, drafts
from bot.storage.stores import SqlJobStore, SqlLibraryStore, SqlModerationStore
from tests.contract.conftest import Database
from tests.contract.library_material import GUILD, WISHES, shelves
from tests.contract.moderation_material import applied, count
from tests.contract.store_material import ANN, BEN, NOW, request

MINUTE = timedelta(minutes=1)
WANTED = Defaults(aspect=Aspect.TALL_9_16, resolution=Resolution.FOUR_K, private=True, spoiler=True)


@pytest.fixture
def library(store: Store) -> LibraryStore:
    return SqlLibraryStore(store)


async def test_who_said_nothing_wants_nothing_in_particular(library: LibraryStore) -> None:
    assert await library.defaults(ANN) == Defaults()


@pytest.mark.parametrize("wanted", [WANTED, Defaults(aspect=Aspect.AUTO), Defaults(spoiler=True)])
async def test_defaults_are_found_as_they_were_set(library: LibraryStore, wanted: Defaults) -> None:
    await library.set_defaults(ANN, Defaults(private=True))
    await library.set_defaults(ANN, wanted)

    assert await library.defaults(ANN) == wanted
    assert await library.defaults(BEN) == Defaults()


async def test_who_wants_nothing_any_more_is_not_on_record(store: Store, library: LibraryStore) -> None:
    await library.set_defaults(ANN, WANTED)

    await library.set_defaults(ANN, Defaults())

    assert await library.defaults(ANN) == Defaults()
    assert await count(store, defaults) == 0


async def test_a_server_says_whether_it_enhances(library: LibraryStore) -> None:
    assert not await library.server_enhances(GUILD)

    await library.set_server_enhances(GUILD, True)
    assert await library.server_enhances(GUILD)
    assert not await library.server_enhances(GUILD + 1)

    await library.set_server_enhances(GUILD, False)
    assert not await library.server_enhances(GUILD)


async def test_what_holds_for_a_person_in_a_server_is_read_at_once(library: LibraryStore) -> None:
    await library.set_defaults(ANN, WANTED)
    await library.set_server_enhances(GUILD, True)

    assert await library.defaults_in(ANN, GUILD) == (WANTED, True)
    assert await library.defaults_in(ANN, GUILD + 1) == (WANTED, False)
    assert await library.defaults_in(BEN, None) == (Defaults(), False)


async def test_a_server_that_enhances_keeps_its_other_settings(store: Store, library: LibraryStore) -> None:
    moderation = SqlModerationStore(store)
    await applied(moderation, PauseServer(text="tidying up"))

    await library.set_server_enhances(GUILD, True)

    assert (await moderation.settings(GUILD, now=NOW)).pause is not None


async def test_a_draft_is_taken_once(library: LibraryStore) -> None:
    await library.put_draft("d", ANN, request(), until=NOW + MINUTE)

    assert await library.take_draft("d", ANN, now=NOW) == request()
    assert await library.take_draft("d", ANN, now=NOW) is None


async def test_somebody_elses_draft_stays_theirs(library: LibraryStore) -> None:
    await library.put_draft("d", ANN, request(), until=NOW + MINUTE)

    assert await library.take_draft("d", BEN, now=NOW) is None
    assert await library.take_draft("d", ANN, now=NOW) == request()


async def test_a_draft_is_found_by_its_person_until_it_is_taken_or_expires(library: LibraryStore) -> None:
    await library.put_draft("d", ANN, request(), until=NOW + MINUTE)

    for _ in range(2):
        assert await library.find_draft("d", ANN, now=NOW) == request()
    assert await library.find_draft("d", BEN, now=NOW) is None
    assert await library.find_draft("d", ANN, now=NOW + MINUTE) is None
    await library.take_draft("d", ANN, now=NOW)
    assert await library.find_draft("d", ANN, now=NOW) is None


async def test_a_draft_is_not_taken_too_late(store: Store, library: LibraryStore) -> None:
    await library.put_draft("d", ANN, request(), until=NOW)

    assert await library.take_draft("d", ANN, now=NOW) is None
    assert await count(store, drafts) == 0


async def test_a_new_draft_sends_away_old_ones_and_none_that_still_waits(
    store: Store, library: LibraryStore
) -> None:
    until = NOW + 15 * MINUTE
    await library.put_draft("old", ANN, request(), until=until - LONGEST_WAIT)
    await library.put_draft("waits", BEN, request(), until=NOW + MINUTE)

    await library.put_draft("new", ANN, replace(request(), prompt="new"), until=until)

    assert await count(store, drafts) == 2
    assert await library.take_draft("waits", BEN, now=NOW) == request()


async def test_drafts_that_nobody_came_back_to_go_with_the_days_tidying(
    store: Store, library: LibraryStore, jobs: SqlJobStore
) -> None:
    for minute in (0, 1):
        await library.put_draft(f"d{minute}", ANN, request(), until=NOW + minute * MINUTE)

    await jobs.forget_counts(now=NOW)

    assert await count(store, drafts) == 1
    assert await library.take_draft("d1", ANN, now=NOW) == request()


async def test_of_many_who_press_at_once_one_has_the_draft(database: Database) -> None:
    async with shelves(database) as stores, asyncio.timeout(30):
        await stores[0].put_draft("d", ANN, request(), until=NOW + MINUTE)

        taken = await asyncio.gather(*(one.take_draft("d", ANN, now=NOW) for one in stores * 3))

        assert [one for one in taken if one is not None] == [request()]


async def test_many_who_ask_at_once_do_not_wait_for_each_other(database: Database) -> None:
    async with shelves(database) as stores, asyncio.timeout(30):
        for number in range(40):
            await stores[0].put_draft(f"old{number}", ANN, request(), until=NOW)
        later = NOW + 2 * LONGEST_WAIT

        await asyncio.gather(
            *(one.put_draft(f"new{n}", ANN, request(), until=later) for n, one in enumerate(stores * 3))
        )

        taken = [await stores[0].take_draft(f"new{n}", ANN, now=NOW) for n in range(len(stores) * 3)]
        assert taken == [request()] * len(taken)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WISHES)
async def test_any_wish_is_taken_as_it_was_put(library: LibraryStore, wanted: ImageRequest) -> None:
    await library.put_draft("d", ANN, wanted, until=NOW + MINUTE)

    assert await library.take_draft("d", ANN, now=NOW) == wanted
