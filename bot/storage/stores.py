"""`JobStore` and `NoteStore` on a `Store`: each method is one operation in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.content.filters import Filter
from bot.domain.jobs import Failure, ImageRequest, Job, NewJob, Render, RequestContext, RewriteFault
from bot.domain.moderation import (
    ApplyOutcome,
    AuditEntry,
    Change,
    LogEntry,
    PastDenial,
    Proposal,
    ReportOutcome,
)
from bot.domain.policy.decision import Block, Grant, PolicyFacts
from bot.domain.policy.rules import Rule, Scope
from bot.domain.ports.library import (
    Defaults,
    FavouritePage,
    HistoryQuery,
    PresetOwner,
    PresetSaved,
    ResultPage,
    TrayPicture,
)
from bot.domain.ports.moderation import Removable, ServerSettings, ServerSpent
from bot.domain.ports.stores import (
    Cancelled,
    Forgotten,
    Held,
    Lease,
    Line,
    OpenCall,
    Packed,
    PersonalRecord,
    Rates,
    SpendReport,
    SubmitOutcome,
    WorkerHeartbeat,
)
from bot.domain.presets import Preset
from bot.domain.provider import Charge
from bot.domain.references import Stored
from bot.domain.sizes import Size
from bot.storage import claim as claim_ops
from bot.storage import copies as copies_ops
from bot.storage import history, library, personal_data, queue, rows, work
from bot.storage import submit as submit_ops
from bot.storage.engine import Store
from bot.storage.moderation import apply as apply_ops
from bot.storage.moderation import changes, modlog, reading
from bot.storage.policy import read_facts


class SqlJobStore:
    """See `bot.domain.ports.JobStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def submit(self, new: NewJob, ceiling: Rule, rates: Rates) -> SubmitOutcome:
        return await self._tx(submit_ops.submit, new, ceiling, rates)

    async def card_shown(self, job_id: str, card_id: int | None, *, now: datetime) -> None:
        await self._tx(queue.card_shown, job_id, card_id, now=now)

    async def cancel(self, job_id: str, *, user_id: int, on_card: bool = True, now: datetime) -> Cancelled:
        return await self._tx(queue.cancel, job_id, user_id=user_id, on_card=on_card, now=now)

    async def cancellation_shown(self, job_id: str, *, now: datetime) -> None:
        await self._tx(queue.cancellation_shown, job_id, now=now)

    async def withdraw(self, job_id: str, *, now: datetime) -> None:
        await self._tx(queue.withdraw, job_id, now=now)

    async def get(self, job_id: str) -> Job | None:
        return await self._tx(rows.load_job, job_id)

    async def line(self, user_id: int, rates: Rates, *, now: datetime) -> Line:
        return await self._tx(queue.line, user_id, rates, now=now)

    async def spend(self, *, since: datetime, until: datetime) -> SpendReport:
        return await self._tx(queue.spend, since=since, until=until)

    async def held(self, user_id: int, *, now: datetime) -> Held:
        return await self._tx(personal_data.held, user_id, now=now)

    async def export(self, user_id: int, *, before: Job | None, limit: int) -> tuple[Job, ...]:
        return await self._tx(personal_data.export, user_id, before=before, limit=limit)

    async def decisions(self, user_id: int) -> tuple[PersonalRecord, ...]:
        return await self._tx(personal_data.decisions, user_id)

    async def forget(self, user_id: int, *, now: datetime) -> Forgotten:
        return await self._tx(personal_data.forget_person, user_id, now=now)

    async def forget_counts(self, *, now: datetime) -> None:
        await self._tx(personal_data.forget_counts, now=now)

    async def claim(
        self, worker: str, ceiling: Rule, *, now: datetime, lease_s: float, can_paint: bool = True
    ) -> Job | None:
        return await self._tx(claim_ops.claim, worker, ceiling, now=now, lease_s=lease_s, can_paint=can_paint)

    async def keep(self, leases: Sequence[Lease], *, now: datetime, lease_s: float) -> frozenset[str]:
        return await self._tx(claim_ops.keep, leases, now=now, lease_s=lease_s)

    async def hand_back(self, lease: Lease, *, now: datetime) -> None:
        await self._tx(claim_ops.hand_back, lease, now=now)

    async def abandon_leases(self, worker_prefix: str, *, now: datetime) -> int:
        return await self._tx(claim_ops.abandon_leases, worker_prefix, now=now)

    async def expire(self, *, now: datetime) -> int:
        return await self._tx(queue.expire, now=now)

    async def set_size(self, lease: Lease, size: Size | None, animated: tuple[str, ...]) -> None:
        await self._tx(work.set_size, lease, size, animated)

    async def begin_rewriting(
        self, lease: Lease, *, request_id: str, estimate_micro_usd: int, now: datetime
    ) -> None:
        await self._tx(
            work.begin,
            lease,
            request_id=request_id,
            estimate_micro_usd=estimate_micro_usd,
            now=now,
        )

    async def end_rewriting(self, lease: Lease, *, text: str | None, fault: RewriteFault | None) -> Job:
        return await self._tx(work.end, lease, text=text, fault=fault)

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
        return await self._tx(queue.open_calls, before=before)

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
        return await self._tx(queue.note, key)

    async def write_note(self, key: str, value: str) -> None:
        await self._tx(queue.write_note, key, value)

    async def beat(self, heartbeat: WorkerHeartbeat) -> None:
        await self._tx(queue.beat, heartbeat)

    async def leave(self, name: str) -> None:
        await self._tx(queue.leave, name)

    async def pulses(self, since: datetime) -> tuple[WorkerHeartbeat, ...]:
        return await self._tx(queue.pulses, since)

    async def ping(self) -> None:
        await self._tx(queue.ping)


class SqlModerationStore:
    """See `bot.domain.ports.ModerationStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def facts(
        self, user_id: int, guild_id: int | None, context: RequestContext, *, now: datetime
    ) -> PolicyFacts:
        return await self._tx(read_facts, user_id, guild_id, context, now=now)

    async def apply(self, guild_id: int, change: Change, *, by: int, now: datetime) -> ApplyOutcome:
        return await self._tx(apply_ops.apply_change, guild_id, change, by=by, now=now)

    async def propose(self, proposal: Proposal) -> None:
        await self._tx(reading.propose, proposal)

    async def proposal(self, proposal_id: str, *, guild_id: int, by: int, now: datetime) -> Proposal | None:
        return await self._tx(reading.take_proposal, proposal_id, guild_id=guild_id, by=by, now=now)

    async def settings(self, guild_id: int, *, now: datetime) -> ServerSettings:
        return await self._tx(reading.settings, guild_id, now=now)

    async def rule(self, guild_id: int, scope: Scope, subject_id: int | None) -> Rule:
        return await self._tx(reading.rule, guild_id, scope, subject_id)

    async def filters(self, guild_id: int) -> tuple[Filter, ...]:
        return await self._tx(reading.filters_of, guild_id)

    async def blocks(self, guild_id: int, *, now: datetime, limit: int) -> tuple[Block, ...]:
        return await self._tx(reading.blocks_of, guild_id, now=now, limit=limit)

    async def grants(self, guild_id: int, user_id: int, *, now: datetime) -> tuple[Grant, ...]:
        return await self._tx(reading.grants_of, guild_id, user_id, now=now)

    async def refused(self, guild_id: int, user_id: int, *, limit: int) -> tuple[PastDenial, ...]:
        return await self._tx(reading.refused, guild_id, user_id, limit=limit)

    async def audit(self, guild_id: int, *, limit: int) -> tuple[AuditEntry, ...]:
        return await self._tx(reading.audit_of, guild_id, limit=limit)

    async def spent(self, guild_id: int, *, now: datetime) -> ServerSpent:
        return await self._tx(reading.spent_of, guild_id, now=now)

    async def report(self, job_id: str, *, by: int, reason: str, now: datetime) -> ReportOutcome:
        return await self._tx(modlog.report, job_id, by=by, reason=reason, now=now)

    async def removable(self, job_id: str, guild_id: int) -> Removable | None:
        return await self._tx(changes.removable, job_id, guild_id)

    async def next_entry(self, *, now: datetime, lease_s: float) -> LogEntry | None:
        return await self._tx(modlog.next_entry, now=now, lease_s=lease_s)

    async def told(self, entry_id: int, *, message_id: int | None, now: datetime) -> None:
        await self._tx(modlog.told, entry_id, message_id=message_id, now=now)

    async def tell_later(self, entry_id: int, *, due_at: datetime) -> None:
        await self._tx(modlog.tell_later, entry_id, due_at=due_at)

    async def watch_budgets(self, ceiling: Rule, *, price_micro_usd: int, now: datetime) -> int:
        return await self._tx(modlog.watch_budgets, ceiling, price_micro_usd=price_micro_usd, now=now)

    async def forget_old(self, *, now: datetime) -> None:
        await self._tx(modlog.forget_old, now=now)


class SqlOriginalStore:
    """See `bot.domain.ports.OriginalStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def register(self, picture: Stored, *, bytes_: int, now: datetime) -> None:
        await self._tx(copies_ops.register, picture, bytes_=bytes_, now=now)

    async def surplus(self, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
        return await self._tx(copies_ops.surplus, before=before, max_bytes=max_bytes, limit=limit)

    async def copies(self, folders: Sequence[str]) -> tuple[Stored, ...]:
        return await self._tx(copies_ops.copies, folders)

    async def needless(self, folders: Sequence[str]) -> frozenset[str]:
        return await self._tx(copies_ops.needless, folders)

    async def strike(self, pictures: tuple[Stored, ...]) -> None:
        await self._tx(copies_ops.strike, pictures)

    async def strike_folder(self, folder: str) -> None:
        await self._tx(copies_ops.strike_folders, folder)


class SqlResultStore:
    """See `bot.domain.ports.ResultStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def by_card(self, message_id: int) -> Job | None:
        return await self._tx(history.by_card, message_id)

    async def past(self, past: HistoryQuery, *, offset: int, limit: int) -> ResultPage:
        return await self._tx(history.past, past, offset=offset, limit=limit)

    async def family(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        return await self._tx(history.family, job_id, limit=limit)

    async def children(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        return await self._tx(history.children, job_id, limit=limit)

    async def remove(self, job_id: str, *, by: int) -> Job | None:
        return await self._tx(history.remove_result, job_id, by=by)

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        return await self._tx(history.share_result, job_id, by=by, channel_id=channel_id, card_id=card_id)

    async def favour(self, user_id: int, job_id: str, index: int, *, is_on: bool, now: datetime) -> None:
        await self._tx(history.favour, user_id, job_id, index, is_on=is_on, now=now)

    async def is_favourite(self, user_id: int, job_id: str, index: int) -> bool:
        return await self._tx(history.is_favourite, user_id, job_id, index)

    async def favourites(self, user_id: int, *, offset: int, limit: int) -> FavouritePage:
        return await self._tx(history.page, user_id, offset=offset, limit=limit)


class SqlShelfStore:
    """See `bot.domain.ports.ShelfStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def tray(self, user_id: int) -> tuple[TrayPicture, ...]:
        return await self._tx(library.tray_pictures, user_id)

    async def announce_on_tray(self, user_id: int, picture: TrayPicture) -> None:
        await self._tx(library.announce, user_id, picture)

    async def put_on_tray(self, user_id: int, picture: TrayPicture) -> bool:
        return await self._tx(library.add_to_tray, user_id, picture)

    async def take_off_tray(self, user_id: int, names: tuple[str, ...], *, now: datetime) -> None:
        await self._tx(library.take_off, user_id, names, now=now)

    async def move_on_tray(self, user_id: int, name: str, *, to: int) -> None:
        await self._tx(library.move, user_id, name, to=to)

    async def left_over(
        self, *, before: datetime, limit: int, user_id: int | None = None
    ) -> tuple[Stored, ...]:
        return await self._tx(library.left_over, before=before, limit=limit, user_id=user_id)

    async def strike_left_over(self, pictures: tuple[Stored, ...]) -> None:
        await self._tx(library.strike_left_over, pictures)

    async def presets(self, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
        return await self._tx(library.all_for, user_id, guild_id)

    async def preset(self, whose: PresetOwner, owner_id: int, name: str) -> Preset | None:
        return await self._tx(library.one, whose, owner_id, name)

    async def save_preset(
        self, whose: PresetOwner, owner_id: int, preset: Preset, *, most: int
    ) -> PresetSaved:
        return await self._tx(library.save, whose, owner_id, preset, most=most)

    async def drop_preset(self, whose: PresetOwner, owner_id: int, name: str) -> bool:
        return await self._tx(library.drop_stored_preset, whose, owner_id, name)

    async def defaults(self, user_id: int) -> Defaults:
        return await self._tx(library.of_person, user_id)

    async def defaults_in(self, user_id: int, guild_id: int | None) -> tuple[Defaults, bool]:
        return await self._tx(library.in_server, user_id, guild_id)

    async def set_defaults(self, user_id: int, defaults: Defaults) -> None:
        await self._tx(library.set_for_person, user_id, defaults)

    async def server_enhances(self, guild_id: int) -> bool:
        return await self._tx(library.server_enhances, guild_id)

    async def set_server_enhances(self, guild_id: int, is_on: bool) -> None:
        await self._tx(library.set_server_enhances, guild_id, is_on)

    async def put_draft(self, draft_id: str, user_id: int, request: ImageRequest, *, until: datetime) -> None:
        await self._tx(library.put_draft, draft_id, user_id, request, until=until)

    async def take_draft(self, draft_id: str, user_id: int, *, now: datetime) -> ImageRequest | None:
        return await self._tx(library.take_draft, draft_id, user_id, now=now)
