"""Amounts on an axis and in words."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.budget import DaySpent, Month
from bot.imaging.chart import MAX_GRID_LINES, amount, axis_of, tick_word
from tests.tables import each_case

USD = 1_000_000
START = date(2026, 11, 1)
AMOUNTS = st.integers(0, 10**6) | st.integers(0, 10**12) | st.integers(0, 10**24)


def month(spent: int, *, budget: int | None = None) -> Month:
    days = (DaySpent(day=START, micro_usd=spent),) if spent else ()
    return Month(start=START, days=30, spent=days, today=START, budget_micro_usd=budget)


@given(AMOUNTS, st.none() | AMOUNTS)
def test_an_axis_has_few_lines_that_are_all_named_differently(spent: int, budget: int | None) -> None:
    axis = axis_of(month(spent, budget=budget), None)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= MAX_GRID_LINES + 1
    assert len({tick_word(value, axis.step) for value in ticks}) == len(ticks)
    assert axis.top > spent


@each_case(
    ("dollars", "words"),
    [
        (0.004, ["$0", "$0.50", "$1.00"]),  # no first cent looks like a peak
        (0.49, ["$0", "$0.20", "$0.40", "$0.60", "$0.80", "$1.00"]),
        (24, ["$0", "$5", "$10", "$15", "$20", "$25"]),
        (4_000, ["$0", "$1,000", "$2,000", "$3,000", "$4,000"]),
        (100_000, ["$0", "$20k", "$40k", "$60k", "$80k", "$100k"]),
        (4_000_000, ["$0", "$1M", "$2M", "$3M", "$4M"]),
    ],
)
def test_ticks_are_round_and_short(dollars: float, words: list[str]) -> None:
    axis = axis_of(month(round(dollars * USD)), None)
    assert [tick_word(value, axis.step) for value in axis.ticks()] == words


@each_case(
    ("micro_usd", "word"),
    [
        (0, "$0"),
        (4_000, "<$0.01"),
        (40_000, "$0.04"),
        (12 * USD, "$12"),
        (12_400_000, "$12.40"),
        (999_996_000, "$1,000"),
        (12_400 * USD, "$12,400"),
        (1_250_000 * USD, "$1.2M"),
    ],
)
def test_amounts_are_written_as_people_do(micro_usd: int, word: str) -> None:
    assert amount(micro_usd) == word


def test_the_budget_is_always_on_the_axis_and_far_below_it_the_chart_is_quiet() -> None:
    near, far = (axis_of(month(USD, budget=budget), 10 * USD) for budget in (30 * USD, 31 * USD))
    assert (near.is_quiet, far.is_quiet) == (False, True)
    assert near.top > 30 * USD
    assert far.top > 31 * USD
    assert not axis_of(month(USD), None).is_quiet
    assert axis_of(month(0), None).is_quiet
