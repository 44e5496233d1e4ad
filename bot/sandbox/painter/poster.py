"""For prompts no word of which is known: an abstract poster, different for each prompt."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Fade, column, disc, stroke
from bot.sandbox.painter.colours import Rgb, lighten, mix
from bot.sandbox.painter.land import wave

_PAPER = (246, 238, 222)


def paint_poster(canvas: Canvas, brief: Brief) -> None:
    """Paint the whole canvas."""
    dice = brief.dice("poster")
    palette = brief.palette
    inks = [palette.accent, palette.middle, palette.high, palette.far, palette.near, palette.light]
    ground = mix(_PAPER, palette.light, 0.3)
    canvas.image.paste(
        column([(0, lighten(ground, 0.3)), (1, mix(ground, palette.low, 0.35))], canvas.image.size)
    )
    dice.choice(_COMPOSITIONS)(canvas, dice, inks)


def _paint_tiles(canvas: Canvas, dice: random.Random, inks: list[Rgb]) -> None:
    """A grid of quarter circles, circles and bars."""
    across = max(3, round(4.6 * canvas.width / canvas.mean))
    side = canvas.width / across
    down = math.ceil(canvas.height / side)
    for row in range(down):
        for index in range(across):
            x, y = index * side, row * side
            back, front, third = dice.sample(inks, 3)
            canvas.fill([[(x, y), (x + side, y), (x + side, y + side), (x, y + side)]], back)
            _paint_tile(canvas, dice, x, y, side, front, third)


def _paint_tile(
    canvas: Canvas, dice: random.Random, x: float, y: float, side: float, ink: Rgb, third: Rgb
) -> None:
    kind, half = dice.randrange(5), side / 2
    corner = (x + side * dice.randrange(2), y + side * dice.randrange(2))
    if kind == 0:
        for reach, tone in ((1.0, ink), (0.66, third), (0.33, ink)):
            canvas.fill([_quarter(corner, side * reach, x, y)], tone)
    elif kind == 1:
        canvas.fill([_quarter(corner, side, x, y)], ink)
    elif kind == 2:
        canvas.fill([disc(x + half, y + half, half * 0.78)], ink)
        canvas.fill([disc(x + half, y + half, half * 0.36)], third)
    elif kind == 3:
        canvas.fill([[(x, y), (x + side, y), (x, y + side)]], Fade(ink, mix(ink, third, 0.4)))
    else:
        for step in range(4):
            top = y + side * step / 4
            canvas.fill([[(x, top), (x + side, top), (x + side, top + side / 8), (x, top + side / 8)]], ink)


def _quarter(corner: tuple[float, float], radius: float, x: float, y: float) -> list[tuple[float, float]]:
    toward_x, toward_y = (1 if corner[0] == x else -1), (1 if corner[1] == y else -1)
    turns = [math.pi / 2 * step / 24 for step in range(25)]
    arc = [
        (corner[0] + toward_x * radius * math.cos(t), corner[1] + toward_y * radius * math.sin(t))
        for t in turns
    ]
    return [corner, *arc]


def _paint_orbits(canvas: Canvas, dice: random.Random, inks: list[Rgb]) -> None:
    """One large disc, rings and smaller discs around it, bands of hills below."""
    x = canvas.width * dice.uniform(0.38, 0.62)
    y = canvas.height * dice.uniform(0.34, 0.44)
    size = canvas.mean * 0.27
    for reach in (2.1, 1.75, 1.42):
        ring = [
            (x + size * reach * math.cos(t / 20), y + size * reach * math.sin(t / 20)) for t in range(127)
        ]
        canvas.fill(stroke(ring, canvas.mean * 0.0022), inks[4], alpha=0.45)
        turn = dice.uniform(0, 6.3)
        spot = (x + size * reach * math.cos(turn), y + size * reach * math.sin(turn))
        canvas.fill([disc(*spot, canvas.mean * dice.uniform(0.012, 0.034))], dice.choice(inks[:4]))
    canvas.fill([disc(x, y, size)], Fade(inks[0], mix(inks[0], inks[1], 0.75)))
    canvas.fill([disc(x - size * 0.24, y + size * 0.2, size * 0.52)], lighten(inks[0], 0.4), alpha=0.35)
    for step, ink in enumerate((inks[3], inks[1], inks[2], inks[4])):
        top = canvas.height * (0.62 + step * 0.1)
        crest = wave(canvas, dice, top=top, swing=canvas.height * 0.045, waves=1.2)
        foot = [(canvas.width + 9.0, canvas.height + 9.0), (-9.0, canvas.height + 9.0)]
        canvas.fill([crest + foot], Fade(ink, mix(ink, inks[4], 0.3)))


def _paint_arches(canvas: Canvas, dice: random.Random, inks: list[Rgb]) -> None:
    """Nested arches side by side, with a sun, as on the prints of the 1970s."""
    count = max(2, round(2.2 * canvas.width / canvas.mean))
    step = canvas.width / count
    sun = (canvas.width * dice.uniform(0.25, 0.75), canvas.height * 0.2)
    canvas.fill([disc(*sun, canvas.mean * 0.1)], inks[0])
    for index in range(count):
        x = (index + 0.5) * step
        top = canvas.height * dice.uniform(0.34, 0.56)
        tones = dice.sample(inks[:5], 5)
        for ring in range(5):
            radius = step * 0.48 * (1 - ring * 0.19)
            arc = [
                (x - radius * math.cos(math.pi * t / 40), top - radius * math.sin(math.pi * t / 40))
                for t in range(41)
            ]
            foot = [(x + radius, canvas.height + 9.0), (x - radius, canvas.height + 9.0)]
            canvas.fill([arc + foot], Fade(tones[ring], mix(tones[ring], inks[4], 0.25)))


def _paint_ribbons(canvas: Canvas, dice: random.Random, inks: list[Rgb]) -> None:
    """Broad waves from edge to edge with a disc rising behind them."""
    spot = (canvas.width * dice.uniform(0.3, 0.7), canvas.height * 0.32)
    canvas.fill([disc(*spot, canvas.mean * 0.24)], Fade(inks[0], lighten(inks[0], 0.4)))
    order = [inks[3], inks[1], lighten(inks[0], 0.25), inks[2], mix(inks[2], inks[4], 0.5), inks[4]]
    for index, ink in enumerate(order):
        top = canvas.height * (0.3 + index * 0.115)
        crest = wave(canvas, dice, top=top, swing=canvas.height * 0.085, waves=dice.uniform(0.6, 1.3))
        foot = [(canvas.width + 9.0, canvas.height + 9.0), (-9.0, canvas.height + 9.0)]
        canvas.fill([crest + foot], ink)
        lines = [[(px, py + canvas.mean * 0.012 * row) for px, py in crest] for row in (1, 2)]
        for line in lines:
            canvas.fill(stroke(line, canvas.mean * 0.0022), lighten(ink, 0.45), alpha=0.5)


_COMPOSITIONS: tuple[Callable[[Canvas, random.Random, list[Rgb]], None], ...] = (
    _paint_tiles,
    _paint_orbits,
    _paint_arches,
    _paint_ribbons,
)
