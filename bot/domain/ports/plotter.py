"""Drawing what a month has cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain.limits.money import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotWords:
    """Every word in the picture, translated and short: about 40 characters for `title` and `nothing`, 14 else.

    `spent`, `forecast` and `budget` stand over an amount; `nothing` says that nothing was spent so far.
    Longer ones are cut with `…`. Accents are dropped, and so are letters that are not Latin.
    """

    title: str
    spent: str
    forecast: str
    budget: str
    nothing: str


class Plotter(Protocol):
    """Draws spending."""

    async def month(self, month: Month, *, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
        """A PNG of 1200×600 pixels, under 60 kB: spending day by day, the budget and the forecast, if any.

        The same input gives the same bytes.
        """
        ...
