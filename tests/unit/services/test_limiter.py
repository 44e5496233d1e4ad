from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.domain.provider import SlowDownError
from bot.domain.retry import MAX_WAIT_S
from bot.services.limiter import PAUSE_S, TOGETHER_S, ConcurrencyLimiter
from tests.conftest import TurnableClock


async def test_no_more_calls_run_than_there_are_slots(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(2, clock)
    running = most = 0

    async def call() -> None:
        nonlocal running, most
        async with limiter.slot("job"):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(call() for _ in range(9)))

    assert most == 2


async def test_each_rate_limit_halves_the_calls_at_once_down_to_one(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, clock)
    limits: list[int] = []
    for _ in range(5):
        limiter.slow_down(0)
        limits.append(limiter.limit)

    assert limits == [4, 2, 1, 1, 1]


async def test_a_whole_round_that_went_well_gives_one_slot_back(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, clock)
    limiter.slow_down(0)
    for _ in range(3):
        limiter.went_well()
    assert limiter.limit == 4
    limiter.went_well()
    assert limiter.limit == 5


async def test_the_pace_never_rises_above_its_slots(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(3, clock)
    for _ in range(50):
        limiter.went_well()

    assert limiter.limit == 3


async def test_a_rate_limit_in_between_starts_the_round_anew(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(4, clock)
    limiter.slow_down(0)
    limiter.went_well()
    limiter.slow_down(0)
    assert limiter.limit == 1
    limiter.slow_down(0)
    limiter.went_well()
    assert limiter.limit == 2


async def test_a_call_after_a_rate_limit_waits_as_long_as_it_was_told(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(4, clock)
    limiter.slow_down(17)

    async with limiter.slot("job"):
        assert clock.slept == [17]


async def test_a_rate_limit_that_says_nothing_brings_a_short_pause(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(4, clock)
    limiter.slow_down(None)

    async with limiter.slot("job"):
        assert clock.slept == [PAUSE_S]


async def test_the_longest_of_several_pauses_counts(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, clock)
    limiter.slow_down(30)
    limiter.slow_down(5)

    async with limiter.slot("job"):
        assert sum(clock.slept) == 30


async def test_a_pause_that_grows_meanwhile_is_sat_out_to_its_end(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, GrowingPause(clock))
    limiter.slow_down(10)

    GrowingPause.limiter = limiter
    async with limiter.slot("job"):
        assert clock.slept == [10, 20]


class GrowingPause:
    """A clock during whose first sleep another rate limit arrives."""

    limiter: ConcurrencyLimiter | None = None

    def __init__(self, clock: TurnableClock) -> None:
        self._clock = clock
        self.now = clock.now

    async def sleep(self, delay_s: float) -> None:
        await self._clock.sleep(delay_s)
        if self.limiter is not None:
            self.limiter.slow_down(20)
            GrowingPause.limiter = None


async def test_what_fails_inside_gives_its_slot_back(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(1, clock)
    with pytest.raises(ValueError, match="broke"):
        async with limiter.slot("job"):
            raise ValueError("broke")

    async with asyncio.timeout(30), limiter.slot("job"):
        pass


async def test_who_stops_waiting_for_a_slot_leaves_none_taken(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(1, clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(limiter.slot("job"))
        waiting = asyncio.create_task(hold_once(limiter))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(30):
        await hold_once(limiter)


async def test_who_is_cancelled_during_a_pause_gives_the_slot_back(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(1, EndlessSleep(clock))
    limiter.slow_down(10)
    waiting = asyncio.create_task(hold_once(limiter))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    clock.advance(10)

    async with asyncio.timeout(30):
        await hold_once(limiter)


class EndlessSleep:
    """A clock whose sleepers wake only by cancellation."""

    def __init__(self, clock: TurnableClock) -> None:
        self.now = clock.now

    async def sleep(self, delay_s: float) -> None:
        await asyncio.Event().wait()


async def hold_once(limiter: ConcurrencyLimiter) -> None:
    async with limiter.slot("job"):
        pass


def test_calls_that_were_refused_together_slow_down_once(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, clock)

    for _ in range(5):
        limiter.slow_down(4.0)

    assert limiter.limit == 4
    clock.advance(4)
    limiter.slow_down(4.0)
    assert limiter.limit == 2


async def test_nobody_waits_out_a_pause_longer_than_a_person_would(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(2, clock)
    limiter.slow_down(3600)

    with pytest.raises(SlowDownError):
        async with limiter.slot("job"):
            pass

    assert limiter.is_paused
    clock.advance(3600)
    assert not limiter.is_paused
    async with limiter.slot("job"):
        pass


async def test_each_slot_that_comes_back_takes_a_whole_round_of_its_own(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, clock)
    limiter.slow_down(0)
    limits: list[int] = []
    for _ in range(9):
        limiter.went_well()
        limits.append(limiter.limit)

    assert limits == [4, 4, 4, 5, 5, 5, 5, 5, 6]


async def test_a_pause_lasts_until_its_very_end(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(2, clock)
    assert not limiter.is_paused

    limiter.slow_down(4)

    clock.advance(3.5)
    assert limiter.is_paused
    clock.advance(0.5)
    assert not limiter.is_paused
    clock.advance(10)
    assert not limiter.is_paused


async def test_a_pause_asked_for_while_the_clock_was_ahead_lasts_no_longer_when_it_is_put_right(
    clock: TurnableClock,
) -> None:
    limiter = ConcurrencyLimiter(2, clock)
    clock.advance(86_400)
    limiter.slow_down(4)
    clock.advance(-86_400)

    assert limiter.is_paused
    async with limiter.slot("job"):
        assert clock.slept == [4]
    assert not limiter.is_paused


async def test_the_longest_pause_that_a_person_would_wait_for_is_waited_for(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(2, clock)
    limiter.slow_down(MAX_WAIT_S)

    async with limiter.slot("job"):
        assert clock.slept == [MAX_WAIT_S]

    limiter.slow_down(MAX_WAIT_S + 0.1)
    with pytest.raises(SlowDownError):
        async with limiter.slot("job"):
            pass


async def test_faults_that_come_together_halve_the_calls_at_once_only_once(clock: TurnableClock) -> None:
    limiter = ConcurrencyLimiter(8, clock)
    for _ in range(8):
        limiter.went_wrong()
    assert limiter.limit == 4
    assert not limiter.is_paused

    clock.advance(TOGETHER_S)
    limiter.went_wrong()
    assert limiter.limit == 2

    clock.advance(-3600)  # set back
    limiter.went_wrong()
    assert limiter.limit == 1
