"""The store of moderators' changes, and of the entries for their mod-log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.content.filters import Filter
from bot.domain.jobs import RequestContext
from bot.domain.moderation import (
    ApplyOutcome,
    AuditEntry,
    Change,
    LogEntry,
    PastDenial,
    Proposal,
    ReportOutcome,
)
from bot.domain.policy.budget import Month
from bot.domain.policy.decision import Block, Grant, Pause, PolicyFacts
from bot.domain.policy.rules import Rule, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """A server's settings. `rules` leaves out the rules of members, of whom there may be thousands."""

    pause: Pause | None
    modlog_channel_id: int | None
    rules: tuple[Rule, ...]
    member_rules: int
    blocks: int
    filters: int
    open_channels: tuple[int, ...]
    closed_channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpent:
    """A server's spending in micro USD: for calls made, and `reserved_micro_usd` for calls not made yet.

    `month` has no budget set, because budgets come from rules.
    """

    today_micro_usd: int
    reserved_micro_usd: int
    month: Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Removable:
    """A result about to be taken off its card."""

    job_id: str
    channel_id: int
    card_id: int


class ModerationStore(Protocol):
    """Stores changes, reports and mod-log entries; each method is one transaction. The caller checks `by`'s rights."""

    async def facts(
        self, user_id: int, guild_id: int | None, context: RequestContext, *, now: datetime
    ) -> PolicyFacts:
        """Return the facts a decision about this member would be based on."""
        ...

    async def apply(self, guild_id: int, change: Change, *, by: int, now: datetime) -> ApplyOutcome:
        """Make a change, write it to the audit table and, where there is one, to the mod-log."""
        ...

    async def apply_all(
        self, guild_id: int, changes: Sequence[Change], *, by: int, now: datetime
    ) -> tuple[ApplyOutcome, ...]:
        """Make several changes as `apply` does, or none if one cannot be stored. None may remove a result."""
        ...

    async def propose(self, proposal: Proposal) -> None:
        """Store a change until it is confirmed; delete expired proposals."""
        ...

    async def proposal(self, proposal_id: str, *, guild_id: int, by: int, now: datetime) -> Proposal | None:
        """Take out a proposal made by `by`; None if it expired, was taken or does not exist."""
        ...

    async def settings(self, guild_id: int, *, now: datetime) -> ServerSettings: ...

    async def rule(self, guild_id: int, scope: Scope, subject_id: int | None) -> Rule:
        """Return the rule of one scope; an empty rule if none is set."""
        ...

    async def filters(self, guild_id: int) -> tuple[Filter, ...]: ...

    async def blocks(self, guild_id: int, *, now: datetime, limit: int) -> tuple[Block, ...]:
        """Return the blocks in force, the latest first."""
        ...

    async def grants(self, guild_id: int, user_id: int, *, now: datetime) -> tuple[Grant, ...]:
        """Return the grants with images left, the soonest to expire first."""
        ...

    async def past_denials(self, guild_id: int, user_id: int, *, limit: int) -> tuple[PastDenial, ...]:
        """Return a member's latest refusals, the newest first."""
        ...

    async def audit(self, guild_id: int, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return the latest changes, the newest first."""
        ...

    async def spent(self, guild_id: int, *, now: datetime) -> ServerSpent: ...

    async def report(self, job_id: str, *, by: int, reason: str, now: datetime) -> ReportOutcome:
        """Store a report, with an entry for the server's mod-log, or else for the operator."""
        ...

    async def removable(self, job_id: str, guild_id: int) -> Removable | None:
        """Return a public result of this server that is still shown; None if there is none."""
        ...

    # For the mod-log worker.
    async def next_entry(self, *, now: datetime, lease_s: float) -> LogEntry | None:
        """Lease the oldest entry that is due; None if nothing is due."""
        ...

    async def told(self, entry_id: int, *, message_id: int | None, now: datetime) -> None:
        """Record that an entry was written; with `message_id` None, that it never will be."""
        ...

    async def tell_later(self, entry_id: int, *, due_at: datetime) -> None: ...

    async def watch_budgets(self, ceiling: Rule, *, price_micro_usd: int, now: datetime) -> int:
        """Write an entry for each budget that reached a new level; return how many.

        A budget that has no room for a picture at this price counts as used up.
        """
        ...

    async def forget_old(self, *, now: datetime) -> None:
        """Delete refusals, proposals, written entries and alerts that are no longer needed."""
        ...
