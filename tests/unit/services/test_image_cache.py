"""What is kept of a delivered job, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import AsyncMock

import pytest

from bot.domain.followups import edit, repeat, result_of
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.library import TrayPicture
from bot.domain.provider import RefusedError
from bot.domain.references import Stored, folder_of_tray
from bot.domain.sizes import Size
from tests.unit.services.workshop import ANNA, Workshop, reference, request

_META = BlobMeta(mime="image/jpeg")


def kept(shop: Workshop) -> set[str]:
    return set(shop.cached_blobs.held)


async def test_results_and_references_outlive_the_delivery(shop: Workshop) -> None:
    job = await shop.go_through(request(count=2, references=(reference("harbour"),)))
    names = {"out-0", "out-1", "in-0"}
    assert kept(shop) == {f"{job.id}/{name}" for name in names}
    assert shop.blobs.held == {}


async def test_a_refused_job_keeps_what_it_was_made_of_for_another_try(shop: Workshop) -> None:
    shop.provider.script.append(RefusedError("no"))
    job = await shop.go_through(request(references=(reference("harbour"),)))
    assert kept(shop) == {f"{job.id}/in-0"}


async def test_a_result_can_be_edited_after_its_links_have_died(shop: Workshop) -> None:
    job = await shop.go_through()
    shop.clock.advance(25 * 3600)
    child = await shop.go_through(edit(job, 0, prompt="add snow").request)
    assert child.pictures
    assert shop.fetcher.fetched == []


async def test_an_edit_is_made_again_from_the_copies_of_its_references(shop: Workshop) -> None:
    job = await shop.go_through(request(references=(reference("harbour"), reference("boat"))))
    shop.fetcher.fetched.clear()
    cleaned = len(shop.imaging.cleaned)
    child = await shop.go_through(repeat(job).request)
    assert child.pictures
    assert shop.fetcher.fetched == []
    assert len(shop.imaging.cleaned) == cleaned  # cleaned before: not a second time


async def test_what_is_older_than_the_operator_wants_goes_and_thumbnails_stay(shop: Workshop) -> None:
    job = await shop.go_through()
    [(data, _)] = shop.cached_blobs.held.values()
    shop.clock.advance(timedelta(days=30, seconds=1).total_seconds())
    await shop.delivery.sweep()
    assert kept(shop) == {f"{job.id}/thumb-0"}
    assert await shop.cached_blobs.get(f"{job.id}/thumb-0") == await shop.composer.thumbnail(data)


async def test_a_thumbnail_that_somebody_saw_is_not_made_again(shop: Workshop) -> None:
    job = await shop.go_through()
    await shop.cached_blobs.put(f"{job.id}/thumb-0", b"seen before", _META)
    shop.clock.advance(timedelta(days=30, seconds=1).total_seconds())
    await shop.delivery.sweep()
    assert {key: data for key, (data, _) in shop.cached_blobs.held.items()} == {
        f"{job.id}/thumb-0": b"seen before"
    }


@pytest.mark.parametrize("trouble", ["gone", "damaged", "unreadable", "disk full"])
async def test_a_picture_is_evicted_though_it_leaves_no_thumbnail(
    shop: Workshop, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.go_through(request(references=(reference("harbour"),)))
    [result] = [key for key in kept(shop) if "/out-" in key]
    if trouble == "gone":
        await shop.cached_blobs.drop(result)
    elif trouble == "unreadable":
        monkeypatch.setattr(shop.cached_blobs, "get", AsyncMock(side_effect=OSError(5, "Input/output error")))
    elif trouble == "damaged":
        shop.composer.bad[shop.cached_blobs.held[result][0]] = PictureError(PictureProblem.UNREADABLE)
    else:
        shop.cached_blobs.refusals.append(OSError(28, "No space left on device"))
    shop.clock.advance(timedelta(days=30, seconds=1).total_seconds())
    await shop.delivery.sweep()
    assert kept(shop) == set()


async def test_of_too_much_the_oldest_goes(shop: Workshop) -> None:
    shop.keep_bytes = 60  # two results, and nearly a third
    shop.new_process()
    jobs: list[Job] = []
    for _ in range(4):
        jobs.append(await shop.go_through())
        shop.clock.advance(60)
    await shop.image_cache.evict()
    results = {key for key in kept(shop) if "/out-" in key}
    assert results
    assert results < {f"{job.id}/out-0" for job in jobs}
    assert f"{jobs[-1].id}/out-0" in results
    assert sum(len(shop.cached_blobs.held[key][0]) for key in results) <= 60


async def test_an_operator_who_wants_nothing_kept_gets_that(shop: Workshop) -> None:
    shop.keep_for = timedelta(0)
    shop.new_process()
    await shop.go_through(request(references=(reference("harbour"),)))
    assert shop.cached_blobs.held == {}


async def test_a_disk_that_is_full_does_not_keep_a_job_from_ending(shop: Workshop) -> None:
    shop.cached_blobs.refusals.append(OSError(28, "No space left on device"))
    job = await shop.go_through()
    assert job.shown_at is not None
    assert shop.blobs.held == {}


async def test_a_crash_after_the_delivery_is_made_good_by_the_sweep(shop: Workshop) -> None:
    job = await shop.ask()
    painted, lease = await shop.paint()
    await shop.jobs.deliver(lease, card_id=None, pinged=False, now=shop.clock.now())
    assert painted.pictures
    shop.new_process()
    await shop.delivery.sweep()
    assert f"{job.id}/out-0" in kept(shop)
    assert shop.blobs.held == {}


async def test_a_result_that_was_deleted_meanwhile_is_not_kept(shop: Workshop) -> None:
    job = await shop.go_through()
    await shop.image_cache.forget(job.id)
    assert kept(shop) == set()
    await shop.image_cache.add(replace(job, removed_by=ANNA))
    assert kept(shop) == set()


async def test_a_picture_taken_off_a_tray_stays_a_day_for_jobs_that_wait(shop: Workshop) -> None:
    picture = TrayPicture(name="abc", filename="a.png", size=Size(10, 10), bytes=3, added_at=shop.clock.now())
    stored = picture.stored(ANNA)
    await shop.cached_blobs.put(stored.key, b"abc", _META)
    await shop.shelves.put_on_tray(ANNA, picture)
    await shop.shelves.take_off_tray(ANNA, ("abc",), now=shop.clock.now())
    shop.clock.advance(23 * 3600)
    await shop.image_cache.evict()
    assert stored.key in kept(shop)
    shop.clock.advance(2 * 3600)
    await shop.image_cache.evict()
    assert stored == Stored(folder=folder_of_tray(ANNA), name="abc")
    assert kept(shop) == set()


async def test_a_result_that_is_nowhere_says_so_and_counts_nothing(shop: Workshop) -> None:
    job = await shop.go_through()
    await shop.image_cache.forget(job.id)
    assert result_of(job, 0).stored is not None
    child = await shop.go_through(edit(job, 0, prompt="add snow").request)
    assert child.failure is not None
    assert (child.failure.code, child.failure.subject) == ("gone", "image")
