"""What a person keeps at hand is told when they ask for their data, and goes when they want it forgotten."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.domain.ports.library import Defaults, HistoryStore, LibraryStore, PresetOwner
from bot.domain.ports.stores import PersonalRecord
from bot.domain.references import Stored, folder_of_tray
from bot.domain.sizes import Aspect, Resolution
from bot.storage.engine import Store
from bot.storage.schema import cached_images, defaults, drafts, favourites, people, presets, tray
from bot.storage.sql import DELETED_USER
from bot.storage.stores import SqlHistoryStore, SqlImageCacheStore, SqlJobStore, SqlLibraryStore
from tests.contract.conftest import Database, held, waits_for_a_lock
from tests.contract.library_material import GUILD, fill, names_on_tray, picture, preset
from tests.contract.moderation_material import count, execute
from tests.contract.result_material import delivered
from tests.contract.store_material import ANN, BEN, NOW, queued, request

HOUR = timedelta(hours=1)
AT = NOW.isoformat()


@pytest.fixture
def library(store: Store) -> SqlLibraryStore:
    return SqlLibraryStore(store)


@pytest.fixture
def results(store: Store) -> SqlHistoryStore:
    return SqlHistoryStore(store)


async def save(
    library: LibraryStore, user_id: int, whose: PresetOwner, owner_id: int, name: str = "Fox"
) -> None:
    await library.save_preset(whose, owner_id, preset(name, by=user_id), most=9)


async def keep_everything(library: SqlLibraryStore, results: HistoryStore, user_id: int, job_id: str) -> None:
    await save(library, user_id, PresetOwner.MEMBER, user_id)
    await save(library, user_id, PresetOwner.SERVER, GUILD, f"of {user_id}")
    await library.set_defaults(user_id, Defaults(aspect=Aspect.AUTO, resolution=Resolution.TWO_K))
    await fill(library, "a", "b", user_id=user_id)
    await library.take_off_tray(user_id, ("b",), now=NOW + HOUR)
    await library.put_draft(f"draft {user_id}", user_id, request(), until=NOW + HOUR)
    await results.favour(user_id, job_id, 1, is_on=True, now=NOW)


async def test_everything_kept_at_hand_is_told_as_plain_json(
    jobs: SqlJobStore, library: SqlLibraryStore, results: HistoryStore
) -> None:
    job = await queued(jobs, BEN)
    for user_id in (ANN, BEN):
        await keep_everything(library, results, user_id, job.id)

    told = await jobs.decisions(ANN)

    says = {"text": "a fox, {prompt}", "aspect": "16:9", "resolution": "4K", "count": 2, "at": AT}
    lies = {"filename": "a.png", "width": 640, "height": 480, "bytes": 1234}
    lies |= {"is_spoiler": False, "added_at": AT}
    gone = {"filename": "b.png", "taken_off_at": (NOW + HOUR).isoformat()}
    until = (NOW + HOUR).isoformat()
    wanted = {"aspect": "auto", "resolution": "2K", "private": False, "spoiler": False}
    assert told == (
        PersonalRecord(what="preset", guild_id=None, facts={"name": "Fox", **says}),
        PersonalRecord(what="preset", guild_id=GUILD, facts={"name": f"of {ANN}", **says}),
        PersonalRecord(what="defaults", guild_id=None, facts=wanted),
        PersonalRecord(what="tray", guild_id=None, facts=lies),
        PersonalRecord(what="tray", guild_id=None, facts=lies | gone),
        PersonalRecord(what="draft", guild_id=None, facts={"prompt": request().prompt, "until": until}),
        PersonalRecord(what="favourite", guild_id=None, facts={"job_id": job.id, "picture": 2, "at": AT}),
    )
    assert json.dumps([dict(one.facts) for one in told])


async def test_moderators_decided_nothing_of_it(jobs: SqlJobStore, library: SqlLibraryStore) -> None:
    await save(library, ANN, PresetOwner.MEMBER, ANN)

    assert (await jobs.held(ANN, now=NOW)).decisions == 0


@pytest.mark.parametrize(
    "what", ["preset", "server's preset", "defaults", "tray", "gone", "draft", "favourite"]
)
async def test_who_has_any_of_it_is_known_until_it_is_forgotten(
    store: Store, jobs: SqlJobStore, library: SqlLibraryStore, results: HistoryStore, what: str
) -> None:
    assert not (await jobs.held(ANN, now=NOW)).is_known
    match what:
        case "preset":
            await save(library, ANN, PresetOwner.MEMBER, ANN)
        case "server's preset":
            await save(library, ANN, PresetOwner.SERVER, GUILD)
        case "defaults":
            await library.set_defaults(ANN, Defaults(private=True))
        case "draft":
            await library.put_draft("d", ANN, request(), until=NOW + HOUR)
        case "favourite":
            await results.favour(ANN, (await queued(jobs, BEN)).id, 0, is_on=True, now=NOW)
        case _:
            await fill(library, "a")
            await library.take_off_tray(ANN, ("a",) if what == "gone" else (), now=NOW)
    await execute(store, delete(people).where(people.c.user_id == ANN))  # who saved something is in it too

    assert (await jobs.held(ANN, now=NOW)).is_known
    assert not (await jobs.held(BEN + 1, now=NOW)).is_known

    await jobs.forget(ANN, now=NOW)
    assert not (await jobs.held(ANN, now=NOW)).is_known
    assert await jobs.decisions(ANN) == ()


async def test_forgetting_takes_all_of_it_and_nothing_of_others(
    store: Store, jobs: SqlJobStore, library: SqlLibraryStore, results: HistoryStore
) -> None:
    job = await delivered(jobs, BEN)
    for user_id in (ANN, BEN):
        await keep_everything(library, results, user_id, job.id)
    bens = await jobs.decisions(BEN)

    await jobs.forget(ANN, now=NOW)

    assert await jobs.decisions(ANN) == ()
    for table in (defaults, drafts, favourites, tray):
        assert await count(store, table, table.c.user_id == ANN) == 0
    assert await library.presets(ANN, None) == ()
    assert await jobs.decisions(BEN) == bens
    assert len(bens) == 8
    assert await names_on_tray(library, BEN) == ["a"]


async def test_what_a_person_made_for_a_server_stays_the_servers_and_names_nobody(
    store: Store, jobs: SqlJobStore, library: SqlLibraryStore
) -> None:
    await save(library, ANN, PresetOwner.SERVER, GUILD, "Anns")
    await save(library, BEN, PresetOwner.SERVER, GUILD, "Bens")

    await jobs.forget(ANN, now=NOW)

    assert [(one.name, one.by) for one in await library.presets(ANN, GUILD)] == [
        ("Anns", DELETED_USER),
        ("Bens", BEN),
    ]
    assert await count(store, presets, presets.c.by_user_id == ANN) == 0


async def test_with_a_job_goes_what_others_liked_of_it_and_what_was_kept_of_it(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    register = SqlImageCacheStore(store)
    mine, theirs = await delivered(jobs), await delivered(jobs, BEN)
    for job in (mine, theirs):
        await results.favour(BEN, job.id, 0, is_on=True, now=NOW)
    for folder in (mine.id, theirs.id, folder_of_tray(ANN), folder_of_tray(BEN)):
        await register.register(Stored(folder=folder, name="x"), bytes_=1, now=NOW)

    await jobs.forget(ANN, now=NOW)

    assert not await results.is_favourite(BEN, mine.id, 0)
    assert await results.is_favourite(BEN, theirs.id, 0)
    left = await register.surplus(before=NOW, max_bytes=0, limit=9)
    assert {one.folder for one in left} == {theirs.id, folder_of_tray(BEN)}


async def test_what_is_not_over_keeps_what_belongs_to_it(
    store: Store, jobs: SqlJobStore, results: HistoryStore
) -> None:
    job = await queued(jobs)
    await results.favour(BEN, job.id, 0, is_on=True, now=NOW)
    await SqlImageCacheStore(store).register(Stored(folder=job.id, name="x"), bytes_=1, now=NOW)

    await jobs.forget(ANN, now=NOW)

    assert await results.is_favourite(BEN, job.id, 0)
    assert await count(store, cached_images) == 1


async def test_two_who_liked_what_the_other_made_can_go_at_once(database: Database, store: Store) -> None:
    jobs, results = SqlJobStore(store), SqlHistoryStore(store)
    members = range(100, 104)
    for user_id in members:
        for _ in range(2):
            job = await delivered(jobs, user_id)
            for other in members:
                await results.favour(other, job.id, 0, is_on=True, now=NOW)

    async with asyncio.timeout(30), database.job_stores(4) as stores:
        gone = await asyncio.gather(
            *(stores[number % 4].forget(user_id, now=NOW) for number, user_id in enumerate(members))
        )

    assert all(len(one.job_ids) == 2 for one in gone)
    assert await count(store, favourites) == 0


@pytest.mark.postgres
async def test_who_is_forgotten_waits_for_what_they_are_just_putting_away(postgres: Database) -> None:
    async with postgres.store() as store, asyncio.timeout(30):
        jobs, library = SqlJobStore(store), SqlLibraryStore(store)
        await fill(library, "a")

        async with held(postgres, "SELECT FROM people WHERE user_id = $1 FOR UPDATE", ANN):
            putting = asyncio.create_task(library.put_on_tray(ANN, picture("b")))
            assert await waits_for_a_lock(store, putting)
            forgetting = asyncio.create_task(jobs.forget(ANN, now=NOW))
            assert await waits_for_a_lock(store, forgetting, count=2)

        await asyncio.gather(putting, forgetting)
        names = await names_on_tray(library)
        assert names in ([], ["b"])  # whoever came first
        assert not await count(store, tray, tray.c.name == "a")


async def test_a_person_who_comes_back_starts_anew(jobs: SqlJobStore, library: SqlLibraryStore) -> None:
    await fill(library, "a", "b")
    await jobs.forget(ANN, now=NOW)

    await fill(library, "c", "d", "e")
    await library.move_on_tray(ANN, "e", to=1)

    assert await names_on_tray(library) == ["e", "c", "d"]
