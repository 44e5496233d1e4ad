"""Limits, the values they take, and how rules about them combine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import reduce
from typing import Any, Final, cast

from bot.domain.sizes import Resolution

# None always means "no limit". Numbers are whole; a share of the queue is a Fraction above 0.
Value = int | bool | Fraction | Resolution | frozenset[str] | None


class Limit(StrEnum):
    """A limit that a rule may set. The value is what is stored."""

    IMAGES_PER_HOUR = "images_per_hour"  # rolling, as are day, week and month
    IMAGES_PER_DAY = "images_per_day"
    IMAGES_PER_WEEK = "images_per_week"
    IMAGES_PER_MONTH = "images_per_month"
    VIDEOS_PER_DAY = "videos_per_day"  # rolling too
    VIDEOS_PER_WEEK = "videos_per_week"
    VIDEOS_PER_MONTH = "videos_per_month"
    JOBS_AT_ONCE = "jobs_at_once"
    IMAGES_PER_COMMAND = "images_per_command"
    REFERENCES_PER_EDIT = "references_per_edit"
    RESOLUTION = "resolution"  # the largest
    COOLDOWN_S = "cooldown_s"  # between two commands
    MAY_IMAGINE = "may_imagine"
    MAY_EDIT = "may_edit"
    MAY_ANIMATE = "may_animate"
    MAY_BE_PRIVATE = "may_be_private"
    MODELS = "models"  # ids; None is any
    WEIGHT = "weight"  # of one's jobs in the queue
    USD_PER_DAY = "micro_usd_per_day"  # one member's money: a UTC day, a calendar month
    USD_PER_MONTH = "micro_usd_per_month"
    # Everybody's money together; only the server and the operator may set it.
    SERVER_USD_PER_DAY = "server_micro_usd_per_day"
    SERVER_USD_PER_MONTH = "server_micro_usd_per_month"


@dataclass(frozen=True, slots=True)
class LimitType:
    """How values of one limit compare. `freest` applies where no rule and no default sets the limit; `narrowest`
    stands for a stored value that this version does not understand."""

    freest: Value
    narrowest: Value
    wider: Callable[[Any, Any], Value]
    narrower: Callable[[Any, Any], Value]


def _more(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else max(a, b)


def _less(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


def _larger(a: Resolution, b: Resolution) -> Resolution:
    return max(a, b, key=list(Resolution).index)


def _smaller(a: Resolution, b: Resolution) -> Resolution:
    return min(a, b, key=list(Resolution).index)


def _any_of(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return None if a is None or b is None else a | b


def _all_of(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return b if a is None else a if b is None else a & b


WEEK_S: Final = 7 * 86_400
COUNT: Final = LimitType(None, 0, _more, _less)
DURATION: Final = LimitType(0, WEEK_S, min, max)
PERMISSION: Final = LimitType(True, False, max, min)
RESOLUTION: Final = LimitType(Resolution.FOUR_K, Resolution.TWO_K, _larger, _smaller)
MODELS: Final = LimitType(None, frozenset(), _any_of, _all_of)
WEIGHT: Final = LimitType(Fraction(1), Fraction(1, 100), max, min)

LIMIT_TYPES: Final[dict[Limit, LimitType]] = {
    **dict.fromkeys(Limit, COUNT),
    Limit.RESOLUTION: RESOLUTION,
    Limit.COOLDOWN_S: DURATION,
    Limit.MAY_IMAGINE: PERMISSION,
    Limit.MAY_EDIT: PERMISSION,
    Limit.MAY_ANIMATE: PERMISSION,
    Limit.MAY_BE_PRIVATE: PERMISSION,
    Limit.MODELS: MODELS,
    Limit.WEIGHT: WEIGHT,
}
MONEY: Final = frozenset(
    {Limit.USD_PER_DAY, Limit.USD_PER_MONTH, Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH}
)
OF_THE_SERVER: Final = frozenset({Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH})


def encode_value(value: Value) -> int | bool | str | list[str] | None:
    """Return `value` as JSON: a resolution or fraction as text, models as a sorted list."""
    match value:
        case Resolution():
            return value.value
        case Fraction():
            return str(value)
        case frozenset():
            return sorted(value)
        case _:
            return value


def decode(limit: Limit, stored: Any) -> Value:
    """Return the value that `encode_value` stored; the narrowest of `limit` where it is not valid. Never raises."""
    try:
        value = _decoded(limit, stored)
    except (TypeError, ValueError, ZeroDivisionError):
        return LIMIT_TYPES[limit].narrowest
    return value if is_value(limit, value) else LIMIT_TYPES[limit].narrowest


def is_value(limit: Limit, value: object) -> bool:
    """Return whether a rule may set `limit` to `value`."""
    kind = LIMIT_TYPES[limit]
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if kind is COUNT:
        return value is None or is_number
    if kind is DURATION:
        return is_number
    if kind is MODELS:
        return value is None or _is_choice(value)
    if kind is WEIGHT:
        return isinstance(value, Fraction) and value > 0
    return isinstance(value, bool if kind is PERMISSION else Resolution)


def _is_choice(value: object) -> bool:
    return isinstance(value, frozenset) and all(isinstance(one, str) for one in cast(frozenset[Any], value))


def _decoded(limit: Limit, stored: Any) -> Value:
    kind = LIMIT_TYPES[limit]
    if kind is RESOLUTION:
        return Resolution(stored)
    if kind is WEIGHT and isinstance(stored, str):
        return Fraction(stored)
    if kind is MODELS and isinstance(stored, list):
        return frozenset(cast(list[str], stored))
    return stored


# How rules combine is explained by the table “Which rule wins” in docs/moderating.md, and tested by the properties
# in tests/unit/domain/policy/test_quota.py.


class Scope(StrEnum):
    """The owner of a rule. `FREE` stands for limits that no rule sets."""

    OPERATOR = "operator"
    SERVER = "server"
    CHANNEL = "channel"
    ROLE = "role"
    MEMBER = "member"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The limits that one scope sets. `subject_id` is the id of the role, channel or member, None for other scopes."""

    scope: Scope
    subject_id: int | None = None
    says: Mapping[Limit, Value] = field(default_factory=dict[Limit, Value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One limit's value, and the rule it comes from: the last that changed it."""

    value: Value
    by: Rule


FREE = Rule(scope=Scope.FREE)
# A video costs ten pictures: in a server, nobody makes one until its moderators allow it.
DEFAULTS = Rule(scope=Scope.FREE, says={Limit.MAY_ANIMATE: False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Every limit in force for one member in one place."""

    decided: Mapping[Limit, Decided]

    def value(self, limit: Limit) -> Value:
        """Return the value of `limit`; None is “no limit”."""
        return self.decided[limit].value


def combine(
    *,
    ceiling: Rule,
    server: Rule = FREE,
    roles: Sequence[Rule] = (),
    member: Rule = FREE,
    channels: Sequence[Rule] = (),
    defaults: Rule = DEFAULTS,
) -> Ruling:
    """Return each limit's value and the rule it comes from. The order of `roles` and `channels` changes no value.

    `defaults` are for what no rule sets; outside servers there are none.
    """
    servers = (server, defaults)
    decided = {limit: _decide(limit, ceiling, servers, roles, member, channels) for limit in Limit}
    return Ruling(decided=decided)


def _decide(
    limit: Limit,
    ceiling: Rule,
    servers: Sequence[Rule],
    roles: Sequence[Rule],
    member: Rule,
    channels: Sequence[Rule],
) -> Decided:
    if limit in OF_THE_SERVER:
        return _narrow(limit, _first_said(limit, servers), ceiling)
    given = _first_said(limit, [member], _most_generous(limit, roles), servers)
    for rule in (*channels, ceiling):
        given = _narrow(limit, given, rule)
    return given


def _first_said(limit: Limit, *tiers: Iterable[Rule]) -> Decided:
    for rules in tiers:
        for rule in rules:
            if limit in rule.says:
                return Decided(value=rule.says[limit], by=rule)
    return Decided(value=LIMIT_TYPES[limit].freest, by=FREE)


def _most_generous(limit: Limit, roles: Sequence[Rule]) -> list[Rule]:
    """Return at most one rule: the role that gives most, or the union where roles add up (a choice of models)."""
    speaking = sorted((rule for rule in roles if limit in rule.says), key=lambda rule: rule.subject_id or 0)
    if not speaking:
        return []
    widest = reduce(LIMIT_TYPES[limit].wider, (rule.says[limit] for rule in speaking))
    same = next((rule for rule in speaking if rule.says[limit] == widest), speaking[0])
    return [Rule(scope=Scope.ROLE, subject_id=same.subject_id, says={limit: widest})]


def _narrow(limit: Limit, given: Decided, rule: Rule) -> Decided:
    if limit not in rule.says:
        return given
    value = LIMIT_TYPES[limit].narrower(given.value, rule.says[limit])
    return given if value == given.value else Decided(value=value, by=rule)
