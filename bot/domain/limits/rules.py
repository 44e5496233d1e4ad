"""Rules, and the one table that says how they combine:

    what                        wins over
    --------------------------  ---------------------------------------------------------------
    a block of the member       everything (see `verdict`)
    the member's own rule       the rules of their roles, the server's default
    the most generous role      the server's default, also when the default is more generous
    the server's default        the freest value
    the channel                 nothing: it can only narrow what the above gave
    the operator's ceiling      nothing: it can only narrow, and always does

Each limit is decided by itself, so a rule that speaks only of resolution leaves the rest alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce

from bot.domain.limits.kinds import ORDERS, Limit, Value


class Scope(StrEnum):
    """Whose rule it is. `FREE` stands for nobody's."""

    OPERATOR = "operator"
    SERVER = "server"
    CHANNEL = "channel"
    ROLE = "role"
    MEMBER = "member"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one scope says. `subject_id` is the role's, channel's or member's, None for the others."""

    scope: Scope
    subject_id: int | None = None
    says: Mapping[Limit, Value] = field(default_factory=dict[Limit, Value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One limit's value, and the rule it comes from: the last that changed it."""

    value: Value
    by: Rule


FREE = Rule(scope=Scope.FREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Every limit in force for one member in one place."""

    decided: Mapping[Limit, Decided]

    def value(self, limit: Limit) -> Value:
        return self.decided[limit].value


def combine(
    *,
    ceiling: Rule,
    server: Rule = FREE,
    roles: Sequence[Rule] = (),
    member: Rule = FREE,
    channel: Rule = FREE,
) -> Ruling:
    """The table above, for every limit. The order of `roles` does not matter."""
    decided = {limit: _decide(limit, ceiling, server, roles, member, channel) for limit in Limit}
    return Ruling(decided=decided)


def _decide(
    limit: Limit, ceiling: Rule, server: Rule, roles: Sequence[Rule], member: Rule, channel: Rule
) -> Decided:
    given = _first_said(limit, [member], _most_generous(limit, roles), [server])
    for rule in (channel, ceiling):
        given = _narrow(limit, given, rule)
    return given


def _first_said(limit: Limit, *tiers: Iterable[Rule]) -> Decided:
    for rules in tiers:
        for rule in rules:
            if limit in rule.says:
                return Decided(value=rule.says[limit], by=rule)
    return Decided(value=ORDERS[limit].freest, by=FREE)


def _most_generous(limit: Limit, roles: Sequence[Rule]) -> list[Rule]:
    """One rule: the role that gives most; a made-up one where several add up (a choice of models)."""
    speaking = sorted((rule for rule in roles if limit in rule.says), key=lambda rule: rule.subject_id or 0)
    if not speaking:
        return []
    widest = reduce(ORDERS[limit].wider, (rule.says[limit] for rule in speaking))
    same = next((rule for rule in speaking if rule.says[limit] == widest), speaking[0])
    return [Rule(scope=Scope.ROLE, subject_id=same.subject_id, says={limit: widest})]


def _narrow(limit: Limit, given: Decided, rule: Rule) -> Decided:
    if limit not in rule.says:
        return given
    value = ORDERS[limit].narrower(given.value, rule.says[limit])
    return given if value == given.value else Decided(value=value, by=rule)
