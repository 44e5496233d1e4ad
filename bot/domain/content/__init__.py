"""Checks on the words of prompts: each server's filters, and the safety rules that apply everywhere. Pure Python."""

from bot.domain.content.filters import (
    MAX_FILTER_TEXT,
    MAX_FILTERS,
    Filter,
    FilterKind,
    FilterProblem,
    Match,
    all_matches,
    check_filter,
    first_match,
)
from bot.domain.content.normalize import Folded, fold
from bot.domain.content.safety import SafetyConcern, danger

__all__ = [
    "MAX_FILTERS",
    "MAX_FILTER_TEXT",
    "Filter",
    "FilterKind",
    "FilterProblem",
    "Folded",
    "Match",
    "SafetyConcern",
    "all_matches",
    "check_filter",
    "danger",
    "first_match",
    "fold",
]
