"""Turns to identify with Discord, for the shards of one process among others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import pytest

from bot.errors import StoreUnavailableError
from bot.services.identifying import SPACING_S, TURN_LASTS_S, Identifying, StartLimits
from tests.conftest import TurnableClock

EVERY_S = SPACING_S + TURN_LASTS_S


class Turns:
    """A `GatewayStore` that is away, or has these waits in store for whoever asks; then every turn is free."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.is_away = False
        self.asked: list[int] = []

    async def take_turn(self, bucket: int, *, every: timedelta, now: datetime) -> float:
        assert every.total_seconds() == EVERY_S
        self.asked.append(bucket)
        if self.is_away:
            raise StoreUnavailableError("away")
        return self.waits.pop(0) if self.waits else 0.0

    async def note_served(self, shard_ids: Collection[int], total: int, *, now: datetime) -> None: ...

    async def served(self, total: int, *, since: datetime) -> frozenset[int]:
        return frozenset()


def limits(remaining: int, *, total: int = 1000, shards: int = 4, max_concurrency: int = 1) -> StartLimits:
    return StartLimits(
        shards=shards,
        total=total,
        remaining=remaining,
        reset_after_s=1800,
        max_concurrency=max_concurrency,
    )


def identifying(turns: Turns, clock: TurnableClock, *answers: StartLimits) -> Identifying:
    """Discord gives each answer once, and the last one again and again."""
    left = list(answers) or [limits(1000)]

    async def ask() -> StartLimits:
        return left.pop(0) if len(left) > 1 else left[0]

    return Identifying(turns, clock, ask)


async def test_a_shard_waits_as_long_as_the_store_says(clock: TurnableClock) -> None:
    turns = Turns(4.0, 1.5)
    shards = identifying(turns, clock)

    await shards.take_turn(0)

    assert clock.slept == [4.0, 1.5]
    assert len(turns.asked) == 3


async def test_a_turn_is_used_once_and_soon(clock: TurnableClock) -> None:
    turns = Turns()
    shards = identifying(turns, clock)
    await shards.take_turn(3)
    clock.advance(TURN_LASTS_S)
    await shards.use_turn(3)
    assert len(turns.asked) == 1

    await shards.use_turn(3)  # its session was lost
    assert len(turns.asked) == 2

    await shards.take_turn(3)
    clock.advance(TURN_LASTS_S + 0.01)  # the connection took too long
    await shards.use_turn(3)
    assert len(turns.asked) == 4


async def test_shards_of_different_buckets_do_not_wait_for_each_other(clock: TurnableClock) -> None:
    turns = Turns()
    shards = identifying(turns, clock, limits(1000, max_concurrency=4))
    await shards.until_allowed(8)

    for shard in range(8):
        await shards.take_turn(shard)

    assert turns.asked == [0, 1, 2, 3, 0, 1, 2, 3]


async def test_a_store_that_is_away_for_a_moment_is_awaited(clock: TurnableClock) -> None:
    turns = Turns()
    turns.is_away = True
    shards = identifying(turns, clock)
    sleep = clock.sleep

    async def back_after(delay_s: float) -> None:
        await sleep(delay_s)
        turns.is_away = len(clock.slept) < 5

    clock.sleep = back_after

    await shards.take_turn(0)

    assert clock.slept == [1.0] * 5
    assert not turns.is_away


async def test_without_the_store_a_process_keeps_the_distance_of_its_own_shards(clock: TurnableClock) -> None:
    turns = Turns()
    shards = identifying(turns, clock, limits(1000, max_concurrency=2))
    await shards.until_allowed(2)
    await shards.take_turn(0)
    turns.is_away = True
    taken: list[datetime] = []

    for shard in (2, 4, 1):
        await shards.take_turn(shard)
        taken.append(clock.now())

    first, second, other = taken
    assert (second - first).total_seconds() == EVERY_S
    assert other == second


async def test_a_store_that_stays_away_is_awaited_once_for_all_shards(clock: TurnableClock) -> None:
    turns = Turns()
    turns.is_away = True
    shards = identifying(turns, clock)
    began = clock.now()

    for shard in range(8):
        await shards.take_turn(shard)
    assert (clock.now() - began).total_seconds() == 20 + 7 * EVERY_S

    turns.is_away = False
    await shards.take_turn(0)
    turns.is_away, began = True, clock.now()
    await shards.take_turn(1)
    assert (clock.now() - began).total_seconds() == 20  # this time it may be back soon


async def test_each_identify_is_asked_for_in_its_turn(clock: TurnableClock) -> None:
    turns = Turns(4.0)
    shards = identifying(turns, clock, limits(900), limits(1), limits(1000))
    await shards.until_allowed(4)

    await shards.take_turn(0)  # meanwhile other processes used up what was left

    assert clock.slept == [4.0, 600.0]
    assert len(turns.asked) == 3  # after ten minutes it is no longer its turn


async def test_shards_of_a_bucket_wait_in_line(clock: TurnableClock) -> None:
    shards = identifying(Turns(), clock, *[limits(1)] * 3, limits(1000))
    sleep, waiting, taken = clock.sleep, list[float](), list[int]()

    async def wait(delay_s: float) -> None:
        waiting.append(delay_s)
        await sleep(delay_s)
        assert waiting == [delay_s]
        waiting.clear()

    async def take(shard: int) -> None:
        await shards.take_turn(shard)
        taken.append(shard)

    clock.sleep = wait
    await asyncio.gather(*(take(shard) for shard in range(8)))

    assert taken == list(range(8))


async def test_too_few_identifies_are_awaited_and_told_once(
    clock: TurnableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    shards = identifying(Turns(), clock, limits(2), limits(4), limits(4), limits(1000))

    await shards.until_allowed(4)

    assert clock.slept == [600.0] * 3  # asked again before the reset, which somebody may bring forward
    [line] = caplog.messages
    assert line.startswith("Discord allows 2 more connections until 2026-11-22 12:30 UTC: waiting")


async def test_shards_that_give_up_and_come_again_are_told_of_once(
    clock: TurnableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    shards = identifying(Turns(), clock, *[limits(1, max_concurrency=2)] * 8, limits(1000))

    async def give_up(delay_s: float) -> None:
        raise TimeoutError

    sleep, clock.sleep = clock.sleep, give_up
    for shard in range(4):
        with pytest.raises(TimeoutError):
            await shards.take_turn(shard)
    clock.sleep = sleep
    await shards.take_turn(0)

    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("asked", "remaining", "buckets"), [(4, 5, 1), (None, 7, 1), (1, 2, 1), (1, 17, 16), (4, 20, 16)]
)
async def test_an_identify_is_left_for_each_bucket(
    clock: TurnableClock, asked: int | None, remaining: int, buckets: int
) -> None:
    left = [limits(remaining - 1, shards=6, max_concurrency=buckets)]
    left.append(limits(remaining, shards=6, max_concurrency=buckets))
    shards = identifying(Turns(), clock, *left)

    await shards.until_allowed(asked)

    assert len(clock.slept) == 1


async def test_more_shards_than_a_day_has_identifies_do_not_wait_for_ever(clock: TurnableClock) -> None:
    await identifying(Turns(), clock, limits(3, total=3)).until_allowed(8)

    assert clock.slept == []
