"""Above the horizon: the gradient, the sun or moon, stars, clouds and what falls from them."""

from __future__ import annotations

import math
import random

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Outline, Point, capsule, column, disc, stroke
from bot.sandbox.painter.colours import lighten, mix
from bot.sandbox.painter.palette import Palette

_ALWAYS_STARRY = {"night", "space"}
_MOONLIT = {"night", "dusk", "neon", "space"}


def paint_sky(canvas: Canvas, brief: Brief, horizon: float, light: Point) -> None:
    """Everything behind the land. `horizon` and `light` (the sun's or moon's centre) are in pixels."""
    palette = brief.palette
    stops = [(0.0, palette.high), (0.55, palette.middle), (1.0, palette.low)]
    span = max(2, round(horizon))
    canvas.image.paste(column(stops, (canvas.width, span)), (0, 0))
    canvas.image.paste(palette.low, (0, span, canvas.width, canvas.height))
    if brief.weather & {"stars", "aurora"} or brief.mood in _ALWAYS_STARRY:
        paint_stars(canvas, brief.dice("stars"), horizon)
    if "aurora" in brief.weather:
        _paint_aurora(canvas, palette, brief.dice("aurora"), horizon)
    if brief.mood != "storm" or "sun" in brief.weather:
        _paint_light(canvas, brief, light)
    if "rainbow" in brief.weather:
        _paint_rainbow(canvas, horizon)
    if "lightning" in brief.weather or brief.mood == "storm":
        _paint_lightning(canvas, brief.dice("lightning"), horizon)
    if brief.mood not in {"space", "neon"} or "clouds" in brief.weather:
        _paint_clouds(canvas, brief, horizon)


def paint_stars(canvas: Canvas, dice: random.Random, horizon: float, *, count: int = 170) -> None:
    small, large = list[Outline](), list[Outline]()
    for _ in range(count):
        x, y = dice.uniform(0, canvas.width), horizon * 0.92 * dice.random() ** 1.3
        radius = canvas.mean * dice.choice((0.0007, 0.0009, 0.0012, 0.0019))
        (large if dice.random() < 0.4 else small).append(disc(x, y, radius))
    canvas.fill(small, (255, 250, 235), alpha=0.55)
    canvas.fill(large, (255, 252, 240), alpha=0.95)
    for _ in range(5):
        x, y = dice.uniform(0, canvas.width), horizon * 0.6 * dice.random()
        canvas.fill([_sparkle(x, y, canvas.mean * dice.uniform(0.005, 0.009))], (255, 252, 240))


def _sparkle(x: float, y: float, reach: float) -> list[Point]:
    spokes = [(reach if step % 2 == 0 else reach * 0.16, math.pi * step / 4) for step in range(8)]
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for radius, turn in spokes]


def _paint_light(canvas: Canvas, brief: Brief, centre: Point) -> None:
    palette = brief.palette
    is_moon = "moon" in brief.weather or (brief.mood in _MOONLIT and "sun" not in brief.weather)
    radius = canvas.mean * (0.062 if is_moon else 0.095)
    canvas.glow(centre, radius * 7, palette.light, alpha=0.5, fall=2.2)
    canvas.glow(centre, radius * 3, palette.light, alpha=0.45, fall=1.6)
    if brief.mood == "neon":
        _paint_striped_sun(canvas, palette, centre, radius * 2.6)
        return
    if not is_moon:
        canvas.fill([disc(*centre, radius * 1.55)], palette.light, alpha=0.16)
        canvas.fill([disc(*centre, radius * 1.25)], palette.light, alpha=0.25)
    canvas.fill([disc(*centre, radius)], palette.light)
    if is_moon:
        spots = [(-0.3, -0.25, 0.24), (0.32, 0.1, 0.17), (-0.1, 0.42, 0.14), (0.2, -0.48, 0.1)]
        marks = [disc(centre[0] + x * radius, centre[1] + y * radius, r * radius) for x, y, r in spots]
        canvas.fill(marks, mix(palette.light, palette.middle, 0.3), alpha=0.5)


def _paint_striped_sun(canvas: Canvas, palette: Palette, centre: Point, radius: float) -> None:
    bars: list[Outline] = []
    top, gap = -1.0, 0.0
    for step in range(8):
        end = (-0.05, 0.14, 0.32, 0.48, 0.63, 0.77, 0.89, 1.0)[step]
        start = top + gap
        gap = 0.02 + step * 0.011
        edge = [start + (end - start) * part / 24 for part in range(25)]
        right = [(centre[0] + radius * math.sqrt(max(0, 1 - y * y)), centre[1] + y * radius) for y in edge]
        bars.append(right + [(2 * centre[0] - x, y) for x, y in reversed(right)])
        top = end
    for index, bar in enumerate(bars):
        canvas.fill([bar], mix((255, 226, 120), palette.accent if index > 5 else palette.low, index / 7))


def _paint_clouds(canvas: Canvas, brief: Brief, horizon: float) -> None:
    dice, palette = brief.dice("clouds"), brief.palette
    is_heavy = brief.mood == "storm"
    count = 11 if is_heavy else 6 if "clouds" in brief.weather else dice.randint(3, 4)
    for index in range(count):
        y = horizon * dice.uniform(0.08, 0.3 if is_heavy else 0.72)
        x = canvas.width * ((index + dice.random()) / count * 1.2 - 0.1)
        size = canvas.mean * dice.uniform(0.07, 0.13) * (2.0 if is_heavy else 1.0)
        tone = mix(palette.high, palette.depth(0.5), 0.5) if is_heavy else lighten(palette.low, 0.35)
        alpha = 0.5 if is_heavy else 0.3 if palette.is_dark else 0.62
        canvas.fill(_cloud(x, y, size, dice), tone, alpha=alpha)


def _cloud(x: float, y: float, size: float, dice: random.Random) -> list[Outline]:
    """Flat bars with round ends, widest at the bottom, as on a woodblock print."""
    bars: list[Outline] = []
    reach, step = size, size * 0.16
    for row in range(dice.randint(2, 4)):
        shift = dice.uniform(-0.3, 0.3) * size
        bars.append(capsule(x + shift - reach, x + shift + reach, y - row * step, step * 0.52))
        reach *= dice.uniform(0.45, 0.75)
    return bars


def _paint_aurora(canvas: Canvas, palette: Palette, dice: random.Random, horizon: float) -> None:
    for colour in ((90, 240, 170), (80, 200, 230), (190, 110, 240)):
        phase, lift = dice.uniform(0, 6), dice.uniform(0.25, 0.5) * horizon
        crest = [
            (x * canvas.width / 40, lift + math.sin(x / 6 + phase) * horizon * 0.1 + x * horizon * 0.004)
            for x in range(-2, 43)
        ]
        fringe = [(x, y - horizon * (0.2 + 0.08 * math.sin(x / canvas.width * 9 + phase))) for x, y in crest]
        canvas.fill(
            [crest + fringe[::-1]], mix(colour, palette.low, 0.1), alpha=0.34, blur=canvas.mean * 0.02
        )


def _paint_rainbow(canvas: Canvas, horizon: float) -> None:
    colours = (
        (224, 82, 74),
        (240, 150, 70),
        (248, 214, 96),
        (110, 190, 120),
        (84, 150, 214),
        (138, 104, 196),
    )
    radius, band = canvas.mean * 0.5, canvas.mean * 0.013
    for index, colour in enumerate(colours):
        arc = [
            (
                canvas.width * 0.5 + (radius - index * band) * math.cos(math.pi * step / 60),
                horizon - (radius - index * band) * math.sin(math.pi * step / 60),
            )
            for step in range(61)
        ]
        canvas.fill(stroke(arc, band * 1.05), colour, alpha=0.6)


def _paint_lightning(canvas: Canvas, dice: random.Random, horizon: float) -> None:
    x, y = canvas.width * dice.uniform(0.25, 0.75), horizon * 0.2
    left, right = [(x, y)], [(x + canvas.mean * 0.014, y)]
    canvas.glow((x, y), canvas.mean * 0.4, (255, 244, 200), alpha=0.5)
    while y < horizon * 0.95:
        y += horizon * dice.uniform(0.07, 0.14)
        x += canvas.mean * dice.uniform(-0.05, 0.05)
        width = canvas.mean * 0.012 * (1 - y / horizon)
        left.append((x, y))
        right.append((x + width, y - horizon * 0.01))
    canvas.fill([left + right[::-1]], (255, 246, 208))
