"""A provider that does not work for anybody: jobs wait, their cards say why, and they go on by themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.app.run import check_worker
from bot.domain.circuit import MAX_FAULTS
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import JobState
from bot.domain.ports.blobs import BlobMeta
from bot.domain.provider import (
    AnswerEmptyError,
    BadKeyError,
    Balance,
    Charge,
    OutOfCreditError,
    ProviderError,
    Rendered,
    RenderOrder,
    ServerFaultError,
    Trouble,
    TryAgainError,
)
from bot.outage import end_tasks
from bot.services.provider_calls import new_request_id
from bot.storage.stores import SqlModerationStore
from tests.contract.moderation_material import taken
from tests.fakes import FakeProvider
from tests.unit.services.workshop import ANNA, BEN, Running, Workshop, request

EMPTY = Balance(micro_usd=0)
FULL = Balance(micro_usd=5_000_000)


async def asked(shop: Workshop, number: int) -> list[str]:
    """Jobs of as many people."""
    return [(await shop.ask(request(f"{n}"), user_id=ANNA + n)).id for n in range(number)]


def cards(shop: Workshop, job_id: str) -> list[tuple[JobState, Trouble | None]]:
    """What the cards of a job said, without repetitions."""
    said = [(one.job.state, one.job.held_up) for one in shop.presenter.shown if one.job.id == job_id]
    return [one for number, one in enumerate(said) if not number or one != said[number - 1]]


async def held_up(shop: Workshop, job_id: str, trouble: Trouble) -> None:
    """Waits until the job's card says why it waits."""

    def says_so() -> bool:
        return any(said is trouble for _, said in cards(shop, job_id))

    await shop.presenter.bell.until(says_so)


async def alerts(shop: Workshop) -> list[tuple[str, dict[str, object]]]:
    entries = await taken(SqlModerationStore(shop.store), now=shop.clock.now())
    return [(one.topic.value, dict(one.facts)) for one in entries]


async def test_jobs_wait_out_a_provider_that_is_down_and_lose_no_try(shop: Workshop) -> None:
    faults = [TryAgainError("500") for _ in range(MAX_FAULTS + 3)]
    shop.provider.script.extend(faults)
    ids = await asked(shop, 3)

    async with Running(shop.worker()):
        ended = await shop.until_shown(*ids)

    assert {job.state for job in ended} == {JobState.DONE}
    assert len(shop.provider.calls) == len(faults) + len(ids)
    assert shop.provider.asked_balance > 0
    assert [
        (JobState.RENDERING, None),
        (JobState.RENDERING, Trouble.FAULTS),
        (JobState.RENDERING, None),
        (JobState.DELIVERING, None),
    ] in [cards(shop, job_id) for job_id in ids]
    assert await alerts(shop) == [("provider_down", {"subject": "10000000"})], "once, with the balance"


async def test_a_blip_alarms_nobody(shop: Workshop) -> None:
    shop.slots = 8
    shop.new_process()
    shop.provider.script.extend(TryAgainError("500") for _ in range(MAX_FAULTS))

    async with Running(shop.worker()):
        await shop.until_shown(*await asked(shop, 8))

    assert await alerts(shop) == []


async def test_an_empty_account_fails_one_job_and_the_others_wait_until_there_is_money(
    shop: Workshop,
) -> None:
    shop.slots = 1
    shop.new_process()
    shop.provider.script.append(OutOfCreditError("403", balance_micro_usd=0))
    shop.provider.funds = EMPTY
    ids = await asked(shop, 3)
    shop.clock.advance(10)
    shop.provider.gate.close()

    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting()
        first = shop.provider.calls[0].request_id.split(".")[1]
        others = [job_id for job_id in ids if job_id != first]
        shop.provider.gate.open()
        (failed,) = await shop.until_shown(first)
        for job_id in others:
            await held_up(shop, job_id, Trouble.NO_CREDIT)
        shop.clock.advance(3600)
        calls = len(shop.provider.calls)
        shop.provider.funds = FULL
        ended = await shop.until_shown(*others)

    assert (failed.state, failed.failure and failed.failure.kind) == (JobState.FAILED, FailureKind.CREDIT)
    assert calls == 1
    assert {job.state for job in ended} == {JobState.DONE}
    assert cards(shop, others[0])[0] == (JobState.QUEUED, Trouble.NO_CREDIT)


@pytest.mark.parametrize(
    ("error", "code"),
    [(OutOfCreditError("403"), FailureCode.OUT_OF_CREDIT), (BadKeyError("401"), FailureCode.BAD_KEY)],
)
async def test_a_job_that_was_told_so_does_not_keep_its_other_pictures_waiting(
    shop: Workshop, error: ProviderError, code: FailureCode
) -> None:
    shop.slots = 1
    shop.new_process()
    shop.provider.script.append(error)
    shop.provider.funds = EMPTY

    job = await shop.go_through(request(count=4))

    assert (job.state, job.failure and job.failure.code) == (JobState.FAILED, code)
    assert len(shop.provider.calls) == 1
    assert await shop.charge_state(job.id) == "released"


async def test_a_job_that_waited_too_long_fails_with_the_reason(shop: Workshop) -> None:
    shop.provider.funds = EMPTY
    await shop.ask()
    job, lease = await shop.claim()
    await shop.circuit.record("call", "another", OutOfCreditError("403"))
    shop.clock.advance((job.expires_at - shop.clock.now()).total_seconds())
    await shop.jobs.renew_leases([lease], now=shop.clock.now(), lease_s=300)

    ended = await shop.runner.run(job, lease)

    assert ended.failure == Failure(kind=FailureKind.CREDIT, code=FailureCode.OUT_OF_CREDIT)
    assert shop.provider.calls == []


async def test_garbage_for_everybody_is_paid_for_no_second_time(shop: Workshop) -> None:
    shop.slots = 3
    shop.new_process()
    shop.provider.script.extend(AnswerEmptyError("[]") for _ in range(3))
    shop.provider.fates.extend(Charge.CHARGED for _ in range(3))
    shop.provider.gate.close()
    ids = await asked(shop, 3)

    async with Running(shop.worker()):
        await shop.provider.gate.until_waiting(3)
        shop.provider.gate.admit(3)
        ended = await shop.until_shown(*ids)

        assert [job.failure and job.failure.code for job in ended] == [FailureCode.ANSWERS_UNUSABLE] * 3
        assert len(shop.provider.calls) == 3
        await shop.until(lambda: told_of_garbage(shop))
    assert (await shop.spend()).calls == 3


async def told_of_garbage(shop: Workshop) -> bool:
    return ("garbage", {"subject": "10000000"}) in await alerts(shop)


async def test_one_bad_answer_is_still_followed_by_one_more_call(shop: Workshop) -> None:
    shop.provider.script.append(AnswerEmptyError("[]"))
    shop.provider.fates.append(Charge.CHARGED)

    assert (await shop.go_through()).state is JobState.DONE


class Objecting(FakeProvider):
    """Answers 500 to one prompt. Before its second answer, `meanwhile` happens."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__()
        self.meanwhile = meanwhile
        self.objections = 0

    async def render(self, order: RenderOrder) -> Rendered:
        if order.prompt != "bad":
            return await super().render(order)
        self.objections += 1
        if self.objections == 2 and self.meanwhile is not None:
            await self.meanwhile()
        raise ServerFaultError("500")


async def test_a_prompt_that_alone_fails_is_one_that_the_provider_may_object_to(shop: Workshop) -> None:
    shop.provider = provider = Objecting(lambda: shop.go_through(request("good"), user_id=BEN))
    shop.new_process()

    job = await shop.go_through(request("bad"))

    assert job.failure == Failure(kind=FailureKind.FAULT, code=FailureCode.MAY_OBJECT)
    assert provider.objections == 3


async def test_a_prompt_that_fails_while_nobody_is_painted_tells_of_the_provider(shop: Workshop) -> None:
    await shop.go_through(request("good"), user_id=BEN)  # before
    shop.clock.advance(1)
    shop.provider = provider = Objecting()
    shop.new_process()

    job = await shop.go_through(request("bad"))

    assert job.failure == Failure(kind=FailureKind.FAULT, code=FailureCode.PROVIDER_DOWN)
    assert provider.objections == 4


async def test_a_restart_asks_at_once_whether_the_new_key_is_taken(shop: Workshop) -> None:
    shop.provider.funds = Balance(is_key_refused=True)
    await shop.circuit.record("call", "job", BadKeyError("401"))
    for _ in range(6):
        shop.clock.advance(60)
        await shop.circuit.watch()
    job = await shop.ask()
    shop.provider.funds = FULL
    shop.new_process()

    async with Running(shop.worker()):
        (ended,) = await shop.until_shown(job.id)

    assert ended.state is JobState.DONE


async def test_a_stop_is_not_held_up_by_jobs_that_wait(shop: Workshop) -> None:
    shop.provider.funds = EMPTY
    job = await shop.ask()
    worker = shop.worker(grace_s=3600)
    async with Running(worker):
        shop.provider.gate.close()
        await shop.provider.gate.until_waiting()
        shop.provider.script.extend([TryAgainError("500"), TryAgainError("500")])
        await shop.circuit.record("call", "another", OutOfCreditError("403"))
        shop.provider.gate.open()
        await held_up(shop, job.id, Trouble.NO_CREDIT)

    waits = await shop.job(job.id)
    assert waits.state is JobState.RENDERING
    assert await shop.handed_back(job.id, waits.attempt)


async def test_a_stop_is_not_held_up_by_a_prompt_that_waits_to_be_rewritten(shop: Workshop) -> None:
    shop.provider.funds = EMPTY
    await shop.circuit.record("call", "another", BadKeyError("401"))
    await shop.circuit.store.restart(now=shop.clock.now())
    shop.provider.funds = FULL
    await shop.circuit.watch()
    job = await shop.ask(request(enhance=True))
    async with Running(shop.worker(grace_s=3600)):
        shop.rewriter.gate.close()
        await shop.rewriter.gate.until_waiting()
        await shop.circuit.record("call", "another", BadKeyError("401"))
        shop.provider.funds = EMPTY
        shop.rewriter.gate.open()
        await held_up(shop, job.id, Trouble.BAD_KEY)

    assert await shop.handed_back(job.id, (await shop.job(job.id)).attempt)


async def test_prompts_are_not_rewritten_while_nothing_can_be_painted(shop: Workshop) -> None:
    shop.provider.funds = EMPTY
    await shop.ask(request(enhance=True))
    job, lease = await shop.claim()
    await shop.circuit.record("call", "another", OutOfCreditError("403"))

    running = asyncio.create_task(shop.runner.run(job, lease))
    await held_up(shop, job.id, Trouble.NO_CREDIT)
    assert shop.rewriter.asked == []
    shop.provider.funds = FULL
    shop.clock.advance(120)
    await shop.circuit.watch()

    assert (await running).state is JobState.DELIVERING
    assert len(shop.rewriter.asked) == 1


async def test_an_outage_of_the_provider_is_two_lines_of_the_log(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.provider.script.extend(TryAgainError("500") for _ in range(MAX_FAULTS + 2))
    with caplog.at_level(logging.WARNING, logger="bot.services.circuit"):
        async with Running(shop.worker()):
            await shop.until_shown(*await asked(shop, 3))

    lines = [record.getMessage() for record in caplog.records if record.name == "bot.services.circuit"]
    assert [line.split(":")[0] for line in lines] == [
        "the provider has trouble (faults)",
        "the provider works again",
    ]


async def test_a_store_that_is_away_keeps_no_call_from_ending(shop: Workshop) -> None:
    shop.jobs_broken["record_outcome"] = 1
    assert await shop.circuit.record("call", "job", TryAgainError("500")) is None
    assert (await shop.circuit.store.circuit()).faults == 0


async def test_no_worker_takes_a_job_whose_card_is_being_drawn_again(shop: Workshop) -> None:
    """The edit could arrive after those of the worker, and the result would be gone from the card."""
    job = await shop.ask()
    shop.clock.advance(10)
    await shop.circuit.record("call", "another", OutOfCreditError("403"))
    await shop.circuit.record("call", "another", None)  # it began after that, and went well
    shop.presenter.gate.close()
    drawing = asyncio.create_task(shop.circuit.redraw())
    await shop.presenter.gate.until_waiting()

    assert await shop.jobs.claim("one", shop.ceiling, now=shop.clock.now(), lease_s=30) is None
    shop.presenter.gate.open()
    await drawing
    assert (await shop.claim())[0].id == job.id


async def test_a_card_that_was_cancelled_while_it_was_drawn_again_shows_that(shop: Workshop) -> None:
    job = await shop.ask()
    shop.clock.advance(10)
    await shop.circuit.record("call", "another", OutOfCreditError("403"))
    shop.presenter.gate.close()
    drawing = asyncio.create_task(shop.circuit.redraw())
    await shop.presenter.gate.until_waiting()
    await shop.jobs.cancel(job.id, user_id=job.user_id, now=shop.clock.now())
    shop.presenter.gate.open()
    await drawing

    assert shop.presenter.states(job.id)[-1] is JobState.CANCELLED


async def test_cards_that_discord_takes_slowly_hold_up_no_question_to_the_provider(shop: Workshop) -> None:
    shop.provider.funds = EMPTY
    await shop.ask()
    shop.clock.advance(10)
    await shop.circuit.record("call", "another", OutOfCreditError("403"))
    shop.presenter.gate.close()

    async with Running(shop.worker()):
        await shop.presenter.gate.until_waiting()
        asked = shop.provider.asked_balance
        shop.provider.funds = FULL
        shop.clock.advance(60)

        async def is_half_open() -> bool:
            return (await shop.circuit.store.circuit()).half_open_at is not None

        await shop.until(is_half_open)
        assert shop.provider.asked_balance > asked
        shop.presenter.gate.open()


async def test_a_picture_that_is_there_is_not_kept_waiting_by_the_ones_that_are_not(shop: Workshop) -> None:
    shop.provider.funds = EMPTY
    asked = await shop.ask(request(enhance=True, count=2))
    job, lease = await shop.claim()
    await shop.jobs.begin_rewriting(lease, request_id="words", estimate_micro_usd=1, now=shop.clock.now())
    await shop.jobs.end_rewriting(lease, text="a fox, in oil", fault=None)
    name, key = new_request_id(job.id, 0), f"{job.id}/raw-0"
    await shop.jobs.begin_call(lease, 0, request_id=name, estimate_micro_usd=1, now=shop.clock.now())
    await shop.blobs.put(key, b"paid", BlobMeta(mime="image/jpeg"))
    await shop.jobs.render_done(
        lease, 0, request_id=name, raw_key=key, revised_prompt=None, cost_micro_usd=1, now=shop.clock.now()
    )
    await shop.circuit.record("call", "another", OutOfCreditError("403"))

    running = asyncio.create_task(shop.runner.run(await shop.job(asked.id), lease))

    async def is_packed() -> bool:
        return len((await shop.job(asked.id)).pictures) == 1

    await shop.until(is_packed)
    await end_tasks(running)


async def test_an_enhanced_job_that_waited_too_long_fails_in_one_attempt(shop: Workshop) -> None:
    await shop.ask(request(enhance=True, count=3))
    job, lease = await shop.claim()
    await shop.circuit.record("call", "another", OutOfCreditError("403"))
    shop.clock.advance((job.expires_at - shop.clock.now()).total_seconds())
    await shop.jobs.renew_leases([lease], now=shop.clock.now(), lease_s=300)

    ended = await shop.runner.run(job, lease)

    assert [render.failure and render.failure.code for render in ended.renders] == [
        FailureCode.OUT_OF_CREDIT
    ] * 3
    assert shop.rewriter.asked == []


async def test_the_health_check_tells_while_calls_wait(shop: Workshop) -> None:
    async with Running(shop.worker()) as running:

        async def has_heartbeat() -> bool:
            return running.worker.heartbeat_at is not None

        await shop.until(has_heartbeat)
        await shop.circuit.record("call", "another", BadKeyError("401"))
        shop.provider.funds = Balance(is_key_refused=True)
        await shop.circuit.watch()
        finding = await check_worker(running.worker, shop.clock)

    assert finding.is_well, "the worker is: a restart would not help"
    assert finding.note.endswith("calls wait, the provider has trouble (bad_key)")
