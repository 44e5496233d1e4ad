"""Moderation: changes that moderators make, checked and applied, and reports on the rules in force."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, cast

from bot.domain.content.filters import Filter, FilterProblem, Match, all_matches, check_filter
from bot.domain.content.safety import SafetyConcern, danger
from bot.domain.jobs import Job, RequestContext
from bot.domain.moderation import (
    MAX_GRANT,
    MAX_PAUSE_TEXT,
    MAX_REASON,
    MAX_REPORT,
    AddFilter,
    ApplyOutcome,
    AuditEntry,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
    PastDenial,
    PauseServer,
    Proposal,
    ReportOutcome,
    SetLimit,
    SharePreset,
)
from bot.domain.policy.budget import Month, forecast, is_tenfold, runs_out
from bot.domain.policy.decision import Block, Grant, LimitReport, limit_report
from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import (
    FREE,
    MONEY,
    OF_THE_SERVER,
    Limit,
    Rule,
    Ruling,
    Scope,
    Value,
    combine,
    is_value,
)
from bot.domain.ports.moderation import ModerationStore, Removable, ServerSettings, ServerSpent
from bot.domain.ports.outside import Clock, WakeUp, WakeUps
from bot.domain.ports.stores import JobStore
from bot.domain.presets import PresetProblem, clean_name, preset_problem
from bot.domain.prompts import clean_prompt
from bot.domain.provider import Model
from bot.errors import StoreUnavailableError


class ChangeProblem(StrEnum):
    """A mistake in a change that is found without asking the store."""

    NOT_HERE = "not_here"  # this scope cannot set this limit
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_MODEL = "unknown_model"
    TEXT_TOO_LONG = "text_too_long"
    NO_TEXT = "no_text"
    IN_THE_PAST = "in_the_past"
    FILTER = "filter"
    PRESET = "preset"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidChange:
    """A change that is rejected; `most` is the number or length that it exceeds."""

    mistake: ChangeProblem
    most: int | None = None
    filter_problem: FilterProblem | None = None
    preset_problem: PresetProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport:
    """One member's limits and usage in one channel, and the requests that were denied lately."""

    limits: LimitReport
    refused: tuple[PastDenial, ...]


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


MOST: Final = 10**12  # a million dollars: far above any sensible value, far below what a column can hold
HIGHEST: Final = {Limit.COOLDOWN_S: 7 * 86_400, Limit.JOBS_AT_ONCE: 1_000, Limit.IMAGES_PER_COMMAND: 1_000}
HIGHEST_WEIGHT: Final = Fraction(100)
OWN: Final = frozenset({Scope.ROLE, Scope.CHANNEL, Scope.MEMBER})


def cleaned(change: Change) -> Change:
    """Return the change with its texts cleaned of characters that are invisible or cannot be stored."""
    match change:
        case GiveImages(reason=reason) | BlockMember(reason=reason):
            return replace(change, reason=clean_prompt(reason))
        case PauseServer(text=text):
            return replace(change, text=clean_prompt(text))
        case AddFilter(text=text):
            return replace(change, text=clean_prompt(text))
        case SharePreset(name=name, text=text):
            return replace(change, name=clean_name(name), text=clean_prompt(text))
        case DropServerPreset(name=name):
            return replace(change, name=clean_name(name))
        case _:
            return change


def look_at(change: Change, *, models: Collection[str], now: datetime) -> InvalidChange | None:
    """Return the first mistake in a cleaned change, or None; `models` are the ids of the known models."""
    match change:
        case SetLimit():
            return _look_at_limit(change, models)
        case GiveImages(images=images) if not 1 <= images <= MAX_GRANT:
            return InvalidChange(mistake=ChangeProblem.OUT_OF_RANGE, most=MAX_GRANT)
        case GiveImages(reason=reason, expires_at=until) | BlockMember(reason=reason, until=until):
            if until is not None and until <= now:
                return InvalidChange(mistake=ChangeProblem.IN_THE_PAST)
            return _look_at_text(reason, MAX_REASON)
        case PauseServer(text=text) if len(text) > MAX_PAUSE_TEXT:
            return InvalidChange(mistake=ChangeProblem.TEXT_TOO_LONG, most=MAX_PAUSE_TEXT)
        case AddFilter(kind=kind, text=text) if (problem := check_filter(kind, text)) is not None:
            return InvalidChange(mistake=ChangeProblem.FILTER, filter_problem=problem)
        case SharePreset(name=name, text=text) if (wrong := preset_problem(name, text)) is not None:
            return InvalidChange(mistake=ChangeProblem.PRESET, preset_problem=wrong)
        case _:
            return None


def _look_at_limit(change: SetLimit, models: Collection[str]) -> InvalidChange | None:
    can_set = change.scope is Scope.SERVER or (change.scope in OWN and change.limit not in OF_THE_SERVER)
    if not can_set:
        return InvalidChange(mistake=ChangeProblem.NOT_HERE)
    value, most = change.value, HIGHEST.get(change.limit, MOST)
    if not is_value(change.limit, value):
        return InvalidChange(mistake=ChangeProblem.OUT_OF_RANGE, most=most)
    if isinstance(value, frozenset):
        return None if value <= set(models) else InvalidChange(mistake=ChangeProblem.UNKNOWN_MODEL)
    if isinstance(value, Fraction):
        is_sane = HIGHEST_WEIGHT >= value >= 1 / HIGHEST_WEIGHT
        most = int(HIGHEST_WEIGHT)
    else:
        is_sane = not isinstance(value, int) or 0 <= value <= most
    return None if is_sane else InvalidChange(mistake=ChangeProblem.OUT_OF_RANGE, most=most)


def _look_at_text(text: str, most: int) -> InvalidChange | None:
    if not text.strip():
        return InvalidChange(mistake=ChangeProblem.NO_TEXT)
    return InvalidChange(mistake=ChangeProblem.TEXT_TOO_LONG, most=most) if len(text) > most else None


# Raising one of these limits allows more spending.
SPENDING: Final = (*WINDOWS, *sorted(MONEY))


def before_and_after(
    rule: Rule, change: SetLimit | ClearLimits, *, others: Sequence[Rule], ceiling: Rule
) -> tuple[Ruling, Ruling]:
    """Return the limits in force under `rule`, and under `rule` with `change` made to it."""
    changed = replace(rule, says=_says_after(rule, change))
    return in_force(rule, others=others, ceiling=ceiling), in_force(changed, others=others, ceiling=ceiling)


def in_force(rule: Rule, *, others: Sequence[Rule], ceiling: Rule) -> Ruling:
    """Return the limits in force for the subject of `rule`. The server's own rule must be among `others`."""
    by_scope = {scope: [one for one in (rule, *others) if one.scope is scope] for scope in Scope}
    return combine(
        ceiling=ceiling,
        server=by_scope[Scope.SERVER][0],  # the rule itself, where it is the server's
        roles=by_scope[Scope.ROLE],
        member=next(iter(by_scope[Scope.MEMBER]), FREE),
        channels=by_scope[Scope.CHANNEL],
    )


def may_spend_tenfold(before: Ruling, after: Ruling) -> bool:
    """Tell whether any limit on spending allows ten times as much after a change as before it."""
    return any(is_tenfold(spending_limit(before, limit), spending_limit(after, limit)) for limit in SPENDING)


def is_large_grant(images: int, ruling: Ruling) -> bool:
    """Tell whether so many granted images are at least ten times what the tightest window allows."""
    windows = [value for limit in WINDOWS if (value := spending_limit(ruling, limit)) is not None]
    return bool(windows) and images >= 10 * max(min(windows), 1)


def spending_limit(ruling: Ruling, limit: Limit) -> int | None:
    """Return the value of a limit in `SPENDING`: a number of images, or micro USD; None if it is not set."""
    return cast(int | None, ruling.value(limit))


def _says_after(rule: Rule, change: SetLimit | ClearLimits) -> dict[Limit, Value]:
    if isinstance(change, SetLimit):
        return {**rule.says, change.limit: change.value}
    if change.limit is None:
        return {}
    return {limit: value for limit, value in rule.says.items() if limit is not change.limit}


log = logging.getLogger(__name__)
CONFIRM_WITHIN: Final = timedelta(minutes=15)
SHOWN_BLOCKS: Final = 25
SHOWN_REFUSALS: Final = 3


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
        model: str,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._wake_ups = wake_ups
        self._clock = clock
        self._models = models
        self._model = models[model]
        self.ceiling = ceiling

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The ids of the models that a limit may name."""
        return tuple(self._models)

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
        looks = (look_at(change, models=self.model_ids, now=now) for change in changes)
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
        refused: tuple[PastDenial, ...] = ()
        if guild_id is not None:
            refused = await self._store.refused(guild_id, user_id, limit=SHOWN_REFUSALS)
        view = limit_report(self.ceiling, facts, context, model=self._model, now=now)
        return MemberReport(limits=view, refused=refused)

    async def test_prompt(self, guild_id: int, prompt: str) -> PromptTest:
        """Check a prompt, without references, by the safety rules and the server's filters."""
        filters = await self._store.filters(guild_id)
        found = await asyncio.to_thread(danger, prompt, references=0)
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
        """Tell whether a change allows spending of ten times what is allowed now."""
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
