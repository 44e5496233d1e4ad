"""The mod-log worker: posts entries to the servers' mod-logs, and watches budgets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry, Topic
from bot.domain.policy.rules import Rule
from bot.domain.ports.moderation import ModerationStore
from bot.domain.ports.outside import Clock, ModLogPublisher, WakeUps
from bot.domain.ports.stores import JobStore
from bot.domain.provider import Model
from bot.domain.sizes import Resolution
from bot.errors import ShowLaterError, StoreUnavailableError, UnreachableError
from bot.outage import end_tasks, guard, run_logged

log = logging.getLogger(__name__)
# Longer than posting one entry may take, shorter than Discord remembers the nonce that prevents a duplicate.
MODLOG_LEASE_S: Final = 60.0
POSTERS: Final = 3
MODLOG_POLL_S: Final = 3.0  # finds entries about jobs: delivering one sends no wake-up
BUDGETS_EVERY: Final = timedelta(seconds=5)
FORGET_EVERY: Final = timedelta(hours=1)
FIRST_DELAY_S: Final = 5.0
MAX_DELAY_S: Final = 600.0
MAX_POST_TRIES: Final = 30  # about four hours
MAX_BREAKS: Final = 3  # tries of an entry that raises: more will not help, and its channel waits for it


@dataclass(slots=True, kw_only=True)
class ModLogWorker:
    """Posts mod-log entries. Entries are leased, so several processes may run a worker each.

    `ceiling` is the operator's rule; `model` the usual one of `models`, which are those of pictures on offer.
    """

    jobs: JobStore
    store: ModerationStore
    presenter: ModLogPublisher
    wake_ups: WakeUps
    clock: Clock
    ceiling: Rule
    models: Mapping[str, Model]
    model: str
    poll_s: float = MODLOG_POLL_S
    # `_watch` wakes the loop that watches budgets, each of `_posters` one that posts; `_waiting` has the idle ones'.
    _watch: asyncio.Event = field(default_factory=asyncio.Event)
    _posters: list[asyncio.Event] = field(default_factory=list[asyncio.Event])
    _waiting: set[asyncio.Event] = field(default_factory=set[asyncio.Event])
    _watched_at: datetime | None = None
    _forgot_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Post due entries until `stop` is set, then finish those that are being posted."""
        self._posters = [asyncio.Event() for _ in range(POSTERS)]
        listening = asyncio.create_task(self._listen(), name="easel-modlog-listen")
        try:
            async with asyncio.TaskGroup() as group:
                watching = self._repeat(self._watch_budgets, self._watch, stop)
                group.create_task(watching, name="easel-modlog-watch")
                for number, woken in enumerate(self._posters):
                    posting = self._repeat(self._post_due, woken, stop)
                    group.create_task(posting, name=f"easel-modlog-{number}")
        finally:
            await end_tasks(listening)

    async def _repeat(
        self, work: Callable[[asyncio.Event], Awaitable[None]], woken: asyncio.Event, stop: asyncio.Event
    ) -> None:
        """Run `work` when woken and at each poll, in a loop of its own: a rate-limited channel blocks only one."""
        while not stop.is_set():
            await run_logged(log, "the mod-log", partial(work, stop))
            await self._wait(woken, stop)

    async def _watch_budgets(self, _stop: asyncio.Event) -> None:
        now = self.clock.now()
        if _is_due(self._watched_at, BUDGETS_EVERY, now):
            self._watched_at = now
            price = self.models[self.model].price_of(Resolution.TWO_K)
            await self.store.watch_budgets(self.ceiling, price_micro_usd=price, now=now)
        if _is_due(self._forgot_at, FORGET_EVERY, now):
            self._forgot_at = now
            await self.store.forget_old(now=now)

    async def _post_due(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            entry = await self.store.next_entry(now=self.clock.now(), lease_s=MODLOG_LEASE_S)
            if entry is None:
                return
            self._wake_poster()  # there may be more
            await guard(partial(self._post, entry), partial(self._set_aside, entry))

    async def _post(self, entry: LogEntry) -> None:
        try:
            message_id = await self._send(entry)
        except ShowLaterError as error:
            await self._postpone(entry, str(error))
        except UnreachableError as error:
            log.warning("mod-log entry %s (%s) is given up: %s", entry.id, entry.topic.value, error)
            await self.store.told(entry.id, message_id=None, now=self.clock.now())
        else:
            await self.store.told(entry.id, message_id=message_id, now=self.clock.now())

    async def _set_aside(self, entry: LogEntry, error: Exception) -> None:
        """Postpone an entry that raises, as it must not hold up the others; raise that the store is away."""
        if isinstance(error, StoreUnavailableError):  # due again when its lease ends
            raise error
        log.error("mod-log entry %s (%s) broke", entry.id, entry.topic.value, exc_info=error)
        await self._postpone(entry, type(error).__name__, most=MAX_BREAKS)

    async def _send(self, entry: LogEntry) -> int | None:
        """Post an entry. A report that cannot be posted in its mod-log goes to the operator: somebody must read it.

        Returns the message's id, None if there is none. Raises `UnreachableError` or `ShowLaterError`.
        """
        job = await self._job_of(entry)
        try:
            return await self.presenter.tell(entry, job)
        except UnreachableError as error:
            if entry.topic is not Topic.REPORT or entry.channel_id is None:
                raise
            log.warning("mod-log entry %s (report) goes to the operator: %s", entry.id, error)
            return await self.presenter.tell(replace(entry, channel_id=None), job)

    async def _job_of(self, entry: LogEntry) -> Job | None:
        return None if entry.job_id is None else await self.jobs.get(entry.job_id)

    async def _postpone(self, entry: LogEntry, why: str, *, most: int = MAX_POST_TRIES) -> None:
        now = self.clock.now()
        if entry.tries >= most:
            log.error("mod-log entry %s is given up after %s tries: %s", entry.id, entry.tries, why)
            await self.store.told(entry.id, message_id=None, now=now)
            return
        delay_s = min(FIRST_DELAY_S * 2 ** (entry.tries - 1), MAX_DELAY_S)
        log.info("mod-log entry %s has to wait %s s: %s", entry.id, delay_s, why)
        await self.store.tell_later(entry.id, due_at=now + timedelta(seconds=delay_s))

    async def _wait(self, woken: asyncio.Event, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait(), name="easel-modlog-wake-up") for event in (woken, stop)]
        self._waiting.add(woken)
        try:
            await asyncio.wait(waits, timeout=self.poll_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.remove(woken)
            for wait in waits:
                wait.cancel()
        woken.clear()

    async def _listen(self) -> None:
        async with self.wake_ups.listen() as wake_ups:
            async for _ in wake_ups:
                self._watch.set()
                if not self._wake_poster():
                    for poster in self._posters:  # each looks again when its entry is posted
                        poster.set()

    def _wake_poster(self) -> bool:
        """Wake a poster that waits, and return whether there is one. Most wake-ups are about no entry at all."""
        woken = next((poster for poster in self._posters if poster in self._waiting), None)
        if woken is not None:
            woken.set()
        return woken is not None


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or not timedelta() <= now - last < every  # also after the clock was set back
