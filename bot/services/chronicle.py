"""The chronicle: writes what happened to the mod-logs, and keeps an eye on budgets."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.jobs import Job
from bot.domain.limits import Rule
from bot.domain.moderation import LogEntry, Topic
from bot.domain.ports import Clock, JobStore, LogDesk, ModerationStore, Signals
from bot.errors import ShowLaterError, UnreachableError

log = logging.getLogger(__name__)
# Longer than telling one entry may take, shorter than Discord remembers the nonce that keeps it from coming twice.
LEASE_S: Final = 60.0
TELLERS: Final = 3
POLL_S: Final = 3.0  # most entries are found by this: what is decided or delivered sends no signal
BUDGETS_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)
FIRST_DELAY_S: Final = 5.0
MAX_DELAY_S: Final = 600.0
MAX_TRIES: Final = 30  # about four hours


@dataclass(slots=True, kw_only=True)
class Chronicle:
    """One process's share of the telling: entries are leased, so several may run. `ceiling` is the operator's,
    the price that of one picture."""

    jobs: JobStore
    store: ModerationStore
    desk: LogDesk
    signals: Signals
    clock: Clock
    ceiling: Rule
    price_micro_usd: int
    poll_s: float = POLL_S
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    _watched_at: datetime | None = None
    _forgot_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Write what is due until `stop`; the entry under way is finished first."""
        hearing = asyncio.create_task(self._listen(), name="easel-chronicle-hear")
        try:
            while not stop.is_set():
                try:
                    await self._look_once(stop)
                except Exception:  # the database may be away: what was not written is still due
                    log.exception("the mod-log has to wait")
                await self._wait(stop)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _look_once(self, stop: asyncio.Event) -> None:
        now = self.clock.now()
        if _is_due(self._watched_at, BUDGETS_EVERY, now):
            self._watched_at = now
            await self.store.watch_budgets(self.ceiling, price_micro_usd=self.price_micro_usd, now=now)
        if _is_due(self._forgot_at, FORGET_EVERY, now):
            self._forgot_at = now
            await self.store.forget_old(now=now)
        tellers = (self._tell_all(stop) for _ in range(TELLERS))
        for error in await asyncio.gather(*tellers, return_exceptions=True):
            if isinstance(error, BaseException):
                raise error

    async def _tell_all(self, stop: asyncio.Event) -> None:
        """A channel that Discord slows down holds up its own entries, and one teller."""
        while not stop.is_set():
            entry = await self.store.next_entry(now=self.clock.now(), lease_s=LEASE_S)
            if entry is None:
                return
            await self._tell(entry)

    async def _tell(self, entry: LogEntry) -> None:
        try:
            message_id = await self._write(entry)
        except ShowLaterError as error:
            await self._put_off(entry, str(error))
        except UnreachableError as error:
            log.warning("mod-log entry %s (%s) is given up: %s", entry.id, entry.topic.value, error)
            await self.store.told(entry.id, message_id=None, now=self.clock.now())
        except Exception as error:  # one entry that breaks must not hold up the others
            log.exception("mod-log entry %s (%s) broke", entry.id, entry.topic.value)
            await self._put_off(entry, type(error).__name__)
        else:
            await self.store.told(entry.id, message_id=message_id, now=self.clock.now())

    async def _write(self, entry: LogEntry) -> int | None:
        """A report was promised to be read: where its mod-log is closed to Easel, the operator gets it."""
        job = await self._job_of(entry)
        try:
            return await self.desk.tell(entry, job)
        except UnreachableError as error:
            if entry.topic is not Topic.REPORT or entry.channel_id is None:
                raise
            log.warning("mod-log entry %s (report) goes to the operator: %s", entry.id, error)
            return await self.desk.tell(replace(entry, channel_id=None), job)

    async def _job_of(self, entry: LogEntry) -> Job | None:
        return None if entry.job_id is None else await self.jobs.get(entry.job_id)

    async def _put_off(self, entry: LogEntry, why: str) -> None:
        now = self.clock.now()
        if entry.tries >= MAX_TRIES:
            log.error("mod-log entry %s is given up after %s tries: %s", entry.id, entry.tries, why)
            await self.store.told(entry.id, message_id=None, now=now)
            return
        delay_s = min(FIRST_DELAY_S * 2 ** (entry.tries - 1), MAX_DELAY_S)
        log.info("mod-log entry %s has to wait %s s: %s", entry.id, delay_s, why)
        await self.store.tell_later(entry.id, due_at=now + timedelta(seconds=delay_s))

    async def _wait(self, stop: asyncio.Event) -> None:
        waits = [
            asyncio.create_task(event.wait(), name="easel-chronicle-look") for event in (self._look, stop)
        ]
        try:
            await asyncio.wait(waits, timeout=self.poll_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._look.clear()

    async def _listen(self) -> None:
        async with self.signals.listen() as heard:
            async for _ in heard:
                self._look.set()


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= every
