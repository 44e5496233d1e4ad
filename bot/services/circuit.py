"""The circuit breaker at work: counts what calls show about the provider, asks it for free, and says why jobs wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.circuit import Circuit, outcome_of, trouble_of
from bot.domain.jobs import JobState
from bot.domain.ports.circuit import CircuitChange, CircuitStore
from bot.domain.ports.outside import Clock, WakeUp, WakeUps
from bot.domain.ports.stores import JobStore
from bot.domain.provider import Model, Provider, ProviderError, Trouble
from bot.errors import StoreUnavailableError
from bot.services.delivery import Delivery

log = logging.getLogger(__name__)
CIRCUIT_LOOK_S: Final = 2.0  # between looks of a worker, and of a call that waits
ANSWERED: Final = timedelta(seconds=5)  # a younger job may not have its card yet
REDRAW_S: Final = 10.0
REDRAWN_WITHIN: Final = timedelta(seconds=25)  # an edit that comes later would go over what a worker drew
MAX_REDRAWN: Final = 100  # cards of waiting jobs: more edits would be late, and hold up others


@dataclass(slots=True, kw_only=True)
class CircuitBreaker:
    """Opens and closes the circuit of all workers. `models` are those of pictures on offer."""

    store: CircuitStore
    jobs: JobStore
    provider: Provider
    delivery: Delivery
    wake_ups: WakeUps
    clock: Clock
    models: Mapping[str, Model]
    trouble: Trouble | None = None  # as of the last look
    _has_news: bool = False  # for the cards of jobs that wait

    async def start(self) -> None:
        """Have the provider asked soon: a worker has started, perhaps with another key."""
        await self.store.restart(now=self.clock.now())

    async def lets_through(self, job_id: str) -> bool:
        """Return whether a call for this job may begin now. Raises `StoreUnavailableError`."""
        return (await self.store.circuit()).lets_through(job_id, self.clock.now())

    async def record(self, request_id: str, job_id: str, error: ProviderError | None) -> Trouble | None:
        """Count a call that ended with `error`, None for a picture; return why calls wait now.

        Where that cannot be stored nothing waits for it: the next calls will show the same.
        """
        try:
            change = await self.store.record_outcome(
                request_id, job_id, outcome_of(error), now=self.clock.now()
            )
            await self._notice(change)
        except StoreUnavailableError as away:
            log.debug("call %s: its outcome is not counted (%s)", request_id, away)
            return None
        return change.after.trouble

    async def answered(self, refusal: ProviderError) -> bool:
        """End the trouble that `refusal` reported, now that the same question is answered.

        While the circuit is open nobody calls, so no call would end it.

        Return False where that cannot be stored now.
        """
        trouble = trouble_of(refusal)
        try:
            if trouble is not None:
                await self._notice(await self.store.end_trouble(trouble))
        except StoreUnavailableError as away:
            log.debug("the end of trouble is not stored (%s)", away)
            return False
        return True

    async def watch(self) -> None:
        """Ask the provider for the balance if that is due, and announce trouble to people.

        Raises `StoreUnavailableError`.
        """
        circuit = await self.store.circuit()
        self.trouble = circuit.trouble
        if circuit.trouble is not None:
            await self._look_into(circuit)

    async def _look_into(self, circuit: Circuit) -> None:
        is_probe = await self.store.begin_probe(now=self.clock.now())
        if not is_probe and (circuit.is_told or not circuit.deserves_alert):
            return
        balance = await self.provider.balance()
        if is_probe:
            price = max(model.price_micro_usd for model in self.models.values())
            change = await self.store.end_probe(balance, price_micro_usd=price, now=self.clock.now())
            await self._notice(change)
            circuit = change.after
        if circuit.deserves_alert:
            left = None if balance is None else balance.micro_usd
            await self.store.announce(balance_micro_usd=left, now=self.clock.now())

    async def _notice(self, change: CircuitChange) -> None:
        """Log what changed, and wake workers if calls may begin."""
        before, after = change.before, change.after
        if before.trouble is not after.trouble:
            self._has_news = True
            if after.trouble is not None:
                log.warning(
                    "the provider has trouble (%s): calls wait; the next line says until when", after.trouble
                )
            else:
                log.warning("the provider works again: calls go on")
        is_open = after.trouble is not None and after.half_open_at is None
        was_open = before.trouble is not None and before.half_open_at is None
        if (was_open and not is_open) or (before.trouble is not None and after.trouble is None):
            await self.wake_ups.send(WakeUp())

    async def redraw(self) -> None:
        """Show on the cards of waiting jobs why they wait, or that they no longer do, if that has changed.

        Apart from `watch`, as Discord may take long over it. Raises `StoreUnavailableError`.
        """
        if not self._has_news:
            return
        self._has_news = False
        try:
            await self._redraw()
        except StoreUnavailableError:
            self._has_news = True
            raise

    async def _redraw(self) -> None:
        before = self.clock.now() - ANSWERED
        for job in await self.jobs.waiting(after=None, before=before, limit=MAX_REDRAWN):
            now = self.clock.now()
            if not await self.jobs.keep_queued(job.id, now=now, until=now + REDRAWN_WITHIN):
                continue
            try:
                async with asyncio.timeout(REDRAW_S):
                    await self.delivery.progress(job)
            except TimeoutError:  # Discord may still make the edit: no worker draws before that
                continue
            await self.jobs.card_shown(job.id, None, now=self.clock.now())
            latest = await self.jobs.get(job.id)
            if latest is not None and latest.state in {JobState.CANCELLED, JobState.EXPIRED}:
                await self.delivery.progress(latest)  # its end was shown before, or at the same time
