"""Pieces of land: ridges, hills, pines, houses in rows. Each takes how near it is, 0 horizon to 1 in front."""

from __future__ import annotations

import math
import random

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Fade, Outline, Point, trace
from bot.sandbox.painter.colours import lighten, mix

_BUSH = trace("-50,0! -46,-18 -30,-30 -12,-26 4,-42 26,-34 34,-20 48,-14 50,0!")


def paint_range(
    canvas: Canvas, brief: Brief, *, foot: float, height: float, nearness: float, peaks: int
) -> None:
    """A range of faceted peaks; the side to the light is brighter, snow lies on the high ones."""
    dice, palette = brief.dice(f"range{nearness}"), brief.palette
    tone = palette.depth(nearness)
    lit = mix(tone, palette.light, 0.2)
    shade = Fade(tone, mix(tone, palette.low, 0.5))
    places = [(index + dice.uniform(0.2, 0.8)) / peaks * 1.16 - 0.08 for index in range(peaks)]
    order = sorted(((dice.uniform(0.5, 1.0), place) for place in places), key=lambda one: -one[0])
    for size, place in order:
        top = (place * canvas.width, foot - height * size)
        reach = height * size * dice.uniform(1.05, 1.5)
        left = _slope(top, (top[0] - reach, foot), dice)
        right = _slope(top, (top[0] + reach * dice.uniform(0.9, 1.2), foot), dice)
        spine = _slope(top, (top[0] + reach * dice.uniform(-0.1, 0.25), foot), dice, wander=0.09)
        canvas.fill([left[::-1] + right[1:]], shade)
        canvas.fill([left[::-1] + spine[1:]], Fade(lit, mix(lit, palette.low, 0.5)))
        if size > 0.62 and brief.mood not in {"desert", "mist", "neon"}:
            _paint_cap(canvas, brief, left, right, spine, nearness)


def _slope(
    top: Point, end: Point, dice: random.Random, *, wander: float = 0.035, steps: int = 9
) -> list[Point]:
    reach = abs(end[1] - top[1])
    run = [top]
    for step in range(1, steps):
        share = step / steps
        jag = dice.uniform(-wander, wander) * reach
        run.append((top[0] + (end[0] - top[0]) * share**0.93 + jag, top[1] + (end[1] - top[1]) * share))
    return [*run, end]


def _paint_cap(
    canvas: Canvas, brief: Brief, left: list[Point], right: list[Point], spine: list[Point], nearness: float
) -> None:
    snow = mix(
        lighten(brief.palette.light, 0.3), brief.palette.far, 0.2 * (1 - nearness) + brief.palette.dim * 0.6
    )
    canvas.fill([_cap(left, spine)], snow)
    canvas.fill([_cap(right, spine)], mix(snow, brief.palette.depth(nearness), 0.3))


def _cap(edge: list[Point], spine: list[Point]) -> list[Point]:
    """Snow between a slope and the spine, its lower rim in three teeth."""
    (ax, ay), (bx, by) = edge[3], spine[3]
    deep = (by - edge[0][1]) * 0.36
    rim = [(bx + (ax - bx) * share, by + (ay - by) * share - (deep if step % 2 else 0))
           for step, share in enumerate((0.22, 0.4, 0.58, 0.78, 1.0))]  # fmt: skip
    return [edge[0], *spine[1:3], (bx, by - deep), *rim[:-1], edge[3], edge[2], edge[1]]


def paint_hill(
    canvas: Canvas,
    brief: Brief,
    *,
    top: float,
    swing: float,
    nearness: float,
    waves: float = 1.3,
    fade: float = 0.3,
) -> list[Point]:
    """A smooth hill over the whole width, down to the bottom of the canvas. Returns its crest."""
    crest = wave(canvas, brief.dice(f"hill{nearness}"), top=top, swing=swing, waves=waves)
    tone = brief.palette.depth(nearness)
    if "snowfall" in brief.weather or brief.mood == "snow":
        tone = mix(tone, (244, 247, 252), 0.72 - 0.25 * brief.palette.dim)
    floor = mix(tone, brief.palette.low, fade) if nearness < 0.7 else mix(tone, (6, 6, 16), 0.25)
    canvas.fill([[*crest, (canvas.width + 9, canvas.height + 9), (-9, canvas.height + 9)]], Fade(tone, floor))
    return crest


def wave(canvas: Canvas, dice: random.Random, *, top: float, swing: float, waves: float) -> list[Point]:
    phase, second = dice.uniform(0, 6.3), dice.uniform(0, 6.3)
    turn = 2 * math.pi * waves / canvas.width
    return [
        (x, top + swing * (0.7 * math.sin(x * turn + phase) + 0.3 * math.sin(x * turn * 2.3 + second)))
        for x in (canvas.width * step / 120 for step in range(-3, 124))
    ]


def height_at(crest: list[Point], x: float) -> float:
    return min(crest, key=lambda point: abs(point[0] - x))[1]


def paint_pines(
    canvas: Canvas, brief: Brief, crest: list[Point], *, size: float, nearness: float, gap: float = 0.34
) -> None:
    """A row of pines along a crest; `size` is their mean height in pixels, `gap` their distance in heights."""
    dice, trees = brief.dice(f"pines{nearness}"), list[Outline]()
    x = -size
    while x < canvas.width + size:
        tall = size * dice.uniform(0.55, 1.25)
        trees.append(pine(x, height_at(crest, x) + size * 0.08, tall))
        x += size * gap * dice.uniform(0.5, 1.9)
    tone = brief.palette.depth(nearness)
    canvas.fill(trees, Fade(tone, mix(tone, brief.palette.low, 0.3 * (1 - nearness))))


def pine(x: float, foot: float, tall: float) -> list[Point]:
    """One pine as an outline: four tiers of boughs over a short trunk."""
    right: list[Point] = [(x, foot - tall)]
    for tier in range(1, 5):
        reach, y = tall * 0.062 * tier, foot - tall * (0.98 - tier * 0.215)
        right += [(x + reach * 1.15, y), (x + reach * 0.5, y - tall * 0.03)]
    right += [(x + tall * 0.03, foot - tall * 0.12), (x + tall * 0.03, foot)]
    return right + [(2 * x - px, py) for px, py in reversed(right)]


def paint_bushes(canvas: Canvas, brief: Brief, crest: list[Point], *, size: float, nearness: float) -> None:
    dice = brief.dice(f"bushes{nearness}")
    bushes: list[Outline] = []
    x = 0.0
    while x < canvas.width:
        scale = size * dice.uniform(0.006, 0.014)
        y = height_at(crest, x) + size * 0.1
        bushes.append([(x + px * scale, y + py * scale) for px, py in _BUSH])
        x += size * dice.uniform(0.5, 2.6)
    canvas.fill(bushes, brief.palette.depth(nearness))


def paint_skyline(canvas: Canvas, brief: Brief, *, foot: float, height: float, nearness: float) -> None:
    """A row of towers with lit windows."""
    dice, palette = brief.dice(f"skyline{nearness}"), brief.palette
    tone = palette.depth(nearness)
    towers: list[Outline] = []
    windows: list[Outline] = []
    x = -height * 0.1
    while x < canvas.width:
        wide, tall = height * dice.uniform(0.13, 0.26), height * dice.uniform(0.35, 1.0) ** 1.2
        towers += _tower(x, foot, wide, tall, dice)
        windows += _windows(x, foot, wide, tall, height, dice)
        x += wide + height * dice.choice((0.0, 0.0, 0.012, 0.05))
    canvas.fill(towers, Fade(tone, mix(tone, palette.low, 0.35 * (1 - nearness))))
    glass = palette.accent if palette.is_dark else mix(tone, palette.light, 0.45)
    canvas.fill(windows, mix(glass, palette.light, 0.35), alpha=0.4 + 0.5 * nearness)


def _tower(x: float, foot: float, wide: float, tall: float, dice: random.Random) -> list[Outline]:
    top, middle = foot - tall, x + wide / 2
    parts: list[Outline] = [[(x, foot), (x, top), (x + wide, top), (x + wide, foot)]]
    kind = dice.random()
    if kind < 0.25:
        step = wide * 0.2
        parts.append(
            [(x + step, top), (x + step, top - step), (x + wide - step, top - step), (x + wide - step, top)]
        )
        parts.append([(middle - 2, top), (middle, top - wide), (middle + 2, top)])
    elif kind < 0.45:
        parts.append([(x, top + 1), (x + wide, top - wide * 0.4), (x + wide, top + 1)])
    elif kind < 0.55:
        parts.append([(x, top + 1), (middle, top - wide * 0.7), (x + wide, top + 1)])
    return parts


def _windows(
    x: float, foot: float, wide: float, tall: float, height: float, dice: random.Random
) -> list[Outline]:
    pitch = height * 0.035
    columns, rows = int(wide / pitch) - 1, int(tall / pitch) - 1
    edge = (wide - columns * pitch) / 2
    panes: list[Outline] = []
    for column in range(columns):
        for row in range(rows):
            if dice.random() < 0.38:
                px, py = x + edge + column * pitch + pitch * 0.25, foot - tall + pitch * (row + 0.6)
                dx, dy = pitch * 0.5, pitch * 0.55
                panes.append([(px, py), (px + dx, py), (px + dx, py + dy), (px, py + dy)])
    return panes


def paint_dune(canvas: Canvas, brief: Brief, *, top: float, swing: float, nearness: float) -> list[Point]:
    """A dune with a sharp crest: sun on one side, its own shadow on the other."""
    crest = paint_hill(canvas, brief, top=top, swing=swing, nearness=nearness, waves=0.9, fade=0.45)
    tone = mix(brief.palette.depth(nearness), brief.palette.light, 0.22)
    peak = min(range(len(crest)), key=lambda index: crest[index][1])
    reach = min(len(crest) - 1 - peak, 44)
    face = crest[peak : peak + reach + 1]
    under = [
        (
            x - canvas.mean * 0.05 * math.sin(math.pi * index / max(1, reach)),
            y + canvas.mean * 0.1 * math.sin(math.pi * index / max(1, reach)) ** 0.8,
        )
        for index, (x, y) in enumerate(face)
    ]
    canvas.fill([face + under[::-1]], Fade(tone, mix(tone, brief.palette.depth(nearness), 0.6)), alpha=0.75)
    return crest
