"""Everything in the picture, measured: where each value stands and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.limits.money import Month
from bot.domain.ports.plotter import PlotWords
from bot.imaging.plot.canvas import AMBER, RED, TEAL, WIDTH, Colour, Point
from bot.imaging.plot.labels import Box, apart, beside, inside
from bot.imaging.plot.scale import Axis, amount, axis_of, tick_word
from bot.imaging.plot.text import fitted, width

MARGIN: Final = 44
TITLE_PX: Final = 36
AMOUNT_PX: Final = 34
WORD_PX: Final = 26
TICK_PX: Final = 24
LABEL_HEIGHT: Final = 68.0
LABEL_MAX_PX: Final = 200.0
PLOT_TOP: Final = 100.0
BASELINE: Final = 526.0
LABEL_GAP: Final = 22.0  # between the plot and the labels at its right


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A word over an amount, in the ink of its line."""

    word: str
    amount: str
    colour: Colour
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that is to be drawn, measured. `frame` is the area between the axes."""

    month: Month
    forecast: int | None
    words: PlotWords
    axis: Axis
    frame: Box

    def x(self, days: float) -> float:
        """`days` after the month's start: the first is a day's column from 0 to 1."""
        return self.frame.left + self.frame.width * days / self.month.days

    def y(self, micro_usd: int) -> float:
        return self.frame.bottom - self.frame.height * max(0, micro_usd) / self.axis.top

    @property
    def curve(self) -> list[Point]:
        """From nothing at the month's start to the middle of today's column."""
        sums = self.month.cumulative()
        return [(self.x(0), self.y(0)), *((self.x(n + 0.5), self.y(spent)) for n, spent in enumerate(sums))]

    @property
    def outlook(self) -> list[Point]:
        """From today to the forecast at the month's end; empty without one."""
        if self.forecast is None:
            return []
        return [self.curve[-1], (self.frame.right, self.y(max(self.forecast, self.month.total)))]

    @property
    def ceiling(self) -> list[Point]:
        """The budget's line; empty where there is none on the axis."""
        if self.month.budget_micro_usd is None or not self.axis.shows_budget:
            return []
        height = self.y(self.month.budget_micro_usd)
        return [(self.frame.left, height), (self.frame.right, height)]

    @property
    def now_label(self) -> tuple[Label, Box]:
        """What is spent so far, and a place near today's point that is clear of the lines."""
        label = _label(self.words.spent, self.month.total, TEAL)
        lines = (self.curve, self.outlook, self.ceiling)
        return label, beside(self.curve[-1], (label.width, LABEL_HEIGHT), frame=self.label_frame, lines=lines)

    @property
    def end_labels(self) -> list[tuple[Label, Box]]:
        """The labels at the right with their places, from the top; a budget far above is the first."""
        labels = [_label(*said) for said in _ends(self.month, self.forecast, self.words)]
        heights = [line[-1][1] for line in (self.outlook, self.ceiling) if line]
        if len(heights) < len(labels):
            heights.append(self.frame.top)
        ends = sorted(zip(heights, labels, strict=True), key=lambda end: end[0])
        boxes = [inside(self._at_right(label, y), self.label_frame) for y, label in ends]
        if len(boxes) > 1:
            boxes = apart(*boxes, frame=self.label_frame)
        return [(label, box) for (_, label), box in zip(ends, boxes, strict=True)]

    def _at_right(self, label: Label, y: float) -> Box:
        left = self.frame.right + LABEL_GAP
        return Box(left=left, top=y - LABEL_HEIGHT / 2, width=label.width, height=LABEL_HEIGHT)

    @property
    def label_frame(self) -> Box:
        """Where labels may be: under the title, over the days."""
        top = self.frame.top - 20
        return Box(left=self.frame.left, top=top, width=self.frame.width, height=self.frame.bottom - top)


def scene_of(month: Month, forecast: int | None, words: PlotWords) -> Scene:
    axis = axis_of(month, forecast)
    ticks = max(width(tick_word(value, axis.step), TICK_PX) for value in axis.ticks())
    left = MARGIN + min(ticks, LABEL_MAX_PX) + 18
    ends = [
        _label(word, micro_usd, colour).width for word, micro_usd, colour in _ends(month, forecast, words)
    ]
    right = WIDTH - MARGIN - (max(ends) + LABEL_GAP if ends else 0)
    frame = Box(left=left, top=PLOT_TOP, width=right - left, height=BASELINE - PLOT_TOP)
    return Scene(month=month, forecast=forecast, words=words, axis=axis, frame=frame)


def _ends(month: Month, forecast: int | None, words: PlotWords) -> list[tuple[str, int, Colour]]:
    """What is said at the right end: the forecast and the budget, as far as there are any."""
    said = ((words.forecast, forecast, AMBER), (words.budget, month.budget_micro_usd, RED))
    return [(word, micro_usd, colour) for word, micro_usd, colour in said if micro_usd is not None]


def _label(word: str, micro_usd: int, colour: Colour) -> Label:
    over, under = fitted(word, WORD_PX, LABEL_MAX_PX), fitted(amount(micro_usd), AMOUNT_PX, LABEL_MAX_PX)
    return Label(
        word=over, amount=under, colour=colour, width=max(width(over, WORD_PX), width(under, AMOUNT_PX))
    )
