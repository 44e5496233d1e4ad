from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.fairness import TYPICAL_RENDER_S
from bot.domain.jobs import Job, JobState, Render, RenderStage, ReplyScope
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.stores import Accepted, Lease
from bot.domain.provider import RefusedError, Trouble
from bot.errors import ShowLaterError, StoreUnavailableError, TooLargeError, UnreachableError
from bot.services.delivery import RETRY_S, UNSEEN_FOR
from bot.storage.stores import SqlHistoryStore
from tests.fakes import CARD_ID
from tests.unit.services.workshop import ANNA, Workshop, request


async def painted(shop: Workshop, *, after_s: float = 0, count: int = 1) -> tuple[Job, Lease]:
    """A job whose end is due, `after_s` seconds after the command."""
    await shop.ask(request(count=count))
    job, lease = await shop.paint()
    shop.clock.advance(after_s)
    return job, lease


async def test_a_card_that_has_to_wait_is_shown_again_until_it_is(shop: Workshop) -> None:
    job, lease = await painted(shop)
    shop.presenter.errors.extend([ShowLaterError("503")] * 7)

    await shop.delivery.finish(job, lease)

    assert (await shop.job(job.id)).state is JobState.DONE
    assert shop.clock.slept == [*RETRY_S, RETRY_S[-1], RETRY_S[-1]]
    assert await shop.images_counted() == 1


async def test_a_job_nobody_can_be_shown_expires_and_is_released(shop: Workshop) -> None:
    job, lease = await painted(shop)
    shop.presenter.errors.append(UnreachableError("no way"))

    await shop.delivery.finish(job, lease)

    ended = await shop.job(job.id)
    assert (ended.state, ended.token) == (JobState.EXPIRED, None)
    assert await shop.charge_state(job.id) == "released"
    assert await shop.images_counted() == 0
    assert await shop.blobs.jobs() == frozenset()
    assert f"{job.id}/out-0" in shop.cached_blobs.held
    assert shop.presenter.called == []


async def test_pictures_nobody_could_be_shown_stay_a_day_where_nothing_is_cached(shop: Workshop) -> None:
    delivery = replace(shop.delivery, image_cache=replace(shop.delivery.image_cache, max_bytes=0))
    job, lease = await painted(shop)
    shop.presenter.errors.append(UnreachableError("no way"))

    await delivery.finish(job, lease)
    await delivery.sweep()
    assert await shop.blobs.find(job.renders[0].packed_key or "") is not None

    shop.clock.advance(UNSEEN_FOR.total_seconds())
    await delivery.sweep()
    assert await shop.blobs.jobs() == frozenset()


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), OSError("full")])
async def test_pictures_nobody_could_be_shown_stay_where_the_cache_cannot_take_them(
    shop: Workshop, error: Exception
) -> None:
    job, lease = await painted(shop)
    shop.presenter.errors.append(UnreachableError("no way"))
    shop.cached_blobs.refusals.append(error)

    await shop.delivery.finish(job, lease)
    assert await shop.blobs.find(job.renders[0].packed_key or "") is not None

    await shop.delivery.sweep()
    assert f"{job.id}/out-0" in shop.cached_blobs.held
    assert await shop.blobs.jobs() == frozenset()


async def test_a_card_is_told_how_long_it_has_waited(shop: Workshop) -> None:
    job, lease = await painted(shop)
    shop.presenter.errors.extend([ShowLaterError("500")] * 3)

    await shop.delivery.finish(job, lease)

    assert shop.presenter.waited_s == sum(RETRY_S[:3])


async def test_a_failure_nobody_can_be_shown_stays_a_failure(shop: Workshop) -> None:
    shop.provider.script.append(RefusedError("no"))
    job, lease = await painted(shop)
    shop.presenter.errors.append(UnreachableError("no way"))

    await shop.delivery.finish(job, lease)

    assert (await shop.job(job.id)).state is JobState.REFUSED


@pytest.mark.parametrize(("after_s", "calls"), [(0, 0), (29.9, 0), (30, 1), (300, 1)])
async def test_a_requester_is_notified_after_thirty_seconds_and_not_before(
    shop: Workshop, after_s: float, calls: int
) -> None:
    job, lease = await painted(shop, after_s=after_s)

    await shop.delivery.finish(job, lease)

    assert shop.presenter.called == [job.id] * calls
    assert ((await shop.job(job.id)).pinged_at is not None) is bool(calls)


async def test_a_failure_notifies_its_requester_as_a_picture_does(shop: Workshop) -> None:
    shop.provider.script.append(RefusedError("no"))
    job, lease = await painted(shop, after_s=60)

    await shop.delivery.finish(job, lease)

    assert shop.presenter.called == [job.id]


async def test_a_card_that_notified_by_itself_is_not_followed_by_a_call(shop: Workshop) -> None:
    job, lease = await painted(shop, after_s=60)
    shop.presenter.calls_by_itself = True

    await shop.delivery.finish(job, lease)

    assert shop.presenter.called == []
    assert (await shop.job(job.id)).pinged_at is not None


async def test_nobody_is_notified_twice(shop: Workshop) -> None:
    job, lease = await painted(shop, after_s=60)

    await shop.delivery.finish(replace(job, pinged_at=shop.clock.now()), lease)

    assert shop.presenter.called == []


async def test_a_call_that_cannot_be_made_does_not_hold_the_job_up(shop: Workshop) -> None:
    job, lease = await painted(shop, after_s=60)
    shop.presenter.call_errors.append(ShowLaterError("503"))

    await shop.delivery.finish(job, lease)

    ended = await shop.job(job.id)
    assert (ended.state, ended.pinged_at) == (JobState.DONE, None)


async def test_a_cancelled_job_never_notifies(shop: Workshop) -> None:
    await shop.ask()
    await shop.claim()
    (entry,) = (await shop.submissions.queue(ANNA)).mine
    await shop.submissions.cancel(entry.job.id, user_id=ANNA)
    shop.clock.advance(3600)
    job, lease = await shop.claim("two")

    await shop.delivery.finish(job, lease)

    assert job.state is JobState.CANCELLED
    assert shop.presenter.called == []


async def test_where_the_card_ended_up_is_remembered(shop: Workshop) -> None:
    job, lease = await painted(shop)

    await shop.delivery.finish(job, lease)

    assert (await shop.job(job.id)).card_id == CARD_ID


async def test_files_are_named_after_the_prompt_the_job_and_the_picture(shop: Workshop) -> None:
    job, lease = await painted(shop, count=2)

    await shop.delivery.finish(job, lease)

    names = [picture.filename for picture in shop.presenter.last.pictures]
    assert names == [f"a-red-fox-in-snow-{job.id}-1.jpg", f"a-red-fox-in-snow-{job.id}-2.jpg"]


@pytest.mark.parametrize("error", [ShowLaterError("503"), UnreachableError("no way")])
async def test_progress_that_cannot_be_shown_is_let_go(shop: Workshop, error: Exception) -> None:
    job = await shop.ask()
    shop.presenter.errors.append(error)

    await shop.delivery.progress(job)

    assert shop.presenter.shown == []
    assert shop.clock.slept == []


@pytest.mark.parametrize(
    ("refusals", "bytes_each", "on_card", "apart"),
    [(1, 500, [0, 1], []), (2, 250, [0, 1], []), (3, 250, [0], [1]), (4, 250, [], [])],
    ids=["half", "a quarter", "a message each", "without pictures"],
)
async def test_pictures_that_are_too_large_are_tried_with_fewer_bytes_and_fewer_a_message(
    shop: Workshop, refusals: int, bytes_each: int, on_card: list[int], apart: list[int]
) -> None:
    job, lease = await painted(shop, count=2)
    for render in job.renders:
        await shop.blobs.put(render.packed_key or "", b"x" * 1000, BlobMeta(mime="image/jpeg"))
    shop.presenter.errors.extend([TooLargeError("413")] * refusals)

    await shop.delivery.finish(job, lease)

    assert shop.imaging.packed[-1][2] == bytes_each
    assert [picture.index for picture in shop.presenter.last.pictures] == on_card
    assert [picture.index for picture in shop.presenter.apart] == apart
    assert all(render.fitted for render in shop.presenter.last.job.renders)
    assert (await shop.job(job.id)).state is JobState.DONE
    assert sorted(shop.cached_blobs.held) == [f"{job.id}/out-0", f"{job.id}/out-1"]


async def test_a_picture_that_cannot_become_smaller_stays_as_it_is(shop: Workshop) -> None:
    job, lease = await painted(shop)
    data = await shop.blobs.get(job.renders[0].packed_key or "")
    shop.imaging.bad_outputs[data] = PictureError(PictureProblem.TOO_MANY_BYTES)
    shop.presenter.errors.append(TooLargeError("413"))

    await shop.delivery.finish(job, lease)

    assert [picture.data for picture in shop.presenter.last.pictures] == [data]


async def test_a_card_that_is_refused_without_any_picture_is_given_up(shop: Workshop) -> None:
    job, lease = await painted(shop)
    shop.presenter.errors.extend([TooLargeError("413")] * 5)

    await shop.delivery.finish(job, lease)

    assert (await shop.job(job.id)).state is JobState.EXPIRED
    assert await shop.images_counted() == 0


async def test_pictures_that_were_taken_down_before_their_end_was_shown_are_not_sent_again(
    shop: Workshop,
) -> None:
    """One stood on the card while the other was painted."""

    async def is_one_there() -> bool:
        return bool((await shop.job(job.id)).pictures)

    job = await shop.ask(request(count=2))
    claimed, lease = await shop.claim()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(claimed, lease))
    await shop.provider.gate.until_waiting(2)
    shop.provider.gate.admit()
    await shop.until(is_one_there)
    await shop.submissions.cancel(job.id, user_id=ANNA)
    running.cancel()
    shop.provider.gate.open()
    await asyncio.gather(running, *shop.calls.live, return_exceptions=True)
    assert await SqlHistoryStore(shop.store).remove(job.id, by=ANNA) is not None
    again, lease = await shop.claim()
    assert again.pictures

    await shop.delivery.finish(again, lease)

    assert shop.presenter.last.pictures == ()
    assert shop.cached_blobs.held == {}


async def test_progress_tells_when_the_picture_should_be_there_until_that_moment(shop: Workshop) -> None:
    await shop.ask()
    job, _ = await shop.claim()
    assert job.started_at is not None

    await shop.delivery.progress(job)
    assert shop.presenter.last.job.expected_at == job.started_at + timedelta(seconds=TYPICAL_RENDER_S)
    shop.clock.advance(TYPICAL_RENDER_S)
    await shop.delivery.progress(job)
    assert shop.presenter.last.job.expected_at is None


async def test_progress_of_a_job_that_waits_for_the_provider_tells_no_time(shop: Workshop) -> None:
    await shop.ask()
    job, _ = await shop.claim()

    await shop.delivery.progress(replace(job, held_up=Trouble.FAULTS))

    assert shop.presenter.last.job.expected_at is None


async def test_progress_remembers_a_card_whose_answer_was_lost_and_no_other(shop: Workshop) -> None:
    accepted = await shop.try_to_ask(request(count=2))
    assert isinstance(accepted, Accepted)
    await shop.submissions.card_shown(accepted, None)
    job = await shop.job(accepted.job.id)
    assert job.card_id is None

    await shop.delivery.progress(replace(job, card_id=CARD_ID + 1))
    assert (await shop.job(job.id)).card_id is None

    await shop.delivery.progress(job)
    assert (await shop.job(job.id)).card_id == CARD_ID


@pytest.mark.parametrize(
    ("stages", "is_shown"),
    [
        ((RenderStage.PACKAGED, RenderStage.FAILED), False),
        ((RenderStage.PACKAGED, RenderStage.PACKAGED), False),
        ((RenderStage.PACKAGED, RenderStage.RENDERED), True),
        ((RenderStage.FAILED, RenderStage.WAITING), True),
        ((RenderStage.PACKAGED,), False),
        ((RenderStage.WAITING,), True),
    ],
)
async def test_progress_is_shown_while_the_end_does_not_follow_at_once(
    shop: Workshop, stages: tuple[RenderStage, ...], is_shown: bool
) -> None:
    job = await shop.ask(request(count=len(stages)))
    renders = tuple(Render(index=index, stage=stage) for index, stage in enumerate(stages))

    await shop.delivery.progress(replace(job, renders=renders))

    assert bool(shop.presenter.shown) is is_shown


@pytest.mark.parametrize(
    ("private", "reach", "is_on_record"),
    [(False, ReplyScope.GUILD, False), (True, ReplyScope.GUILD, True), (False, ReplyScope.NOWHERE, True)],
)
async def test_a_call_that_nothing_keeps_from_coming_twice_is_on_record_before_it_is_made(
    shop: Workshop, private: bool, reach: ReplyScope, is_on_record: bool
) -> None:
    await shop.ask(request(private=private))
    job, lease = await shop.paint()
    shop.clock.advance(60)
    shop.presenter.call_errors.append(ShowLaterError("503"))

    await shop.delivery.finish(replace(job, reply_target=replace(job.reply_target, scope=reach)), lease)

    assert ((await shop.job(job.id)).pinged_at is not None) is is_on_record
