"""Rewriting a prompt before it is painted: one paid call that is never made twice."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass

from bot.domain.enhanced import RewriteFault
from bot.domain.jobs import Job
from bot.domain.ports import Clock, JobStore, Lease
from bot.domain.rendering import Charge, ProviderError
from bot.domain.rewriting import ESTIMATE_MICRO_USD, Rewriter, Rewritten, fault_of, judge
from bot.domain.words import danger

log = logging.getLogger(__name__)
Outcome = tuple[str | None, RewriteFault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enhancing:
    """Whatever goes wrong, the job goes on with the person's own words. `live` are paid calls under way."""

    jobs: JobStore
    rewriter: Rewriter | None
    clock: Clock
    live: set[asyncio.Task[None]]

    async def enhance(self, job: Job, lease: Lease) -> Job:
        """The job as it is to be painted. Raises `LostLeaseError`."""
        if not job.wish.enhance or (job.rewriting is not None and job.rewriting.is_over):
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
        words = job.wish.prompt
        try:
            rewritten = await self.rewriter.rewrite(request_id, words, references=len(job.wish.references))
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
    fault = judge(words, rewritten.text)
    if fault is not None:
        return None, fault
    number = len(job.wish.references)
    found = danger(rewritten.text, references=number)
    if found is not None and found is not danger(words, references=number):
        return None, RewriteFault.DANGER
    return rewritten.text, None
