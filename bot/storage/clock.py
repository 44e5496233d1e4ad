"""The database's clock: one time for all processes that share it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, DateTime, text

from bot.clock import JUMP, steady_s
from bot.domain.ports.outside import Clock
from bot.errors import StoreUnavailableError
from bot.outage import end_tasks
from bot.storage.engine import Store

log = logging.getLogger(__name__)
MEASURE_EVERY_S: Final = 3.0
MAX_ERROR_S: Final = 0.5  # an answer that took longer gives the time too badly to replace a better one
DATABASE_NOW: Final = text("SELECT clock_timestamp() AS now").columns(now=DateTime(timezone=True))


class DatabaseClock:
    """A `Clock` that shows the database's time, and carries it on by this machine's steady clock in between.

    Machines disagree by minutes: one that is ahead would take jobs whose leases still hold. `local` shows the time
    until the first measurement, and sleeps.
    """

    def __init__(self, store: Store, local: Clock) -> None:
        self._tx = store.tx
        self._local = local
        self._told: datetime | None = None
        self._told_at_s = 0.0

    def now(self) -> datetime:
        if self._told is None:
            return self._local.now()
        return self._told + timedelta(seconds=steady_s() - self._told_at_s)

    async def sleep(self, delay_s: float) -> None:
        await self._local.sleep(delay_s)

    async def measure(self) -> None:
        """Ask the database for its time. Raises `StoreUnavailableError`."""
        told, at_s, took_s = await self._tx(_read)
        if self._told is None or took_s <= MAX_ERROR_S:
            self._note(told - self.now())
            self._told, self._told_at_s = told, at_s

    def _note(self, difference: timedelta) -> None:
        if abs(difference) > JUMP:
            what = (
                "the database's clock jumped" if self._told else "the database's clock is not this machine's"
            )
            log.warning("%s (%+.0f s): all go by the database's", what, difference.total_seconds())

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Measure again and again until the end."""
        measuring = asyncio.create_task(self._measure_again(), name="easel-clock")
        try:
            yield
        finally:
            await end_tasks(measuring)

    async def _measure_again(self) -> None:
        while True:
            await asyncio.sleep(MEASURE_EVERY_S)
            try:
                await self.measure()
            except StoreUnavailableError as error:  # the steady clock carries on
                log.debug("the database's time was not asked for (%s)", error)


def _read(conn: Connection) -> tuple[datetime, float, float]:
    """Return the database's time, the steady second at which it was that, and how many seconds the answer took."""
    before_s = steady_s()
    told: datetime = conn.execute(DATABASE_NOW).scalar_one()
    after_s = steady_s()
    return told, (before_s + after_s) / 2, after_s - before_s
