"""`ModerationStore` on a `Store`: each method is one operation in one transaction."""

from __future__ import annotations

from datetime import datetime

from bot.domain.jobs import Standpoint
from bot.domain.limits import Block, Docket, Grant, Rule, Scope
from bot.domain.moderation import ApplyOutcome, AuditEntry, Change, LogEntry, Proposal, Refused, ReportOutcome
from bot.domain.ports import Removable, ServerSettings, ServerSpent
from bot.domain.words import Filter
from bot.storage.engine import Store
from bot.storage.ops.docket import docket
from bot.storage.ops.moderation import apply, modlog, proposals, reading, reports, results


class SqlModerationStore:
    """See `bot.domain.ports.ModerationStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def docket(
        self, user_id: int, guild_id: int | None, standpoint: Standpoint, *, now: datetime
    ) -> Docket:
        return await self._tx(docket, user_id, guild_id, standpoint, now=now)

    async def apply(self, guild_id: int, change: Change, *, by: int, now: datetime) -> ApplyOutcome:
        return await self._tx(apply.apply, guild_id, change, by=by, now=now)

    async def propose(self, proposal: Proposal) -> None:
        await self._tx(proposals.propose, proposal)

    async def proposal(self, proposal_id: str, *, guild_id: int, by: int, now: datetime) -> Proposal | None:
        return await self._tx(proposals.take, proposal_id, guild_id=guild_id, by=by, now=now)

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

    async def refused(self, guild_id: int, user_id: int, *, limit: int) -> tuple[Refused, ...]:
        return await self._tx(reading.refused, guild_id, user_id, limit=limit)

    async def audit(self, guild_id: int, *, limit: int) -> tuple[AuditEntry, ...]:
        return await self._tx(reading.audit_of, guild_id, limit=limit)

    async def spent(self, guild_id: int, *, now: datetime) -> ServerSpent:
        return await self._tx(reading.spent_of, guild_id, now=now)

    async def report(self, job_id: str, *, by: int, reason: str, now: datetime) -> ReportOutcome:
        return await self._tx(reports.report, job_id, by=by, reason=reason, now=now)

    async def removable(self, job_id: str, guild_id: int) -> Removable | None:
        return await self._tx(results.removable, job_id, guild_id)

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
