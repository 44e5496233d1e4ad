"""In front of the land: birds, snow, rain, petals and fireflies."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Outline, Point, disc, trace
from bot.sandbox.painter.colours import lighten, mix

_WING = trace("0,0 -14,-12 -34,-14! -18,-6 0,6! 18,-6 34,-14! 14,-12")
_PETAL = trace("0,-10! 7,-3 5,6 0,10! -5,6 -7,-3")


def paint_weather(canvas: Canvas, brief: Brief, horizon: float) -> None:
    for name, paint in _FALLING.items():
        if name in brief.weather:
            paint(canvas, brief, brief.dice(name))
    if "birds" in brief.weather or (brief.mood in {"dawn", "day", "sunset"} and brief.setting != "space"):
        _paint_birds(canvas, brief, horizon)


def _paint_birds(canvas: Canvas, brief: Brief, horizon: float) -> None:
    dice = brief.dice("birds")
    x, y = canvas.width * dice.uniform(0.15, 0.7), horizon * dice.uniform(0.18, 0.4)
    for _ in range(dice.randint(4, 7)):
        scale = canvas.mean * dice.uniform(0.00022, 0.0005)
        place = (x + canvas.mean * dice.uniform(-0.1, 0.1), y + canvas.mean * dice.uniform(-0.05, 0.05))
        canvas.fill(
            [_placed(_WING, place, scale, dice.uniform(-0.3, 0.3))], brief.palette.depth(0.85), alpha=0.9
        )


def _paint_snow(canvas: Canvas, _brief: Brief, dice: random.Random) -> None:
    for layer, (count, size) in enumerate(((160, 0.0016), (90, 0.003), (26, 0.0062))):
        flakes = [
            disc(*_anywhere(canvas, dice), canvas.mean * size * dice.uniform(0.7, 1.3)) for _ in range(count)
        ]
        canvas.fill(flakes, (255, 253, 250), alpha=0.9 - layer * 0.16, blur=layer * canvas.mean * 0.0007)


def _paint_rain(canvas: Canvas, brief: Brief, dice: random.Random) -> None:
    drops: list[Outline] = []
    for _ in range(230):
        x, y = _anywhere(canvas, dice)
        length, width = canvas.mean * dice.uniform(0.02, 0.06), canvas.mean * 0.0009
        drops.append([(x, y), (x + width, y), (x - length * 0.22, y + length)])
    canvas.fill(drops, lighten(brief.palette.low, 0.5), alpha=0.5)


def _paint_petals(canvas: Canvas, brief: Brief, dice: random.Random) -> None:
    accent = brief.palette.accent
    for tone in (accent, lighten(accent, 0.35), mix(accent, brief.palette.low, 0.4)):
        petals = [
            _placed(
                _PETAL,
                _anywhere(canvas, dice),
                canvas.mean * dice.uniform(0.0004, 0.0009),
                dice.uniform(0, 6),
            )
            for _ in range(16)
        ]
        canvas.fill(petals, tone, alpha=0.92)


def _paint_fireflies(canvas: Canvas, _brief: Brief, dice: random.Random) -> None:
    for _ in range(34):
        x, y = canvas.width * dice.random(), canvas.height * (0.4 + 0.55 * dice.random())
        size = canvas.mean * dice.uniform(0.0014, 0.003)
        canvas.glow((x, y), size * 9, (255, 214, 110), alpha=0.55)
        canvas.fill([disc(x, y, size)], (255, 240, 190))


def _anywhere(canvas: Canvas, dice: random.Random) -> Point:
    return dice.uniform(0, canvas.width), dice.uniform(0, canvas.height)


def _placed(outline: Outline, place: Point, scale: float, turn: float) -> list[Point]:
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    return [(place[0] + x * cos - y * sin, place[1] + x * sin + y * cos) for x, y in outline]


_FALLING: dict[str, Callable[[Canvas, Brief, random.Random], None]] = {
    "fireflies": _paint_fireflies,
    "snowfall": _paint_snow,
    "rain": _paint_rain,
    "petals": _paint_petals,
}
