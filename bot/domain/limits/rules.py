"""Rules, and how they combine: by the table “Which rule wins” in docs/moderating.md, the one place that tells it.

Properties in tests/unit/domain/test_limits.py hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce

from bot.domain.limits.kinds import OF_THE_SERVER, ORDERS, Limit, Value


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
    channels: Sequence[Rule] = (),
) -> Ruling:
    """What holds, limit by limit. The order of `roles` and of `channels` changes no value."""
    decided = {limit: _decide(limit, ceiling, server, roles, member, channels) for limit in Limit}
    return Ruling(decided=decided)


def _decide(
    limit: Limit, ceiling: Rule, server: Rule, roles: Sequence[Rule], member: Rule, channels: Sequence[Rule]
) -> Decided:
    if limit in OF_THE_SERVER:
        return _narrow(limit, _first_said(limit, [server]), ceiling)
    given = _first_said(limit, [member], _most_generous(limit, roles), [server])
    for rule in (*channels, ceiling):
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
