"""`JobStore` and `NoteStore` on a `Store`: each method is one operation in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.enhanced import RewriteFault
from bot.domain.jobs import Failure, Job, NewJob, Render
from bot.domain.limits import Rule
from bot.domain.ports import (
    Cancelled,
    Decision,
    Forgotten,
    Held,
    Lease,
    Line,
    OpenCall,
    Packed,
    Rates,
    SpendReport,
    SubmitOutcome,
    WorkerPulse,
)
from bot.domain.rendering import Charge
from bot.domain.sizes import Size
from bot.storage import rows
from bot.storage.engine import Store
from bot.storage.ops import claim, decisions, gateway, line, notes, privacy, rewriting, submit, work


class SqlJobStore:
    """See `bot.domain.ports.JobStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def submit(self, new: NewJob, ceiling: Rule, rates: Rates) -> SubmitOutcome:
        return await self._tx(submit.submit, new, ceiling, rates)

    async def card_shown(self, job_id: str, card_id: int | None, *, now: datetime) -> None:
        await self._tx(gateway.card_shown, job_id, card_id, now=now)

    async def cancel(self, job_id: str, *, user_id: int, on_card: bool = True, now: datetime) -> Cancelled:
        return await self._tx(gateway.cancel, job_id, user_id=user_id, on_card=on_card, now=now)

    async def cancellation_shown(self, job_id: str, *, now: datetime) -> None:
        await self._tx(gateway.cancellation_shown, job_id, now=now)

    async def withdraw(self, job_id: str, *, now: datetime) -> None:
        await self._tx(gateway.withdraw, job_id, now=now)

    async def get(self, job_id: str) -> Job | None:
        return await self._tx(rows.load_job, job_id)

    async def line(self, user_id: int, rates: Rates, *, now: datetime) -> Line:
        return await self._tx(line.line, user_id, rates, now=now)

    async def spend(self, *, since: datetime, until: datetime) -> SpendReport:
        return await self._tx(line.spend, since=since, until=until)

    async def held(self, user_id: int, *, now: datetime) -> Held:
        return await self._tx(privacy.held, user_id, now=now)

    async def export(self, user_id: int, *, before: Job | None, limit: int) -> tuple[Job, ...]:
        return await self._tx(privacy.export, user_id, before=before, limit=limit)

    async def decisions(self, user_id: int) -> tuple[Decision, ...]:
        return await self._tx(decisions.decisions, user_id)

    async def forget(self, user_id: int, *, now: datetime) -> Forgotten:
        return await self._tx(privacy.forget, user_id, now=now)

    async def forget_counts(self, *, now: datetime) -> None:
        await self._tx(privacy.forget_counts, now=now)

    async def claim(
        self, worker: str, ceiling: Rule, *, now: datetime, lease_s: float, can_paint: bool = True
    ) -> Job | None:
        return await self._tx(claim.claim, worker, ceiling, now=now, lease_s=lease_s, can_paint=can_paint)

    async def keep(self, leases: Sequence[Lease], *, now: datetime, lease_s: float) -> frozenset[str]:
        return await self._tx(claim.keep, leases, now=now, lease_s=lease_s)

    async def hand_back(self, lease: Lease, *, now: datetime) -> None:
        await self._tx(claim.hand_back, lease, now=now)

    async def abandon_leases(self, worker_prefix: str, *, now: datetime) -> int:
        return await self._tx(claim.abandon_leases, worker_prefix, now=now)

    async def expire(self, *, now: datetime) -> int:
        return await self._tx(gateway.expire, now=now)

    async def set_size(self, lease: Lease, size: Size | None, animated: tuple[str, ...]) -> None:
        await self._tx(work.set_size, lease, size, animated)

    async def begin_rewriting(
        self, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
    ) -> None:
        await self._tx(
            rewriting.begin, lease, request_id=request_id, estimate_micro_usd=estimate_micro_usd, now=now
        )

    async def end_rewriting(self, lease: Lease, *, text: str | None, fault: RewriteFault | None) -> Job:
        return await self._tx(rewriting.end, lease, text=text, fault=fault)

    async def begin_call(
        self,
        lease: Lease,
        index: int,
        *,
        request_id: str,
        estimate_micro_usd: int,
        now: datetime,
    ) -> Render:
        return await self._tx(
            work.begin_call,
            lease,
            index,
            request_id=request_id,
            estimate_micro_usd=estimate_micro_usd,
            now=now,
        )

    async def end_call(
        self, request_id: str, *, charge: Charge, cost_micro_usd: int | None, now: datetime
    ) -> None:
        await self._tx(work.end_call, request_id, charge=charge, cost_micro_usd=cost_micro_usd, now=now)

    async def open_calls(self, *, before: datetime) -> tuple[OpenCall, ...]:
        return await self._tx(line.open_calls, before=before)

    async def render_waits(self, lease: Lease, index: int) -> None:
        await self._tx(work.render_waits, lease, index)

    async def render_done(
        self,
        lease: Lease,
        index: int,
        *,
        request_id: str,
        raw_key: str,
        revised_prompt: str | None,
        cost_micro_usd: int | None,
        now: datetime,
    ) -> None:
        await self._tx(
            work.render_done,
            lease,
            index,
            request_id=request_id,
            raw_key=raw_key,
            revised_prompt=revised_prompt,
            cost_micro_usd=cost_micro_usd,
            now=now,
        )

    async def render_packed(self, lease: Lease, index: int, packed: Packed) -> None:
        await self._tx(work.render_packed, lease, index, packed)

    async def render_failed(self, lease: Lease, index: int, failure: Failure, *, now: datetime) -> None:
        await self._tx(work.render_failed, lease, index, failure, now=now)

    async def finish_rendering(self, lease: Lease, failure: Failure | None, *, now: datetime) -> Job:
        return await self._tx(work.finish_rendering, lease, failure, now=now)

    async def deliver(self, lease: Lease, *, card_id: int | None, pinged: bool, now: datetime) -> None:
        await self._tx(work.deliver, lease, card_id=card_id, pinged=pinged, now=now)

    async def undeliverable(self, lease: Lease, *, now: datetime) -> None:
        await self._tx(work.undeliverable, lease, now=now)

    async def reload(self, lease: Lease) -> Job:
        return await self._tx(work.reload, lease)


class SqlNoteStore:
    """See `bot.domain.ports.NoteStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def note(self, key: str) -> str | None:
        return await self._tx(notes.note, key)

    async def write_note(self, key: str, value: str) -> None:
        await self._tx(notes.write_note, key, value)

    async def beat(self, pulse: WorkerPulse) -> None:
        await self._tx(notes.beat, pulse)

    async def leave(self, name: str) -> None:
        await self._tx(notes.leave, name)

    async def pulses(self, since: datetime) -> tuple[WorkerPulse, ...]:
        return await self._tx(notes.pulses, since)

    async def ping(self) -> None:
        await self._tx(notes.ping)
