"""Rewriting of prompts: one paid call for a job, recorded before it is made."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from functools import partial

from bot.domain.content.safety import safety_concern
from bot.domain.jobs import Job, RewriteFault
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore, Lease
from bot.domain.provider import Charge, ProviderError
from bot.domain.rewriting import ESTIMATE_MICRO_USD, Rewriter, Rewritten, check_rewriting, fault_of
from bot.services.provider_calls import call_name, on_record, until_stored

log = logging.getLogger(__name__)
RewriteOutcome = tuple[str | None, RewriteFault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRewriting:
    """Rewrites prompts by one paid call, which is never repeated.

    If anything goes wrong, the job continues with the person's own words. `live` and `unstored` are those of
    `ProviderCalls`.
    """

    jobs: JobStore
    rewriter: Rewriter | None
    clock: Clock
    live: set[asyncio.Task[None]]
    unstored: set[str]

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
        record = self.jobs.begin_rewriting(
            lease, request_id=request_id, estimate_micro_usd=ESTIMATE_MICRO_USD, now=self.clock.now()
        )
        await on_record(record, lambda: self._book(request_id, Charge.FREE, None))

    async def _ask(self, job: Job, request_id: str) -> RewriteOutcome:
        """Make the call in a task that outlives a cancelled job, so that its cost becomes known."""
        outcome: list[RewriteOutcome] = []
        task = asyncio.create_task(self._call(job, request_id, outcome), name=call_name(request_id))
        self.live.add(task)
        task.add_done_callback(self.live.discard)
        await asyncio.shield(task)
        return outcome[0]

    async def _call(self, job: Job, request_id: str, outcome: list[RewriteOutcome]) -> None:
        if self.rewriter is None:  # rewriting was switched off after the job was accepted
            await self._book(request_id, Charge.FREE, None)
            outcome.append((None, RewriteFault.FAULT))
            return
        words = job.request.prompt
        try:
            rewritten = await self.rewriter.rewrite(request_id, words, references=len(job.request.references))
        except ProviderError as error:
            log.warning("call %s: %s: %s", request_id, type(error).__name__, error.detail)
            book = partial(self._book, request_id, error.charge, error.cost_micro_usd)
            await until_stored(request_id, book, self.clock, self.unstored)
            outcome.append((None, fault_of(error)))
            return
        book = partial(self._book, request_id, Charge.CHARGED, rewritten.cost_micro_usd)
        await until_stored(request_id, book, self.clock, self.unstored)
        outcome.append(await asyncio.to_thread(_judged, job, words, rewritten))

    async def _book(self, request_id: str, charge: Charge, cost_micro_usd: int | None) -> None:
        await self.jobs.end_call(
            request_id, charge=charge, cost_micro_usd=cost_micro_usd, now=self.clock.now()
        )


def _judged(job: Job, words: str, rewritten: Rewritten) -> RewriteOutcome:
    """Check the model's text by the same safety rules; it may raise no concern that the person's prompt does not."""
    fault = check_rewriting(words, rewritten.text)
    if fault is not None:
        return None, fault
    number = len(job.request.references)
    found = safety_concern(rewritten.text, references=number)
    if found is not None and found is not safety_concern(words, references=number):
        return None, RewriteFault.DANGER
    return rewritten.text, None
