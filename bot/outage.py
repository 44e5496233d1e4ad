"""What is away or breaks: an outage in two lines of the log, the waits between tries, and what goes on anyway."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot.errors import StoreUnavailableError

CANCEL_AGAIN_S: Final = 5.0
JITTER: Final = 0.25  # of a wait: what failed together does not come back together


class Outage:
    """Logs a line when `what` stops answering and one when it answers again, and none for failures in between.

    It answers again once everything has gone well for `settle_s`.
    """

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        *,
        settle_s: float = 0.0,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._settle_s = settle_s
        self._steady = steady
        self._began_s: float | None = None
        self._well_since_s: float | None = None
        self._failures = 0

    def failed(self, why: str) -> bool:
        """Count a failure; return whether it is the first one, which is logged."""
        self._failures += 1
        self._well_since_s = None
        if self._began_s is not None:
            return False
        self._began_s = self._steady()
        self._log.warning("%s does not answer (%s); the next line says when it does again", self._what, why)
        return True

    def went_well(self) -> None:
        """Note that it answered."""
        if self._began_s is None:
            return
        now_s = self._steady()
        if self._well_since_s is None:
            self._well_since_s = now_s
        if now_s - self._well_since_s < self._settle_s:
            return
        away_s = self._well_since_s - self._began_s
        self._log.warning("%s answers again after %.0f s (%s failures)", self._what, away_s, self._failures)
        self._began_s, self._failures = None, 0


class Backoff:
    """Gives the seconds to wait before each next try: `first_s`, then twice as long each time, up to `most_s`."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._wait_s = first_s

    def next_s(self, *, at_least_s: float = 0.0) -> float:
        """Return the next wait with some jitter on top, `at_least_s` where somebody asked for that much."""
        wait_s = max(self._wait_s, at_least_s)
        self._wait_s = min(self._wait_s * 2, self._most_s)
        return wait_s * random.uniform(1, 1 + JITTER)  # noqa: S311  # no secret

    def reset(self) -> None:
        """Begin with the shortest wait again."""
        self._wait_s = self._first_s


async def guard(
    work: Callable[[], Awaitable[None]], on_error: Callable[[Exception], Awaitable[None]]
) -> None:
    """Do `work`, the outermost of a task or of a loop's turn; pass whatever error ends it to `on_error`.

    A cancellation passes, and so does what `on_error` raises.
    """
    try:
        await work()
    except Exception as error:  # noqa: BLE001  # the caller says what becomes of it
        await on_error(error)


async def run_logged(log: logging.Logger, what: str, duty: Callable[[], Awaitable[None]]) -> None:
    """Run `duty`; log a failure instead of raising it, as the caller runs it again. The store logs its own outages."""

    async def tell(error: Exception) -> None:
        if isinstance(error, StoreUnavailableError):
            log.debug("%s has to wait for the database (%s)", what, error)
        else:
            log.error("%s failed; it is tried again", what, exc_info=error)

    await guard(duty, tell)


async def end_tasks(*tasks: asyncio.Task[Any], again_s: float = CANCEL_AGAIN_S) -> None:
    """Cancel tasks again every `again_s` seconds until all have ended, and discard their errors.

    One cancellation can get lost: discord.py may swallow it (`wait_for` before Python 3.12), and a database's driver
    may turn it into an error of its own, after which whatever waits for the database would go on waiting. The next one
    must not come too soon: it would cut off what a task settles upon the first.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=again_s)
    await asyncio.gather(*tasks, return_exceptions=True)
