"""What moderators may do, and what everybody may know about the rules that hold for them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, cast

from bot.domain.jobs import Job, Standpoint
from bot.domain.limits import (
    FREE,
    MONEY,
    OF_THE_SERVER,
    WINDOWS,
    Block,
    Grant,
    Limit,
    Rule,
    Ruling,
    Scope,
    Value,
    combine,
    is_value,
)
from bot.domain.limits.money import Month, forecast, is_tenfold, runs_out
from bot.domain.limits.outlook import Outlook, outlook
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
    GiveImages,
    PauseServer,
    Proposal,
    Refused,
    ReportOutcome,
    SetLimit,
)
from bot.domain.ports import (
    Clock,
    JobStore,
    ModerationStore,
    Removable,
    ServerSettings,
    ServerSpent,
    Signal,
    Signals,
)
from bot.domain.prompts import clean_prompt
from bot.domain.rendering import Model
from bot.domain.words import Danger, Filter, FilterProblem, Match, all_matches, check_filter, danger

log = logging.getLogger(__name__)
CONFIRM_WITHIN: Final = timedelta(minutes=15)
SHOWN_BLOCKS: Final = 25
SHOWN_REFUSALS: Final = 3
MOST: Final = 10**12  # a million dollars; far above any sensible number, far below what a column holds
HIGHEST: Final = {Limit.COOLDOWN_S: 7 * 86_400, Limit.JOBS_AT_ONCE: 1_000, Limit.IMAGES_PER_COMMAND: 1_000}
HIGHEST_WEIGHT: Final = Fraction(100)
OWN: Final = frozenset({Scope.ROLE, Scope.CHANNEL, Scope.MEMBER})
# More of these is more money.
SPENDING: Final = (*WINDOWS, *sorted(MONEY))


class Mistake(StrEnum):
    """What is wrong with a change, before anything looks at the store."""

    NOT_HERE = "not_here"  # this scope cannot speak of this limit
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_MODEL = "unknown_model"
    TEXT_TOO_LONG = "text_too_long"
    NO_TEXT = "no_text"
    IN_THE_PAST = "in_the_past"
    FILTER = "filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Improper:
    """A change that makes no sense; `most` is the number or length that was exceeded."""

    mistake: Mistake
    most: int | None = None
    filter_problem: FilterProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one member stands in one place: for themselves, and for a moderator who has to explain it."""

    outlook: Outlook
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTest:
    """What a prompt would meet: our safety rules, then the server's filters."""

    danger: Danger | None
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReport:
    """A server's money. Amounts in micro USD, None where there is no budget or nothing can be said yet."""

    spent: ServerSpent
    day_budget: int | None
    month_budget: int | None
    month: Month
    forecast: int | None
    runs_out: datetime | None


ChangeOutcome = ApplyOutcome | Proposal | Improper


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
        change = _cleaned(change)
        improper = self._look_at(change)
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
        after = replace(rule, says=_says_after(rule, change))
        return self._in_force(rule, others), self._in_force(after, others)

    async def confirm(self, proposal_id: str, *, guild_id: int, by: int) -> ApplyOutcome | None:
        """Make what was proposed; None when it is gone, or was somebody else's."""
        proposal = await self._store.proposal(proposal_id, guild_id=guild_id, by=by, now=self._clock.now())
        if proposal is None:
            return None
        return await self._apply(guild_id, proposal.change, by)

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
        day, month = ruling.value(Limit.SERVER_USD_PER_DAY), ruling.value(Limit.SERVER_USD_PER_MONTH)
        return cast(int | None, day), cast(int | None, month)

    async def _widens(self, guild_id: int, change: Change, role_ids: frozenset[int]) -> bool:
        """Whether spending may become ten times what it was."""
        match change:
            case SetLimit() | ClearLimits():
                before, after = await self.consequences(guild_id, change, role_ids)
                return any(is_tenfold(_amount(before, one), _amount(after, one)) for one in SPENDING)
            case GiveImages(user_id=user_id, images=images):
                rule = await self._store.rule(guild_id, Scope.MEMBER, user_id)
                ruling = self._in_force(rule, await self._others(guild_id, Scope.MEMBER, role_ids))
                windows = [value for one in WINDOWS if (value := _amount(ruling, one)) is not None]
                return bool(windows) and images >= 10 * max(min(windows), 1)
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

    def _in_force(self, rule: Rule, others: Sequence[Rule]) -> Ruling:
        by_scope = {scope: [one for one in (rule, *others) if one.scope is scope] for scope in Scope}
        return combine(
            ceiling=self.ceiling,
            server=by_scope[Scope.SERVER][0],  # the rule itself, where it is the server's
            roles=by_scope[Scope.ROLE],
            member=next(iter(by_scope[Scope.MEMBER]), FREE),
            channels=by_scope[Scope.CHANNEL],
        )

    def _look_at(self, change: Change) -> Improper | None:
        match change:
            case SetLimit():
                return self._look_at_limit(change)
            case GiveImages(images=images) if not 1 <= images <= MAX_GRANT:
                return Improper(mistake=Mistake.OUT_OF_RANGE, most=MAX_GRANT)
            case GiveImages(reason=reason, expires_at=until) | BlockMember(reason=reason, until=until):
                if until is not None and until <= self._clock.now():
                    return Improper(mistake=Mistake.IN_THE_PAST)
                return _text(reason, MAX_REASON)
            case PauseServer(text=text) if len(text) > MAX_PAUSE_TEXT:
                return Improper(mistake=Mistake.TEXT_TOO_LONG, most=MAX_PAUSE_TEXT)
            case AddFilter(kind=kind, text=text):
                problem = check_filter(kind, text)
                return None if problem is None else Improper(mistake=Mistake.FILTER, filter_problem=problem)
            case _:
                return None

    def _look_at_limit(self, change: SetLimit) -> Improper | None:
        speaks = change.scope is Scope.SERVER or (change.scope in OWN and change.limit not in OF_THE_SERVER)
        if not speaks:
            return Improper(mistake=Mistake.NOT_HERE)
        if not is_value(change.limit, change.value):
            return Improper(mistake=Mistake.OUT_OF_RANGE, most=HIGHEST.get(change.limit, MOST))
        value, most = change.value, HIGHEST.get(change.limit, MOST)
        if isinstance(value, frozenset):
            return None if value <= set(self._models) else Improper(mistake=Mistake.UNKNOWN_MODEL)
        if isinstance(value, Fraction):
            is_sane = HIGHEST_WEIGHT >= value >= 1 / HIGHEST_WEIGHT
            return None if is_sane else Improper(mistake=Mistake.OUT_OF_RANGE, most=int(HIGHEST_WEIGHT))
        if isinstance(value, int) and not 0 <= value <= most:
            return Improper(mistake=Mistake.OUT_OF_RANGE, most=most)
        return None


def _amount(ruling: Ruling, limit: Limit) -> int | None:
    return cast(int | None, ruling.value(limit))


def _says_after(rule: Rule, change: SetLimit | ClearLimits) -> dict[Limit, Value]:
    if isinstance(change, SetLimit):
        return {**rule.says, change.limit: change.value}
    kept = () if change.limit is None else (limit for limit in rule.says if limit is not change.limit)
    return {limit: rule.says[limit] for limit in kept}


def _cleaned(change: Change) -> Change:
    """Texts as everything else treats them: without what cannot be seen, nor stored."""
    match change:
        case GiveImages(reason=reason) | BlockMember(reason=reason):
            return replace(change, reason=clean_prompt(reason))
        case PauseServer(text=text):
            return replace(change, text=clean_prompt(text))
        case AddFilter(text=text):
            return replace(change, text=clean_prompt(text))
        case _:
            return change


def _text(text: str, most: int) -> Improper | None:
    if not text.strip():
        return Improper(mistake=Mistake.NO_TEXT)
    return Improper(mistake=Mistake.TEXT_TOO_LONG, most=most) if len(text) > most else None
