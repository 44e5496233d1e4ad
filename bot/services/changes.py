"""Checks of what moderators change: what it has to be, and what it does to spending."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final, cast

from bot.domain.content.filters import FilterProblem, check_filter
from bot.domain.moderation import (
    MAX_GRANT,
    MAX_PAUSE_TEXT,
    MAX_REASON,
    AddFilter,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
    PauseServer,
    SetLimit,
    SharePreset,
)
from bot.domain.policy.budget import is_tenfold
from bot.domain.policy.quota import IMAGE_WINDOWS, WINDOWS
from bot.domain.policy.rules import (
    FREE,
    MONEY,
    OF_THE_SERVER,
    WEEK_S,
    Limit,
    Rule,
    Ruling,
    Scope,
    Value,
    combine,
    is_value,
)
from bot.domain.presets import PresetProblem, clean_name, preset_problem
from bot.domain.prompts import clean_prompt


class ChangeProblem(StrEnum):
    """What is wrong with a change, as far as it is found without asking the store."""

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

    problem: ChangeProblem
    most: int | None = None
    filter_problem: FilterProblem | None = None
    preset_problem: PresetProblem | None = None


# As money a million dollars: far above any sensible value, far below what a column can hold.
MOST: Final = 10**12
HIGHEST: Final = {Limit.COOLDOWN_S: WEEK_S, Limit.JOBS_AT_ONCE: 1_000, Limit.IMAGES_PER_COMMAND: 1_000}
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


def first_mistake(change: Change, *, models: Collection[str], now: datetime) -> InvalidChange | None:
    """Return what is wrong with a cleaned change first, or None; `models` are the ids of the known models."""
    match change:
        case SetLimit():
            return _look_at_limit(change, models)
        case GiveImages(images=images) if not 1 <= images <= MAX_GRANT:
            return InvalidChange(problem=ChangeProblem.OUT_OF_RANGE, most=MAX_GRANT)
        case GiveImages(reason=reason, expires_at=until) | BlockMember(reason=reason, until=until):
            if until is not None and until <= now:
                return InvalidChange(problem=ChangeProblem.IN_THE_PAST)
            return _look_at_text(reason, MAX_REASON)
        case PauseServer(text=text) if len(text) > MAX_PAUSE_TEXT:
            return InvalidChange(problem=ChangeProblem.TEXT_TOO_LONG, most=MAX_PAUSE_TEXT)
        case AddFilter(kind=kind, text=text) if (problem := check_filter(kind, text)) is not None:
            return InvalidChange(problem=ChangeProblem.FILTER, filter_problem=problem)
        case SharePreset(name=name, text=text) if (wrong := preset_problem(name, text)) is not None:
            return InvalidChange(problem=ChangeProblem.PRESET, preset_problem=wrong)
        case _:
            return None


def _look_at_limit(change: SetLimit, models: Collection[str]) -> InvalidChange | None:
    can_set = change.scope is Scope.SERVER or (change.scope in OWN and change.limit not in OF_THE_SERVER)
    if not can_set:
        return InvalidChange(problem=ChangeProblem.NOT_HERE)
    value, most = change.value, HIGHEST.get(change.limit, MOST)
    if not is_value(change.limit, value):
        return InvalidChange(problem=ChangeProblem.OUT_OF_RANGE, most=most)
    if isinstance(value, frozenset):
        return None if value <= set(models) else InvalidChange(problem=ChangeProblem.UNKNOWN_MODEL)
    if isinstance(value, Fraction):
        is_sane = HIGHEST_WEIGHT >= value >= 1 / HIGHEST_WEIGHT
        most = int(HIGHEST_WEIGHT)
    else:
        is_sane = not isinstance(value, int) or 0 <= value <= most
    return None if is_sane else InvalidChange(problem=ChangeProblem.OUT_OF_RANGE, most=most)


def _look_at_text(text: str, most: int) -> InvalidChange | None:
    if not text.strip():
        return InvalidChange(problem=ChangeProblem.NO_TEXT)
    return InvalidChange(problem=ChangeProblem.TEXT_TOO_LONG, most=most) if len(text) > most else None


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
    """Return whether any limit on spending allows ten times as much after a change as before it."""
    return any(is_tenfold(spending_limit(before, limit), spending_limit(after, limit)) for limit in SPENDING)


def is_large_grant(images: int, ruling: Ruling) -> bool:
    """Return whether so many granted images are at least ten times what the tightest window allows."""
    windows = [value for limit in IMAGE_WINDOWS if (value := spending_limit(ruling, limit)) is not None]
    return bool(windows) and images >= 10 * max(min(windows), 1)


def spending_limit(ruling: Ruling, limit: Limit) -> int | None:
    """Return the value of a limit in `SPENDING`: a number of images or videos, or micro USD; None if it is not set."""
    return cast(int | None, ruling.value(limit))


def _says_after(rule: Rule, change: SetLimit | ClearLimits) -> dict[Limit, Value]:
    if isinstance(change, SetLimit):
        return {**rule.says, change.limit: change.value}
    if change.limit is None:
        return {}
    return {limit: value for limit, value in rule.says.items() if limit is not change.limit}
