"""What comes of asking for a change, and what moderators and members are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.limits.money import Month
from bot.domain.limits.outlook import Outlook
from bot.domain.moderation import ApplyOutcome, Proposal, Refused
from bot.domain.ports import ServerSpent
from bot.domain.presets import PresetProblem
from bot.domain.words import Danger, FilterProblem, Match


class Mistake(StrEnum):
    """What is wrong with a change, before anything looks at the store."""

    NOT_HERE = "not_here"  # this scope cannot speak of this limit
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_MODEL = "unknown_model"
    TEXT_TOO_LONG = "text_too_long"
    NO_TEXT = "no_text"
    IN_THE_PAST = "in_the_past"
    FILTER = "filter"
    PRESET = "preset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Improper:
    """A change that makes no sense; `most` is the number or length that was exceeded."""

    mistake: Mistake
    most: int | None = None
    filter_problem: FilterProblem | None = None
    preset_problem: PresetProblem | None = None


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
