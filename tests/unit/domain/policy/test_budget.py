"""The day, the month, what it will cost, and when its budget speaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.budget import (
    LEVELS,
    DaySpent,
    Month,
    crossed,
    day_bounds,
    forecast,
    is_tenfold,
    month_bounds,
    runs_out,
)
from tests.tables import each_case

USD = 1_000_000
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001
AMOUNTS = st.integers(0, 100_000 * USD)


def november(*dollars: float, budget: int | None = None) -> Month:
    """The first days of a month of 30, one amount for each; the last is today."""
    start = date(2026, 11, 1)
    days = ((start + timedelta(days=n), round(value * USD)) for n, value in enumerate(dollars))
    spent = tuple(DaySpent(day=day, micro_usd=value) for day, value in days if value)
    today = start + timedelta(days=len(dollars) - 1)
    return Month(start=start, days=30, spent=spent, today=today, budget_micro_usd=budget)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@st.composite
def months(draw: st.DrawFn) -> tuple[Month, datetime]:
    days = draw(st.lists(st.integers(0, 500 * USD), min_size=1, max_size=30))
    month = november(*(value / USD for value in days), budget=draw(st.none() | AMOUNTS))
    return month, at(len(days)) + draw(st.timedeltas(timedelta(), timedelta(days=1) - timedelta.resolution))


@given(MOMENTS)
def test_the_day_and_the_month_contain_the_moment(now: datetime) -> None:
    for start, end in (day_bounds(now), month_bounds(now)):
        assert start <= now < end
        assert start.utcoffset() == timedelta()
        assert (start.hour, start.minute, start.second, start.microsecond) == (0, 0, 0, 0)
    assert day_bounds(now)[1] - day_bounds(now)[0] == timedelta(days=1)


@given(MOMENTS)
def test_months_follow_each_other_without_gap(now: datetime) -> None:
    start, end = month_bounds(now)
    assert start.day == 1
    assert month_bounds(end)[0] == end
    assert month_bounds(end - timedelta.resolution)[0] == start


def test_bounds_are_those_of_utc_whatever_the_zone() -> None:
    now = datetime(2027, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert day_bounds(now) == (datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert month_bounds(now) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def test_the_sums_have_one_value_for_each_day_up_to_today() -> None:
    month = november(0, 2, 0, 3, 0)
    assert month.daily() == (0, 2 * USD, 0, 3 * USD, 0)
    assert month.cumulative() == (0, 2 * USD, 2 * USD, 5 * USD, 5 * USD)
    assert month.total == 5 * USD


@each_case("month", [november(0, 0, 0), november(0, 0, 4)])
def test_nothing_is_foretold_before_the_first_day_with_spending_is_over(month: Month) -> None:
    assert forecast(month, at(3, 23)) is None
    assert runs_out(month, at(3, 23)) is None


def test_an_even_month_goes_on_evenly() -> None:
    assert forecast(november(*[1] * 10, 0), at(11)) == 30 * USD


def test_the_days_before_the_first_spending_do_not_slow_the_rate() -> None:
    assert forecast(november(0, 0, 0, 0, 1, 1, 0), at(7)) == (2 + 24) * USD


def test_a_part_of_today_counts_as_a_part_of_a_day() -> None:
    assert forecast(november(1, 1, 0.5), at(3, 12)) == 30 * USD


def test_what_is_over_a_week_old_no_longer_counts() -> None:
    assert forecast(november(500, *[1] * 7, 0), at(9)) == (507 + 22) * USD


def test_the_day_a_week_ago_counts_by_its_part_within_the_week() -> None:
    month = november(7, *[0] * 7)
    assert forecast(month, at(8, 12)) == round((7 + 3.5 / 7 * 22.5) * USD)


def test_a_quiet_week_ends_at_what_is_spent() -> None:
    assert forecast(november(80, *[0] * 9), at(10)) == 80 * USD


def test_a_month_that_is_over_has_cost_what_it_cost() -> None:
    month = november(*[2] * 30)
    assert forecast(month, at(30) + timedelta(days=3)) == month.total


@given(months())
def test_the_forecast_is_never_below_what_is_spent(case: tuple[Month, datetime]) -> None:
    month, now = case
    expected = forecast(month, now)
    assert expected is None or expected >= month.total


@given(months())
def test_the_budget_runs_out_where_the_forecast_is_above_it(case: tuple[Month, datetime]) -> None:
    month, now = case
    moment, expected, budget = runs_out(month, now), forecast(month, now), month.budget_micro_usd
    if budget is None:
        assert moment is None
    elif month.total >= budget:
        assert moment == now
    elif expected is None or expected < budget:
        assert moment is None
    elif expected > budget:
        assert moment is not None
        assert now <= moment <= at(30) + timedelta(days=1)


def test_a_budget_runs_out_at_the_rate_of_the_forecast() -> None:
    assert runs_out(november(*[1] * 10, 0, budget=15 * USD), at(11)) == at(16)
    assert runs_out(november(*[1] * 10, 0, budget=30 * USD), at(11)) is None


def test_a_budget_of_nothing_has_run_out_before_any_rate_is_known() -> None:
    assert runs_out(november(0, budget=0), at(1, 8)) == at(1, 8)


@each_case(
    ("before", "after", "level"),
    [(0, 49, None), (49, 50, 50), (50, 79, None), (50, 80, 80), (0, 85, 80), (0, 100, 100), (100, 300, None)],
)
def test_the_highest_level_that_is_newly_reached_is_told(before: int, after: int, level: int | None) -> None:
    assert crossed(before, after, 100) == level


def test_a_budget_of_nothing_is_always_used_up() -> None:
    assert crossed(0, 0, 0) == 100
    assert crossed(5, 9, 0) == 100


@given(st.lists(AMOUNTS, min_size=2).map(sorted), st.integers(1, 1000 * USD))
def test_a_level_is_told_once_and_the_last_is_where_the_spending_stands(
    steps: list[int], budget: int
) -> None:
    told = [crossed(before, after, budget) for before, after in zip([0, *steps], steps, strict=False)]
    levels = [level for level in told if level is not None]
    assert levels == sorted(set(levels))
    reached = [level for level in LEVELS if steps[-1] * 100 >= level * budget]
    assert levels[-1:] == reached[-1:]


@each_case(
    ("before", "after", "expected"),
    [
        (5, None, True),
        (0, None, True),
        (None, None, False),
        (None, 10**12, False),
        (0, 1, True),
        (0, 0, False),
        (10, 100, True),
        (10, 99, False),
        (10, 10, False),
        (10, 1, False),
    ],
)
def test_widening_tenfold_is_told(before: int | None, after: int | None, expected: bool) -> None:
    assert is_tenfold(before, after) is expected
