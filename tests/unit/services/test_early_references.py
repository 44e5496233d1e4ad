"""Uploads of jobs that wait are in the spool before Discord removes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.jobs import JobState
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.references import Reference, Stored
from tests.unit.services.workshop import ANNA, Workshop, reference, request

GONE = PictureError(PictureProblem.GONE)
FOX = reference("fox")


async def test_an_upload_that_discord_removes_while_its_job_waits_is_painted_from(shop: Workshop) -> None:
    job = await shop.ask(request(references=(FOX,)))
    shop.clock.advance(6)
    await shop.early.fetch()
    shop.fetcher.problems[FOX.url] = GONE

    painted, _lease = await shop.paint()

    assert painted.state is JobState.DELIVERING
    assert painted.id == job.id
    assert shop.fetcher.fetched == [FOX.url]


async def test_nothing_is_fetched_for_a_job_that_may_start_at_once(shop: Workshop) -> None:
    await shop.ask(request(references=(FOX,)))
    shop.clock.advance(1)

    await shop.early.fetch()

    assert shop.fetcher.fetched == []


async def test_each_upload_is_fetched_once(shop: Workshop) -> None:
    await shop.ask(request(references=(FOX,)))
    shop.fetcher.problems[FOX.url] = GONE
    shop.clock.advance(6)

    for _round in range(3):
        await shop.early.fetch()

    assert shop.fetcher.fetched == [FOX.url]
    assert await shop.blobs.jobs() == frozenset()


async def test_a_result_of_ours_is_not_copied_as_it_may_be_removed_meanwhile(shop: Workshop) -> None:
    ours = replace(FOX, stored=Stored(folder="job", name="out-0"))
    await shop.ask(request(references=(ours,)))
    shop.clock.advance(6)

    await shop.early.fetch()

    assert await shop.blobs.jobs() == frozenset()


async def test_bytes_are_bounded_for_a_job_and_for_all(shop: Workshop) -> None:
    large = replace(reference("large"), bytes=5000)
    await shop.ask(request(references=(FOX, large)))
    shop.clock.advance(6)
    shop.early.max_job_bytes, shop.early.max_bytes = 1500, 1000
    await shop.early.fetch()
    assert shop.fetcher.fetched == []

    shop.early.max_bytes = 1500
    await shop.early.fetch()

    assert shop.fetcher.fetched == [FOX.url]


async def test_a_full_disk_leaves_it_to_the_jobs_turn(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    await shop.ask(request(references=(FOX,)))
    shop.clock.advance(6)
    with monkeypatch.context() as patch:
        patch.setattr(shop.blobs, "put", full)
        await shop.early.fetch()

    painted, _lease = await shop.paint()

    assert painted.state is JobState.DELIVERING


async def test_what_was_fetched_goes_with_a_job_that_is_cancelled_or_deleted(shop: Workshop) -> None:
    job = await shop.ask(request(references=(FOX,)))
    shop.clock.advance(6)
    await shop.early.fetch()
    assert await shop.blobs.jobs() == {job.id}

    await shop.jobs.cancel(job.id, user_id=ANNA, now=shop.clock.now())
    await shop.jobs.cancellation_shown(job.id, now=shop.clock.now())
    await shop.early.fetch()

    assert await shop.blobs.jobs() == frozenset()


async def test_a_person_who_deletes_their_data_during_the_download_leaves_nothing_behind(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(_reference: Reference) -> bytes:
        await shop.jobs.cancel(job.id, user_id=ANNA, now=shop.clock.now())
        await shop.jobs.cancellation_shown(job.id, now=shop.clock.now())
        forgotten = await shop.jobs.forget(ANNA, now=shop.clock.now())
        assert forgotten.job_ids == (job.id,)
        return b"fox"

    job = await shop.ask(request(references=(FOX,)))
    shop.clock.advance(6)
    monkeypatch.setattr(shop.fetcher, "fetch", fetch)

    await shop.early.fetch()

    assert await shop.blobs.jobs() == frozenset()
