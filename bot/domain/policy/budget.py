"""A month's spending: its total so far, its forecast, and the budget levels that it crosses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import Final

LEVELS: Final = (50, 80, 100)
"""The percentages of a budget at which people are notified."""

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)  # a whole week, so that each weekday counts once
MICROSECOND: Final = timedelta(microseconds=1)


def day_bounds(now: datetime) -> tuple[datetime, datetime]:
    """Return the start and the exclusive end of the UTC day that contains `now` (aware, any zone)."""
    start = _midnight(now.astimezone(UTC).date())
    return start, start + DAY


def month_bounds(now: datetime) -> tuple[datetime, datetime]:
    """Return the start and the exclusive end of the UTC month that contains `now` (aware, any zone)."""
    start = _midnight(now.astimezone(UTC).date().replace(day=1))
    return start, (start + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpent:
    """The cost in micro USD of the calls made on one UTC day; a call with unknown outcome is included."""

    day: date
    micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The spending of a calendar month, up to and including `today`.

    `start` is its first day and `days` its number of days. `spent` holds only days with spending, in ascending
    order, none after `today`. A `budget_micro_usd` of None means no budget; 0 allows nothing.
    """

    start: date
    days: int
    spent: tuple[DaySpent, ...]
    today: date
    budget_micro_usd: int | None

    @property
    def total(self) -> int:
        """The micro USD spent so far."""
        return sum(one.micro_usd for one in self.spent)

    def daily(self) -> tuple[int, ...]:
        """Return the micro USD spent on each day, from the first to today."""
        of_day = {one.day: one.micro_usd for one in self.spent}
        elapsed = (self.today - self.start).days + 1
        return tuple(of_day.get(self.start + timedelta(days=n), 0) for n in range(elapsed))

    def cumulative(self) -> tuple[int, ...]:
        """Return the micro USD spent by the end of each day, from the first to today."""
        return tuple(accumulate(self.daily()))


def forecast(month: Month, now: datetime) -> int | None:
    """Return the expected total at the month's end, in micro USD; None until the first day with spending is over.

    The total is the spending so far plus the remaining time at the mean rate. The rate covers the last 7 × 24
    hours, or the time since the first day with spending began if that is shorter. So a busy day counts for at
    most a seventh after a week, a week without spending gives a rate of 0, and the result is never below the
    spending so far.
    """
    rate = _rate(month, now)
    if rate is None:
        return None
    return month.total + round(rate * _microseconds(max(_ends_at(month) - now, timedelta())))


def runs_out(month: Month, now: datetime) -> datetime | None:
    """Return when the budget is used up at the rate of `forecast`: `now` if it is used up already.

    Return None if there is no budget, if the rate is unknown or 0, or if the budget lasts to the month's end.
    """
    if month.budget_micro_usd is None:
        return None
    left = month.budget_micro_usd - month.total
    if left <= 0:
        return now
    rate = _rate(month, now)
    if not rate or left >= rate * _microseconds(_ends_at(month) - now):
        return None
    return now + timedelta(microseconds=round(left / rate))


def crossed(before: int, after: int, budget: int) -> int | None:
    """Return the highest of LEVELS that spending crossed between `before` and `after`; None if it crossed none.

    All amounts are in micro USD. A budget of 0 is used up from the start, so the result is always 100.
    """
    if budget <= 0:
        return LEVELS[-1]
    reached = (level for level in LEVELS if before * 100 < level * budget <= after * 100)
    return max(reached, default=None)


def is_tenfold(before: int | None, after: int | None) -> bool:
    """Return whether `after` allows more than `before`, and at least ten times as much; None means unlimited."""
    if before is None or after is None:
        return before is not None
    return after > before and after >= 10 * before


def _rate(month: Month, now: datetime) -> Fraction | None:
    """Return the mean rate that `forecast` describes, in micro USD per microsecond; None while unknown."""
    if not month.spent:
        return None
    known = now - _midnight(month.spent[0].day)
    if known < DAY:
        return None
    window = min(known, WEEK)
    spent = sum((one.micro_usd * _share(one.day, since=now - window) for one in month.spent), Fraction())
    return spent / _microseconds(window)


def _share(day: date, *, since: datetime) -> Fraction:
    """Return the part of `day` after `since`, from 0 to 1. Spending is stored per day, so assume it is even."""
    after = _midnight(day) + DAY - since
    return Fraction(_microseconds(min(max(after, timedelta()), DAY)), _microseconds(DAY))


def _ends_at(month: Month) -> datetime:
    return _midnight(month.start) + timedelta(days=month.days)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _microseconds(span: timedelta) -> int:
    return span // MICROSECOND
