"""Rewriting a prompt: whatever happens, the picture is painted, and the call is paid for once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.jobs import JobState, RewriteFault
from bot.domain.provider import (
    BadKeyError,
    Charge,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.rewriting import ESTIMATE_MICRO_USD, Rewritten
from bot.services.checks import InvalidRequest, RequestProblem
from bot.storage.stores import SqlJobStore
from tests.fakes import PRICE_MICRO_USD
from tests.unit.services.workshop import LEASE_S, Workshop, request

WORDS = 'a shop sign that says "Open"'


async def test_the_rewritten_words_are_painted_and_both_versions_kept(shop: Workshop) -> None:
    job = await shop.go_through(request(WORDS, enhance=True, count=2))
    assert job.request.prompt == WORDS
    assert job.rewriting is not None
    assert job.rewriting.text == f"{WORDS}, in evening light"
    assert {order.prompt for order in shop.provider.calls} == {job.rewriting.text}
    assert len(shop.rewriter.asked) == 1


async def test_what_it_cost_is_on_the_books(shop: Workshop) -> None:
    shop.rewriter.script.append(Rewritten(text=f"{WORDS}, at night", cost_micro_usd=900))
    job = await shop.go_through(request(WORDS, enhance=True))
    assert job.cost_micro_usd == PRICE_MICRO_USD + 900
    assert (await shop.spend()).micro_usd == PRICE_MICRO_USD + 900


async def test_a_cost_that_was_not_told_stays_at_the_estimate(shop: Workshop) -> None:
    shop.rewriter.script.append(Rewritten(text=f"{WORDS}, at night", cost_micro_usd=None))
    job = await shop.go_through(request(WORDS, enhance=True))
    assert job.cost_micro_usd == PRICE_MICRO_USD + ESTIMATE_MICRO_USD


WRONG: list[tuple[Rewritten | ProviderError, RewriteFault, int]] = [
    (TryAgainError("503"), RewriteFault.FAULT, 0),
    (SlowDownError("429"), RewriteFault.BUSY, 0),
    (OutOfCreditError("403"), RewriteFault.CREDIT, 0),
    (BadKeyError("401"), RewriteFault.CREDIT, 0),
    (RefusedError("no"), RewriteFault.REFUSED, 0),
    (NoAnswerError("cut"), RewriteFault.UNCERTAIN, ESTIMATE_MICRO_USD),
    (Rewritten(text="a shop sign", cost_micro_usd=900), RewriteFault.LOST_QUOTES, 900),
    (Rewritten(text='a naked woman, "Open" on a sign', cost_micro_usd=900), RewriteFault.DANGER, 900),
]


async def test_whatever_goes_wrong_the_persons_own_words_are_painted(
    shop: Workshop, subtests: pytest.Subtests
) -> None:
    for answer, fault, cost in WRONG:
        with subtests.test(repr(answer)):
            shop.rewriter.script.append(answer)
            shop.provider.calls.clear()
            job = await shop.go_through(request(WORDS, enhance=True))
            assert job.state is JobState.DONE
            assert job.rewriting is not None
            assert (job.rewriting.text, job.rewriting.fault) == (None, fault)
            assert [order.prompt for order in shop.provider.calls] == [WORDS]
            assert job.cost_micro_usd == PRICE_MICRO_USD + cost


async def test_a_call_that_a_crash_cut_off_is_not_made_again(shop: Workshop) -> None:
    job = await shop.ask(request(WORDS, enhance=True))
    shop.rewriter.gate.close()
    claimed, lease = await shop.claim()
    first = asyncio.create_task(shop.runner.run(claimed, lease))
    await shop.rewriter.gate.until_waiting()
    first.cancel()
    await shop.calls.stop()
    await asyncio.gather(first, return_exceptions=True)

    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    again, lease = await shop.claim("two")
    await shop.delivery.finish(await shop.runner.run(again, lease), lease)

    ended = await shop.job(job.id)
    assert ended.rewriting is not None
    assert ended.rewriting.fault is RewriteFault.UNCERTAIN
    assert len(shop.rewriter.asked) == 1
    assert ended.cost_micro_usd == PRICE_MICRO_USD + ESTIMATE_MICRO_USD  # until its outcome is looked up
    shop.clock.advance(2 * 3600)
    shop.provider.fates.append(Charge.FREE)
    await shop.calls.settle_old()
    assert (await shop.job(job.id)).cost_micro_usd == PRICE_MICRO_USD


async def test_a_cancelled_job_lets_the_call_end_so_that_its_cost_is_known(shop: Workshop) -> None:
    job = await shop.ask(request(WORDS, enhance=True))
    shop.rewriter.gate.close()
    claimed, lease = await shop.claim()
    running = asyncio.create_task(shop.runner.run(claimed, lease))
    await shop.rewriter.gate.until_waiting()
    await shop.submissions.cancel(job.id, user_id=job.user_id)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    live = tuple(shop.calls.live)
    shop.rewriter.gate.open()
    await asyncio.gather(*live)
    assert (await shop.job(job.id)).cost_micro_usd == 900
    assert shop.provider.calls == []


async def test_a_call_that_was_on_record_and_never_made_costs_nothing(shop: Workshop) -> None:
    """The worker is stopped, or the job cancelled, in the transaction before the call."""

    class Slow(SqlJobStore):
        began = asyncio.Event()

        async def begin_rewriting(self, *args: Any, **more: Any) -> None:
            writing = asyncio.ensure_future(super().begin_rewriting(*args, **more))
            self.began.set()
            await asyncio.shield(writing)  # a transaction that began cannot be called back

    job = await shop.ask(request(WORDS, enhance=True))
    shop.jobs = slow = Slow(shop.watched)
    shop.new_process()
    claimed, lease = await shop.claim()
    running = asyncio.create_task(shop.runner.run(claimed, lease))
    await slow.began.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await shop.job(job.id)).rewriting is not None
    assert (shop.rewriter.asked, (await shop.spend()).micro_usd) == ([], 0)

    shop.new_process()
    shop.clock.advance(LEASE_S + 1)
    again, lease = await shop.claim("two")
    await shop.delivery.finish(await shop.runner.run(again, lease), lease)

    assert [order.prompt for order in shop.provider.calls] == [WORDS]
    assert (await shop.spend()).micro_usd == PRICE_MICRO_USD


async def test_words_that_become_many_prompts_are_not_rewritten(shop: Workshop) -> None:
    asked = request("{red,blue} fox", count=2, prompts=("red fox", "blue fox"), enhance=True)
    outcome = await shop.try_to_ask(asked)
    assert outcome == InvalidRequest(problem=RequestProblem.ENHANCE_MANY)


async def test_each_picture_of_an_album_is_asked_with_its_own_words(shop: Workshop) -> None:
    await shop.go_through(request("{red,blue} fox", count=2, prompts=("red fox", "blue fox")))
    assert {order.prompt for order in shop.provider.calls} == {"red fox", "blue fox"}
