"""What nobody is to find again goes, whoever copied it and wherever a process died; what is needed stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.followups import FollowUp, edit, repeat
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.library import MAX_OFF, MAX_TRAY, TrayPicture
from bot.domain.references import Stored, folder_of_tray, result_name
from bot.domain.sizes import Size
from bot.errors import StoreUnavailableError
from bot.services.history import History
from bot.services.library import Library, TrayOutcome
from bot.services.personal_data import PersonalData
from bot.storage.stores import SqlHistoryStore, SqlImageCacheStore, SqlLibraryStore
from tests.fakes import MemoryBlobs
from tests.unit.services.workshop import ANNA, BEN, Workshop, reference, request

META = BlobMeta(mime="image/jpeg")
HOUR_S = 3600.0


def kept(shop: Workshop, folder: str = "") -> set[str]:
    return {key for key in shop.cached_blobs.held if key.startswith(folder)}


def gallery_of(shop: Workshop) -> History:
    return History(
        jobs=shop.jobs,
        results=SqlHistoryStore(shop.store),
        cached_images=shop.cached_images,
        cached_blobs=shop.cached_blobs,
        pictures=shop.pictures,
        composer=shop.composer,
        clock=shop.clock,
    )


def shelf_of(shop: Workshop, store: SqlLibraryStore | None = None) -> Library:
    return Library(
        store=store or shop.shelves,
        cached_blobs=shop.cached_blobs,
        pictures=shop.pictures,
        imaging=shop.imaging,
        clock=shop.clock,
    )


async def made(shop: Workshop, following: FollowUp, *, by: int = BEN) -> Job:
    return await shop.go_through(following.request, user_id=by, parent=following.parent)


async def remove(shop: Workshop, job: Job) -> None:
    """On record alone, as by a process that dies before it comes to the pictures."""
    assert await SqlHistoryStore(shop.store).remove(job.id, by=ANNA) is not None


async def put_on_tray(shop: Workshop, user_id: int, name: str) -> Stored:
    picture = TrayPicture(name=name, filename="a.png", size=Size(9, 9), bytes=3, added_at=shop.clock.now())
    stored = picture.stored(user_id)
    await shop.cached_blobs.put(stored.key, b"abc", META)
    assert await shop.shelves.put_on_tray(user_id, picture)
    return stored


# What a job in the line is to be made of


async def test_an_edit_that_was_cancelled_in_the_line_is_made_again_from_its_source(shop: Workshop) -> None:
    job = await shop.go_through(request(private=True))
    waiting = await shop.ask(edit(job, 0, prompt="add snow").request)
    await shop.submissions.cancel(waiting.id, user_id=ANNA)

    child = await made(shop, repeat(waiting))

    assert child.pictures
    assert (await made(shop, repeat(child))).pictures


async def test_a_copy_that_became_too_old_stays_for_a_job_that_waits_for_it(shop: Workshop) -> None:
    shop.keep_for = timedelta(hours=1)
    shop.new_process()
    job = await shop.go_through(request(private=True))
    shop.clock.advance(0.9 * HOUR_S)
    waiting = await shop.ask(edit(job, 0, prompt="add snow").request)
    shop.clock.advance(0.2 * HOUR_S)

    await shop.image_cache.evict()
    painted, lease = await shop.paint()
    await shop.delivery.finish(painted, lease)

    assert (await shop.job(waiting.id)).pictures
    await shop.image_cache.evict()
    assert f"{job.id}/out-0" not in kept(shop)


# What must not be found again


async def test_with_a_result_go_the_copies_that_others_work_from(shop: Workshop) -> None:
    job = await shop.go_through(request(references=(reference("face"),)))
    of_the_result = await made(shop, edit(job, 0, prompt="add snow"))
    of_its_reference = await made(shop, repeat(of_the_result))
    of_what_was_attached = await made(shop, repeat(job))

    await gallery_of(shop).remove(job.id, by=ANNA)

    children = (of_the_result, of_its_reference, of_what_was_attached)
    assert kept(shop) == {f"{child.id}/out-0" for child in children}
    far = shop.clock.now() + timedelta(days=1)
    registered = await shop.cached_images.surplus(before=far, max_bytes=0, limit=99)
    assert {one.key for one in registered} == {f"{child.id}/out-0" for child in children}
    address = of_what_was_attached.request.references[0].url
    shop.fetcher.problems[address] = PictureError(PictureProblem.GONE)
    assert not (await made(shop, repeat(of_what_was_attached))).pictures


async def test_with_a_person_go_the_copies_that_others_work_from(
    shop: Workshop, personal_data: PersonalData
) -> None:
    job = await shop.go_through(request(references=(reference("face"),)))
    child = await made(shop, repeat(job))
    grandchild = await made(shop, repeat(child))

    await personal_data.forget(ANNA)

    theirs = (child, grandchild)
    assert kept(shop) == {f"{one.id}/out-0" for one in theirs}


async def test_what_was_being_painted_of_a_result_when_that_was_taken_down_keeps_no_copy_of_it(
    shop: Workshop,
) -> None:
    job = await shop.go_through()
    following = edit(job, 0, prompt="add snow", more=(reference("hat"),))
    child = await shop.ask(following.request, user_id=BEN, parent=following.parent)
    painted, lease = await shop.paint()
    await gallery_of(shop).remove(job.id, by=ANNA)

    await shop.delivery.finish(painted, lease)

    assert kept(shop) == {f"{child.id}/{name}" for name in ("in-1", "out-0")}


async def test_what_was_made_of_a_tray_keeps_its_copy_when_the_tray_is_empty_by_then(shop: Workshop) -> None:
    library = shelf_of(shop)
    await library.put_on_tray(ANNA, (reference("cat"),))
    await shop.ask(request(references=await library.tray_references(ANNA)))
    painted, lease = await shop.paint()
    await library.take_off_tray(ANNA, tuple(one.name for one in await library.tray(ANNA)))
    shop.clock.advance(25 * HOUR_S)
    await shop.image_cache.evict()
    assert kept(shop) == set()

    await shop.delivery.finish(painted, lease)

    assert f"{painted.id}/in-0" in kept(shop)


# Where a process died


async def test_nothing_is_kept_that_is_not_on_the_register(shop: Workshop) -> None:
    class Away(SqlImageCacheStore):
        async def register(self, picture: Stored, *, bytes_: int, now: datetime) -> None:
            raise StoreUnavailableError("the database is away")

    shop.cached_images = Away(shop.store)
    shop.new_process()

    await shop.go_through()

    assert kept(shop) == set()


async def half_kept(shop: Workshop) -> Job:
    """A job whose process died while it was kept: all is there, and still in the spool."""
    await shop.ask()
    painted, lease = await shop.paint()
    await shop.jobs.deliver(lease, card_id=None, pinged=False, now=shop.clock.now())
    picture = Stored(folder=painted.id, name=result_name(0))
    await shop.cached_images.register(picture, bytes_=1, now=shop.clock.now())
    for name in ("out-0", "thumb-0"):
        await shop.cached_blobs.put(f"{painted.id}/{name}", b"x", META)
    shop.new_process()
    return painted


async def test_what_was_half_kept_when_it_was_taken_down_goes(shop: Workshop) -> None:
    await remove(shop, await half_kept(shop))

    await shop.delivery.sweep()

    assert (kept(shop), shop.blobs.held) == (set(), {})


async def test_what_was_half_kept_when_its_person_was_forgotten_goes(shop: Workshop) -> None:
    job = await half_kept(shop)
    assert (await shop.jobs.forget(ANNA, now=shop.clock.now())).job_ids == (job.id,)

    await shop.delivery.sweep()

    assert (kept(shop), shop.blobs.held) == (set(), {})


async def test_what_a_crash_left_of_who_was_forgotten_goes_with_a_sweep(shop: Workshop) -> None:
    """The rows went in one transaction; the process died before it came to the bytes."""
    gone, stays = await shop.go_through(), await shop.go_through(user_id=BEN)
    await put_on_tray(shop, ANNA, "abc")
    await put_on_tray(shop, BEN, "def")
    await shop.jobs.forget(ANNA, now=shop.clock.now())
    assert kept(shop, gone.id)

    await shop.delivery.sweep()

    assert {key.partition("/")[0] for key in kept(shop)} == {stays.id, folder_of_tray(BEN)}


async def test_what_a_crash_left_of_a_result_that_was_taken_down_goes_with_a_sweep(shop: Workshop) -> None:
    await remove(shop, await shop.go_through())

    await shop.delivery.sweep()

    assert kept(shop) == set()


# The tray


async def test_a_picture_that_never_came_onto_its_tray_goes_a_day_later(shop: Workshop) -> None:
    class Dying(SqlLibraryStore):
        async def put_on_tray(self, user_id: int, picture: TrayPicture) -> bool:
            raise SystemExit

    with pytest.raises(SystemExit):
        await shelf_of(shop, Dying(shop.store)).put_on_tray(ANNA, (reference("cat"),))
    await shop.image_cache.evict()
    assert len(kept(shop)) == 1  # for all that is known, it is just being put there

    shop.clock.advance(25 * HOUR_S)
    await shop.image_cache.evict()

    assert kept(shop) == set()
    assert await shop.jobs.decisions(ANNA) == ()


async def test_a_picture_of_a_tray_that_could_not_be_dropped_is_dropped_the_next_time(
    shop: Workshop,
) -> None:
    class Stuck(MemoryBlobs):
        is_away = True

        async def drop(self, key: str) -> None:
            if self.is_away:
                raise OSError("the disk is away")
            await super().drop(key)

    shop.cached_blobs = disk = Stuck()
    shop.new_process()
    stored = await put_on_tray(shop, ANNA, "abc")
    stays = await put_on_tray(shop, ANNA, "stays")
    await shop.shelves.take_off_tray(ANNA, (stored.name,), now=shop.clock.now())
    shop.clock.advance(25 * HOUR_S)
    with pytest.raises(OSError, match="disk"):
        await shop.image_cache.evict()
    disk.is_away = False

    await shop.image_cache.evict()

    assert kept(shop) == {stays.key}


async def test_who_fills_and_empties_a_tray_again_and_again_fills_no_disk(shop: Workshop) -> None:
    library = shelf_of(shop)
    for number in range(6):
        pictures = tuple(reference(f"cat{number}-{each}") for each in range(MAX_TRAY))
        assert {fate.outcome for fate in await library.put_on_tray(ANNA, pictures)} == {TrayOutcome.ADDED}
        shop.clock.advance(1)
        await library.take_off_tray(ANNA, tuple(one.name for one in await library.tray(ANNA)))

    assert len(kept(shop)) <= MAX_OFF + MAX_TRAY


async def test_more_than_goes_at_once_goes_all_the_same(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.image_cache.MAX_EVICTED_AT_ONCE", 2)
    names = [(await put_on_tray(shop, ANNA, f"p{number}")).name for number in range(5)]
    await shop.shelves.take_off_tray(ANNA, tuple(names), now=shop.clock.now())
    for _ in range(5):
        await shop.go_through()
    shop.clock.advance(31 * 24 * HOUR_S)

    await shop.image_cache.evict()

    assert {key.partition("/")[2] for key in kept(shop)} == {"thumb-0"}


async def test_a_picture_that_found_no_room_leaves_nothing(shop: Workshop) -> None:
    class Full(SqlLibraryStore):
        async def put_on_tray(self, user_id: int, picture: TrayPicture) -> bool:
            return False

    fates = await shelf_of(shop, Full(shop.store)).put_on_tray(ANNA, (reference("cat"),))

    assert [fate.outcome for fate in fates] == [TrayOutcome.FULL]
    assert kept(shop) == set()


async def test_a_thumbnail_is_made_when_somebody_looks_and_kept_until_the_result_goes(shop: Workshop) -> None:
    job = await shop.go_through()
    gallery = gallery_of(shop)
    shown = await gallery.thumbnail(job, 0)
    assert shown is not None
    assert kept(shop) == {f"{job.id}/out-0", f"{job.id}/thumb-0"}

    await shop.cached_blobs.drop(f"{job.id}/out-0")
    assert await gallery.thumbnail(job, 0) == shown

    await gallery.remove(job.id, by=ANNA)
    assert kept(shop) == set()


async def test_a_thumbnail_that_the_disk_does_not_take_is_shown(shop: Workshop) -> None:
    job = await shop.go_through()
    shop.cached_blobs.refusals.append(OSError(28, "No space left on device"))
    assert await gallery_of(shop).thumbnail(job, 0) is not None
    assert kept(shop) == {f"{job.id}/out-0"}


async def test_a_thumbnail_of_a_result_that_was_taken_down_meanwhile_is_not_kept(shop: Workshop) -> None:
    job = await shop.go_through()
    await remove(shop, job)
    await gallery_of(shop).thumbnail(job, 0)  # begun before
    assert kept(shop) == set()


async def test_where_nothing_is_cached_thumbnails_are_not_either(shop: Workshop) -> None:
    job = await shop.go_through()
    data = await shop.cached_blobs.get(f"{job.id}/out-0")
    await shop.cached_blobs.drop(f"{job.id}/out-0")
    await shop.blobs.put(f"{job.id}/out-0", data, META)  # the spool has it, the cache has not
    await gallery_of(shop).thumbnail(job, 0)
    assert kept(shop) == set()
