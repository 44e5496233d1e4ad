"""What a month has cost so far, where it is heading, and when its budget says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import Final

LEVELS: Final = (50, 80, 100)
"""Per cent of a budget at which people are told."""

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)  # busy and quiet weekdays weigh the same in it
MICROSECOND: Final = timedelta(microseconds=1)


def day_bounds(now: datetime) -> tuple[datetime, datetime]:
    """The UTC day that contains `now` (aware, any zone): its start, and its end, which belongs to the next."""
    start = _midnight(now.astimezone(UTC).date())
    return start, start + DAY


def month_bounds(now: datetime) -> tuple[datetime, datetime]:
    """The UTC calendar month that contains `now` (aware, any zone): start, and end, which is in the next."""
    start = _midnight(now.astimezone(UTC).date().replace(day=1))
    return start, (start + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpent:
    """What calls cost, or may have cost, on one UTC day."""

    day: date
    micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month of spending, up to and with `today`.

    `start` is its first day and `days` how many it has. `spent` holds only days with money, ascending, none
    after `today`. A `budget_micro_usd` of None is no budget at all, 0 is one that allows nothing.
    """

    start: date
    days: int
    spent: tuple[DaySpent, ...]
    today: date
    budget_micro_usd: int | None

    @property
    def total(self) -> int:
        """Micro USD spent so far."""
        return sum(one.micro_usd for one in self.spent)

    def daily(self) -> tuple[int, ...]:
        """Micro USD of each day, from the first to today."""
        of_day = {one.day: one.micro_usd for one in self.spent}
        elapsed = (self.today - self.start).days + 1
        return tuple(of_day.get(self.start + timedelta(days=n), 0) for n in range(elapsed))

    def cumulative(self) -> tuple[int, ...]:
        """Micro USD spent by the end of each day, from the first to today."""
        return tuple(accumulate(self.daily()))


def forecast(month: Month, now: datetime) -> int | None:
    """The total to expect at the month's end, in micro USD. None until the first day with spending is over.

    It is what is spent so far, plus the time left at the mean rate of the last seven times 24 hours, or of
    the time since the first day with spending began, where that is shorter. So one busy day weighs at most a
    seventh, a quiet week brings the rate down to nothing, and the answer is never below what is spent.
    """
    rate = _rate(month, now)
    if rate is None:
        return None
    return month.total + round(rate * _microseconds(max(_ends_at(month) - now, timedelta())))


def runs_out(month: Month, now: datetime) -> datetime | None:
    """When the budget is used up at the rate of `forecast`: `now` where it is already.

    None without a budget, while the rate is not known, and where the budget lasts to the month's end.
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
    """The highest of LEVELS, in per cent of `budget`, that was not reached `before` and is reached `after`.

    None where there is none. A budget of 0 is used up from the start: always 100.
    """
    if budget <= 0:
        return LEVELS[-1]
    reached = (level for level in LEVELS if before * 100 < level * budget <= after * 100)
    return max(reached, default=None)


def is_tenfold(before: int | None, after: int | None) -> bool:
    """Whether going from `before` to `after` (None: unlimited) allows at least ten times as much."""
    if before is None or after is None:
        return before is not None
    return after > before and after >= 10 * before


def _rate(month: Month, now: datetime) -> Fraction | None:
    """Micro USD per microsecond, as `forecast` describes it."""
    if not month.spent:
        return None
    known = now - _midnight(month.spent[0].day)
    if known < DAY:
        return None
    window = min(known, WEEK)
    spent = sum((one.micro_usd * _share(one.day, since=now - window) for one in month.spent), Fraction())
    return spent / _microseconds(window)


def _share(day: date, *, since: datetime) -> Fraction:
    """How much of `day` lies after `since`: the hours of its spending are not known, so taken as even."""
    after = _midnight(day) + DAY - since
    return Fraction(_microseconds(min(max(after, timedelta()), DAY)), _microseconds(DAY))


def _ends_at(month: Month) -> datetime:
    return _midnight(month.start) + timedelta(days=month.days)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _microseconds(span: timedelta) -> int:
    return span // MICROSECOND
