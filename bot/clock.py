"""The machine's clock, which goes on steadily where the machine's time jumps."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

log = logging.getLogger(__name__)
JUMP: Final = timedelta(seconds=2)  # a larger step of a clock is no adjustment of its speed


def steady_s() -> float:
    """Return the seconds since some moment, by a clock that nobody sets; where possible it counts while suspended."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # not on every system
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def wall_time() -> datetime:
    """Return the time that the machine shows, which may be set at any moment."""
    return datetime.now(UTC)


class SystemClock:
    """The `Clock` of the machine. When the machine's time jumps, it goes on steadily by itself, and says so once.

    What is stored was written by the time before the jump: followed, it would expire, or never come.
    """

    def __init__(
        self, wall: Callable[[], datetime] = wall_time, steady: Callable[[], float] = steady_s
    ) -> None:
        self._wall, self._steady = wall, steady
        self._shown, self._shown_at_s = wall(), steady()
        self._apart = timedelta()

    def now(self) -> datetime:
        steady_now_s, wall_now = self._steady(), self._wall()
        now = self._shown + timedelta(seconds=steady_now_s - self._shown_at_s)
        apart = wall_now - now
        if abs(apart) <= JUMP:
            now, apart = wall_now, timedelta()
        if abs(apart - self._apart) > JUMP:
            log.warning(
                "the machine's clock jumped: it is %+.0f s from Easel's, which goes on steadily until a restart",
                apart.total_seconds(),
            )
            self._apart = apart
        self._shown, self._shown_at_s = now, steady_now_s
        return now

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
