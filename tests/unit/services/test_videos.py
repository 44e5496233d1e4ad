from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.followups import result_of
from bot.domain.jobs import Job, JobState, RenderStage, ReplyScope, ReplyTarget
from bot.domain.pictures import PackedPicture, PictureError, PictureProblem
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.stores import CancelOutcome, Lease, Rates
from bot.domain.provider import (
    AnswerEmptyError,
    BadKeyError,
    Charge,
    FixRequestError,
    InputPicture,
    InputProblem,
    InputSubject,
    ItemFailedError,
    NoAnswerError,
    NotAVideoError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    ResultFetchError,
    SlowDownError,
    Trouble,
    TryAgainError,
)
from bot.domain.references import Posted, Reference, Stored, folder_of_tray, input_name
from bot.domain.sizes import Size
from bot.domain.video import VideoQuality, VideoSettings
from bot.domain.video_provider import (
    FIRST_POLL_S,
    POLL_DEADLINE_S,
    VideoCreated,
    VideoOrder,
    VideoProgress,
    VideoState,
)
from bot.errors import LostLeaseError, StoreUnavailableError, UnreachableError
from bot.outage import end_tasks
from bot.seedream.video import VIDEO_MODELS
from bot.services import delivery
from bot.services.delivery import UNSEEN_FOR
from bot.services.packaging import PACKED_AT_ONCE
from bot.services.provider_calls import note_key
from bot.services.videos import LONGEST_PAUSE_S, MAX_FETCHES, MAX_MISSES
from bot.storage.schema import rules
from tests.fakes import VIDEO_MICRO_USD, Gate, stages
from tests.unit.services.memory import living
from tests.unit.services.test_deletion import gallery_of
from tests.unit.services.workshop import (
    ANNA,
    CARD_ID,
    GUILD,
    LEASE_S,
    NOWHERE,
    PATIENCE_S,
    Running,
    Workshop,
    reference,
    request,
    video_request,
)

MAKING = VideoProgress(state=VideoState.MAKING)
UNREADY = [MAKING] * 400


@pytest.fixture(autouse=True)
async def opened(shop: Workshop) -> None:
    """Members of the server may animate."""
    says = {Limit.MAY_ANIMATE.value: True}
    whose = {"guild_id": GUILD.guild_id, "scope": Scope.SERVER.value, "subject_id": 0}
    await shop.store.tx(lambda conn: conn.execute(insert(rules).values(**whose, says=says)))


class DeathError(Exception):
    """The process ends here."""


async def made_when_it_dies(
    shop: Workshop, place: ReplyTarget = GUILD, *, references: tuple[Reference, ...] = ()
) -> Job:
    """A job whose worker dies while the provider makes its video; the next process may claim it."""
    shop.videos.progress.append(DeathError())
    job = await shop.ask(video_request(references=references), place=place)
    with pytest.raises(DeathError):
        await shop.paint()
    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    return await shop.job(job.id)


async def deliver(shop: Workshop) -> Job:
    """Take the next job from wherever it is to its end."""
    painted, lease = await shop.paint()
    await shop.delivery.finish(painted, lease)
    return await shop.job(painted.id)


async def test_a_video_is_ordered_awaited_fetched_and_shown(shop: Workshop) -> None:
    shop.videos.progress.extend([MAKING, MAKING])

    job = await shop.go_through(video_request(seconds=10))

    assert job.state is JobState.DONE
    (ordered,) = shop.videos.created
    assert (ordered.prompt, ordered.seconds) == ("the fox turns its head", 10)
    assert (ordered.quality, ordered.first, ordered.last) == (VideoQuality.P768, None, None)
    assert [name for name, _ in shop.videos.polled] == ["video 1"] * 3
    assert shop.videos.fetched == ["https://cdn.example/3.mp4"]
    assert [picture.data for picture in shop.presenter.last.pictures] == [
        b"packed video at https://cdn.example/3.mp4"
    ]
    assert not shop.provider.calls
    assert not await shop.blobs.jobs()


async def test_it_is_first_asked_for_after_half_a_minute_and_then_every_ten_seconds(shop: Workshop) -> None:
    shop.videos.progress.extend([MAKING, MAKING])

    await shop.go_through(video_request())

    ages = [age for _, age in shop.videos.polled]
    assert ages == pytest.approx([FIRST_POLL_S, FIRST_POLL_S + 10, FIRST_POLL_S + 20])


async def test_the_told_price_is_on_the_books_while_it_is_made_and_what_it_cost_in_the_end(
    shop: Workshop,
) -> None:
    await made_when_it_dies(shop)
    under_way = await shop.spend()
    in_the_end = VIDEO_MICRO_USD + 1_000
    address = "https://cdn.example/1.mp4"
    shop.videos.progress.append(
        VideoProgress(state=VideoState.DONE, address=address, cost_micro_usd=in_the_end)
    )

    await deliver(shop)

    spent = await shop.spend()
    assert under_way.uncertain_micro_usd == under_way.micro_usd == VIDEO_MICRO_USD
    assert (spent.micro_usd, spent.uncertain_micro_usd) == (in_the_end, 0)


async def test_after_a_crash_it_is_asked_for_again_and_never_ordered_again(shop: Workshop) -> None:
    held = await made_when_it_dies(shop)
    assert stages(held) == [RenderStage.CREATED]

    job = await deliver(shop)

    assert job.state is JobState.DONE
    assert len(shop.videos.created) == 1
    assert [name for name, _ in shop.videos.polled] == ["video 1", "video 1"]


async def test_its_name_outlives_a_crash_between_the_answer_and_the_database(shop: Workshop) -> None:
    shop.jobs_broken["render_created"] = 1_000_000
    job = await shop.ask(video_request())
    attempt = asyncio.create_task(shop.paint())
    while not await shop.blobs.keys():  # noqa: ASYNC110  # memory blobs ring no bell
        await asyncio.sleep(0)
    await end_tasks(attempt, *shop.calls.live)
    shop.jobs_broken.clear()
    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    assert stages(await shop.job(job.id)) == [RenderStage.SUBMITTING]

    done = await deliver(shop)

    assert done.state is JobState.DONE
    assert len(shop.videos.created) == 1


async def test_a_file_that_is_spooled_is_not_fetched_again(shop: Workshop) -> None:
    shop.jobs_broken["render_done"] = 1
    await shop.ask(video_request())
    with pytest.raises(StoreUnavailableError):
        await shop.paint()
    shop.new_process()
    shop.clock.advance(LEASE_S + 1)

    job = await deliver(shop)

    assert job.state is JobState.DONE
    assert len(shop.videos.fetched) == len(shop.videos.created) == 1


@pytest.mark.parametrize("passing", [TryAgainError("524"), SlowDownError("429", retry_after_s=25)])
async def test_polls_that_bring_no_word_are_repeated(shop: Workshop, passing: ProviderError) -> None:
    shop.videos.progress.extend([passing] * 3)

    job = await shop.go_through(video_request())

    assert job.state is JobState.DONE
    assert len(shop.videos.polled) == 4
    assert len(shop.videos.created) == 1


@pytest.mark.parametrize("asked_s", [45, 3_600])
async def test_a_poll_waits_as_long_as_the_provider_asks_and_no_longer_than_a_minute(
    shop: Workshop, asked_s: float
) -> None:
    shop.videos.progress.append(SlowDownError("429", retry_after_s=asked_s))

    await shop.go_through(video_request())

    (_, first), (_, second) = shop.videos.polled
    assert second - first == pytest.approx(min(asked_s, LONGEST_PAUSE_S))


FREE_ENDS = [
    (RefusedError("1027", subject=RefusedSubject.RESULT), FailureCode.REFUSED_RESULT, JobState.REFUSED),
    (RefusedError("1026", subject=RefusedSubject.PROMPT), FailureCode.REFUSED_PROMPT, JobState.REFUSED),
    (ItemFailedError("error"), FailureCode.VIDEO_FAILED, JobState.FAILED),
]


@pytest.mark.parametrize(("error", "code", "state"), FREE_ENDS)
async def test_a_video_that_the_provider_gives_up_costs_nothing(
    shop: Workshop, error: ProviderError, code: FailureCode, state: JobState
) -> None:
    shop.videos.progress.append(VideoProgress(state=VideoState.FAILED, error=error))

    job = await shop.go_through(video_request())

    assert job.state is state
    assert job.failure is not None
    assert job.failure.code is code
    assert (await shop.spend()).micro_usd == 0
    assert await shop.charge_state(job.id) == "released"
    assert len(shop.videos.created) == 1


@pytest.mark.parametrize(
    ("fate", "code", "micro_usd"),
    [
        (Charge.FREE, FailureCode.VIDEO_FAILED, 0),
        (Charge.CHARGED, FailureCode.ANSWER_LOST, VIDEO_MICRO_USD),
        (Charge.UNKNOWN, FailureCode.OUTCOME_UNKNOWN, VIDEO_MICRO_USD),
    ],
)
async def test_a_video_that_is_ready_and_nowhere_is_looked_up_and_not_ordered_again(
    shop: Workshop, fate: Charge, code: FailureCode, micro_usd: int
) -> None:
    nowhere = VideoProgress(state=VideoState.FAILED, error=AnswerEmptyError("no address"))
    shop.videos.progress.extend([nowhere] * MAX_MISSES)
    shop.videos.fates.append(fate)

    job = await shop.go_through(video_request())

    assert job.failure is not None
    assert (job.failure.kind, job.failure.code) == (FailureKind.FAULT, code)
    assert (await shop.spend()).micro_usd == micro_usd
    assert len(shop.videos.created) == 1


async def test_after_its_deadline_a_video_is_given_up_and_its_cost_stays_open(shop: Workshop) -> None:
    shop.videos.progress.extend(UNREADY)

    job = await shop.go_through(video_request())

    assert job.failure is not None
    assert job.failure.code is FailureCode.VIDEO_LATE
    assert shop.videos.polled[-1][1] == pytest.approx(POLL_DEADLINE_S)
    assert (await shop.spend()).uncertain_micro_usd == VIDEO_MICRO_USD
    assert await shop.charge_state(job.id) == "released"
    shop.videos.fates.append(Charge.CHARGED)
    shop.clock.advance(timedelta(hours=2).total_seconds())
    await shop.calls.settle_old()
    assert (await shop.spend()).uncertain_micro_usd == 0


async def test_a_clock_that_jumps_over_the_deadline_costs_no_video(shop: Workshop) -> None:
    await made_when_it_dies(shop)
    shop.clock.advance(2 * POLL_DEADLINE_S)

    job = await deliver(shop)

    assert job.state is JobState.DONE


async def test_a_clock_that_was_a_day_behind_at_the_order_costs_no_video(shop: Workshop) -> None:
    await made_when_it_dies(shop)
    shop.clock.advance(timedelta(days=1).total_seconds())
    shop.videos.progress.extend([MAKING] * 20)

    job = await deliver(shop)

    assert job.state is JobState.DONE


async def test_a_video_that_was_ready_once_and_is_not_heard_of_again_is_given_up(shop: Workshop) -> None:
    shop.videos.progress.extend(
        [
            VideoProgress(state=VideoState.DONE, address="https://cdn.example/old.mp4"),
            *[TryAgainError("524")] * 400,
        ]
    )
    shop.videos.files.append(ResultFetchError("403"))

    job = await shop.go_through(video_request())

    assert job.failure is not None
    assert job.failure.code is FailureCode.RESULT_UNREACHABLE
    spent = await shop.spend()
    assert (spent.micro_usd, spent.uncertain_micro_usd) == (VIDEO_MICRO_USD, 0)


async def test_an_address_that_fails_is_asked_for_anew(shop: Workshop) -> None:
    shop.videos.files.extend([ResultFetchError("403"), NotAVideoError("html"), OSError("no space left")])

    job = await shop.go_through(video_request())

    assert job.state is JobState.DONE
    assert len(set(shop.videos.fetched)) == 4
    assert list(shop.folder.iterdir()) == []
    assert len(shop.videos.created) == 1


async def test_a_file_that_cannot_be_had_is_given_up_and_paid_for(shop: Workshop) -> None:
    shop.videos.files.extend([ResultFetchError("403")] * 50)

    job = await shop.go_through(video_request())

    assert job.failure is not None
    assert job.failure.code is FailureCode.RESULT_UNREACHABLE
    assert 20 < len(shop.videos.fetched) <= MAX_FETCHES
    assert shop.videos.polled[-1][1] > POLL_DEADLINE_S - 60
    spent = await shop.spend()
    assert (spent.micro_usd, spent.uncertain_micro_usd) == (VIDEO_MICRO_USD, 0)


async def test_an_order_without_an_answer_is_looked_up_and_repeated_once_at_most(shop: Workshop) -> None:
    shop.videos.script.extend([NoAnswerError("time-out")] * 5)

    job = await shop.go_through(video_request())

    assert job.failure is not None
    assert job.failure.code is FailureCode.OUTCOME_UNKNOWN
    assert len(shop.videos.created) == 2
    assert len(shop.provider.looked_up) > 2


async def test_an_order_that_surely_cost_nothing_is_repeated(shop: Workshop) -> None:
    shop.videos.script.append(TryAgainError("503"))

    job = await shop.go_through(video_request())

    assert job.state is JobState.DONE
    assert len(shop.videos.created) == 2


SHUT_OUT = [
    (BadKeyError("401"), FailureCode.BAD_KEY, Trouble.BAD_KEY),
    (OutOfCreditError("402"), FailureCode.OUT_OF_CREDIT, Trouble.NO_CREDIT),
]


@pytest.mark.parametrize(("error", "code", "trouble"), SHUT_OUT)
async def test_a_key_that_polls_refuse_until_the_deadline_ends_the_wait_and_leaves_the_cost_open(
    shop: Workshop, error: ProviderError, code: FailureCode, trouble: Trouble
) -> None:
    shop.videos.progress.extend([error] * 400)

    job = await shop.go_through(video_request())

    assert job.failure is not None
    assert job.failure.code is code
    assert shop.videos.polled[-1][1] == pytest.approx(POLL_DEADLINE_S)
    assert (await shop.spend()).uncertain_micro_usd == VIDEO_MICRO_USD


@pytest.mark.parametrize(("error", "code", "trouble"), SHUT_OUT)
async def test_a_key_that_works_again_before_the_deadline_costs_no_video_and_operators_are_told_meanwhile(
    shop: Workshop, error: ProviderError, code: FailureCode, trouble: Trouble
) -> None:
    shop.videos.progress.extend([error] * (MAX_MISSES - 1))
    held = await made_when_it_dies(shop)
    assert (await shop.circuit.store.circuit()).trouble is None
    shop.videos.progress.extend([error] * MAX_MISSES)
    shop.videos.progress.append(DeathError())
    with pytest.raises(DeathError):
        await shop.paint()
    circuit = await shop.circuit.store.circuit()
    assert (circuit.trouble, circuit.deserves_alert) == (trouble, True)
    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    shop.videos.progress.extend([error] * 20)

    job = await deliver(shop)

    assert (job.id, job.state) == (held.id, JobState.DONE)


@pytest.mark.parametrize(("error", "code", "trouble"), SHUT_OUT)
async def test_polls_that_are_answered_again_end_the_trouble_that_they_told_of(
    shop: Workshop, error: ProviderError, code: FailureCode, trouble: Trouble
) -> None:
    shop.videos.progress.extend([*[error] * MAX_MISSES, MAKING])

    assert (await shop.go_through(video_request())).state is JobState.DONE

    assert (await shop.circuit.store.circuit()).trouble is None
    assert (await shop.job((await shop.ask()).id)).held_up is None


async def test_the_end_of_trouble_is_told_again_where_the_store_was_away(shop: Workshop) -> None:
    shop.jobs_broken["end_trouble"] = 1
    shop.videos.progress.extend([*[BadKeyError("401")] * MAX_MISSES, MAKING, MAKING])

    assert (await shop.go_through(video_request())).state is JobState.DONE

    assert (await shop.circuit.store.circuit()).trouble is None


async def test_polls_end_no_trouble_of_which_they_did_not_tell(shop: Workshop) -> None:
    await made_when_it_dies(shop)
    await shop.circuit.record("order", "another", BadKeyError("401"))
    shop.videos.progress.extend([*[BadKeyError("401")] * (MAX_MISSES - 1), MAKING])

    assert (await deliver(shop)).state is JobState.DONE

    assert (await shop.circuit.store.circuit()).trouble is Trouble.BAD_KEY


async def test_bad_news_about_a_poll_that_passes_costs_no_video(shop: Workshop) -> None:
    shop.videos.progress.extend([FixRequestError("410")] * (MAX_MISSES - 1))

    assert (await shop.go_through(video_request())).state is JobState.DONE


async def test_a_video_that_is_not_found_for_a_moment_is_asked_for_again(shop: Workshop) -> None:
    missing = VideoProgress(state=VideoState.FAILED, error=OutcomeUnknownError("404"))
    shop.videos.progress.extend([MAKING, missing, missing, MAKING, *[missing] * (MAX_MISSES - 1)])

    assert (await shop.go_through(video_request())).state is JobState.DONE


async def test_a_clock_that_was_ahead_at_the_order_delays_the_end_of_no_video(shop: Workshop) -> None:
    await made_when_it_dies(shop)
    shop.clock.advance(-timedelta(days=1).total_seconds())
    shop.videos.progress.extend(UNREADY)
    began = shop.clock.now()
    claimed = await shop.job((await shop.look.queue(ANNA, Rates(slots=1), now=began)).mine[0].job.id)
    lease = Lease(job_id=claimed.id, attempt=claimed.attempt, worker="one")

    failure = await shop.runner.watch.wait(claimed, lease, 0)

    assert failure is not None
    assert failure.code is FailureCode.VIDEO_LATE
    assert (shop.clock.now() - began).total_seconds() < 2 * POLL_DEADLINE_S


@pytest.mark.parametrize("keep_back", [False, True])
async def test_a_video_that_is_being_packed_is_not_cancelled_for_nothing(
    shop: Workshop, keep_back: bool
) -> None:
    shop.jobs_broken["render_packed"] = 1
    job = await shop.ask(video_request())
    with pytest.raises(StoreUnavailableError):
        await shop.paint()
    assert stages(await shop.job(job.id)) == [RenderStage.RENDERED]

    told = await shop.submissions.cancel(job.id, user_id=ANNA, keep_back=keep_back)

    assert told.outcome is (CancelOutcome.KEPT_BACK if keep_back else CancelOutcome.WILL_COST)
    shop.clock.advance(LEASE_S + 1)
    done = await deliver(shop)
    assert done.state is JobState.DONE
    assert bool(shop.presenter.last.pictures) is not keep_back


def held_videos(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return the event that the packing of every video waits for."""
    let_go, pack = asyncio.Event(), shop.imaging.pack

    async def slowly(data: bytes, **more: Any) -> PackedPicture:
        if data.startswith(b"video"):
            await let_go.wait()
        return await pack(data, **more)

    monkeypatch.setattr(shop.imaging, "pack", slowly)
    return let_go


async def test_a_video_that_is_packed_takes_no_slot(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.slots = 1
    shop.new_process()
    packing = held_videos(shop, monkeypatch)
    video = await shop.ask(video_request())
    async with Running(shop.worker()):
        picture = await shop.ask(request("a boat"), user_id=ANNA + 1)
        await shop.until_shown(picture.id)
        packing.set()
        await shop.until_shown(video.id)


async def test_videos_that_are_packed_keep_no_picture_from_being_packed(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing = held_videos(shop, monkeypatch)
    videos = [await shop.ask(video_request(), user_id=ANNA + number) for number in range(PACKED_AT_ONCE)]
    async with Running(shop.worker()):
        picture = await shop.ask(request("a boat"), user_id=ANNA + PACKED_AT_ONCE)
        await shop.until_shown(picture.id)
        packing.set()
        await shop.until_shown(*(video.id for video in videos))


FRAME_URL = "https://cdn.example/fox.jpg?ex=1"


async def animated(
    shop: Workshop, result: Job, *, place: ReplyTarget = GUILD, **changes: Any
) -> list[str | None]:
    """Make a video of a result's picture; return the addresses of that on the video's card, each time it was shown."""
    first = result_of(result, 0)
    shop.posted.addresses[CARD_ID, first.filename] = FRAME_URL
    shop.presenter.shown.clear()
    job = await shop.ask(video_request(references=(replace(first, name="image", **changes),)), place=place)
    await deliver(shop)
    return [one.job.frame_url for one in shop.presenter.shown if one.job.id == job.id]


async def test_a_card_shows_the_result_that_a_video_begins_with_by_its_address_while_it_is_made(
    shop: Workshop,
) -> None:
    painted = await shop.go_through()

    *under_way, end = await animated(shop, painted)

    assert len(under_way) >= 2
    assert set(under_way) == {FRAME_URL}
    assert end is None
    assert [one.pictures for one in shop.presenter.shown[:-1]] == [()] * len(under_way)


async def test_a_card_shows_the_first_frame_of_a_video_that_is_made_again(shop: Workshop) -> None:
    painted = await shop.go_through()
    own_copy = Stored(folder="video00000", name=input_name(0))

    again = await animated(shop, painted, stored=own_copy, source=result_of(painted, 0).stored)

    assert again[0] == FRAME_URL


async def test_a_card_shows_no_upload_and_no_picture_of_the_tray(shop: Workshop) -> None:
    painted = await shop.go_through()
    tray = Stored(folder=folder_of_tray(ANNA), name="1")

    assert set(await animated(shop, painted, stored=None)) == {None}
    assert set(await animated(shop, painted, stored=tray)) == {None}


async def test_a_card_shows_no_private_result(shop: Workshop) -> None:
    painted = await shop.go_through(replace(request(), private=True))
    posted = Posted(channel_id=GUILD.channel_id, message_id=CARD_ID)

    assert set(await animated(shop, painted)) == {None}
    assert set(await animated(shop, painted, posted=posted)) == {None}


ELSEWHERE = {
    "direct message": ReplyTarget(
        scope=ReplyScope.DIRECT, channel_id=99, guild_id=None, upload_limit_bytes=1_000_000
    ),
    "without the bot": NOWHERE,
    "other channel": replace(GUILD, channel_id=77),
    "other server": replace(GUILD, channel_id=77, guild_id=31),
}


async def test_a_card_shows_no_result_of_another_place(shop: Workshop, subtests: pytest.Subtests) -> None:
    posted_here = Posted(channel_id=GUILD.channel_id, message_id=CARD_ID)
    for name, place in ELSEWHERE.items():
        with subtests.test(name):
            await shop.ask(request(), place=place)
            painted = await deliver(shop)

            assert set(await animated(shop, painted)) == {None}
            assert set(await animated(shop, painted, posted=posted_here)) == {None}
            assert not shop.posted.asked


@pytest.mark.parametrize("place", [NOWHERE, replace(GUILD, channel_id=77)])
async def test_a_card_in_another_place_shows_no_result(shop: Workshop, place: ReplyTarget) -> None:
    painted = await shop.go_through()

    assert set(await animated(shop, painted, place=place)) == {None}
    assert not shop.posted.asked


async def test_a_card_shows_no_result_that_was_removed_or_cannot_be_looked_up_now(shop: Workshop) -> None:
    painted = await shop.go_through()
    shop.posted.error = PictureError(PictureProblem.UNREACHABLE)
    assert set(await animated(shop, painted)) == {None}
    shop.posted.error = None
    held = await made_when_it_dies(shop, references=(replace(result_of(painted, 0), name="image"),))
    assert shop.presenter.last.job.frame_url == FRAME_URL
    await gallery_of(shop).remove(painted.id, by=ANNA)
    shop.presenter.shown.clear()

    job = await deliver(shop)

    assert (job.id, job.state) == (held.id, JobState.DONE)
    assert {one.job.frame_url for one in shop.presenter.shown} == {None}


async def test_a_card_shows_no_first_frame_whose_message_is_gone(shop: Workshop) -> None:
    painted = await shop.go_through()
    held = await made_when_it_dies(shop, references=(replace(result_of(painted, 0), name="image"),))
    assert not shop.posted.addresses
    shop.presenter.shown.clear()

    job = await deliver(shop)

    assert (job.id, job.state) == (held.id, JobState.DONE)
    assert len(shop.posted.asked) == 2  # one look-up a run
    assert {one.job.frame_url for one in shop.presenter.shown} == {None}


async def test_the_first_frame_is_looked_up_once_a_run(shop: Workshop) -> None:
    painted = await shop.go_through()

    *under_way, _end = await animated(shop, painted)

    assert len(under_way) >= 2
    assert len(shop.posted.asked) == 1
    assert not shop.delivery.frame_urls


async def test_an_order_does_not_wait_for_a_look_up_of_the_first_frame_that_hangs(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Posted] = []

    async def hanging(posted: Posted, *, filename: str) -> str | None:
        asked.append(posted)
        await asyncio.Event().wait()
        raise AssertionError(filename)

    painted = await shop.go_through()
    monkeypatch.setattr(delivery, "LOOK_UP_S", 0.01)
    monkeypatch.setattr(shop.posted, "address", hanging)

    async with asyncio.timeout(PATIENCE_S):
        assert set(await animated(shop, painted)) == {None}

    assert len(shop.videos.created) == len(asked) == 1


async def test_the_video_is_kept_beside_the_preview_that_is_shown_in_its_place(shop: Workshop) -> None:
    shop.imaging.has_previews = True
    small = replace(GUILD, upload_limit_bytes=10)
    job = await shop.ask(video_request(), place=small)
    await deliver(shop)
    job = await shop.job(job.id)
    (preview,) = (picture.data for picture in shop.presenter.last.pictures)
    video = shop.cached_blobs.held[f"{job.id}/video-0"][0]
    assert (job.renders[0].extension, job.renders[0].fitted) == ("jpg", True)

    history = gallery_of(shop)
    shown, data = await history.in_full(job, 0, max_bytes=len(video))
    there, less = await history.in_full(job, 0, max_bytes=len(video) - 1)

    assert data == video
    assert (shown.renders[0].extension, shown.renders[0].fitted) == ("mp4", False)
    assert (there, less) == (job, preview)
    assert preview.startswith(b"preview of ")
    await history.forget_pictures(job.id)
    assert not await shop.cached_blobs.keys()


async def test_a_video_that_was_only_encoded_smaller_is_kept_as_it_was_delivered(shop: Workshop) -> None:
    job = await shop.ask(video_request(), place=replace(GUILD, upload_limit_bytes=10))
    await deliver(shop)

    assert set(await shop.cached_blobs.keys()) == {f"{job.id}/out-0"}


async def test_a_frame_that_cannot_be_converted_ends_the_job_for_nothing(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.imaging.mime = "image/webp"

    async def broken(picture: InputPicture, *, max_bytes: int) -> InputPicture:
        raise PictureError(PictureProblem.UNREADABLE)

    monkeypatch.setattr(shop.imaging, "shrink", broken)

    job = await shop.go_through(video_request(references=(reference("image"),)))

    assert job.failure is not None
    assert (job.failure.code, job.failure.subject) == (FailureCode.UNREADABLE, "image")
    assert not shop.videos.created


async def test_a_video_without_its_address_is_asked_for_again_also_where_its_cost_is_told(
    shop: Workshop,
) -> None:
    lost = AnswerEmptyError("no address", charge=Charge.CHARGED, cost_micro_usd=VIDEO_MICRO_USD)
    shop.videos.progress.extend([VideoProgress(state=VideoState.FAILED, error=lost)] * (MAX_MISSES - 1))

    assert (await shop.go_through(video_request())).state is JobState.DONE


async def test_a_told_cost_of_nothing_keeps_the_estimate(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def free_so_far(order: VideoOrder) -> VideoCreated:
        return VideoCreated(generation_id="video", cost_micro_usd=0)

    monkeypatch.setattr(shop.videos, "create", free_so_far)
    address = "https://cdn.example/1.mp4"
    shop.videos.progress.append(VideoProgress(state=VideoState.DONE, address=address, cost_micro_usd=0))

    await shop.go_through(video_request())

    assert (await shop.spend()).micro_usd > 0


async def test_a_video_that_is_ready_at_the_last_moment_is_fetched_for_half_an_hour(shop: Workshop) -> None:
    shop.videos.progress.extend([MAKING] * 70)
    shop.videos.files.extend([ResultFetchError("503")] * 8)

    job = await shop.go_through(video_request())

    assert shop.videos.polled[70][1] > POLL_DEADLINE_S - 90
    assert job.state is JobState.DONE


async def test_a_file_that_is_here_is_delivered_also_by_an_attempt_that_gives_up(shop: Workshop) -> None:
    shop.jobs_broken["render_done"] = 1
    await shop.ask(video_request())
    with pytest.raises(StoreUnavailableError):
        await shop.paint()
    shop.clock.advance(LEASE_S + 1)
    claimed, lease = await shop.claim()
    assert stages(claimed) == [RenderStage.CREATED]

    failure = Failure(kind=FailureKind.FAULT, code=FailureCode.GAVE_UP)
    ended = await shop.runner.give_up(claimed, lease, failure, packages=True)

    assert ended.pictures


async def test_the_frames_are_not_kept_in_memory_while_the_video_is_made(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.videos.polling.close()
    frames = living(InputPicture, monkeypatch)
    await shop.ask(video_request(references=(reference("image"),)))
    async with Running(shop.worker()):
        await shop.videos.polling.until_waiting(1)
        assert frames  # the order that was made holds its frame
        shop.videos.created.clear()
        held = set(frames)
        shop.videos.polling.open()

    assert not held


async def test_a_last_frame_that_the_provider_rejects_is_called_by_its_option(shop: Workshop) -> None:
    error = RejectedInputError("2013", subject=InputSubject.REFERENCE, problem=InputProblem.RATIO, index=1)
    shop.videos.script.append(error)

    job = await shop.go_through(video_request(references=(reference("image"), reference("last"))))

    assert job.failure is not None
    assert job.failure.subject == "last"


async def test_both_frames_are_ordered_as_jpeg_or_png(shop: Workshop) -> None:
    shop.imaging.size = Size(1600, 900)

    await shop.go_through(video_request(references=(reference("image"), reference("last"))))

    (ordered,) = shop.videos.created
    assert ordered.first is not None
    assert ordered.last is not None
    assert ordered.first.data.startswith(b"clean ")
    assert {ordered.first.mime, ordered.last.mime} == {"image/jpeg"}


async def test_a_frame_in_another_format_is_converted(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.imaging.mime = "image/webp"

    async def to_jpeg(picture: InputPicture, *, max_bytes: int) -> InputPicture:
        return InputPicture(data=b"jpeg of " + picture.data, mime="image/jpeg", size=picture.size)

    monkeypatch.setattr(shop.imaging, "shrink", to_jpeg)

    await shop.go_through(video_request(references=(reference("image"),)))

    (ordered,) = shop.videos.created
    assert ordered.first is not None
    assert ordered.first.data.startswith(b"jpeg of ")


@pytest.mark.parametrize(
    ("size", "code"),
    [(Size(300, 300), FailureCode.TOO_SMALL), (Size(2000, 800), FailureCode.WRONG_RATIO)],
)
async def test_a_frame_that_turns_out_unusable_costs_nothing(
    shop: Workshop, size: Size, code: FailureCode
) -> None:
    shop.imaging.size = size

    job = await shop.go_through(video_request(references=(reference("image"), reference("last"))))

    assert job.failure is not None
    assert (job.failure.kind, job.failure.code, job.failure.subject) == (FailureKind.CHECK, code, "image")
    assert not shop.videos.created
    assert (await shop.spend()).calls == 0


async def test_cancelling_what_is_being_made_says_so_and_changes_nothing(shop: Workshop) -> None:
    held = await made_when_it_dies(shop)

    told = await shop.submissions.cancel(held.id, user_id=ANNA)

    assert told.outcome is CancelOutcome.WILL_COST
    assert (await deliver(shop)).state is JobState.DONE
    assert shop.presenter.last.pictures


async def test_what_is_kept_back_is_made_paid_and_kept_but_neither_shown_nor_told(shop: Workshop) -> None:
    held = await made_when_it_dies(shop)

    told = await shop.submissions.cancel(held.id, user_id=ANNA, keep_back=True)

    assert told.outcome is CancelOutcome.KEPT_BACK
    job = await deliver(shop)
    assert job.state is JobState.DONE
    assert not shop.presenter.last.pictures
    assert not shop.presenter.called
    assert (await shop.spend()).micro_usd == VIDEO_MICRO_USD
    assert await shop.cached_blobs.keys()


async def kept_back(shop: Workshop) -> Job:
    """A job whose video is made and kept back, and whose card nobody can change any more."""
    held = await made_when_it_dies(shop, NOWHERE)
    await shop.submissions.cancel(held.id, user_id=ANNA, keep_back=True)
    shop.presenter.errors.extend([UnreachableError("the token ran out")] * 9)
    return held


async def test_what_is_kept_back_is_done_though_no_card_can_tell_that(shop: Workshop) -> None:
    held = await kept_back(shop)

    job = await deliver(shop)

    assert (job.state, job.card_id) == (JobState.DONE, held.card_id)
    assert await shop.charge_state(job.id) == "settled"
    assert await shop.cached_blobs.keys()


async def test_what_is_kept_back_stays_a_day_where_nothing_is_cached(shop: Workshop) -> None:
    await kept_back(shop)
    shop.presenter.errors.clear()
    painted, lease = await shop.paint()
    delivery = replace(shop.delivery, image_cache=replace(shop.delivery.image_cache, max_bytes=0))

    await delivery.finish(painted, lease)
    await delivery.sweep()
    assert await shop.blobs.find(painted.renders[0].packed_key or "") is not None

    shop.clock.advance(UNSEEN_FOR.total_seconds())
    await delivery.sweep()
    assert not await shop.blobs.jobs()


async def test_a_video_that_was_ordered_goes_on_after_the_last_moment_of_its_card(shop: Workshop) -> None:
    held = await made_when_it_dies(shop, NOWHERE)
    assert await shop.jobs.expire(now=held.expires_at) == 0
    shop.presenter.errors.extend([UnreachableError("the token ran out")] * 9)

    job = await deliver(shop)

    assert (job.state, len(job.pictures)) == (JobState.EXPIRED, 1)
    assert await shop.charge_state(job.id) == "released"
    assert await shop.cached_blobs.keys()


def held_orders(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Return the closed gate that every order of a video waits at before it is sent."""
    create, gate = shop.videos.create, Gate()
    gate.close()

    async def slowly(order: VideoOrder) -> VideoCreated:
        await gate.pass_through()
        return await create(order)

    monkeypatch.setattr(shop.videos, "create", slowly)
    return gate


async def test_a_video_whose_order_is_under_way_at_the_last_moment_of_its_card_goes_on(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = held_orders(shop, monkeypatch)
    job = await shop.ask(video_request(), place=NOWHERE)
    async with Running(shop.worker()):
        await answer.until_waiting(1)
        assert await shop.jobs.expire(now=job.expires_at) == 0
        answer.open()
        (ended,) = await shop.until_shown(job.id)

    assert (ended.state, len(ended.pictures)) == (JobState.DONE, 1)


async def test_a_video_that_is_not_ordered_by_the_last_moment_of_its_card_ends_there(shop: Workshop) -> None:
    job = await shop.ask(video_request(), place=NOWHERE)
    await shop.claim()

    assert await shop.jobs.expire(now=job.expires_at) == 1

    assert (await shop.job(job.id)).state is JobState.EXPIRED


async def test_a_video_that_is_not_ordered_yet_is_cancelled_for_nothing(shop: Workshop) -> None:
    job = await shop.ask(video_request())

    assert (await shop.submissions.cancel(job.id, user_id=ANNA)).outcome is CancelOutcome.CANCELLED
    assert not shop.videos.created


@pytest.mark.parametrize(
    ("fate", "calls", "uncertain"), [(Charge.FREE, 0, 0), (Charge.CHARGED, 1, 0), (Charge.UNKNOWN, 1, 1)]
)
async def test_an_order_whose_job_is_cancelled_before_its_answer_counts_until_it_is_looked_up(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, fate: Charge, calls: int, uncertain: int
) -> None:
    answer = held_orders(shop, monkeypatch)
    job = await shop.ask(video_request())
    async with Running(shop.worker()):
        await answer.until_waiting(1)
        await shop.submissions.cancel(job.id, user_id=ANNA)
        (ended,) = await shop.until_shown(job.id)
        answer.open()
        await asyncio.gather(*shop.calls.live, return_exceptions=True)
    assert (ended.state, await shop.charge_state(job.id)) == (JobState.CANCELLED, "released")
    estimate = (await shop.spend()).uncertain_micro_usd
    assert estimate == VIDEO_MODELS[job.request.model].price_of(
        VideoSettings(seconds=6, quality=VideoQuality.P768)
    )

    shop.videos.fates.append(fate)
    shop.clock.advance(timedelta(hours=1, minutes=1).total_seconds())
    await shop.calls.settle_old()
    await shop.calls.settle_old()  # which has nothing left to ask

    spent = await shop.spend()
    assert (spent.micro_usd, spent.uncertain_micro_usd) == (calls * estimate, uncertain * estimate)
    await shop.delivery.sweep()
    assert not await shop.blobs.keys()


async def test_a_worker_that_lost_its_job_while_it_watched_writes_nothing(shop: Workshop) -> None:
    held = await made_when_it_dies(shop)
    stale = Lease(job_id=held.id, attempt=held.attempt, worker="one")
    await shop.claim("two")

    with pytest.raises(LostLeaseError):
        await shop.runner.watch.wait(held, stale, 0)

    assert stages(await shop.job(held.id)) == [RenderStage.CREATED]


async def test_the_note_of_a_video_goes_with_its_job(shop: Workshop) -> None:
    held = await made_when_it_dies(shop)
    key = note_key(held.id, held.renders[0].request_id or "")
    assert await shop.blobs.find(key) is not None

    await deliver(shop)

    assert await shop.blobs.find(key) is None


async def test_pictures_are_painted_while_a_video_is_made(shop: Workshop) -> None:
    shop.slots = 1
    shop.new_process()
    shop.videos.polling.close()
    video = await shop.ask(video_request())
    async with Running(shop.worker()):
        await shop.videos.polling.until_waiting(1)
        picture = await shop.ask(request("a boat"), user_id=ANNA + 1)
        await shop.until_shown(picture.id)
        assert stages(await shop.job(video.id)) == [RenderStage.CREATED]
        shop.videos.polling.open()
        await shop.until_shown(video.id)


async def test_a_worker_that_stops_hands_the_watch_over_at_once(shop: Workshop) -> None:
    shop.videos.progress.extend(UNREADY[:1])
    shop.videos.polling.close()
    video = await shop.ask(video_request())
    async with Running(shop.worker("one", grace_s=30)) as running:
        await shop.videos.polling.until_waiting(1)
        running.stop.set()
        await asyncio.sleep(0)
        shop.videos.polling.open()
    shop.new_process()

    async with Running(shop.worker("two")):
        (ended,) = await shop.until_shown(video.id)

    assert ended.state is JobState.DONE
    assert len(shop.videos.created) == 1
