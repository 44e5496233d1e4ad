"""The use cases of moderation, on the store's port."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain.jobs import Job, Standpoint
from bot.domain.limits import Block, Grant, Limit, Rule, Ruling, Scope, combine
from bot.domain.limits.money import forecast, runs_out
from bot.domain.limits.outlook import outlook
from bot.domain.moderation import (
    MAX_REPORT,
    ApplyOutcome,
    AuditEntry,
    Change,
    ClearLimits,
    GiveImages,
    Proposal,
    Refused,
    ReportOutcome,
    SetLimit,
    SharePreset,
)
from bot.domain.ports import Clock, JobStore, ModerationStore, Removable, ServerSettings, Signal, Signals
from bot.domain.prompts import clean_prompt
from bot.domain.rendering import Model
from bot.domain.words import Filter, all_matches, danger
from bot.services.moderation.checks import cleaned, look_at
from bot.services.moderation.outcomes import BudgetReport, ChangeOutcome, PromptTest, Standing
from bot.services.moderation.widening import (
    amount,
    before_and_after,
    in_force,
    is_large_grant,
    may_spend_tenfold,
)

log = logging.getLogger(__name__)
CONFIRM_WITHIN: Final = timedelta(minutes=15)
SHOWN_BLOCKS: Final = 25
SHOWN_REFUSALS: Final = 3


class Moderation:
    """The use cases. Whoever calls has checked that `by` is a moderator of the server."""

    def __init__(
        self,
        *,
        store: ModerationStore,
        jobs: JobStore,
        signals: Signals,
        clock: Clock,
        ceiling: Rule,
        models: Mapping[str, Model],
        model: str,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._signals = signals
        self._clock = clock
        self._models = models
        self._model = models[model]
        self.ceiling = ceiling

    @property
    def model_ids(self) -> tuple[str, ...]:
        return tuple(self._models)

    async def change(
        self, guild_id: int, change: Change, *, by: int, role_ids: frozenset[int] = frozenset()
    ) -> ChangeOutcome:
        """Make it; or, where it widens spending tenfold, keep it until `by` confirms it.

        `role_ids` are those of the member it is about.
        """
        change = cleaned(change)
        improper = look_at(change, models=self.model_ids, now=self._clock.now())
        if improper is not None:
            return improper
        if await self._widens(guild_id, change, role_ids):
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
        return await self._apply(guild_id, change, by)

    async def consequences(
        self, guild_id: int, change: SetLimit | ClearLimits, role_ids: frozenset[int] = frozenset()
    ) -> tuple[Ruling, Ruling]:
        """What holds before and after for whom the rule is about, as far as it, the server, the member's roles and
        the operator say; what the ceiling does not let through is no change."""
        rule = await self._store.rule(guild_id, change.scope, change.subject_id)
        others = await self._others(guild_id, change.scope, role_ids)
        return before_and_after(rule, change, others=others, ceiling=self.ceiling)

    async def confirm(self, proposal_id: str, *, guild_id: int, by: int) -> ApplyOutcome | None:
        """Make what was proposed; None when it is gone, or was somebody else's."""
        proposal = await self._store.proposal(proposal_id, guild_id=guild_id, by=by, now=self._clock.now())
        if proposal is None:
            return None
        return await self._apply(guild_id, proposal.change, by)

    async def share_preset(
        self, guild_id: int, change: SharePreset, *, by: int
    ) -> ChangeOutcome | PromptTest:
        """It is put before everybody in the server; where that cannot be, what stops it."""
        test = await self.test_prompt(guild_id, f"{change.name}\n{change.text}")
        if test.danger is not None or test.matches:
            return test
        return await self.change(guild_id, change, by=by)

    async def settings(self, guild_id: int) -> ServerSettings:
        return await self._store.settings(guild_id, now=self._clock.now())

    async def rule(self, guild_id: int, scope: Scope, subject_id: int | None) -> Rule:
        return await self._store.rule(guild_id, scope, subject_id)

    async def filters(self, guild_id: int) -> tuple[Filter, ...]:
        return await self._store.filters(guild_id)

    async def blocks(self, guild_id: int) -> tuple[Block, ...]:
        return await self._store.blocks(guild_id, now=self._clock.now(), limit=SHOWN_BLOCKS)

    async def grants(self, guild_id: int, user_id: int) -> tuple[Grant, ...]:
        return await self._store.grants(guild_id, user_id, now=self._clock.now())

    async def audit(self, guild_id: int, *, limit: int) -> tuple[AuditEntry, ...]:
        return await self._store.audit(guild_id, limit=limit)

    async def standing(self, user_id: int, guild_id: int | None, standpoint: Standpoint) -> Standing:
        """Every limit in force, what is used of it, when it opens; and what was refused lately."""
        now = self._clock.now()
        docket = await self._store.docket(user_id, guild_id, standpoint, now=now)
        refused: tuple[Refused, ...] = ()
        if guild_id is not None:
            refused = await self._store.refused(guild_id, user_id, limit=SHOWN_REFUSALS)
        view = outlook(self.ceiling, docket, standpoint, model=self._model, now=now)
        return Standing(outlook=view, refused=refused)

    async def test_prompt(self, guild_id: int, prompt: str) -> PromptTest:
        filters = await self._store.filters(guild_id)
        found = await asyncio.to_thread(danger, prompt, references=0)
        matches = await asyncio.to_thread(all_matches, filters, prompt)
        return PromptTest(danger=found, matches=tuple(matches))

    async def budget(self, guild_id: int) -> BudgetReport:
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
        """Somebody objects to a result; anybody may. The reason is cut to its limit."""
        reason = clean_prompt(reason)[:MAX_REPORT]
        outcome = await self._store.report(job_id, by=by, reason=reason, now=self._clock.now())
        await self._wake()
        return outcome

    async def removable(self, job_id: str, *, guild_id: int) -> Removable | None:
        return await self._store.removable(job_id, guild_id)

    async def job(self, job_id: str) -> Job | None:
        return await self._jobs.get(job_id)

    async def _apply(self, guild_id: int, change: Change, by: int) -> ApplyOutcome:
        outcome = await self._store.apply(guild_id, change, by=by, now=self._clock.now())
        await self._wake()
        return outcome

    async def _wake(self) -> None:
        """Whoever writes the mod-log; it looks by itself too, so a signal that is lost costs moments."""
        try:
            await self._signals.send(Signal())
        except Exception as error:  # noqa: BLE001  # what was decided is decided
            log.warning("nobody was told of a change at once (%s)", type(error).__name__)

    async def _budgets(self, guild_id: int) -> tuple[int | None, int | None]:
        server = await self._store.rule(guild_id, Scope.SERVER, None)
        ruling = combine(ceiling=self.ceiling, server=server)
        return amount(ruling, Limit.SERVER_USD_PER_DAY), amount(ruling, Limit.SERVER_USD_PER_MONTH)

    async def _widens(self, guild_id: int, change: Change, role_ids: frozenset[int]) -> bool:
        """Whether spending may become ten times what it was."""
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
        """The server's own rule and, for a member, those of their roles."""
        found = [await self._store.rule(guild_id, Scope.SERVER, None)]
        if scope is Scope.MEMBER and role_ids:
            found += [
                rule
                for rule in (await self.settings(guild_id)).rules
                if rule.scope is Scope.ROLE and rule.subject_id in role_ids
            ]
        return found
