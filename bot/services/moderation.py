"""Moderation: changes that moderators make, checked and applied, and reports on the rules in force."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.content.filters import Filter, Match, all_matches
from bot.domain.content.safety import SafetyConcern, safety_concern
from bot.domain.jobs import Job, RequestContext
from bot.domain.moderation import (
    MAX_REPORT,
    ApplyOutcome,
    AuditEntry,
    Change,
    ClearLimits,
    GiveImages,
    PastDenial,
    Proposal,
    ReportOutcome,
    SetLimit,
    SharePreset,
)
from bot.domain.policy.budget import Month, forecast, runs_out
from bot.domain.policy.decision import Block, Grant, LimitReport, limit_report
from bot.domain.policy.rules import (
    Limit,
    Rule,
    Ruling,
    Scope,
    combine,
)
from bot.domain.ports.moderation import ModerationStore, Removable, ServerSettings, ServerSpent
from bot.domain.ports.outside import Clock, WakeUp, WakeUps
from bot.domain.ports.stores import JobStore
from bot.domain.prompts import clean_prompt
from bot.domain.provider import Model
from bot.domain.video import VideoModel
from bot.errors import StoreUnavailableError
from bot.services.changes import (
    InvalidChange,
    before_and_after,
    cleaned,
    first_mistake,
    in_force,
    is_large_grant,
    may_spend_tenfold,
    spending_limit,
)

log = logging.getLogger(__name__)
CONFIRM_WITHIN: Final = timedelta(minutes=15)
SHOWN_BLOCKS: Final = 25
SHOWN_DENIALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport:
    """One member's limits and usage in one channel, and the requests that were denied lately."""

    limits: LimitReport
    denials: tuple[PastDenial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTest:
    """A prompt checked by the safety rules and the server's filters; it would pass if both found nothing."""

    danger: SafetyConcern | None
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReport:
    """A server's spending. Amounts are in micro USD; None if there is no budget, or too little data for a forecast."""

    spent: ServerSpent
    day_budget: int | None
    month_budget: int | None
    month: Month
    forecast: int | None
    runs_out: datetime | None


ChangeOutcome = ApplyOutcome | Proposal | InvalidChange


class Moderation:
    """Moderators' changes and reports. The caller must have checked that `by` is a moderator of the server."""

    def __init__(
        self,
        *,
        store: ModerationStore,
        jobs: JobStore,
        wake_ups: WakeUps,
        clock: Clock,
        ceiling: Rule,
        models: Mapping[str, Model],
        videos: Mapping[str, VideoModel],
        model: str,
    ) -> None:
        """`models` and `videos` are those on offer by their ids, `model` the usual one of pictures."""
        self._store = store
        self._jobs = jobs
        self._wake_ups = wake_ups
        self._clock = clock
        self._models = models
        self._videos = videos
        self._model = model
        self.ceiling = ceiling

    @property
    def model_names(self) -> Mapping[str, str]:
        """The names of the models that a limit may name, by their ids."""
        return {id_: model.name for id_, model in (*self._models.items(), *self._videos.items())}

    @property
    def _usual(self) -> tuple[Model, ...]:
        """The models of pictures at their prices now, the usual one first."""
        others = (one for id_, one in self._models.items() if id_ != self._model)
        return (self._models[self._model], *others)

    @property
    def video(self) -> VideoModel | None:
        """The usual model of videos; None where the operator offers none, or lets nobody make one."""
        is_open = self.ceiling.says.get(Limit.VIDEOS_PER_DAY) != 0
        return next(iter(self._videos.values()), None) if is_open else None

    async def change(
        self, guild_id: int, change: Change, *, by: int, role_ids: frozenset[int] = frozenset()
    ) -> ChangeOutcome:
        """Apply the change; if it raises possible spending tenfold, store it as a proposal for `by` to confirm.

        `role_ids` are the roles of the member whom the change is about.
        """
        [outcome] = await self.change_all(guild_id, [change], by=by, role_ids=role_ids)
        return outcome

    async def change_all(
        self, guild_id: int, changes: Sequence[Change], *, by: int, role_ids: frozenset[int] = frozenset()
    ) -> list[ChangeOutcome]:
        """Apply all in one transaction, as `change` does; if some are invalid, return those and apply none."""
        changes, now = [cleaned(change) for change in changes], self._clock.now()
        looks = (first_mistake(change, models=self.model_names, now=now) for change in changes)
        if invalid := [problem for problem in looks if problem is not None]:
            return [*invalid]
        wide = [change for change in changes if await self._widens(guild_id, change, role_ids)]
        proposals = [await self._propose(guild_id, change, by, role_ids) for change in wide]
        rest = [change for change in changes if change not in wide]
        if not rest:
            return [*proposals]
        outcomes = await self._store.apply_all(guild_id, rest, by=by, now=now)
        await self._wake()
        return [*outcomes, *proposals]

    async def _propose(self, guild_id: int, change: Change, by: int, role_ids: frozenset[int]) -> Proposal:
        proposal = Proposal(
            id=secrets.token_hex(8),
            guild_id=guild_id,
            by=by,
            change=change,
            until=self._clock.now() + CONFIRM_WITHIN,
            role_ids=role_ids,
        )
        await self._store.propose(proposal)
        return proposal

    async def consequences(
        self, guild_id: int, change: SetLimit | ClearLimits, role_ids: frozenset[int] = frozenset()
    ) -> tuple[Ruling, Ruling]:
        """Return the limits in force before and after the change for the rule's subject.

        They combine that rule, the server's, those of the member's roles, and the operator's ceiling, so a change
        beyond the ceiling makes no difference.
        """
        rule = await self._store.rule(guild_id, change.scope, change.subject_id)
        others = await self._others(guild_id, change.scope, role_ids)
        return before_and_after(rule, change, others=others, ceiling=self.ceiling)

    async def confirm(self, proposal_id: str, *, guild_id: int, by: int) -> ApplyOutcome | None:
        """Apply a proposal; None if it has expired, is done already, or is somebody else's."""
        proposal = await self._store.proposal(proposal_id, guild_id=guild_id, by=by, now=self._clock.now())
        if proposal is None:
            return None
        return await self._apply(guild_id, proposal.change, by)

    async def take_back(self, guild_id: int, change: Change, *, by: int) -> ApplyOutcome:
        """Take back a block, a pause, or a setting about what Discord no longer has: nobody has to confirm that."""
        return await self._apply(guild_id, change, by)

    async def share_preset(
        self, guild_id: int, change: SharePreset, *, by: int
    ) -> ChangeOutcome | PromptTest:
        """Offer a preset to everybody in the server, or return the test that its texts fail."""
        test = await self.test_prompt(guild_id, f"{change.name}\n{change.text}")
        if test.danger is not None or test.matches:
            return test
        return await self.change(guild_id, change, by=by)

    async def settings(self, guild_id: int) -> ServerSettings:
        """Return the server's pause, channels, mod-log and rules, without the rules of members."""
        return await self._store.settings(guild_id, now=self._clock.now())

    async def rule(self, guild_id: int, scope: Scope, subject_id: int | None) -> Rule:
        """Return the rule of one scope; it is empty if nothing is set."""
        return await self._store.rule(guild_id, scope, subject_id)

    async def filters(self, guild_id: int) -> tuple[Filter, ...]:
        """Return the server's filters."""
        return await self._store.filters(guild_id)

    async def blocks(self, guild_id: int) -> tuple[Block, ...]:
        """Return the blocks in force, the latest first, at most `SHOWN_BLOCKS`."""
        return await self._store.blocks(guild_id, now=self._clock.now(), limit=SHOWN_BLOCKS)

    async def grants(self, guild_id: int, user_id: int) -> tuple[Grant, ...]:
        """Return the member's grants that have images left, the first to expire first."""
        return await self._store.grants(guild_id, user_id, now=self._clock.now())

    async def audit(self, guild_id: int, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return the latest changes, newest first."""
        return await self._store.audit(guild_id, limit=limit)

    async def member_report(
        self, user_id: int, guild_id: int | None, context: RequestContext
    ) -> MemberReport:
        """Report every limit in force, its usage and when it opens, and the requests that were denied lately."""
        now = self._clock.now()
        facts = await self._store.facts(user_id, guild_id, context, now=now)
        denials: tuple[PastDenial, ...] = ()
        if guild_id is not None:
            denials = await self._store.past_denials(guild_id, user_id, limit=SHOWN_DENIALS)
        view = limit_report(self.ceiling, facts, context, models=self._usual, video=self.video, now=now)
        return MemberReport(limits=replace(view, model_names=self.model_names), denials=denials)

    async def test_prompt(self, guild_id: int, prompt: str) -> PromptTest:
        """Check a prompt, without references, by the safety rules and the server's filters."""
        filters = await self._store.filters(guild_id)
        found = await asyncio.to_thread(safety_concern, prompt, references=0)
        matches = await asyncio.to_thread(all_matches, filters, prompt)
        return PromptTest(danger=found, matches=tuple(matches))

    async def budget(self, guild_id: int) -> BudgetReport:
        """Report the server's spending, its budgets and the forecast for the month."""
        now = self._clock.now()
        spent = await self._store.spent(guild_id, now=now)
        day, month = await self._budgets(guild_id)
        view = replace(spent.month, budget_micro_usd=month)
        return BudgetReport(
            spent=spent,
            day_budget=day,
            month_budget=month,
            month=view,
            forecast=forecast(view, now),
            runs_out=runs_out(view, now),
        )

    async def report(self, job_id: str, *, by: int, reason: str) -> ReportOutcome:
        """Report a result to the moderators; anybody may. The reason is cut to `MAX_REPORT` characters."""
        reason = clean_prompt(reason)[:MAX_REPORT]
        outcome = await self._store.report(job_id, by=by, reason=reason, now=self._clock.now())
        await self._wake()
        return outcome

    async def removable(self, job_id: str, *, guild_id: int) -> Removable | None:
        """Return a public result of this server whose card is still shown, or None."""
        return await self._store.removable(job_id, guild_id)

    async def job(self, job_id: str) -> Job | None:
        """Return the job with this id, or None."""
        return await self._jobs.get(job_id)

    async def _apply(self, guild_id: int, change: Change, by: int) -> ApplyOutcome:
        outcome = await self._store.apply(guild_id, change, by=by, now=self._clock.now())
        await self._wake()
        return outcome

    async def _wake(self) -> None:
        """Wake the mod-log worker. It polls as well, so a lost wake-up only costs seconds."""
        try:
            await self._wake_ups.send(WakeUp())
        except StoreUnavailableError as error:  # the change is stored, and found by polling
            log.warning("the mod-log worker was not woken (%s)", error)

    async def _budgets(self, guild_id: int) -> tuple[int | None, int | None]:
        server = await self._store.rule(guild_id, Scope.SERVER, None)
        ruling = combine(ceiling=self.ceiling, server=server)
        day, month = Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH
        return spending_limit(ruling, day), spending_limit(ruling, month)

    async def _widens(self, guild_id: int, change: Change, role_ids: frozenset[int]) -> bool:
        """Return whether a change allows spending of ten times what is allowed now."""
        match change:
            case SetLimit() | ClearLimits():
                before, after = await self.consequences(guild_id, change, role_ids)
                return may_spend_tenfold(before, after)
            case GiveImages(user_id=user_id, images=images):
                rule = await self._store.rule(guild_id, Scope.MEMBER, user_id)
                others = await self._others(guild_id, Scope.MEMBER, role_ids)
                return is_large_grant(images, in_force(rule, others=others, ceiling=self.ceiling))
            case _:
                return False

    async def _others(self, guild_id: int, scope: Scope, role_ids: frozenset[int]) -> list[Rule]:
        """Return the server's own rule and, for a member, the rules of their roles."""
        found = [await self._store.rule(guild_id, Scope.SERVER, None)]
        if scope is Scope.MEMBER and role_ids:
            found += [
                rule
                for rule in (await self.settings(guild_id)).rules
                if rule.scope is Scope.ROLE and rule.subject_id in role_ids
            ]
        return found
