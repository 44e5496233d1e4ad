"""From money to heights: how far the axis goes, where its lines are, and how amounts are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.limits.money import Month
from bot.domain.rendering import MICRO_USD

MOST_LINES: Final = 5
HEADROOM_PER_CENT: Final = 18  # above the highest value, for its label
FAR_ABOVE: Final = 3  # a budget over this many times everything else would press the curve flat

_CENT: Final = MICRO_USD // 100
_EMPTY_AXIS: Final = MICRO_USD
_SUFFIXES: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """From 0 to `top`, with a line every `step`, in micro USD. `shows_budget` is False where it is far above."""

    top: int
    step: int
    shows_budget: bool

    def ticks(self) -> tuple[int, ...]:
        return tuple(range(0, self.top + 1, self.step))


def axis_of(month: Month, forecast: int | None) -> Axis:
    """An axis on which the spending and the forecast are well seen, and the budget unless it is far above."""
    reach = max(month.total, forecast or 0, 0)
    budget = month.budget_micro_usd
    shows_budget = budget is not None and (reach == 0 or budget <= FAR_ABOVE * reach)
    if budget is not None and shows_budget:
        reach = max(reach, budget)
    top = (reach or _EMPTY_AXIS) * (100 + HEADROOM_PER_CENT) // 100 + 1
    return Axis(top=top, step=_step(top), shows_budget=shows_budget)


def amount(micro_usd: int) -> str:
    """`$0.04`, `$12`, `$12.40`, `$12,400`, `$1.2M`."""
    cents = (micro_usd + _CENT // 2) // _CENT
    if micro_usd > 0 and cents == 0:
        return "<$0.01"
    if cents < 100_000:
        return f"${cents // 100}.{cents % 100:02}".removesuffix(".00")
    dollars = (micro_usd + MICRO_USD // 2) // MICRO_USD
    if dollars < 10**6:
        return f"${dollars:,}"
    unit, suffix = next(one for one in _SUFFIXES if dollars >= one[0])
    return f"${dollars * 10 // unit / 10:,.1f}{suffix}"


def tick_word(value: int, step: int) -> str:
    """`value` as short as `step` allows: `$5`, `$0.20`, `$40k`. All ticks of an axis look alike."""
    if value == 0:
        return "$0"
    if step < MICRO_USD:
        decimals = max(2, 7 - len(str(step)))
        return f"${value // MICRO_USD:,}.{f'{value % MICRO_USD:06}'[:decimals]}"
    dollars = value // MICRO_USD
    if step < 10_000 * MICRO_USD:
        return f"${dollars:,}"
    unit, suffix = next(one for one in _SUFFIXES if step >= one[0] * MICRO_USD)
    return f"${dollars // unit:,}{suffix}"


def _step(top: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, … that needs at most MOST_LINES lines above zero."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if top // (power * factor) <= MOST_LINES:
                return power * factor
        power *= 10
