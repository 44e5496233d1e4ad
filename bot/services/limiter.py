"""The limiter of concurrent paid calls: fewer after a rate limit or a fault, more again after successful calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ports.outside import Clock
from bot.domain.provider import SlowDownError
from bot.domain.retry import MAX_WAIT_S

TOGETHER_S: Final = 5.0  # faults within so many seconds are one
PAUSE_S: Final = 2.0  # after a rate limit without `Retry-After`


class ConcurrencyLimiter:
    """Limits how many calls run at once, at most `slots`.

    A rate limit, a fault or a time-out halves the number; a round of successful calls raises it by one.
    """

    def __init__(self, slots: int, clock: Clock) -> None:
        self.slots = slots
        self._clock = clock
        self._limit = slots
        self._in_use = 0
        self._streak = 0
        self._not_before: datetime | None = None
        self._longest_pause = timedelta()
        self._halved_at: datetime | None = None
        self._changed = asyncio.Condition()
        self._is_closed = False
        self._closing = asyncio.Event()
        self.parked: set[str] = set()  # holders that asked for a slot after `close`
        self.parking = asyncio.Event()

    @property
    def limit(self) -> int:
        """The number of calls that may run at once now, from 1 to `slots`."""
        return self._limit

    @property
    def is_closed(self) -> bool:
        """Whether no call may start any more."""
        return self._is_closed

    @asynccontextmanager
    async def slot(self, holder: str) -> AsyncGenerator[None]:
        """Hold a slot, after waiting until one is free and the provider's pause is over; after `close`, wait forever.

        Raises `SlowDownError` if the pause is longer than `MAX_WAIT_S`.
        """
        await self._take()
        try:
            if self._is_closed:
                await self.park(holder)
            yield
        finally:
            await self._give_back()

    async def park(self, holder: str) -> None:
        """Wait forever; a stop does not wait for a parked holder."""
        self.parked.add(holder)
        self.parking.set()
        await asyncio.Event().wait()

    @property
    def is_paused(self) -> bool:
        """Whether the provider asked for a pause that is not over yet."""
        return self._pause_left_s() > 0

    async def close(self) -> None:
        """Let no call start from now on: one cut off by the shutdown would be paid for twice.

        Holders that wait for a slot, or ask for one later, are `parked` instead.
        """
        async with self._changed:
            self._is_closed = True
            self._closing.set()
            self._changed.notify_all()

    def slow_down(self, retry_after_s: float | None) -> None:
        """Pause after a 429 and halve the limit. `retry_after_s` is None if the provider did not say how long.

        Calls that run together get the same 429 together, so the limit is halved once per pause.
        """
        now = self._clock.now()
        if self._not_before is None or now >= self._not_before:
            self._limit = max(1, self._limit // 2)
        self._streak = 0
        pause = timedelta(seconds=PAUSE_S if retry_after_s is None else retry_after_s)
        self._longest_pause = max(pause, timedelta(seconds=self._pause_left_s()))
        self._not_before = now + self._longest_pause

    def went_wrong(self) -> None:
        """Halve the limit after a fault or a time-out, once for calls that fail together."""
        now = self._clock.now()
        if self._halved_at is None or not timedelta() <= now - self._halved_at < timedelta(
            seconds=TOGETHER_S
        ):
            self._limit = max(1, self._limit // 2)
            self._halved_at = now
        self._streak = 0

    def went_well(self) -> None:
        """Count a successful call. As many in a row as the limit raise it by one."""
        self._streak += 1
        if self._streak >= self._limit and self._limit < self.slots:
            self._limit += 1
            self._streak = 0

    async def _take(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._in_use < self._limit or self._is_closed)
            self._in_use += 1
        try:
            await self._sit_out_pause()
        except (asyncio.CancelledError, SlowDownError):
            await self._give_back()
            raise

    async def _sit_out_pause(self) -> None:
        while (left_s := self._pause_left_s()) > 0 and not self._is_closed:
            if left_s > MAX_WAIT_S:
                raise SlowDownError("a long pause that an earlier call was asked for", retry_after_s=left_s)
            await self.rest(left_s)

    async def rest(self, delay_s: float) -> None:
        """Sleep for `delay_s`, or until `close`: no call will start after it, so there is nothing to wait for."""
        waits = {
            asyncio.ensure_future(self._clock.sleep(delay_s)),
            asyncio.ensure_future(self._closing.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _pause_left_s(self) -> float:
        if self._not_before is None:
            return 0.0
        now = self._clock.now()
        if self._not_before - now > self._longest_pause:  # the clock was ahead, and was set back
            self._not_before = now + self._longest_pause
        return (self._not_before - now).total_seconds()

    async def _give_back(self) -> None:
        async with self._changed:
            self._in_use -= 1
            self._changed.notify_all()
