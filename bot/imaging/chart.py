"""The chart of a month's spending: days as bars, their sum as a curve, and the amounts in a row above."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from bot.domain.policy.budget import Month
from bot.domain.ports.drawing import PlotWords
from bot.domain.provider import MICRO_USD
from bot.imaging.style import (
    BRIGHT,
    DRAWN_AMBER,
    DRAWN_RED,
    DRAWN_TEAL,
    MUTED,
    PANEL_COLOUR,
    Colour,
    Point,
    between,
    fitted,
    mixed,
    width,
    write,
)

MAX_GRID_LINES: Final = 5
QUIET_GRID_LINES: Final = 3
QUIET_SHARE: Final = 3  # spending that stays below a third of the budget is drawn on a low chart

_CENT: Final = MICRO_USD // 100
_SUFFIXES: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis from 0 to `top` with a line every `step`, in micro USD.

    `is_quiet` says that the spending and its forecast stay below a third of the highest amount.
    """

    top: int
    step: int
    is_quiet: bool

    def ticks(self) -> tuple[int, ...]:
        return tuple(range(0, self.top + 1, self.step))


def axis_of(month: Month, forecast: int | None) -> Axis:
    """Choose an axis that fits the spending, the forecast and the budget, in micro USD.

    The budget is always on it, else a dollar: a scale of the spending alone makes a first cent look like a peak.
    """
    reach = max(month.total, forecast or 0)
    highest = max(reach, month.budget_micro_usd or MICRO_USD)
    top, is_quiet = highest * 106 // 100 + 1, QUIET_SHARE * reach < highest
    most = QUIET_GRID_LINES if is_quiet else MAX_GRID_LINES
    steps = (factor * 10**power for power in range(len(str(top))) for factor in (1, 2, 5))
    return Axis(top=top, step=next(s for s in steps if top // s <= most), is_quiet=is_quiet)


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


WIDTH: Final = 1200
HEIGHT: Final = 600  # of a chart that is not quiet
SCALE: Final = 3  # shapes are drawn this much larger and reduced
PEAK_BYTES: Final = 8 * WIDTH * HEIGHT * SCALE**2  # 4 a pixel for the canvas, the rest for masks
MARGIN: Final = 44
TOP, FOOT, QUIET_FOOT = 138, 526, 276  # of the days' columns
RIGHT: Final = WIDTH - MARGIN

_TITLE_PX, _AMOUNT_PX, _WORD_PX, _TICK_PX = 34, 34, 26, 24
_MAX_LABEL_PX: Final = 190
_FIGURE_GAP: Final = 44
_KEY_PX: Final = 34  # a piece of the figure's line and the gap to its word
_DAY_ROW: Final = 28  # below the foot
_DAYS_NAMED: Final = (1, 5, 10, 15, 20, 25)
_ROOM_FOR_A_DAY_PX: Final = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The contents of the chart, and the pixel positions of days and amounts. `left` is where day 1 begins."""

    month: Month
    forecast: int | None
    axis: Axis
    left: float

    def x(self, days: float) -> float:
        """Return the x of a time in days after the month's start: the first day's column is from 0 to 1."""
        return self.left + (RIGHT - self.left) * days / self.month.days

    @property
    def foot(self) -> int:
        """The y of an amount of 0."""
        return QUIET_FOOT if self.axis.is_quiet else FOOT

    def y(self, micro_usd: int) -> float:
        return self.foot - (self.foot - TOP) * max(0, micro_usd) / self.axis.top

    @property
    def ceiling(self) -> float | None:
        """The y of the budget's line; None without a budget."""
        budget = self.month.budget_micro_usd
        return None if budget is None else self.y(budget)

    @property
    def curve(self) -> list[Point]:
        """The points of the sum, from 0 at the month's start to the middle of today's column."""
        sums = self.month.cumulative()
        return [(self.x(0), self.y(0)), *((self.x(n + 0.5), self.y(spent)) for n, spent in enumerate(sums))]


def draw_month(month: Month, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
    """Draw the chart of `SpendingChart.month` as a PNG. Run it in a thread; it needs about PEAK_BYTES of memory."""
    plot = plot_of(month, forecast_micro_usd)
    image = Image.new("RGB", (WIDTH * SCALE, (plot.foot + HEIGHT - FOOT) * SCALE), PANEL_COLOUR)
    _draw_spending(image, plot)
    _draw_lines(ImageDraw.Draw(image), plot)
    image = image.reduce(SCALE)  # a mean, because LANCZOS leaves faint rims along the lines
    _write_axes(image, plot)
    _write_figures(image, plot, words)
    # 256 colours keep the panel's exact colour, and the differences in the others are invisible.
    small = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def plot_of(month: Month, forecast: int | None) -> Plot:
    """Measure the chart; it gets the width that the tick labels at its left leave. Amounts are in micro USD."""
    axis = axis_of(month, forecast)
    ticks = max(width(tick_word(value, axis.step), _TICK_PX) for value in axis.ticks())
    return Plot(month=month, forecast=forecast, axis=axis, left=MARGIN + min(ticks, _MAX_LABEL_PX) + 18)


def _draw_spending(image: Image.Image, plot: Plot) -> None:
    """Draw the grid, the area under the curve (red above the budget), and a bar for each day."""
    draw, curve = ImageDraw.Draw(image), plot.curve
    for value in plot.axis.ticks():
        _rule(draw, plot, plot.y(value), mixed(MUTED, 0.14 if value else 0.5), 1)
    if len(curve) > 2:  # one day is a bar, no curve
        area = Image.new("L", image.size)
        ImageDraw.Draw(area).polygon(_scaled([*curve, (curve[-1][0], plot.foot)]), fill=52)
        split = round((plot.ceiling or 0) * SCALE)
        for colour, upper, lower in ((DRAWN_RED, 0, split), (DRAWN_TEAL, split, image.height)):
            image.paste(colour, (0, upper, image.width, lower), area.crop((0, upper, image.width, lower)))
    daily = plot.month.daily()
    half = min(7.0, (RIGHT - plot.left) / plot.month.days / 4)
    for number, spent in enumerate(daily):
        if spent > 0:
            x, top = plot.x(number + 0.5), min(plot.y(spent), plot.foot - 3)
            corners = [(x - half) * SCALE, top * SCALE, (x + half) * SCALE - 1, plot.foot * SCALE - 1]
            colour = mixed(DRAWN_TEAL, 0.9 if number == len(daily) - 1 else 0.55)
            draw.rounded_rectangle(corners, 3 * SCALE, fill=colour, corners=(True, True, False, False))


def _draw_lines(draw: ImageDraw.ImageDraw, plot: Plot) -> None:
    """Draw budget, forecast and curve, and mark today at the curve's end and in the row of days."""
    curve = plot.curve
    if plot.ceiling is not None:
        _rule(draw, plot, plot.ceiling, DRAWN_RED, 3)
    if plot.forecast is not None:
        end = (RIGHT, plot.y(max(plot.forecast, plot.month.total)))
        dashes = max(1, round(math.dist(curve[-1], end) / 18))
        way = [between(curve[-1], end, half / dashes / 2) for half in range(2 * dashes)]
        for dash in zip(way[::2], way[1::2], strict=True):
            _line(draw, dash, DRAWN_AMBER, 4)
        draw.circle(_scaled([end])[0], 5 * SCALE, fill=DRAWN_AMBER)
    if len(curve) > 2:
        _line(draw, curve, DRAWN_TEAL, 4.5)
    draw.circle(_scaled(curve)[-1], 11 * SCALE, fill=PANEL_COLOUR)
    draw.circle(_scaled(curve)[-1], 7.5 * SCALE, fill=DRAWN_TEAL)
    x, y = plot.x(plot.month.today.day - 0.5), plot.foot + _DAY_ROW
    pill = _scaled([(x - 22, y - 17), (x + 22, y + 17)])
    draw.rounded_rectangle(pill, 17 * SCALE, fill=mixed(DRAWN_TEAL, 0.35))


def _write_axes(image: Image.Image, plot: Plot) -> None:
    for value in plot.axis.ticks():
        word = fitted(tick_word(value, plot.axis.step), _TICK_PX, _MAX_LABEL_PX)
        write(image, (plot.left - 16, plot.y(value)), word, size=_TICK_PX, colour=MUTED, anchor="rm")
    today, named = plot.month.today.day, list[int]()
    for day in (today, plot.month.days, *_DAYS_NAMED):
        if all(abs(plot.x(day) - plot.x(other)) >= _ROOM_FOR_A_DAY_PX for other in named):
            named.append(day)
            at, colour = (plot.x(day - 0.5), plot.foot + _DAY_ROW), BRIGHT if day == today else MUTED
            write(image, at, str(day), size=_TICK_PX, colour=colour, anchor="mm")


def _write_figures(image: Image.Image, plot: Plot, words: PlotWords) -> None:
    """Write each amount under its heading, from the right, and the title in the remaining room."""
    draw, right, month = ImageDraw.Draw(image), float(RIGHT), plot.month
    figures = (
        (words.budget, month.budget_micro_usd, DRAWN_RED),
        (words.forecast, plot.forecast, DRAWN_AMBER),
        (words.spent, month.total, DRAWN_TEAL),
    )
    for word, micro_usd, colour in figures:
        if micro_usd is None:
            continue
        over = fitted(word, _WORD_PX, _MAX_LABEL_PX - _KEY_PX)
        under = fitted(amount(micro_usd), _AMOUNT_PX, _MAX_LABEL_PX)
        x = round(right - max(width(over, _WORD_PX) + _KEY_PX, width(under, _AMOUNT_PX)))
        draw.rectangle([x + 1, 41, x + 24, 44], fill=colour)
        if colour == DRAWN_AMBER:  # its line is dashed
            draw.rectangle([x + 10, 41, x + 15, 44], fill=PANEL_COLOUR)
        write(image, (x + _KEY_PX, 52), over, size=_WORD_PX, colour=MUTED)
        write(image, (x, 92), under, size=_AMOUNT_PX, colour=colour)
        right = x - _FIGURE_GAP
    write(image, (MARGIN, 68), fitted(words.title, _TITLE_PX, right - MARGIN), size=_TITLE_PX, colour=BRIGHT)
    if month.total == 0:
        word = fitted(words.nothing, _AMOUNT_PX, RIGHT - plot.left - 2 * MARGIN)
        middle = ((plot.left + RIGHT) / 2, (TOP + plot.foot) / 2)
        write(image, middle, word, size=_AMOUNT_PX, colour=MUTED, anchor="mm")


def _rule(draw: ImageDraw.ImageDraw, plot: Plot, y: float, colour: Colour, thickness: int) -> None:
    """Draw a horizontal line across all days, on whole pixels so that it is sharp."""
    top = round(y - thickness / 2) * SCALE
    corners = [round(plot.left) * SCALE, top, RIGHT * SCALE - 1, top + thickness * SCALE - 1]
    draw.rectangle(corners, fill=colour)


def _line(draw: ImageDraw.ImageDraw, points: Sequence[Point], colour: Colour, thickness: float) -> None:
    """Draw a line with round joints and ends."""
    draw.line(_scaled(points), fill=colour, width=round(thickness * SCALE), joint="curve")
    for end in _scaled((points[0], points[-1])):
        draw.circle(end, thickness / 2 * SCALE, fill=colour)


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SCALE, y * SCALE) for x, y in points]
