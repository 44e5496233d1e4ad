"""Alt text by a model: whatever happens, the picture is shown, and each call is paid for once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.domain.jobs import Job, JobState
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.provider import (
    Charge,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
)
from bot.domain.rewriting import ALT_TEXT_MICRO_USD, ALT_TEXT_SIDE, ESTIMATE_MICRO_USD, AltText
from bot.storage.engine import SqliteStore
from bot.storage.stores import SqlJobStore
from bot.ui.cards.text import alt_text
from tests.conftest import TurnableClock
from tests.databases import empty_sqlite
from tests.fakes import PRICE_MICRO_USD, FakeAltTextWriter
from tests.unit.services.workshop import LEASE_S, Workshop, request

WORDS = "a boat"
WRITTEN = "A boat at dusk."


@pytest.fixture
def writer() -> FakeAltTextWriter:
    return FakeAltTextWriter()


@pytest.fixture
async def shop(tmp_path: Path, clock: TurnableClock, writer: FakeAltTextWriter) -> AsyncIterator[Workshop]:
    async with opened(tmp_path, clock, writer, Rule(scope=Scope.OPERATOR)) as shop:
        yield shop


@asynccontextmanager
async def opened(
    folder: Path, clock: TurnableClock, writer: FakeAltTextWriter, ceiling: Rule
) -> AsyncGenerator[Workshop]:
    path = folder / "easel.db"
    path.write_bytes(empty_sqlite())
    store = SqliteStore(path)
    yield Workshop(store=store, clock=clock, alt_text_writer=writer, ceiling=ceiling)
    await store.close()


async def ended(shop: Workshop, job: Job) -> Job:
    """The job after a claim by a new process, long after the first one's lease."""
    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    again, lease = await shop.claim("two")
    await shop.delivery.finish(await shop.runner.run(again, lease), lease)
    return await shop.job(job.id)


async def test_each_picture_gets_alt_text_of_its_own(shop: Workshop, writer: FakeAltTextWriter) -> None:
    writer.script.append(AltText(text="A boat at dawn.", cost_micro_usd=500))
    job = await shop.go_through(request(WORDS, count=2))
    assert {alt_text(job, index) for index in (0, 1)} == {WRITTEN, "A boat at dawn."}
    assert job.cost_micro_usd == 2 * PRICE_MICRO_USD + 500 + 700
    assert shop.imaging.sides[-1] == ALT_TEXT_SIDE


async def test_the_prompt_is_the_alt_text_where_no_model_writes_it(shop: Workshop) -> None:
    shop.alt_text_writer = None
    shop.new_process()
    job = await shop.go_through(request(WORDS))
    assert (alt_text(job, 0), job.cost_micro_usd) == (WORDS, PRICE_MICRO_USD)


WRONG: list[tuple[AltText | ProviderError, int]] = [
    (SlowDownError("429"), 0),
    (OutOfCreditError("403"), 0),
    (RefusedError("no"), 0),
    (NoAnswerError("cut"), ALT_TEXT_MICRO_USD),
    (AltText(text="A naked woman in a boat.", cost_micro_usd=900), 900),
]


async def test_whatever_goes_wrong_the_picture_is_shown_with_its_prompt(
    shop: Workshop, writer: FakeAltTextWriter, subtests: pytest.Subtests
) -> None:
    for answer, cost in WRONG:
        with subtests.test(repr(answer)):
            writer.script.append(answer)
            writer.asked.clear()
            job = await shop.go_through(request(WORDS))
            assert job.state is JobState.DONE
            assert alt_text(job, 0) == WORDS
            assert job.cost_micro_usd == PRICE_MICRO_USD + cost
            assert len(writer.asked) == 1


async def test_a_picture_that_cannot_be_read_is_shown_and_asked_about_nobody(
    shop: Workshop, writer: FakeAltTextWriter
) -> None:
    broken = PictureError(PictureProblem.UNREADABLE, detail="")
    shop.imaging.bad_inputs[b"packed picture 1"] = broken
    job = await shop.go_through(request(WORDS))
    assert (job.state, alt_text(job, 0), writer.asked) == (JobState.DONE, WORDS, [])


async def test_a_call_that_a_crash_cut_off_is_not_made_again(
    shop: Workshop, writer: FakeAltTextWriter
) -> None:
    job = await shop.ask(request(WORDS))
    writer.gate.close()
    claimed, lease = await shop.claim()
    first = asyncio.create_task(shop.runner.run(claimed, lease))
    await writer.gate.until_waiting()
    first.cancel()
    await shop.calls.stop()
    await asyncio.gather(first, return_exceptions=True)

    shown = await ended(shop, job)
    assert (shown.state, alt_text(shown, 0), len(writer.asked)) == (JobState.DONE, WORDS, 1)
    assert shown.cost_micro_usd == PRICE_MICRO_USD + ALT_TEXT_MICRO_USD  # until its outcome is looked up
    shop.clock.advance(2 * 3600)
    shop.provider.fates.append(Charge.FREE)
    await shop.calls.settle_old()
    assert (await shop.job(job.id)).cost_micro_usd == PRICE_MICRO_USD


async def test_a_cancelled_job_lets_the_call_end_so_that_its_cost_is_known(
    shop: Workshop, writer: FakeAltTextWriter
) -> None:
    job = await shop.ask(request(WORDS))
    writer.gate.close()
    claimed, lease = await shop.claim()
    running = asyncio.create_task(shop.runner.run(claimed, lease))
    await writer.gate.until_waiting()
    await shop.submissions.cancel(job.id, user_id=job.user_id)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    live = tuple(shop.calls.live)
    writer.gate.open()
    await asyncio.gather(*live)
    assert (await shop.job(job.id)).cost_micro_usd == PRICE_MICRO_USD + 700


async def test_a_call_that_was_on_record_and_never_made_costs_nothing(
    shop: Workshop, writer: FakeAltTextWriter
) -> None:
    """The worker is stopped, or the job cancelled, in the transaction before the call."""

    class Slow(SqlJobStore):
        began = asyncio.Event()

        async def begin_alt_text(self, *args: Any, **more: Any) -> None:
            writing = asyncio.ensure_future(super().begin_alt_text(*args, **more))
            self.began.set()
            await asyncio.shield(writing)  # a transaction that began cannot be called back

    job = await shop.ask(request(WORDS))
    shop.jobs = slow = Slow(shop.watched)
    shop.new_process()
    claimed, lease = await shop.claim()
    running = asyncio.create_task(shop.runner.run(claimed, lease))
    await slow.began.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert writer.asked == []
    assert (await shop.job(job.id)).cost_micro_usd == PRICE_MICRO_USD


async def test_a_budget_that_has_no_room_for_alt_text_denies_the_picture(
    tmp_path: Path, clock: TurnableClock, writer: FakeAltTextWriter
) -> None:
    """Said before anything is painted: what the alt text may cost is reserved with the picture."""
    price = PRICE_MICRO_USD + ALT_TEXT_MICRO_USD
    async with opened(
        tmp_path, clock, writer, Rule(scope=Scope.OPERATOR, says={Limit.USD_PER_DAY: price - 1})
    ) as shop:
        assert shop.submissions.price_of(request(WORDS)) == price
        assert shop.submissions.price_of(request(WORDS, enhance=True)) == price + ESTIMATE_MICRO_USD
        assert isinstance(await shop.try_to_ask(request(WORDS)), Denied)
