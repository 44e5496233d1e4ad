"""Paid calls: recorded before they are made and settled afterwards, even if their job ends meanwhile."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Final, TypeVar

from bot.domain.circuit import CallOutcome, outcome_of
from bot.domain.jobs import Render
from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.domain.ports.observer import UNOBSERVED, CallKind, Observer, observed
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore, Lease, OpenCall
from bot.domain.provider import Charge, Provider, ProviderError, Rendered, RenderOrder, SlowDownError
from bot.domain.video import VIDEO_TYPE
from bot.domain.video_provider import VideoCreated, VideoOrder, VideoProvider
from bot.errors import LostLeaseError, StoreUnavailableError
from bot.outage import end_tasks
from bot.services.circuit import CircuitBreaker
from bot.services.limiter import ConcurrencyLimiter

T = TypeVar("T")
log = logging.getLogger(__name__)
OLD_CALL: Final = timedelta(hours=1)  # longer than any call may take
AHEAD: Final = timedelta(minutes=1)  # no clock that is right writes a time so far ahead
STORE_RETRY_S: Final = (0.5, 1.0, 2.0, 5.0)  # between tries to store what was paid for; the last repeats
# When to ask again what became of a call, after it was found lost: the provider records a charge after its answer was
# delivered, so silence is normal at first.
ASK_AGAIN_S: Final = (20.0, 60.0, 120.0)
SPOOL_LOOK_S: Final = 5.0  # between looks for bytes that another process may still be storing
GATE_S: Final = 1.0  # between looks whether what was paid for is stored, before another call begins
SPOOL_ERRORS: Final = (OSError, StoreUnavailableError)  # a full disk, a folder that goes, no database
# How long a cancelled call waits for an answer that has arrived and is being read in a thread.
LAST_MOMENT_S: Final = 0.5
HOLD_AT_STOP_S: Final = 30.0  # for a disk that is full; who runs Easel may end it before
_PROMPT: Final = "revised_prompt"
_GENERATION: Final = "generation_id"
_COST: Final = "cost_micro_usd"


def raw_key(job_id: str, index: int, request_id: str) -> str:
    """Return the spool key for the bytes of one call; after a crash it can be derived from the stored render."""
    return f"{job_id}/{index}-{request_id.rpartition('.')[2]}"


def note_key(job_id: str, request_id: str) -> str:
    """Return the spool key for the note of a video that is being made; its file has `raw_key`."""
    return f"{job_id}/note-{request_id.rpartition('.')[2]}"


def new_request_id(job_id: str, index: int) -> str:
    """Return a new request id, `easel.<job>.<index>.<random>`; the provider logs it, so the call can be looked up."""
    return f"easel.{job_id}.{index}.{secrets.token_hex(6)}"


Order = RenderOrder | VideoOrder
Answer = Rendered | VideoCreated


@dataclass(slots=True, kw_only=True)
class ProviderCalls:
    """Makes the paid calls for pictures and videos, and owns their tasks. A video's order is answered by its id.

    A call outlives its cancelled job, so that its cost becomes known. `live` holds the tasks of all running calls,
    `unstored` the request ids whose bytes or outcome cannot be stored now: until they are, no other call begins, so
    that at most one picture a slot is held in memory. `emergency` is a local spool for bytes that the shared one does
    not take; None if the spool is local itself.
    """

    jobs: JobStore
    blobs: BlobStore
    provider: Provider
    videos: VideoProvider
    clock: Clock
    limiter: ConcurrencyLimiter
    circuit: CircuitBreaker
    live: set[asyncio.Task[None]]
    emergency: BlobStore | None = None
    observer: Observer = UNOBSERVED
    ask_again_s: tuple[float, ...] = ASK_AGAIN_S
    unstored: set[str] = field(default_factory=set[str])

    async def make(
        self,
        lease: Lease,
        index: int,
        order: Order,
        *,
        estimate_micro_usd: int,
        begun: Callable[[], None] = lambda: None,
    ) -> tuple[Render, ProviderError | None]:
        """Make one call for one render, in a slot of the limiter; signal by `begun` when it is recorded.

        Returns the render as it was when the call began, and the error, None on success. Raises `LostLeaseError`,
        and before the call begins `CircuitOpenError`, or `SlowDownError` if the provider asked for a long pause.
        """
        async with AsyncExitStack() as stack:
            await self._take_slot(stack, lease.job_id)
            render = await self._begin(lease, index, order, estimate_micro_usd)
            begun()
            call = self._call_in_slot(stack.pop_all(), lease, index, order)
        task = asyncio.create_task(call, name=call_name(order.request_id))
        self.live.add(task)
        task.add_done_callback(self.live.discard)
        try:
            await asyncio.shield(task)
        except ProviderError as error:
            return render, error
        except asyncio.CancelledError:
            task.add_done_callback(_forget)
            raise
        return render, None

    async def _take_slot(self, stack: AsyncExitStack, job_id: str) -> None:
        """Enter a slot of the limiter, once everything that was paid for is stored."""
        while True:
            while self.unstored and not self.limiter.is_closed:
                await self.limiter.rest(GATE_S)
            await stack.enter_async_context(self.limiter.slot(job_id))
            if not self.unstored:
                return
            await stack.aclose()  # the trouble began while this call waited for its slot

    async def _begin(self, lease: Lease, index: int, order: Order, estimate_micro_usd: int) -> Render:
        record = self.jobs.begin_call(
            lease,
            index,
            request_id=order.request_id,
            estimate_micro_usd=estimate_micro_usd,
            now=self.clock.now(),
        )
        return await on_record(record, lambda: self.settle(order.request_id, Charge.FREE, None))

    async def settle(self, request_id: str, charge: Charge, cost_micro_usd: int | None) -> None:
        """Record what a call cost; a cost of None keeps the estimate."""
        await self.jobs.end_call(
            request_id, charge=charge, cost_micro_usd=cost_micro_usd, now=self.clock.now()
        )

    async def stop(self) -> None:
        """Cancel the running calls. Their charge is looked up after the next start.

        What has arrived and cannot be stored yet is held a while longer, as it would be paid for a second time.
        """
        holding = [task for task in self.live if task.get_name() in map(call_name, self.unstored)]
        if holding:
            log.warning("stopping: what %s calls brought cannot be stored yet, trying on", len(holding))
            await asyncio.wait(holding, timeout=HOLD_AT_STOP_S)
        await end_tasks(*self.live)

    async def adopt_emergency(self) -> None:
        """Move what lies in the emergency spool into the shared one. Raises `StoreUnavailableError`."""
        if self.emergency is None:
            return
        for key in await self.emergency.keys():
            meta = await self.emergency.find(key)
            with suppress(KeyError):  # another worker of this machine moved it just now
                if meta is not None:
                    await self.blobs.put(key, await self.emergency.get(key), meta)
                    log.info("%s: moved from the emergency spool", key)
                    await self.emergency.drop(key)

    async def recover(self, lease: Lease, render: Render, *, model: str) -> Charge | None:
        """Find out what happened to a call after a crash: its charge, or None if its bytes are spooled and recorded."""
        request_id = render.request_id
        if request_id is None or render.submitted_at is None:
            return Charge.FREE
        await self._wait_for_own(request_id)
        if await self.is_spooled(lease, render):
            return None
        if render.charge is not None and render.charge is not Charge.UNKNOWN:
            return render.charge
        return await self.look_up(render, model=model)

    async def find_out(self, lease: Lease, render: Render, *, model: str, may_arrive: bool) -> Charge | None:
        """Find out what became of a call, with time for the answer: its charge, or None once its bytes are spooled.

        With `may_arrive`, the call was another attempt's, whose process may still be storing the bytes: they are waited
        for even if the call was charged.
        """
        charge, waited_s = await self.recover(lease, render, model=model), 0.0
        for moment_s in self.ask_again_s:
            if charge is not Charge.UNKNOWN and not (may_arrive and charge is Charge.CHARGED):
                break
            while waited_s < moment_s:
                delay_s = min(SPOOL_LOOK_S, moment_s - waited_s)
                await self.clock.sleep(delay_s)
                waited_s += delay_s
                if await self.is_spooled(lease, render):
                    return None
            if charge is Charge.UNKNOWN:
                charge = await self.look_up(render, model=model)
        return charge

    async def is_spooled(self, lease: Lease, render: Render) -> bool:
        """Record what is spooled of the call's answer, if that is not done, and return whether anything is new."""
        request_id = render.request_id or ""
        keys = [raw_key(lease.job_id, render.index, request_id)]
        if render.generation_id is None:
            keys.append(note_key(lease.job_id, request_id))
        for key in keys:
            meta = await self.blobs.find(key)
            if meta is not None:
                await self._record(lease, render.index, request_id, meta)
                return True
        return False

    async def keep_video(
        self, lease: Lease, render: Render, data: bytes, *, cost_micro_usd: int | None
    ) -> None:
        """Spool the file of a video and record it. Raises as `BlobStore.put` does, and `LostLeaseError`."""
        request_id = render.request_id or ""
        meta = BlobMeta(mime=VIDEO_TYPE, facts={_COST: cost_micro_usd})
        await self.blobs.put(raw_key(lease.job_id, render.index, request_id), data, meta)
        await self._record(lease, render.index, request_id, meta)

    async def _wait_for_own(self, request_id: str) -> None:
        """Wait for a call that still runs in this process: a lease can expire because the clock jumped."""
        own = [task for task in self.live if task.get_name() == call_name(request_id)]
        if own:
            await asyncio.wait(own)

    async def settle_old(self) -> None:
        """Resolve the charge of calls that a crashed worker abandoned and whose job is over."""
        now = self.clock.now()
        live = {task.get_name() for task in self.live}
        for call in await self.jobs.open_calls(before=now - OLD_CALL, after=now + AHEAD):
            if call_name(call.request_id) in live:
                continue
            charge = await self._look_up_old(call)
            log.info("call %s: long over, outcome %s", call.request_id, charge.value)
            await self.settle(call.request_id, charge, None)

    async def _look_up_old(self, call: OpenCall) -> Charge:
        """Look up a call whose kind is not known: that of a video may be dated by the end of the video."""
        charge = await self.provider.look_up(call.request_id, call.submitted_at, model=None)
        if charge is not Charge.UNKNOWN:
            return charge
        return await self.videos.look_up(call.request_id, call.submitted_at, model=None)

    async def look_up(self, render: Render, *, model: str) -> Charge:
        """Look up the charge of a call to `model` in the provider's log, and record it.

        That of a video that was made is dated by its end.
        """
        if render.request_id is None or render.submitted_at is None:
            return Charge.FREE
        asked = self.provider if render.generation_id is None else self.videos
        charge = await asked.look_up(render.request_id, render.submitted_at, model=model)
        log.warning("call %s: outcome %s", render.request_id, charge.value)
        await self.settle(render.request_id, charge, None)
        return charge

    async def _call_in_slot(self, slot: AsyncExitStack, lease: Lease, index: int, order: Order) -> None:
        """Make the call and hold its slot until it ends, even if its job is over."""
        async with slot:
            await self._call(lease, index, order)

    async def _call(self, lease: Lease, index: int, order: Order) -> None:
        try:
            answer = await self._answer(lease, index, order)
        except ProviderError as error:
            log.warning("call %s: %s: %s", order.request_id, type(error).__name__, error.detail)
            if isinstance(error, SlowDownError):
                self.limiter.slow_down(error.retry_after_s)
            elif outcome_of(error) is CallOutcome.FAULT:
                self.limiter.went_wrong()
            settle = partial(self.settle, order.request_id, error.charge, error.cost_micro_usd)
            await until_stored(order.request_id, settle, self.clock, self.unstored)
            await self._tell_circuit(lease.job_id, order.request_id, error)
            raise
        self.limiter.went_well()
        key, data, meta = _to_spool(answer, lease.job_id, index, order.request_id)

        async def spool() -> None:
            try:
                await self._spool(key, data, meta)
            finally:
                if isinstance(answer, Rendered):
                    answer.landed()

        await until_stored(order.request_id, spool, self.clock, self.unstored)
        # Told beside the record, and not before it: SQLite commits both at once.
        telling = asyncio.create_task(self._tell_circuit(lease.job_id, order.request_id, None))
        record = partial(self._record, lease, index, order.request_id, meta)
        try:
            await until_stored(order.request_id, record, self.clock, self.unstored)
        finally:
            await telling

    async def _answer(self, lease: Lease, index: int, order: Order) -> Answer:
        """Get the answer. One that is being read when a stop cancels the call is spooled all the same."""
        work = asyncio.create_task(self._ask(order), name=f"easel-answer-{order.request_id}")
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait({work}, timeout=LAST_MOMENT_S)
            if work.done() and not work.cancelled() and work.exception() is None:
                answer = work.result()
                if isinstance(answer, Rendered):
                    answer.landed()
                with suppress(*SPOOL_ERRORS):  # the emergency spool has them then
                    await self._spool(*_to_spool(answer, lease.job_id, index, order.request_id))
            raise
        finally:
            await end_tasks(work)

    async def _ask(self, order: Order) -> Answer:
        if isinstance(order, VideoOrder):
            return await observed(self.observer, CallKind.VIDEO, self.videos.create(order))
        return await observed(self.observer, CallKind.PICTURE, self.provider.render(order))

    async def _tell_circuit(self, job_id: str, request_id: str, error: ProviderError | None) -> None:
        if not self.limiter.is_closed or error is None:  # calls that a stop cuts off show nothing
            await self.circuit.record(request_id, job_id, error)

    async def _spool(self, key: str, data: bytes, meta: BlobMeta) -> None:
        """Write paid bytes to the spool; where it does not take them, also to the emergency spool.

        A stop does not wait for a database that is away: what is being written then goes there as well.
        """
        try:
            await self.blobs.put(key, data, meta)
        except (*SPOOL_ERRORS, asyncio.CancelledError):
            if self.emergency is not None and await self.emergency.find(key) is None:
                with suppress(OSError):  # its disk is full too: memory still has them
                    await self.emergency.put(key, data, meta)
            raise
        if self.emergency is not None:
            await self.emergency.drop(key)

    async def _record(self, lease: Lease, index: int, request_id: str, meta: BlobMeta) -> None:
        prompt, cost, generation_id = (meta.facts.get(name) for name in (_PROMPT, _COST, _GENERATION))
        cost_micro_usd = cost if isinstance(cost, int) else None
        if isinstance(generation_id, str):
            await self.jobs.render_created(
                lease,
                index,
                request_id=request_id,
                generation_id=generation_id,
                cost_micro_usd=cost_micro_usd,
            )
            return
        try:
            await self.jobs.render_done(
                lease,
                index,
                request_id=request_id,
                raw_key=raw_key(lease.job_id, index, request_id),
                revised_prompt=prompt if isinstance(prompt, str) else None,
                cost_micro_usd=cost_micro_usd,
                now=self.clock.now(),
            )
        except LostLeaseError:  # another worker has the job, but the money was spent here
            await self.settle(request_id, Charge.CHARGED, cost_micro_usd)
            await self._forget_bytes(lease.job_id)
            raise

    async def _forget_bytes(self, job_id: str) -> None:
        """Drop spooled bytes that arrived after the job's end was shown: nobody else would."""
        job = await self.jobs.get(job_id)
        if job is None or job.shown_at is not None:
            await self.blobs.drop_job(job_id)


async def on_record(record: Awaitable[T], settle_free: Callable[[], Awaitable[None]]) -> T:
    """Record a call before it is made. If cancelled meanwhile, settle it as free: no call was made."""
    recording = asyncio.ensure_future(record)
    try:
        return await asyncio.shield(recording)
    except asyncio.CancelledError:
        await asyncio.gather(recording, return_exceptions=True)
        await settle_free()
        raise


async def until_stored(
    request_id: str, store: Callable[[], Awaitable[None]], clock: Clock, unstored: set[str]
) -> None:
    """Store what a call brought; where that fails, try again for as long as the process lives.

    Meanwhile `unstored` holds the call's id. Raises what `store` raises, unless it says that nothing can be stored now.
    """
    try:
        for tries in count():
            try:
                await store()
            except SPOOL_ERRORS as error:
                if not tries:
                    log.warning("call %s: cannot be stored yet (%s)", request_id, type(error).__name__)
                unstored.add(request_id)
                await clock.sleep(STORE_RETRY_S[min(tries, len(STORE_RETRY_S) - 1)])
            else:
                if tries:
                    log.info("call %s: stored after all", request_id)
                return
    finally:
        unstored.discard(request_id)


def call_name(request_id: str) -> str:
    """Return the name of the task that makes this call."""
    return f"easel-call-{request_id}"


def _to_spool(answer: Answer, job_id: str, index: int, request_id: str) -> tuple[str, bytes, BlobMeta]:
    """Return key, bytes and facts of what is spooled of an answer: a picture, or the note of a video."""
    facts: dict[str, str | int | None] = {_COST: answer.cost_micro_usd}
    if isinstance(answer, VideoCreated):
        facts[_GENERATION] = answer.generation_id
        return note_key(job_id, request_id), b"", BlobMeta(mime=VIDEO_TYPE, facts=facts)
    facts[_PROMPT] = answer.revised_prompt
    return raw_key(job_id, index, request_id), answer.data, BlobMeta(mime=answer.mime, facts=facts)


def _forget(task: asyncio.Task[None]) -> None:
    """Log the error of a call that nobody awaits any more; its outcome has been recorded."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("%s ended with %s", task.get_name(), type(error).__name__)
