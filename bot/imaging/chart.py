"""A month's spending as a designer would draw it: days as bars, their sum as a curve, labels at the lines."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from bot.domain.policy.budget import Month
from bot.domain.ports.drawing import PlotWords
from bot.domain.provider import MICRO_USD
from bot.imaging.text import TextBox, apart, beside, fitted, font, inside, width

Point = tuple[float, float]
Colour = tuple[int, int, int]

WIDTH: Final = 1200
HEIGHT: Final = 600
SCALE: Final = 3
GLOW_TOP: Final = 100  # of 255
GLOW_BOTTOM: Final = 20

PANEL: Final[Colour] = (0x2B, 0x2D, 0x31)  # Discord's own dark card
GRID: Final[Colour] = (0x3D, 0x40, 0x46)
MUTED: Final[Colour] = (0xA9, 0xAE, 0xB7)
BRIGHT: Final[Colour] = (0xF2, 0xF3, 0xF5)
# Those of the cards, `bot/ui/look.py`
TEAL: Final[Colour] = (0x2F, 0xB5, 0xA0)
AMBER: Final[Colour] = (0xF0, 0xA9, 0x3B)
RED: Final[Colour] = (0xD9, 0x54, 0x4F)


def mixed(colour: Colour, share: float) -> Colour:
    """`colour` over the panel, as if `share` of it were opaque."""
    pairs = zip(colour, PANEL, strict=True)
    red, green, blue = (round(over * share + under * (1 - share)) for over, under in pairs)
    return red, green, blue


class Shapes:
    """The picture before its texts. All measures are pixels of the finished picture."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PANEL)
        self._draw = ImageDraw.Draw(self._image)

    def bar(self, box: TextBox, colour: Colour) -> None:
        """A column with a rounded top."""
        radius = min(box.width / 2, box.height, 4) * SCALE
        corners = [box.left * SCALE, box.top * SCALE, box.right * SCALE - 1, box.bottom * SCALE - 1]
        self._draw.rounded_rectangle(corners, radius, fill=colour, corners=(True, True, False, False))

    def pill(self, box: TextBox, colour: Colour) -> None:
        corners = [box.left * SCALE, box.top * SCALE, box.right * SCALE - 1, box.bottom * SCALE - 1]
        self._draw.rounded_rectangle(corners, box.height / 2 * SCALE, fill=colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon(_scaled(points), fill=colour)

    def dot(self, at: Point, radius: float, colour: Colour) -> None:
        self._draw.circle((at[0] * SCALE, at[1] * SCALE), radius * SCALE, fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, thickness: float) -> None:
        """A line with round joints and ends."""
        self._draw.line(_scaled(points), fill=colour, width=round(thickness * SCALE), joint="curve")
        for end in (points[0], points[-1]):
            self.dot(end, thickness / 2, colour)

    def rule(self, box: TextBox, colour: Colour) -> None:
        """A level line, on whole pixels so that it is crisp; `box` is as thick as it."""
        left, top = round(box.left) * SCALE, round(box.top) * SCALE
        right, bottom = left + round(box.width) * SCALE - 1, top + round(box.height) * SCALE - 1
        self._draw.rectangle([left, top, right, bottom], fill=colour)

    def dashes(
        self, start: Point, end: Point, colour: Colour, *, thickness: float, dash: float, skip: float
    ) -> None:
        """Round dashes to `end`, as long as their gaps, that begin `skip` after `start`: none if that is all."""
        length = math.dist(start, end) - skip
        count = round(length / dash / 2)
        if count < 1:
            return
        start = _between(start, end, skip / (skip + length))
        for number in range(count):
            ends = (number / count, (number + 0.5) / count)
            self.line([_between(start, end, share) for share in ends], colour, thickness)

    def glow(self, points: Sequence[Point], *, box: TextBox, over_y: float) -> None:
        """Fill the polygon softly, fading towards the bottom of `box`: teal, and red above `over_y`."""
        mask = Image.new("L", self._image.size)
        ImageDraw.Draw(mask).polygon(_scaled(points), fill=255)
        top, height = round(box.top * SCALE), round(box.height * SCALE)
        column = bytes(GLOW_TOP + (GLOW_BOTTOM - GLOW_TOP) * row // height for row in range(height))
        fade = Image.frombytes("L", (1, height), column)
        soft = Image.new("L", mask.size)
        soft.paste(fade.transform((mask.width, height), Image.Transform.EXTENT, (0, 0, 1, height)), (0, top))
        ink = Image.new("RGB", mask.size, TEAL)
        ink.paste(RED, (0, 0, mask.width, max(0, round(over_y * SCALE))))
        self._image.paste(ink, mask=ImageChops.multiply(mask, soft))

    def reduced(self) -> Image.Image:
        """The shapes at the picture's own size. A mean, not LANCZOS: that draws faint rims along the lines."""
        return self._image.reduce(SCALE)


def write(
    image: Image.Image, at: Point, text: str, *, size: int, colour: Colour, anchor: str = "ls", halo: int = 0
) -> None:
    """Set `text` at `at`; `anchor` as in Pillow. A `halo` of panel colour keeps it readable on lines."""
    ImageDraw.Draw(image).text(
        at, text, fill=colour, font=font(size), anchor=anchor, stroke_width=halo, stroke_fill=PANEL
    )


def encoded(image: Image.Image) -> bytes:
    """A small PNG of 256 colours: the panel's own, and none off by more than the eye sees."""
    small = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SCALE, y * SCALE) for x, y in points]


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


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
    frame: TextBox

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
    def report(self) -> list[Point]:
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
    def now_label(self) -> tuple[Label, TextBox]:
        """What is spent so far, and a place near today's point that is clear of the lines."""
        label = _label(self.words.spent, self.month.total, TEAL)
        lines = (self.curve, self.report, self.ceiling)
        return label, beside(self.curve[-1], (label.width, LABEL_HEIGHT), frame=self.label_frame, lines=lines)

    @property
    def end_labels(self) -> list[tuple[Label, TextBox]]:
        """The labels at the right with their places, from the top; a budget far above is the first."""
        labels = [_label(*said) for said in _ends(self.month, self.forecast, self.words)]
        heights = [line[-1][1] for line in (self.report, self.ceiling) if line]
        if len(heights) < len(labels):
            heights.append(self.frame.top)
        ends = sorted(zip(heights, labels, strict=True), key=lambda end: end[0])
        boxes = [inside(self._at_right(label, y), self.label_frame) for y, label in ends]
        if len(boxes) > 1:
            boxes = apart(*boxes, frame=self.label_frame)
        return [(label, box) for (_, label), box in zip(ends, boxes, strict=True)]

    def _at_right(self, label: Label, y: float) -> TextBox:
        left = self.frame.right + LABEL_GAP
        return TextBox(left=left, top=y - LABEL_HEIGHT / 2, width=label.width, height=LABEL_HEIGHT)

    @property
    def label_frame(self) -> TextBox:
        """Where labels may be: under the title, over the days."""
        top = self.frame.top - 20
        return TextBox(left=self.frame.left, top=top, width=self.frame.width, height=self.frame.bottom - top)


def scene_of(month: Month, forecast: int | None, words: PlotWords) -> Scene:
    axis = axis_of(month, forecast)
    ticks = max(width(tick_word(value, axis.step), TICK_PX) for value in axis.ticks())
    left = MARGIN + min(ticks, LABEL_MAX_PX) + 18
    ends = [
        _label(word, micro_usd, colour).width for word, micro_usd, colour in _ends(month, forecast, words)
    ]
    right = WIDTH - MARGIN - (max(ends) + LABEL_GAP if ends else 0)
    frame = TextBox(left=left, top=PLOT_TOP, width=right - left, height=BASELINE - PLOT_TOP)
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


PEAK_BYTES: Final = 12 * WIDTH * HEIGHT * SCALE**2  # 4 a pixel for the canvas, the ink, and four masks
DAYS_NAMED: Final = (1, 5, 10, 15, 20, 25)
FIRST_DAY: Final = 2  # points of a curve: the start and one day
ROOM_FOR_A_DAY_PX: Final = 44.0


def draw_month(month: Month, forecast_micro_usd: int | None, words: PlotWords) -> bytes:
    """See `Plotter.month`. Takes about PEAK_BYTES of memory; belongs into a thread."""
    scene = scene_of(month, forecast_micro_usd, words)
    shapes = Shapes()
    _draw_grid(shapes, scene)
    _draw_spending(shapes, scene)
    _draw_lines(shapes, scene)
    image = shapes.reduced()
    _write_axes(image, scene)
    _write_labels(image, scene)
    return encoded(image)


def _draw_grid(shapes: Shapes, scene: Scene) -> None:
    for value in scene.axis.ticks():
        shapes.rule(_level(scene, scene.y(value), 1), GRID if value else mixed(MUTED, 0.5))


def _level(scene: Scene, y: float, thickness: int) -> TextBox:
    """A line at `y` across all days."""
    return TextBox(left=scene.frame.left, top=y - thickness / 2, width=scene.frame.width, height=thickness)


def _draw_spending(shapes: Shapes, scene: Scene) -> None:
    curve, frame = scene.curve, scene.frame
    over_y = scene.ceiling[0][1] if scene.ceiling else 0.0
    if len(curve) > FIRST_DAY:
        shapes.glow([*curve, (curve[-1][0], frame.bottom)], box=frame, over_y=over_y)
    daily = scene.month.daily()
    slim = min(14.0, frame.width / scene.month.days * 0.5)
    for number, spent in enumerate(daily):
        if spent > 0:
            top = min(scene.y(spent), frame.bottom - 3)
            box = TextBox(
                left=scene.x(number + 0.5) - slim / 2, top=top, width=slim, height=frame.bottom - top
            )
            shapes.bar(box, mixed(TEAL, 0.9 if number == len(daily) - 1 else 0.55))


def _draw_lines(shapes: Shapes, scene: Scene) -> None:
    curve = scene.curve
    if scene.ceiling:
        shapes.rule(_level(scene, scene.ceiling[0][1], 3), RED)
    if scene.report:
        start, end = scene.report
        shapes.dashes(start, end, AMBER, thickness=4, dash=9, skip=16)
        shapes.dot(end, 5, AMBER)
    if len(curve) > FIRST_DAY:  # one day is a bar, no curve
        shapes.line(curve, TEAL, 4.5)
    shapes.dot(curve[-1], 11, PANEL)
    shapes.dot(curve[-1], 7.5, TEAL)
    shapes.pill(_today_pill(scene), mixed(TEAL, 0.35))
    if scene.month.budget_micro_usd is not None and not scene.axis.shows_budget:
        _draw_arrow(shapes, scene)


def _draw_arrow(shapes: Shapes, scene: Scene) -> None:
    """Beside the label of a budget that is far above: up there."""
    _, box = scene.end_labels[0]
    x, top = scene.frame.right + 2, box.top + 2
    shapes.line([(x, top + 6), (x, box.bottom - 8)], RED, 2.5)
    shapes.polygon([(x, top - 4), (x - 8, top + 10), (x + 8, top + 10)], RED)


def _write_axes(image: Image.Image, scene: Scene) -> None:
    title = fitted(scene.words.title, TITLE_PX, WIDTH - 2 * MARGIN)
    write(image, (MARGIN, 64), title, size=TITLE_PX, colour=BRIGHT)
    for value in scene.axis.ticks():
        word = fitted(tick_word(value, scene.axis.step), TICK_PX, LABEL_MAX_PX)
        write(image, (scene.frame.left - 16, scene.y(value)), word, size=TICK_PX, colour=MUTED, anchor="rm")
    for day in _named_days(scene):
        colour = BRIGHT if day == scene.month.today.day else MUTED
        at = (scene.x(day - 0.5), _day_row(scene))
        write(image, at, str(day), size=TICK_PX, colour=colour, anchor="mm")


def _named_days(scene: Scene) -> list[int]:
    """Today, and those of the usual days that do not touch it or the last."""
    today, last = scene.month.today.day, scene.month.days
    named = [today]
    for day in (last, *DAYS_NAMED):
        if all(abs(scene.x(day) - scene.x(other)) >= ROOM_FOR_A_DAY_PX for other in named):
            named.append(day)
    return named


def _day_row(scene: Scene) -> float:
    return scene.frame.bottom + 28


def _today_pill(scene: Scene) -> TextBox:
    middle = scene.x(scene.month.today.day - 0.5)
    return TextBox(left=middle - 22, top=_day_row(scene) - 17, width=44, height=34)


def _write_labels(image: Image.Image, scene: Scene) -> None:
    for label, box in scene.end_labels:
        _write_label(image, label, box)
    if scene.month.total == 0:
        middle = (scene.frame.left + scene.frame.width / 2, scene.frame.top + scene.frame.height / 2)
        word = fitted(scene.words.nothing, AMOUNT_PX, scene.frame.width - 2 * MARGIN)
        write(image, middle, word, size=AMOUNT_PX, colour=MUTED, anchor="mm", halo=8)
        return
    label, box = scene.now_label
    _write_label(image, label, box, right=box.right < scene.curve[-1][0])


def _write_label(image: Image.Image, label: Label, box: TextBox, *, right: bool = False) -> None:
    x, anchor = (box.right, "rs") if right else (box.left, "ls")
    write(image, (x, box.top + 24), label.word, size=WORD_PX, colour=MUTED, anchor=anchor, halo=5)
    write(
        image, (x, box.bottom - 6), label.amount, size=AMOUNT_PX, colour=label.colour, anchor=anchor, halo=5
    )


__all__ = ["PEAK_BYTES", "draw_month"]
