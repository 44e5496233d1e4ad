"""Paid calls: on record before, spooled and recorded after, whatever becomes of the job meanwhile."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.content.safety import danger
from bot.domain.jobs import Job, Render, RewriteFault
from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore, Lease
from bot.domain.provider import Charge, Provider, ProviderError, Rendered, RenderOrder, SlowDownError
from bot.domain.rewriting import ESTIMATE_MICRO_USD, Rewriter, Rewritten, check_rewriting, fault_of
from bot.errors import LostLeaseError, StoreUnavailableError
from bot.services.limiter import ConcurrencyLimiter

log = logging.getLogger(__name__)
OLD_CALL: Final = timedelta(hours=1)  # longer than any call may take
SPOOL_AGAIN_S: Final = (0.5, 2.0)
SPOOL_ERRORS: Final = (OSError, StoreUnavailableError)  # a full disk, a folder that goes, no database
_PROMPT: Final = "revised_prompt"
_COST: Final = "cost_micro_usd"


def raw_key(job_id: str, index: int, request_id: str) -> str:
    """Where the bytes of one call are spooled: found again after a crash by what is in the store."""
    return f"{job_id}/{index}-{request_id.rpartition('.')[2]}"


def new_request_id(job_id: str, index: int) -> str:
    """Ours, sent to the provider and searched for in its log: `easel.<job>.<index>.<random>`."""
    return f"easel.{job_id}.{index}.{secrets.token_hex(6)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCalls:
    """Makes them and owns them: a cancelled job leaves its call running, so that its cost is known."""

    jobs: JobStore
    blobs: BlobStore
    provider: Provider
    clock: Clock
    limiter: ConcurrencyLimiter
    live: set[asyncio.Task[None]]

    async def make(
        self, lease: Lease, index: int, order: RenderOrder, *, estimate_micro_usd: int
    ) -> tuple[Render, ProviderError | None]:
        """One call for one render. Returns the render as it stood at the call, and what went wrong."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.limiter.slot(lease.job_id))
            render = await self._begin(lease, index, order, estimate_micro_usd)
            call = self._call_in_slot(stack.pop_all(), lease, index, order)
        task = asyncio.create_task(call, name=_task_name(order.request_id))
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

    async def _begin(self, lease: Lease, index: int, order: RenderOrder, estimate_micro_usd: int) -> Render:
        """On record before it is made. A cancellation in between leaves nothing open: no call was made."""
        beginning = asyncio.ensure_future(
            self.jobs.begin_call(
                lease,
                index,
                request_id=order.request_id,
                estimate_micro_usd=estimate_micro_usd,
                now=self.clock.now(),
            )
        )
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await asyncio.gather(beginning, return_exceptions=True)
            await self.jobs.end_call(
                order.request_id, charge=Charge.FREE, cost_micro_usd=None, now=self.clock.now()
            )
            raise

    async def stop(self) -> None:
        """End calls that are still under way; what became of them is looked up at the next start."""
        for task in tuple(self.live):
            task.cancel()
        await asyncio.gather(*self.live, return_exceptions=True)

    async def recover(self, lease: Lease, render: Render) -> Charge | None:
        """A call that a crash cut off: None when its bytes are here after all, else what became of it."""
        request_id = render.request_id
        if request_id is None or render.submitted_at is None:
            return Charge.FREE
        await self._wait_for_own(request_id)
        meta = await self.blobs.find(raw_key(lease.job_id, render.index, request_id))
        if meta is not None:
            await self._record(lease, render.index, request_id, meta)
            return None
        if render.charge is not None and render.charge is not Charge.UNKNOWN:
            return render.charge
        return await self.look_up(render)

    async def _wait_for_own(self, request_id: str) -> None:
        """A clock that jumped, or a machine that slept, ends leases while the call goes on right here."""
        own = [task for task in self.live if task.get_name() == _task_name(request_id)]
        if own:
            await asyncio.wait(own)

    async def settle_old(self) -> None:
        """Ask about calls whose process died and whose job ended some other way, so that no book stays open."""
        for call in await self.jobs.open_calls(before=self.clock.now() - OLD_CALL):
            charge = await self.provider.look_up(call.request_id, call.submitted_at)
            log.info("call %s: long over, outcome %s", call.request_id, charge.value)
            await self.jobs.end_call(
                call.request_id, charge=charge, cost_micro_usd=None, now=self.clock.now()
            )

    async def look_up(self, render: Render) -> Charge:
        """Ask the provider's log, and put its answer on record."""
        if render.request_id is None or render.submitted_at is None:
            return Charge.FREE
        charge = await self.provider.look_up(render.request_id, render.submitted_at)
        log.warning("call %s: outcome %s", render.request_id, charge.value)
        await self.jobs.end_call(render.request_id, charge=charge, cost_micro_usd=None, now=self.clock.now())
        return charge

    async def _call_in_slot(self, slot: AsyncExitStack, lease: Lease, index: int, order: RenderOrder) -> None:
        """The slot is taken until the call ends, also when its job ended long before."""
        async with slot:
            await self._call(lease, index, order)

    async def _call(self, lease: Lease, index: int, order: RenderOrder) -> None:
        try:
            rendered = await self.provider.render(order)
        except ProviderError as error:
            log.warning("call %s: %s: %s", order.request_id, type(error).__name__, error.detail)
            if isinstance(error, SlowDownError):
                self.limiter.slow_down(error.retry_after_s)
            await self.jobs.end_call(
                order.request_id,
                charge=error.charge,
                cost_micro_usd=error.cost_micro_usd,
                now=self.clock.now(),
            )
            raise
        self.limiter.went_well()
        meta = _meta(rendered)
        await self._spool(raw_key(lease.job_id, index, order.request_id), order, rendered, meta)
        await self._record(lease, index, order.request_id, meta)

    async def _spool(self, key: str, order: RenderOrder, rendered: Rendered, meta: BlobMeta) -> None:
        """Paid bytes that cannot be written now may be in a moment; when not, their cost is on record."""
        for delay_s in SPOOL_AGAIN_S:
            try:
                await self.blobs.put(key, rendered.data, meta)
            except SPOOL_ERRORS as error:
                log.warning("call %s: not spooled yet (%s)", order.request_id, type(error).__name__)
                await self.clock.sleep(delay_s)
            else:
                return
        try:
            await self.blobs.put(key, rendered.data, meta)
        except SPOOL_ERRORS:
            await self.jobs.end_call(
                order.request_id,
                charge=Charge.CHARGED,
                cost_micro_usd=rendered.cost_micro_usd,
                now=self.clock.now(),
            )
            raise

    async def _record(self, lease: Lease, index: int, request_id: str, meta: BlobMeta) -> None:
        prompt, cost = meta.facts.get(_PROMPT), meta.facts.get(_COST)
        cost_micro_usd = cost if isinstance(cost, int) else None
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
        except LostLeaseError:  # the job is somebody else's by now, the money is not
            await self.jobs.end_call(
                request_id, charge=Charge.CHARGED, cost_micro_usd=cost_micro_usd, now=self.clock.now()
            )
            await self._forget_bytes(lease.job_id)
            raise

    async def _forget_bytes(self, job_id: str) -> None:
        """They came after the end was shown, so nobody else will drop them."""
        job = await self.jobs.get(job_id)
        if job is None or job.shown_at is not None:
            await self.blobs.drop_job(job_id)


def _task_name(request_id: str) -> str:
    return f"easel-call-{request_id}"


def _meta(rendered: Rendered) -> BlobMeta:
    facts: dict[str, str | int | None] = {_PROMPT: rendered.revised_prompt, _COST: rendered.cost_micro_usd}
    return BlobMeta(mime=rendered.mime, facts=facts)


def _forget(task: asyncio.Task[None]) -> None:
    """Nobody waits for it any more: what it had to say is on record."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("%s ended with %s", task.get_name(), type(error).__name__)


Outcome = tuple[str | None, RewriteFault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRewriting:
    """Whatever goes wrong, the job goes on with the person's own words. `live` are paid calls under way."""

    jobs: JobStore
    rewriter: Rewriter | None
    clock: Clock
    live: set[asyncio.Task[None]]

    async def enhance(self, job: Job, lease: Lease) -> Job:
        """The job as it is to be painted. Raises `LostLeaseError`."""
        if not job.request.enhance or (job.rewriting is not None and job.rewriting.is_over):
            return job
        if job.rewriting is not None:  # an earlier attempt died in it
            log.warning("job %s: nobody knows how its rewriting ended", job.id)
            return await self.jobs.end_rewriting(lease, text=None, fault=RewriteFault.UNCERTAIN)
        request_id = f"easel.{job.id}.words.{secrets.token_hex(6)}"
        await self._begin(lease, request_id)
        text, fault = await self._ask(job, request_id)
        if fault is not None:
            log.info("job %s: not rewritten: %s", job.id, fault.value)
        return await self.jobs.end_rewriting(lease, text=text, fault=fault)

    async def _begin(self, lease: Lease, request_id: str) -> None:
        """On record before it is made. A cancellation in between leaves nothing open: no call was made."""
        beginning = asyncio.ensure_future(
            self.jobs.begin_rewriting(
                lease, request_id=request_id, estimate_micro_usd=ESTIMATE_MICRO_USD, now=self.clock.now()
            )
        )
        try:
            await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await asyncio.gather(beginning, return_exceptions=True)
            await self._book(request_id, Charge.FREE, None)
            raise

    async def _ask(self, job: Job, request_id: str) -> Outcome:
        """The call goes on when the job is cancelled, so that its cost is known."""
        outcome: list[Outcome] = []
        task = asyncio.create_task(self._call(job, request_id, outcome), name=f"easel-call-{request_id}")
        self.live.add(task)
        task.add_done_callback(self.live.discard)
        await asyncio.shield(task)
        return outcome[0]

    async def _call(self, job: Job, request_id: str, outcome: list[Outcome]) -> None:
        if self.rewriter is None:  # switched off since the job was accepted
            await self._book(request_id, Charge.FREE, None)
            outcome.append((None, RewriteFault.FAULT))
            return
        words = job.request.prompt
        try:
            rewritten = await self.rewriter.rewrite(request_id, words, references=len(job.request.references))
        except ProviderError as error:
            log.warning("call %s: %s: %s", request_id, type(error).__name__, error.detail)
            await self._book(request_id, error.charge, error.cost_micro_usd)
            outcome.append((None, fault_of(error)))
            return
        await self._book(request_id, Charge.CHARGED, rewritten.cost_micro_usd)
        outcome.append(await asyncio.to_thread(_judged, job, words, rewritten))

    async def _book(self, request_id: str, charge: Charge, cost_micro_usd: int | None) -> None:
        await self.jobs.end_call(
            request_id, charge=charge, cost_micro_usd=cost_micro_usd, now=self.clock.now()
        )


def _judged(job: Job, words: str, rewritten: Rewritten) -> Outcome:
    """What it wrote is looked at as what people write is. Its words may be no graver than the person's."""
    fault = check_rewriting(words, rewritten.text)
    if fault is not None:
        return None, fault
    number = len(job.request.references)
    found = danger(rewritten.text, references=number)
    if found is not None and found is not danger(words, references=number):
        return None, RewriteFault.DANGER
    return rewritten.text, None
