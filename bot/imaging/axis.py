"""A chart's axis of amounts: its range, its round steps, and amounts as short text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.policy.budget import Month
from bot.domain.provider import MICRO_USD

MAX_GRID_LINES: Final = 5
FAR_ABOVE: Final = 3  # times the other amounts: a budget above that would flatten the curve

_CENT: Final = MICRO_USD // 100
_SUFFIXES: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis from 0 to `top` with a line every `step`, in micro USD.

    `shows_budget` is False if there is no budget or it is far above the other amounts.
    """

    top: int
    step: int
    shows_budget: bool

    def ticks(self) -> tuple[int, ...]:
        return tuple(range(0, self.top + 1, self.step))


def axis_of(month: Month, forecast: int | None) -> Axis:
    """Choose an axis that fits the spending and the forecast, in micro USD, and the budget unless far above."""
    reach = max(month.total, forecast or 0)
    budget = month.budget_micro_usd
    shows_budget = budget is not None and (reach == 0 or budget <= FAR_ABOVE * reach)
    if budget is not None and shows_budget:
        reach = max(reach, budget)
    top = (reach or MICRO_USD) * 106 // 100 + 1
    steps = (factor * 10**power for power in range(len(str(top))) for factor in (1, 2, 5))
    return Axis(top=top, step=next(s for s in steps if top // s <= MAX_GRID_LINES), shows_budget=shows_budget)


def amount(micro_usd: int) -> str:
    """Format an amount: `$0.04`, `$12`, `$12.40`, `$12,400`, `$1.2M`."""
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
    """Format a tick, in micro USD, as short as `step` allows: `$5`, `$0.20`, `$40k`; one style for each axis."""
    dollars = value // MICRO_USD
    if value and step < MICRO_USD:
        decimals = max(2, 7 - len(str(step)))
        return f"${dollars:,}.{f'{value % MICRO_USD:06}'[:decimals]}"
    if value == 0 or step < 10_000 * MICRO_USD:
        return f"${dollars:,}"
    unit, suffix = next(one for one in _SUFFIXES if step >= one[0] * MICRO_USD)
    return f"${dollars // unit:,}{suffix}"
