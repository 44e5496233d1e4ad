"""The worker: claims jobs in fair order, renews its leases, and drains when asked to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobState, RenderStage
from bot.domain.policy.rules import Rule
from bot.domain.ports.observer import UNOBSERVED, Observer
from bot.domain.ports.outside import Clock, WakeUps
from bot.domain.ports.stores import JobStore, KeyValueStore, Lease, WorkerHeartbeat
from bot.errors import LostLeaseError, StoreUnavailableError
from bot.outage import end_tasks, guard, run_logged
from bot.services.delivery import Delivery
from bot.services.limiter import ConcurrencyLimiter
from bot.services.provider_calls import ProviderCalls
from bot.services.references import EarlyReferences
from bot.services.rendering import JobRunner
from bot.services.retention import Retention

log = logging.getLogger(__name__)
LEASE_S: Final = 12.0  # how long jobs wait after their worker died
HEARTBEAT_S: Final = 3.0
POLL_S: Final = 2.0  # finds work whose wake-up was lost, and jobs that become ready by time alone
EARLY_S: Final = 2.0  # between looks for jobs that have begun to wait
SWEEP_S: Final = 900.0
ADOPT_S: Final = 30.0  # between looks into the emergency spool
MAX_ATTEMPTS: Final = 10  # after so many attempts, a job makes no more calls
MAX_END_ATTEMPTS: Final = 2 * MAX_ATTEMPTS  # and after so many, neither packages a picture nor shows its end
FIRST_BACKOFF_S: Final = 0.5  # until a broken attempt is followed by the next one; doubled each time
MAX_BACKOFF_S: Final = 30.0
# A job is given up after about ten minutes in which the store answers and yet the same attempt keeps failing.
MAX_STORE_BREAKS: Final = 40


@dataclass(slots=True)
class _Running:
    lease: Lease
    task: asyncio.Task[None]
    calls: int  # that the job may still make; 0 once only its card is left to update


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs jobs in one process. `name` is unique among running workers.

    `grace_s` is how long running jobs may take to finish after a stop, `heartbeat_at` when the last heartbeat was,
    `looked_at` when it last asked for work and was answered.
    """

    name: str
    jobs: JobStore
    key_values: KeyValueStore
    wake_ups: WakeUps
    clock: Clock
    limiter: ConcurrencyLimiter
    runner: JobRunner
    delivery: Delivery
    calls: ProviderCalls
    early: EarlyReferences
    retention: Retention
    ceiling: Rule
    grace_s: float
    lease_s: float = LEASE_S
    heartbeat_s: float = HEARTBEAT_S
    poll_s: float = POLL_S
    heartbeat_at: datetime | None = None
    looked_at: datetime | None = None
    observer: Observer = UNOBSERVED
    _running: dict[str, _Running] = field(default_factory=dict[str, _Running])
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    # At the last look for jobs. Else the queue was empty, and a slot that becomes free is no reason to look again.
    _was_full: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and run jobs until `stop` is set, then finish running jobs within `grace_s` or hand them back."""
        with suppress(StoreUnavailableError):  # the next probe comes by itself
            await self.calls.circuit.start()
        async with self._background_tasks():
            try:
                while not stop.is_set():
                    await run_logged(log, "claiming", partial(self._claim_all, stop))
                    await self._wait_for_wake_up(stop)
            finally:  # nobody else delivers or hands back what runs here
                await self._drain()
        try:
            await self.key_values.drop_heartbeat(self.name)
        except StoreUnavailableError as error:  # its last heartbeat grows old by itself
            log.warning("worker %s could not remove its heartbeat (%s)", self.name, error)

    @property
    def busy(self) -> int:
        """The number of jobs that this worker runs."""
        return len(self._running)

    def wake(self) -> None:
        """Look for work now instead of at the next poll."""
        self._woken.set()

    @property
    def _has_room(self) -> bool:
        """Whether another job would get a slot: claiming more would only keep jobs from other workers."""
        if self.limiter.is_paused or self.calls.unstored:
            return False
        working = self._running.keys() - self.runner.watching
        return sum(self._running[job_id].calls for job_id in working) < self.limiter.limit

    async def _claim_all(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            job = await self._claim()
            self.looked_at = self.clock.now()
            if job is None:
                return
            self.observer.claimed(job, now=self.looked_at)
            lease = Lease(job_id=job.id, attempt=job.attempt, worker=self.name)
            earlier = self._running.pop(job.id, None)
            if earlier is not None:
                await end_tasks(earlier.task)
            task = asyncio.create_task(self._work(job, lease), name=f"easel-job-{job.id}")
            self._running[job.id] = _Running(lease, task, _calls_left(job))

    async def _claim(self) -> Job | None:
        has_room = self._has_room
        self._was_full = not has_room
        return await self.jobs.claim(
            self.name, self.ceiling, now=self.clock.now(), lease_s=self.lease_s, can_paint=has_room
        )

    async def _work(self, job: Job, lease: Lease) -> None:
        try:
            await guard(
                partial(self._run_despite_outages, job, lease), partial(self._end_attempt, job, lease)
            )
        finally:
            mine = self._running.get(job.id)
            if mine is not None and mine.lease == lease:
                del self._running[job.id]
            # Without calls left its slots were free before; a cancellation and a hand-back wake the worker themselves.
            if self._was_full or mine is None or mine.calls:
                self._woken.set()

    async def _end_attempt(self, job: Job, lease: Lease, error: Exception) -> None:
        """Leave a job whose lease was lost to its new holder; after any other error hand it back, for another try."""
        if isinstance(error, LostLeaseError):
            self.observer.lost_lease()
            log.info("job %s: %s", job.id, error)
            return
        log.error("job %s: attempt %s broke", job.id, job.attempt, exc_info=error)
        delay_s = min(FIRST_BACKOFF_S * 2 ** (job.attempt - 1), MAX_BACKOFF_S)
        await self._hand_back(lease, delay_s=delay_s)
        asyncio.get_running_loop().call_later(delay_s, self._woken.set)

    async def _run_despite_outages(self, job: Job, lease: Lease) -> None:
        """Run the job; if the store was away, go on with the same attempt as soon as it answers.

        So an outage, however long, is none of the attempts after which a job is given up.
        """
        for breaks in range(MAX_STORE_BREAKS):
            try:
                await self._run_to_end(job, lease)
            except StoreUnavailableError as error:
                log.debug("job %s: attempt %s waits for the database (%s)", job.id, job.attempt, error)
                await asyncio.sleep(min(self.poll_s / 8 * 2**breaks, MAX_BACKOFF_S / 2))
                job = await self._held_again(job, lease)
            else:
                return
        await self._run_to_end(job, lease)

    async def _held_again(self, job: Job, lease: Lease) -> Job:
        """Wait for the store and for calls of the broken run; return the stored job. Raises `LostLeaseError`."""
        while True:
            try:
                if not await self.jobs.renew_leases([lease], now=self.clock.now(), lease_s=self.lease_s):
                    raise LostLeaseError(f"{job.id} went to another worker while the database was away")
                if calls := [task for task in self.calls.live if job.id in task.get_name()]:
                    await asyncio.wait(calls)
                return await self.jobs.reload(lease)
            except StoreUnavailableError:
                await asyncio.sleep(self.poll_s / 2)

    async def _run_to_end(self, job: Job, lease: Lease) -> None:
        if job.state is not JobState.RENDERING and job.attempt > MAX_END_ATTEMPTS:
            log.error("job %s: its end cannot be shown", job.id)
            await self.delivery.give_up(job, lease)
            return
        if job.state is JobState.RENDERING:
            log.info("job %s: attempt %s", job.id, job.attempt)
            if job.attempt > MAX_ATTEMPTS:
                failure = Failure(kind=FailureKind.FAULT, code=FailureCode.GAVE_UP)
                packages = job.attempt <= MAX_END_ATTEMPTS
                job = await self.runner.give_up(job, lease, failure, packages=packages)
            else:
                job = await self.runner.run(job, lease)
            self._free_slots(lease)
        await self.delivery.finish(job, lease)
        log.info("job %s: delivered as %s", job.id, job.state.value)

    def _free_slots(self, lease: Lease) -> None:
        """Free the job's share of the slots, so that the next job need not wait for this one's card."""
        running = self._running.get(lease.job_id)
        if running is not None and running.lease == lease:
            running.calls = 0
            if self._was_full:
                self._woken.set()

    async def _wait_for_wake_up(self, stop: asyncio.Event) -> None:
        waits = [asyncio.create_task(event.wait(), name="easel-wake-up") for event in (self._woken, stop)]
        try:
            await asyncio.wait(waits, timeout=self.poll_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._woken.clear()

    async def _drain(self) -> None:
        """Let running jobs finish within `grace_s`; hand the others back, so that nobody waits for their leases."""
        await self.limiter.close()
        if self._running or self.calls.live:
            log.info("stopping: %s jobs may finish within %s s", len(self._running), self.grace_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.grace_s):
                    await self._wait_for_unparked()
        left = tuple(self._running.values())
        await end_tasks(*(running.task for running in left))
        await self.calls.stop()
        await self.runner.packaging.stop()
        for running in left:
            await self._hand_back(running.lease)

    async def _wait_for_unparked(self) -> None:
        """Wait for running calls, and for jobs that are not parked: the limiter gives out no more slots."""
        while moving := [
            *(running.task for job_id, running in self._running.items() if job_id not in self.limiter.parked),
            *self.calls.live,
        ]:
            self.limiter.parking.clear()
            parking = asyncio.create_task(self.limiter.parking.wait(), name="easel-parking")
            try:
                await asyncio.wait({*moving, parking}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                parking.cancel()

    async def _hand_back(self, lease: Lease, *, delay_s: float = 0) -> None:
        try:
            await self.jobs.hand_back(lease, now=self.clock.now() + timedelta(seconds=delay_s))
        except StoreUnavailableError as error:  # its lease runs out by itself
            log.warning("job %s: not handed back (%s)", lease.job_id, error)

    @asynccontextmanager
    async def _background_tasks(self) -> AsyncGenerator[None]:
        tasks = [
            asyncio.create_task(self._repeat(self._send_heartbeat, self.heartbeat_s), name="easel-heartbeat"),
            asyncio.create_task(self._repeat(self.early.fetch, EARLY_S), name="easel-early-references"),
            asyncio.create_task(self._repeat(self._listen, self.poll_s), name="easel-worker-listen"),
            asyncio.create_task(self._repeat(self._sweep, SWEEP_S), name="easel-sweep"),
            asyncio.create_task(self._repeat(self.calls.adopt_emergency, ADOPT_S), name="easel-emergency"),
            asyncio.create_task(self._repeat(self.calls.circuit.watch, self.poll_s), name="easel-circuit"),
            asyncio.create_task(self._repeat(self.calls.circuit.redraw, self.poll_s), name="easel-redraw"),
        ]
        try:
            yield
        finally:
            await end_tasks(*tasks)

    async def _repeat(self, duty: Callable[[], Awaitable[None]], every_s: float) -> None:
        while True:
            await run_logged(log, duty.__name__.removeprefix("_"), duty)
            await asyncio.sleep(every_s)

    async def _send_heartbeat(self) -> None:
        """Extend the leases, record a heartbeat, and end expired jobs."""
        now = self.clock.now()
        leases = [running.lease for running in self._running.values()]
        held = await self.jobs.renew_leases(leases, now=now, lease_s=self.lease_s)
        for lease in leases:
            if lease.job_id not in held:
                await self._stop_work(lease.job_id, lease.attempt)
        if await self.jobs.expire(now=now):
            self._woken.set()
        await self.key_values.record_heartbeat(
            WorkerHeartbeat(name=self.name, seen_at=now, slots=self.limiter.slots, running=self.busy)
        )
        self.heartbeat_at = now

    async def _sweep(self) -> None:
        """Clear the leftovers of crashes and deletions: files, unresolved calls, counts of deleted people; old jobs."""
        await self.delivery.sweep()
        await self.calls.settle_old()
        await self.jobs.forget_counts(now=self.clock.now())
        await self.retention.forget_old()

    async def _listen(self) -> None:
        async with self.wake_ups.listen() as wake_ups:
            async for wake_up in wake_ups:
                if wake_up.job_id is not None:
                    await self._stop_work(wake_up.job_id)
                self._woken.set()

    async def _stop_work(self, job_id: str, attempt: int | None = None) -> None:
        """Stop working on a job that this worker no longer holds; a running paid call goes on until it is recorded."""
        running = self._running.get(job_id)
        if running is not None and attempt in {None, running.lease.attempt}:
            if attempt is not None:  # else its requester cancelled it
                self.observer.lost_lease()
            await end_tasks(running.task)


def _calls_left(job: Job) -> int:
    """Count the calls that the job may still make: none if only its card is left to update."""
    if job.state is not JobState.RENDERING:
        return 0
    return sum(render.stage in {RenderStage.WAITING, RenderStage.SUBMITTING} for render in job.renders)
