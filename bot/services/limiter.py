"""How many paid calls run at once: fewer when the provider says slow down, more again when all goes well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ports.outside import Clock
from bot.domain.provider import SlowDownError
from bot.domain.retry import MAX_WAIT_S

PAUSE_S: Final = 2.0  # after a rate limit that did not say how long


class ConcurrencyLimiter:
    """`slots` is the most at once. Halved by each rate limit, regained one by one by calls that went well."""

    def __init__(self, slots: int, clock: Clock) -> None:
        self.slots = slots
        self._clock = clock
        self._limit = slots
        self._in_use = 0
        self._streak = 0
        self._not_before: datetime | None = None
        self._changed = asyncio.Condition()
        self._is_closed = False
        self._closing = asyncio.Event()
        self.parked: set[str] = set()  # who came for a slot after the closing
        self.parking = asyncio.Event()

    @property
    def limit(self) -> int:
        return self._limit

    @asynccontextmanager
    async def slot(self, holder: str) -> AsyncGenerator[None]:
        """Waits for a free slot, and for the end of a pause that the provider asked for; once closed, for ever.

        Raises `SlowDownError` when the pause is longer than a person should wait for.
        """
        await self._take()
        try:
            if self._is_closed:
                self.parked.add(holder)
                self.parking.set()
                await asyncio.Event().wait()
            yield
        finally:
            await self._give_back()

    @property
    def is_paused(self) -> bool:
        """Whether the provider asked for a pause that is not over."""
        return self._pause_left_s() > 0

    async def close(self) -> None:
        """No call starts from here on: one that the end cuts off is paid for, lost, and paid for again.

        Who waits for a slot, or comes for one, is `parked` instead.
        """
        async with self._changed:
            self._is_closed = True
            self._closing.set()
            self._changed.notify_all()

    def slow_down(self, retry_after_s: float | None) -> None:
        """The provider said 429: nobody starts a call before it may, and fewer at once after it.

        Calls that were under way together get the same answer together: it counts once.
        """
        now = self._clock.now()
        if self._not_before is None or now >= self._not_before:
            self._limit = max(1, self._limit // 2)
        self._streak = 0
        until = now + timedelta(seconds=PAUSE_S if retry_after_s is None else retry_after_s)
        self._not_before = until if self._not_before is None else max(until, self._not_before)

    def went_well(self) -> None:
        """A whole round of calls without trouble gives one slot back."""
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
        """So long, or until the closing: nobody who stops waits for a call that will not begin."""
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
        return 0.0 if self._not_before is None else (self._not_before - self._clock.now()).total_seconds()

    async def _give_back(self) -> None:
        async with self._changed:
            self._in_use -= 1
            self._changed.notify_all()
