"""A month's spending as a designer would draw it: days as bars, their sum as a curve, labels at the lines."""

from __future__ import annotations

from typing import Final

from PIL import Image

from bot.domain.limits.money import Month
from bot.domain.ports.plotter import PlotWords
from bot.imaging.plot.canvas import (
    AMBER,
    BRIGHT,
    GRID,
    HEIGHT,
    MUTED,
    PANEL,
    RED,
    SCALE,
    TEAL,
    WIDTH,
    Shapes,
    encoded,
    mixed,
    write,
)
from bot.imaging.plot.labels import Box
from bot.imaging.plot.scale import tick_word
from bot.imaging.plot.scene import (
    AMOUNT_PX,
    LABEL_MAX_PX,
    MARGIN,
    TICK_PX,
    TITLE_PX,
    WORD_PX,
    Label,
    Scene,
    scene_of,
)
from bot.imaging.plot.text import fitted

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


def _level(scene: Scene, y: float, thickness: int) -> Box:
    """A line at `y` across all days."""
    return Box(left=scene.frame.left, top=y - thickness / 2, width=scene.frame.width, height=thickness)


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
            box = Box(left=scene.x(number + 0.5) - slim / 2, top=top, width=slim, height=frame.bottom - top)
            shapes.bar(box, mixed(TEAL, 0.9 if number == len(daily) - 1 else 0.55))


def _draw_lines(shapes: Shapes, scene: Scene) -> None:
    curve = scene.curve
    if scene.ceiling:
        shapes.rule(_level(scene, scene.ceiling[0][1], 3), RED)
    if scene.outlook:
        start, end = scene.outlook
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


def _today_pill(scene: Scene) -> Box:
    middle = scene.x(scene.month.today.day - 0.5)
    return Box(left=middle - 22, top=_day_row(scene) - 17, width=44, height=34)


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


def _write_label(image: Image.Image, label: Label, box: Box, *, right: bool = False) -> None:
    x, anchor = (box.right, "rs") if right else (box.left, "ls")
    write(image, (x, box.top + 24), label.word, size=WORD_PX, colour=MUTED, anchor=anchor, halo=5)
    write(
        image, (x, box.bottom - 6), label.amount, size=AMOUNT_PX, colour=label.colour, anchor=anchor, halo=5
    )
