from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest

from bot.domain.failures import FailureKind
from bot.domain.jobs import Job, JobState, ReplyTarget
from bot.domain.pictures import PictureError
from bot.domain.ports.outside import WakeUp
from bot.domain.ports.stores import Accepted, CancelOutcome, Lease
from bot.domain.provider import Charge
from bot.errors import LostLeaseError, StoreUnavailableError, UnreachableError
from bot.services.rendering import JobRunner
from bot.services.submissions import TOKEN_LIFE
from bot.services.worker import HEARTBEAT_S, MAX_ATTEMPTS, MAX_END_ATTEMPTS, POLL_S, Worker
from bot.services.worker import LEASE_S as LEASE_S_OF_WORKERS
from tests.fakes import PRICE_MICRO_USD, MemoryWakeUps
from tests.unit.services.workshop import (
    ANNA,
    BEN,
    GUILD,
    LEASE_S,
    NOWHERE,
    Running,
    Workshop,
    reference,
    request,
)

NEVER_S = 3_600.0


async def test_a_worker_takes_a_job_to_its_end(shop: Workshop) -> None:
    job = await shop.ask()

    async with Running(shop.worker()):
        (ended,) = await shop.until_shown(job.id)

    assert ended.state is JobState.DONE
    assert shop.presenter.last.indices == (0,)


async def test_a_worker_with_a_free_slot_does_not_look_for_jobs_because_one_has_ended(shop: Workshop) -> None:
    """There was none a moment ago, and a new one wakes it."""
    shop.slots = 2
    shop.new_process()
    job = await shop.ask()
    worker = shop.worker()
    worker.poll_s = NEVER_S
    async with Running(worker):
        await shop.until_shown(job.id)
        await until_idle()
        looks = shop.watched.begun["claim"]

    assert looks == 2  # one found it, and one found no other


async def test_a_worker_without_room_takes_the_next_job_as_soon_as_a_slot_is_free(shop: Workshop) -> None:
    """And does not wait until it polls, nor until the card of the first one is shown."""
    shop.slots = 1
    shop.new_process()
    asked = [await shop.ask(user_id=ANNA + number) for number in range(2)]
    shop.presenter.gated = frozenset({JobState.DELIVERING})
    shop.presenter.gate.close()
    worker = shop.worker()
    worker.poll_s = NEVER_S
    async with Running(worker):
        await shop.presenter.gate.until_waiting(2)
        shop.presenter.gate.open()
        await shop.until_shown(*[job.id for job in asked])


async def test_a_job_that_was_lost_to_another_worker_leaves_its_slot_at_once(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.slots = 1
    shop.new_process()
    lost, other = [await shop.ask(user_id=ANNA + number) for number in range(2)]
    run, taken = JobRunner.run, asyncio.Event()

    async def run_if_held(runner: JobRunner, job: Job, lease: Lease) -> Job:
        if job.id == lost.id:
            await taken.wait()
            raise LostLeaseError(job.id)
        return await run(runner, job, lease)

    monkeypatch.setattr(JobRunner, "run", run_if_held)
    worker = shop.worker()
    worker.poll_s = NEVER_S
    async with Running(worker):
        await shop.until(lambda: has_looked(shop, 2))
        taken.set()
        await shop.until_shown(other.id)


async def has_looked(shop: Workshop, times: int) -> bool:
    return shop.watched.begun["claim"] >= times


async def until_idle() -> None:
    if working := [task for task in asyncio.all_tasks() if task.get_name().startswith("easel-job-")]:
        await asyncio.wait(working)
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_worker_says_that_it_lives_and_leaves_when_it_stops(shop: Workshop) -> None:
    since = shop.clock.now()
    job = await shop.ask()
    async with Running(shop.worker("one")):
        await shop.until_shown(job.id)
        (heartbeat,) = await shop.key_values.heartbeats(since)
        assert (heartbeat.name, heartbeat.slots) == ("one", shop.slots)

    assert await shop.key_values.heartbeats(since) == ()


async def test_a_worker_claims_no_more_than_it_can_paint_at_once(shop: Workshop) -> None:
    """Whatever it takes beyond that is kept from others, and told that it is being painted."""
    shop.slots = 2
    shop.new_process()
    asked = [await shop.ask(user_id=ANNA + number) for number in range(12)]
    shop.presenter.gate.close()
    async with Running(shop.worker()):
        await shop.presenter.gate.until_waiting(2)
        await beats(shop, 3)
        working = [job for job in asked if (await shop.job(job.id)).state is JobState.RENDERING]
        shop.presenter.gate.open()
        await shop.until_shown(*[job.id for job in asked])

    assert len(working) == 2
    assert shop.provider.most_at_once <= 2


async def beats(shop: Workshop, number: int) -> None:
    """Waits until the worker has looked for work about `number` times more."""
    for _ in range(number * 2):
        shop.watched.changed.clear()
        await shop.watched.changed.wait()


async def test_who_queues_one_job_does_not_wait_for_who_queued_ten(shop: Workshop) -> None:
    shop.slots = 1
    shop.new_process()
    many = [await shop.ask(request(f"anna {number}"), user_id=ANNA) for number in range(10)]
    one = await shop.ask(request("ben"), user_id=BEN)

    async with Running(shop.worker()):
        await shop.until_shown(one.id, *[job.id for job in many])

    assert [order.prompt for order in shop.provider.calls].index("ben") <= 1


async def test_a_job_cancelled_in_the_line_is_never_painted_nor_counted(shop: Workshop) -> None:
    job = await shop.ask()
    cancelled = await shop.submissions.cancel(job.id, user_id=ANNA)
    assert cancelled.job is not None
    await shop.submissions.cancellation_shown(cancelled.job)

    async with Running(shop.worker()):
        other = await shop.ask()
        await shop.until_shown(other.id)

    assert (await shop.job(job.id)).state is JobState.CANCELLED
    assert shop.presenter.states(job.id) == []
    assert await shop.charge_state(job.id) == "released"
    assert len(shop.provider.calls) == 1


async def test_a_cancellation_the_gateway_could_not_show_is_shown_by_a_worker(shop: Workshop) -> None:
    job = await shop.ask()
    await shop.submissions.cancel(job.id, user_id=ANNA)
    shop.clock.advance(16)

    async with Running(shop.worker()):
        await shop.until_shown(job.id)

    assert shop.presenter.states(job.id) == [JobState.CANCELLED]
    assert shop.presenter.called == []


async def start_rendering(shop: Workshop, *, count: int = 1) -> Job:
    """A job whose calls are under way and stay so."""
    shop.provider.gate.close()
    return await shop.ask(request(count=count))


async def test_a_call_under_way_when_its_job_is_cancelled_is_recorded_and_not_shown(shop: Workshop) -> None:
    job = await start_rendering(shop)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        cancelled = await shop.submissions.cancel(job.id, user_id=ANNA)
        await shop.until_shown(job.id)
        shop.provider.gate.open()
        await shop.until(lambda: books_hold(shop, 1))

    assert cancelled.outcome is CancelOutcome.CANCELLED
    assert (await shop.job(job.id)).state is JobState.CANCELLED
    assert shop.presenter.states(job.id) == [JobState.RENDERING, JobState.CANCELLED]
    assert shop.presenter.last.pictures == ()
    assert await shop.images_counted() == 0
    assert (await shop.spend()).micro_usd == PRICE_MICRO_USD


async def books_hold(shop: Workshop, sure_calls: int) -> bool:
    spent = await shop.spend()
    return spent.calls - spent.uncertain_calls == sure_calls


async def test_nothing_of_a_cancelled_job_stays_in_the_spool(shop: Workshop) -> None:
    job = await start_rendering(shop)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        await shop.submissions.cancel(job.id, user_id=ANNA)
        await shop.until_shown(job.id)
        shop.provider.gate.open()
        await asyncio.gather(*shop.calls.live, return_exceptions=True)

    assert await books_hold(shop, 1)
    assert await shop.blobs.jobs() == frozenset()


async def test_a_stopping_worker_lets_the_call_of_a_cancelled_job_end_and_be_recorded(shop: Workshop) -> None:
    job = await start_rendering(shop)
    running = Running(shop.worker())
    async with running:
        await shop.provider.gate.until_waiting()
        await shop.submissions.cancel(job.id, user_id=ANNA)
        await shop.until_shown(job.id)
        running.stop.set()
        asyncio.get_running_loop().call_later(0.05, shop.provider.gate.open)

    assert await books_hold(shop, 1)


async def test_a_call_that_outlives_its_job_still_counts_among_the_calls_at_once(shop: Workshop) -> None:
    shop.slots = 1
    shop.new_process()
    job = await start_rendering(shop)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        await shop.submissions.cancel(job.id, user_id=ANNA)
        await shop.until_shown(job.id)
        following = await shop.ask()
        await beats(shop, 3)
        shop.provider.gate.open()
        await shop.until_shown(following.id)

    assert shop.provider.most_at_once == 1


async def test_a_cancelled_job_is_shown_though_every_slot_is_taken(shop: Workshop) -> None:
    shop.slots = 1
    shop.new_process()
    job = await shop.ask()
    await start_rendering(shop)
    await shop.submissions.cancel(job.id, user_id=ANNA)
    shop.clock.advance(16)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        await shop.until_shown(job.id)
        shop.provider.gate.open()

    assert shop.presenter.states(job.id) == [JobState.CANCELLED]


async def test_cards_that_wait_for_discord_do_not_keep_others_from_being_painted(shop: Workshop) -> None:
    shop.slots = 1
    shop.new_process()
    asked = [await shop.ask(user_id=ANNA + number) for number in range(3)]
    shop.presenter.gated = frozenset({JobState.DELIVERING})
    shop.presenter.gate.close()
    async with Running(shop.worker()):
        await shop.presenter.gate.until_waiting(3)
        shop.presenter.gate.open()
        await shop.until_shown(*[job.id for job in asked])

    assert shop.provider.most_at_once == 1


async def test_cancelling_keeps_and_counts_the_pictures_that_are_painted(shop: Workshop) -> None:
    job = await start_rendering(shop, count=3)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting(3)
        shop.provider.gate.admit()
        await shop.presenter.bell.until(
            lambda: len(shop.presenter.last.pictures) == 1 if shop.presenter.shown else False
        )
        await shop.submissions.cancel(job.id, user_id=ANNA)
        await shop.until_shown(job.id)
        shop.provider.gate.open()
        await shop.until(lambda: books_hold(shop, 3))

    assert shop.presenter.last.state is JobState.CANCELLED
    assert len(shop.presenter.last.pictures) == 1
    assert await shop.images_counted() == 1


async def test_a_job_whose_time_is_over_in_the_line_expires_and_is_released(shop: Workshop) -> None:
    job = await shop.ask(place=NOWHERE)
    shop.clock.advance(TOKEN_LIFE.total_seconds())

    async with Running(shop.worker()):
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.EXPIRED
    assert shop.presenter.states(job.id) == [JobState.EXPIRED]
    assert shop.provider.calls == []
    assert await shop.charge_state(job.id) == "released"


async def test_a_job_that_only_its_token_can_show_expires_while_the_token_works_and_its_call_is_recorded(
    shop: Workshop,
) -> None:
    shop.provider.gate.close()
    job = await shop.ask(place=NOWHERE)
    shop.clock.advance((job.expires_at - job.created_at).total_seconds() - 10)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        shop.clock.advance(10)
        await shop.until_shown(job.id)
        shop.provider.gate.open()
        await shop.until(lambda: books_hold(shop, 1))

    assert (await shop.job(job.id)).state is JobState.EXPIRED
    assert await shop.charge_state(job.id) == "released"


async def test_a_clock_that_is_set_back_strands_no_job_of_the_line(shop: Workshop) -> None:
    jobs = [await shop.ask(user_id=ANNA + number) for number in range(3)]
    shop.clock.advance(-3600)

    async with Running(shop.worker()):
        await shop.until_shown(*[job.id for job in jobs])

    assert [(await shop.job(job.id)).state for job in jobs] == [JobState.DONE] * 3


async def test_a_clock_that_is_set_back_strands_no_job_of_a_dead_worker(shop: Workshop) -> None:
    job = await shop.ask()
    await shop.claim("dead")
    shop.clock.advance(-3600)

    async with Running(shop.worker()):
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.DONE


@pytest.mark.parametrize("place", [GUILD, NOWHERE])
async def test_a_clock_that_is_set_ahead_or_back_disturbs_no_job_that_is_painted(
    shop: Workshop, place: ReplyTarget
) -> None:
    shop.provider.gate.close()
    job = await shop.ask(place=place)
    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        for seconds in (86400, -86400, -3600):
            shop.clock.advance(seconds)
            await beats(shop, 3)
        shop.provider.gate.open()
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.DONE
    assert len(shop.provider.calls) == 1


async def test_a_job_that_breaks_its_worker_ten_times_is_given_up(shop: Workshop) -> None:
    picture = reference("image")
    shop.fetcher.problems[picture.url] = UnforeseenError()  # pyright: ignore[reportArgumentType]  # what nobody foresaw
    job = await shop.ask(request(references=(picture,)))

    async with Running(shop.worker()):
        for attempt in range(1, MAX_ATTEMPTS + 1):
            await shop.until(lambda attempt=attempt: has_let_go(shop, job.id, attempt))
            shop.clock.advance(LEASE_S + 1)
        await shop.until_shown(job.id)

    ended = await shop.job(job.id)
    assert ended.state is JobState.FAILED
    assert ended.failure is not None
    assert (ended.failure.kind, ended.failure.code) == (FailureKind.FAULT, "gave_up")
    assert await shop.charge_state(job.id) == "released"
    assert len(shop.fetcher.fetched) == MAX_ATTEMPTS


async def test_packaging_that_breaks_every_attempt_is_given_up_after_twice_as_many(shop: Workshop) -> None:
    pictures = {b"picture 1": cast(PictureError, UnforeseenError("a bug in the packer"))}
    shop.imaging.bad_outputs = pictures
    job = await shop.ask()

    async with Running(shop.worker()):
        for attempt in range(1, MAX_END_ATTEMPTS + 1):
            await shop.until(lambda attempt=attempt: has_failed_to_pack(shop, job.id, attempt))
            shop.clock.advance(LEASE_S + 1)
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.FAILED
    assert len(shop.provider.calls) == 1
    assert await shop.charge_state(job.id) == "released"


async def has_failed_to_pack(shop: Workshop, job_id: str, attempt: int) -> bool:
    return await shop.handed_back(job_id, attempt) and len(shop.imaging.packed) == attempt


class UnforeseenError(RuntimeError):
    pass


async def has_let_go(shop: Workshop, job_id: str, attempt: int) -> bool:
    """The attempt was made, broke and was handed back: nothing else is fetched until the backoff is over."""
    return await shop.handed_back(job_id, attempt) and len(shop.fetcher.fetched) == attempt


async def test_an_end_that_breaks_its_worker_again_and_again_is_given_up_too(shop: Workshop) -> None:
    job = await shop.ask()
    shop.presenter.errors.extend([UnforeseenError("a bug in the card")] * 100)
    attempts = 2 * MAX_ATTEMPTS

    async with Running(shop.worker()):
        for attempt in range(1, attempts + 1):
            await shop.until(lambda attempt=attempt: has_failed_to_show(shop, job.id, attempt))
            shop.clock.advance(LEASE_S + 1)
        await shop.until_shown(job.id)

    assert await shop.charge_state(job.id) == "released"


async def has_failed_to_show(shop: Workshop, job_id: str, attempt: int) -> bool:
    return await shop.handed_back(job_id, attempt) and len(shop.presenter.errors) <= 100 - attempt


async def test_an_attempt_that_breaks_is_handed_back_at_once_and_then_ever_more_slowly(
    shop: Workshop,
) -> None:
    picture = reference("image")
    shop.fetcher.problems[picture.url] = UnforeseenError()  # pyright: ignore[reportArgumentType]  # what nobody foresaw
    job = await shop.ask(request(references=(picture,)))
    delays: list[float] = []

    async with Running(shop.worker()):
        for attempt in range(1, MAX_ATTEMPTS):
            await shop.until(lambda attempt=attempt: has_let_go(shop, job.id, attempt))
            delays.append(await shop.lease_left_s(job.id))
            shop.clock.advance(delays[-1])

    assert delays[0] < 1
    assert delays == sorted(delays)
    assert 60 < sum(delays) < 300


@pytest.mark.parametrize("breaks", [1, MAX_ATTEMPTS])
async def test_an_attempt_that_the_database_breaks_goes_on_as_the_same_attempt(
    shop: Workshop, breaks: int
) -> None:
    """However often that happens, it is none of the attempts after which a job is given up."""
    shop.jobs_broken.update(reload=breaks)
    job = await shop.ask()

    async with Running(shop.worker()):
        await shop.until_shown(job.id)

    ended = await shop.job(job.id)
    assert (ended.state, ended.attempt) == (JobState.DONE, 1)
    assert len(shop.provider.calls) == 1
    assert shop.jobs_broken["reload"] == 0


def test_the_jobs_of_a_dead_worker_wait_for_less_than_fifteen_seconds() -> None:
    assert LEASE_S_OF_WORKERS + POLL_S < 15
    assert LEASE_S_OF_WORKERS >= 3 * HEARTBEAT_S  # one or two heartbeats may fail


async def test_a_worker_that_wakes_after_its_lease_ran_out_begins_no_paid_call(shop: Workshop) -> None:
    await shop.ask()
    _, lease = await shop.claim()
    shop.clock.advance(LEASE_S)

    with pytest.raises(LostLeaseError):
        await shop.jobs.begin_call(
            lease, 0, request_id="late", estimate_micro_usd=PRICE_MICRO_USD, now=shop.clock.now()
        )

    assert (await shop.spend()).calls == 0


async def test_a_stopping_worker_finishes_what_it_has_begun(shop: Workshop) -> None:
    job = await start_rendering(shop)
    running = Running(shop.worker())
    async with running:
        await shop.provider.gate.until_waiting()
        waiting = await shop.ask()
        running.stop.set()
        shop.provider.gate.open()

    assert (await shop.job(job.id)).state is JobState.DONE
    shop.new_process()
    async with Running(shop.worker("two")):  # whether the first one had claimed it already or not
        await shop.until_shown(waiting.id)
    assert (await shop.job(waiting.id)).state is JobState.DONE


async def test_a_worker_that_breaks_finishes_what_it_has_begun(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(_worker: Worker, _stop: asyncio.Event) -> None:
        raise UnforeseenError

    shop.provider.gate.close()
    job = await shop.ask()
    worker = shop.worker()
    running = asyncio.create_task(worker.run(asyncio.Event()), name="worker")
    await shop.provider.gate.until_waiting()
    monkeypatch.setattr(Worker, "_wait_for_wake_up", break_down)
    worker.wake()
    shop.provider.gate.open()

    with pytest.raises(UnforeseenError):
        await running

    assert (await shop.job(job.id)).state is JobState.DONE
    assert len(shop.provider.calls) == 1


async def test_a_worker_that_is_asked_to_stop_takes_nothing_new(shop: Workshop) -> None:
    shop.slots = 1
    shop.new_process()
    job = await start_rendering(shop)
    running = Running(shop.worker())
    async with running:
        await shop.provider.gate.until_waiting()
        waiting = await shop.ask()
        running.stop.set()
        shop.provider.gate.open()

    assert (await shop.job(job.id)).state is JobState.DONE
    assert (await shop.job(waiting.id)).state is JobState.QUEUED


async def test_a_stopping_worker_begins_no_more_paid_calls_and_does_not_wait_for_them(shop: Workshop) -> None:
    """One that is cut off at the end of the grace would be paid for, lost, and paid for again."""
    shop.slots = 1
    shop.new_process()
    job = await start_rendering(shop, count=3)
    running = Running(shop.worker(grace_s=3600))
    async with running:
        await shop.provider.gate.until_waiting()
        running.stop.set()
        shop.provider.gate.open()
    begun = len(shop.provider.calls)
    shop.new_process()

    async with Running(shop.worker("two")):
        await shop.until_shown(job.id)

    assert begun == 1
    assert (await shop.job(job.id)).state is JobState.DONE
    assert (len(shop.provider.calls), shop.provider.looked_up) == (3, [])


@pytest.mark.usefixtures("cut_off_at_once")
async def test_what_is_not_finished_within_the_grace_is_handed_back_and_taken_up_at_once(
    shop: Workshop,
) -> None:
    job = await start_rendering(shop)
    running = Running(shop.worker(grace_s=0))
    async with running:
        await shop.provider.gate.until_waiting()
    assert shop.calls.live == set()
    shop.provider.gate.open()
    shop.provider.fates.append(Charge.FREE)
    shop.new_process()

    async with Running(shop.worker("two")):
        await shop.until_shown(job.id)

    ended = await shop.job(job.id)
    assert (ended.state, ended.attempt) == (JobState.DONE, 2)
    assert len(shop.provider.looked_up) == 1
    assert (await shop.spend()).calls == 1


@pytest.mark.usefixtures("cut_off_at_once")
async def test_a_worker_stops_in_peace_though_the_database_is_away(shop: Workshop) -> None:
    job = await start_rendering(shop)
    running = Running(shop.worker(grace_s=0))
    async with running:
        await shop.provider.gate.until_waiting()
        shop.watched.errors.extend([OSError("gone")] * 1000)
    shop.watched.errors.clear()
    shop.provider.gate.open()
    shop.new_process()
    shop.clock.advance(LEASE_S)  # what could not be handed back is free when its lease runs out

    async with Running(shop.worker("two")):
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.DONE


async def test_a_worker_outlives_a_database_that_goes_away_for_a_while(shop: Workshop) -> None:
    shop.watched.errors.extend([OSError("gone")] * 5)
    async with Running(shop.worker()):
        await shop.until(lambda: errors_are_over(shop))
        job = await shop.ask()
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.DONE


async def test_a_database_that_is_away_is_in_no_line_of_the_worker_itself(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    """The store logs it, once for all loops."""
    shop.watched.errors.extend([OSError("gone")] * 30)
    async with Running(shop.worker()):
        await shop.until(lambda: errors_are_over(shop))

    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO] == []


async def errors_are_over(shop: Workshop) -> bool:
    return not shop.watched.errors


async def test_a_worker_whose_lease_another_one_took_stops_and_writes_nothing_more(shop: Workshop) -> None:
    job = await start_rendering(shop)
    async with Running(shop.worker("one")):
        await shop.provider.gate.until_waiting()
        shop.watched.errors.extend([OSError("gone")] * 3)
        shop.clock.advance(LEASE_S + 1)
        taken = await shop.look.claim("two", shop.ceiling, now=shop.clock.now(), lease_s=LEASE_S)
        assert taken is not None
        await shop.until(lambda: nothing_runs(shop))
        shop.provider.gate.open()
        await shop.until(lambda: books_hold(shop, 1))

    after = await shop.job(job.id)
    assert (after.state, after.attempt) == (JobState.RENDERING, taken.attempt)
    assert shop.presenter.states(job.id) == [JobState.RENDERING]


async def nothing_runs(shop: Workshop) -> bool:
    (heartbeat,) = await shop.key_values.heartbeats(shop.clock.now() - timedelta(hours=1))
    return heartbeat.running == 0


async def test_a_job_is_left_alone_until_its_first_card_is_out(shop: Workshop) -> None:
    outcome = await shop.try_to_ask()
    assert isinstance(outcome, Accepted)
    async with Running(shop.worker()):
        await beats(shop, 2)
        assert (await shop.job(outcome.job.id)).state is JobState.QUEUED
        shop.clock.advance(5)  # the gateway died in between
        await shop.until_shown(outcome.job.id)

    assert (await shop.job(outcome.job.id)).state is JobState.DONE


async def test_an_end_nobody_can_be_shown_frees_the_worker_and_the_quota(shop: Workshop) -> None:
    job = await shop.ask()
    shop.presenter.errors.extend([UnreachableError("no way")] * 2)

    async with Running(shop.worker()):
        await shop.until_shown(job.id)

    assert (await shop.job(job.id)).state is JobState.EXPIRED
    assert await shop.charge_state(job.id) == "released"


class DeafAtFirst(MemoryWakeUps):
    """Listening breaks once."""

    def __init__(self) -> None:
        super().__init__()
        self.listened = 0
        self.hears = asyncio.Event()

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[WakeUp]]:
        self.listened += 1
        if self.listened == 1:
            raise OSError("the line is gone")
        async with super().listen() as heard:
            self.hears.set()
            yield heard


async def test_a_worker_that_could_not_listen_listens_again_and_says_so(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.wake_ups = deaf = DeafAtFirst()
    async with Running(shop.worker()):
        await deaf.hears.wait()

    assert "listen failed" in caplog.text


async def test_a_result_that_was_shown_is_not_shown_again_when_only_tidying_up_failed(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its token is deleted by then: it would come as a new message."""
    drop, failures = shop.blobs.drop_job, [StoreUnavailableError("gone")]

    async def drop_at_last(job_id: str) -> None:
        if failures:
            raise failures.pop()
        await drop(job_id)

    monkeypatch.setattr(shop.blobs, "drop_job", drop_at_last)
    job = await shop.ask()
    async with Running(shop.worker()):
        await shop.until_shown(job.id)

        async def is_tidy() -> bool:
            return not await shop.blobs.jobs()

        await shop.until(is_tidy)

    assert not failures
    assert shop.presenter.states(job.id).count(JobState.DELIVERING) == 1
    assert JobState.DONE not in shop.presenter.states(job.id)
