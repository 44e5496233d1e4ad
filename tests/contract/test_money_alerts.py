"""What operators are told of prices, of the balance and of signatures, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

import bot.storage.moderation.outbox as telling
from bot.clock import SystemClock
from bot.domain.jobs import ReplyScope, ReplyTarget
from bot.domain.moderation import LogEntry, Topic
from bot.domain.pictures import Mark
from bot.domain.provider import Charge
from bot.services.signing import SigningWatch
from bot.storage.engine import Store
from bot.storage.stores import SqlJobStore, SqlModerationStore, SqlMoneyStore, SqlSigningStore
from tests.contract.moderation_material import taken
from tests.contract.store_material import NOW, PRICE, VIDEO, call, done, rendering

IN_DMS = ReplyTarget(scope=ReplyScope.DIRECT, channel_id=7, guild_id=None, upload_limit_bytes=10_000_000)
WARN = 5_000_000
DEARER = round(PRICE * 1.3)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


@pytest.fixture
def money(store: Store) -> SqlMoneyStore:
    return SqlMoneyStore(store)


def prices_of(entries: list[LogEntry]) -> list[dict[str, object]]:
    assert all((one.topic, one.channel_id, one.guild_id) == (Topic.PRICE, None, None) for one in entries)
    return [dict(one.facts) for one in entries]


async def test_a_cost_that_differs_is_told_once_for_each_ratio(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs, count=4)
    for index, cost in enumerate((DEARER, DEARER + 1, PRICE // 2, DEARER)):
        await done(jobs, lease, index, await call(jobs, lease, index), cost_micro_usd=cost)

    assert prices_of(await taken(moderation)) == [
        {"model": "model", "micro_usd": DEARER, "expected_micro_usd": PRICE},
        {"model": "model", "micro_usd": PRICE // 2, "expected_micro_usd": PRICE},
    ]


async def test_a_new_price_lets_a_cost_be_told_again_of_its_model_alone(
    jobs: SqlJobStore, moderation: SqlModerationStore, money: SqlMoneyStore
) -> None:
    _, lease = await rendering(jobs, count=3)
    told: list[int] = []
    for index, models in enumerate(([], ["mode", "model_", "another/model"], ["model"])):
        await money.forget_told_prices(models)
        await done(jobs, lease, index, await call(jobs, lease, index), cost_micro_usd=DEARER)
        told.append(len(await taken(moderation)))

    assert told == [1, 0, 1]


@pytest.mark.parametrize("cost", [PRICE, round(PRICE * 1.05), round(PRICE * 0.95), 0, None])
async def test_a_cost_that_is_about_the_expected_one_is_no_news(
    jobs: SqlJobStore, moderation: SqlModerationStore, cost: int | None
) -> None:
    _, lease = await rendering(jobs)

    await done(jobs, lease, 0, await call(jobs, lease), cost_micro_usd=cost)

    assert await taken(moderation) == []


async def test_a_cost_as_expected_takes_no_statement_more(jobs: SqlJobStore) -> None:
    _, lease = await rendering(jobs, count=2)
    counts: list[int] = []
    names = [await call(jobs, lease, index) for index in range(2)]
    for name, cost in zip(names, (None, PRICE), strict=True):
        statements: list[str] = []

        def note(*args: object, seen: list[str] = statements) -> None:
            seen.append(str(args[2]))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            await jobs.end_call(name, charge=Charge.CHARGED, cost_micro_usd=cost, now=NOW)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        counts.append(len(statements))

    assert counts[0] == counts[1] > 0


async def test_a_failed_call_that_was_charged_is_compared_and_a_free_one_is_not(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs, count=2)
    for index, charge in enumerate((Charge.FREE, Charge.CHARGED)):
        name = await call(jobs, lease, index)
        await jobs.end_call(name, charge=charge, cost_micro_usd=DEARER, now=NOW)
        assert len(await taken(moderation)) == index


async def test_a_chat_has_no_price_to_differ_from(jobs: SqlJobStore, moderation: SqlModerationStore) -> None:
    _, lease = await rendering(jobs)
    await jobs.begin_alt_text(lease, request_id="chat", estimate_micro_usd=PRICE, now=NOW)

    await jobs.end_call("chat", charge=Charge.CHARGED, cost_micro_usd=DEARER, now=NOW)

    assert await taken(moderation) == []


async def test_a_video_is_compared_when_its_price_is_told_and_not_again_at_its_end(
    jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs, request=VIDEO, reply_target=IN_DMS)
    name = await call(jobs, lease)

    await jobs.render_created(lease, 0, request_id=name, generation_id="g", cost_micro_usd=DEARER)
    (told,) = prices_of(await taken(moderation))
    await done(jobs, lease, 0, name, cost_micro_usd=DEARER)

    assert told == {"model": VIDEO.model, "micro_usd": DEARER, "expected_micro_usd": PRICE}
    assert await taken(moderation) == []


async def test_a_low_balance_is_told_once_until_it_was_above(
    money: SqlMoneyStore, moderation: SqlModerationStore
) -> None:
    balances = (WARN, WARN - 1, 3_000_000, -1, WARN, 4_000_000)
    news = [await money.note_balance(one, warn_micro_usd=WARN, now=NOW) for one in balances]

    assert news == [False, True, False, False, False, True]
    entries = await taken(moderation)
    assert [(one.topic, one.channel_id, one.facts["micro_usd"]) for one in entries] == [
        (Topic.LOW_BALANCE, None, WARN - 1),
        (Topic.LOW_BALANCE, None, 4_000_000),
    ]


async def test_operators_who_know_of_an_empty_account_are_not_warned_of_it(
    store: Store, jobs: SqlJobStore, money: SqlMoneyStore, moderation: SqlModerationStore
) -> None:
    _, lease = await rendering(jobs)
    await store.tx(telling.provider_trouble, Topic.NO_CREDIT, None, "job", now=NOW)
    assert not await money.note_balance(0, warn_micro_usd=WARN, now=NOW)
    name = await call(jobs, lease, at=NOW + timedelta(seconds=1))
    await done(jobs, lease, 0, name)

    assert await money.note_balance(2_000_000, warn_micro_usd=WARN, now=NOW)

    assert [one.topic for one in await taken(moderation)] == [Topic.NO_CREDIT, Topic.LOW_BALANCE]


async def test_unsigned_results_are_told_once_until_signing_works(
    store: Store, moderation: SqlModerationStore
) -> None:
    signing = SqlSigningStore(store)
    news = [await signing.note_unsigned(is_failing=one, now=NOW) for one in (False, True, True, False, True)]

    assert news == [False, True, False, False, True]
    told = [(one.topic, one.channel_id, one.guild_id) for one in await taken(moderation)]
    assert told == [(Topic.UNSIGNED, None, None)] * 2


@dataclass(slots=True)
class Signer:
    has_failed: bool
    room_bytes: int = 0

    def sign(self, data: bytes, mime: str, mark: Mark) -> bytes:
        return data


async def test_of_two_workers_one_that_fails_is_told_once(
    store: Store, moderation: SqlModerationStore
) -> None:
    well, failing = (
        SigningWatch(signer=Signer(has_failed), store=SqlSigningStore(store), clock=SystemClock())
        for has_failed in (False, True)
    )
    for _ in range(3):
        await well.look()
        await failing.look()

    assert [one.topic for one in await taken(moderation)] == [Topic.UNSIGNED]
