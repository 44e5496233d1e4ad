"""Paid calls: recorded before they are made and settled afterwards, even if their job ends meanwhile."""

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
SPOOL_RETRY_S: Final = (0.5, 2.0)
SPOOL_ERRORS: Final = (OSError, StoreUnavailableError)  # a full disk, a folder that goes, no database
_PROMPT: Final = "revised_prompt"
_COST: Final = "cost_micro_usd"


def raw_key(job_id: str, index: int, request_id: str) -> str:
    """Return the spool key for the bytes of one call; after a crash it can be derived from the stored render."""
    return f"{job_id}/{index}-{request_id.rpartition('.')[2]}"


def new_request_id(job_id: str, index: int) -> str:
    """Return a new request id, `easel.<job>.<index>.<random>`; the provider logs it, so the call can be looked up."""
    return f"easel.{job_id}.{index}.{secrets.token_hex(6)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCalls:
    """Makes the paid calls for pictures and owns their tasks.

    A call outlives its cancelled job, so that its cost becomes known. `live` holds the tasks of all running calls.
    """

    jobs: JobStore
    blobs: BlobStore
    provider: Provider
    clock: Clock
    limiter: ConcurrencyLimiter
    live: set[asyncio.Task[None]]

    async def make(
        self, lease: Lease, index: int, order: RenderOrder, *, estimate_micro_usd: int
    ) -> tuple[Render, ProviderError | None]:
        """Make one call for one render, in a slot of the limiter.

        Returns the render as it was when the call began, and the error, None on success. Raises `LostLeaseError`,
        and `SlowDownError` before the call begins if the provider asked for a long pause.
        """
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
        """Record the call before it is made. If cancelled meanwhile, settle it as free: no call was made."""
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
            await self._settle(order.request_id, Charge.FREE, None)
            raise

    async def _settle(self, request_id: str, charge: Charge, cost_micro_usd: int | None) -> None:
        await self.jobs.end_call(
            request_id, charge=charge, cost_micro_usd=cost_micro_usd, now=self.clock.now()
        )

    async def stop(self) -> None:
        """Cancel the running calls. Their charge is looked up after the next start."""
        for task in tuple(self.live):
            task.cancel()
        await asyncio.gather(*self.live, return_exceptions=True)

    async def recover(self, lease: Lease, render: Render, *, model: str) -> Charge | None:
        """Find out what happened to a call after a crash: its charge, or None if its bytes are spooled and recorded."""
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
        return await self.look_up(render, model=model)

    async def _wait_for_own(self, request_id: str) -> None:
        """Wait for a call that still runs in this process: a lease can expire because the clock jumped."""
        own = [task for task in self.live if task.get_name() == _task_name(request_id)]
        if own:
            await asyncio.wait(own)

    async def settle_old(self) -> None:
        """Resolve the charge of calls that a crashed worker abandoned and whose job is over."""
        for call in await self.jobs.open_calls(before=self.clock.now() - OLD_CALL):
            charge = await self.provider.look_up(call.request_id, call.submitted_at, model=None)
            log.info("call %s: long over, outcome %s", call.request_id, charge.value)
            await self._settle(call.request_id, charge, None)

    async def look_up(self, render: Render, *, model: str) -> Charge:
        """Look up the charge of a call to `model` in the provider's log, and record it."""
        if render.request_id is None or render.submitted_at is None:
            return Charge.FREE
        charge = await self.provider.look_up(render.request_id, render.submitted_at, model=model)
        log.warning("call %s: outcome %s", render.request_id, charge.value)
        await self._settle(render.request_id, charge, None)
        return charge

    async def _call_in_slot(self, slot: AsyncExitStack, lease: Lease, index: int, order: RenderOrder) -> None:
        """Make the call and hold its slot until it ends, even if its job is over."""
        async with slot:
            await self._call(lease, index, order)

    async def _call(self, lease: Lease, index: int, order: RenderOrder) -> None:
        try:
            rendered = await self.provider.render(order)
        except ProviderError as error:
            log.warning("call %s: %s: %s", order.request_id, type(error).__name__, error.detail)
            if isinstance(error, SlowDownError):
                self.limiter.slow_down(error.retry_after_s)
            await self._settle(order.request_id, error.charge, error.cost_micro_usd)
            raise
        self.limiter.went_well()
        meta = _meta(rendered)
        await self._spool(raw_key(lease.job_id, index, order.request_id), order, rendered, meta)
        await self._record(lease, index, order.request_id, meta)

    async def _spool(self, key: str, order: RenderOrder, rendered: Rendered, meta: BlobMeta) -> None:
        """Write the paid bytes to the spool, with retries. If that fails, record the cost and raise."""
        for delay_s in SPOOL_RETRY_S:
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
            await self._settle(order.request_id, Charge.CHARGED, rendered.cost_micro_usd)
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
        except LostLeaseError:  # another worker has the job, but the money was spent here
            await self._settle(request_id, Charge.CHARGED, cost_micro_usd)
            await self._forget_bytes(lease.job_id)
            raise

    async def _forget_bytes(self, job_id: str) -> None:
        """Drop spooled bytes that arrived after the job's end was shown: nobody else would."""
        job = await self.jobs.get(job_id)
        if job is None or job.shown_at is not None:
            await self.blobs.drop_job(job_id)


def _task_name(request_id: str) -> str:
    return f"easel-call-{request_id}"


def _meta(rendered: Rendered) -> BlobMeta:
    facts: dict[str, str | int | None] = {_PROMPT: rendered.revised_prompt, _COST: rendered.cost_micro_usd}
    return BlobMeta(mime=rendered.mime, facts=facts)


def _forget(task: asyncio.Task[None]) -> None:
    """Log the error of a call that nobody awaits any more; its outcome has been recorded."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.info("%s ended with %s", task.get_name(), type(error).__name__)


Outcome = tuple[str | None, RewriteFault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRewriting:
    """Rewrites prompts by one paid call, which is never repeated.

    If anything goes wrong, the job continues with the person's own words. `live` holds the tasks of running calls.
    """

    jobs: JobStore
    rewriter: Rewriter | None
    clock: Clock
    live: set[asyncio.Task[None]]

    async def enhance(self, job: Job, lease: Lease) -> Job:
        """Have the prompt rewritten if the request asks for it; return the job to render. Raises `LostLeaseError`."""
        if not job.request.enhance or (job.rewriting is not None and job.rewriting.is_over):
            return job
        if job.rewriting is not None:  # an earlier attempt crashed during the call
            log.warning("job %s: the outcome of its rewriting is unknown", job.id)
            return await self.jobs.end_rewriting(lease, text=None, fault=RewriteFault.UNCERTAIN)
        request_id = f"easel.{job.id}.words.{secrets.token_hex(6)}"
        await self._begin(lease, request_id)
        text, fault = await self._ask(job, request_id)
        if fault is not None:
            log.info("job %s: not rewritten: %s", job.id, fault.value)
        return await self.jobs.end_rewriting(lease, text=text, fault=fault)

    async def _begin(self, lease: Lease, request_id: str) -> None:
        """Record the call before it is made. If cancelled meanwhile, settle it as free: no call was made."""
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
        """Make the call in a task that outlives a cancelled job, so that its cost becomes known."""
        outcome: list[Outcome] = []
        task = asyncio.create_task(self._call(job, request_id, outcome), name=f"easel-call-{request_id}")
        self.live.add(task)
        task.add_done_callback(self.live.discard)
        await asyncio.shield(task)
        return outcome[0]

    async def _call(self, job: Job, request_id: str, outcome: list[Outcome]) -> None:
        if self.rewriter is None:  # rewriting was switched off after the job was accepted
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
    """Check the model's text by the same safety rules; it may raise no concern that the person's prompt does not."""
    fault = check_rewriting(words, rewritten.text)
    if fault is not None:
        return None, fault
    number = len(job.request.references)
    found = danger(rewritten.text, references=number)
    if found is not None and found is not danger(words, references=number):
        return None, RewriteFault.DANGER
    return rewritten.text, None
