"""A planet over a cratered ground."""

from __future__ import annotations

import math

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Point, column, disc
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.land import height_at, paint_hill
from bot.sandbox.painter.scenes.stage import Backdrop, Plan, Stage
from bot.sandbox.painter.sky import paint_stars


def paint_space(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    palette, dice = brief.palette, brief.dice("nebula")
    stops = [(0.0, palette.high), (0.6, palette.middle), (1.0, palette.low)]
    canvas.image.paste(column(stops, canvas.image.size), (0, 0))
    for colour in (palette.low, palette.accent, palette.water, palette.far, palette.accent):
        spot = (canvas.width * dice.random(), canvas.height * dice.uniform(0.1, 0.7))
        canvas.glow(spot, canvas.mean * dice.uniform(0.3, 0.6), colour, alpha=0.34, fall=1.6)
    paint_stars(canvas, brief.dice("stars"), canvas.height, count=320)
    backdrop(plan_.horizon)
    _paint_planet(
        canvas, brief, (canvas.width * (0.5 + plan_.side * 0.24), canvas.height * 0.28), canvas.mean * 0.14
    )
    ground: list[Point] = []
    below = canvas.height - plan_.horizon
    for top, near in ((0.4, 0.45), (0.66, 0.85)):
        ground = paint_hill(
            canvas, brief, top=plan_.horizon + below * top, swing=below * 0.07, nearness=near, waves=0.7
        )
        _paint_craters(canvas, brief, ground, near)
    return Stage(horizon=plan_.horizon, ground=ground, water=plan_.horizon)


def _paint_planet(canvas: Canvas, brief: Brief, centre: Point, radius: float) -> None:
    palette = brief.palette
    body, shade = palette.accent, mix(palette.accent, palette.high, 0.65)
    canvas.glow(centre, radius * 2.6, body, alpha=0.35)
    tilt = -0.35
    ring = [(math.cos(turn), math.sin(turn)) for turn in (math.pi * step / 60 for step in range(121))]

    def band(reach: float, part: slice) -> list[Point]:
        return [_tilted(centre, radius * reach * x, radius * reach * 0.24 * y, tilt) for x, y in ring[part]]

    def paint_ring(part: slice) -> None:
        for inner, outer, alpha in ((1.4, 1.72, 0.8), (1.78, 2.02, 0.45)):
            canvas.fill([band(outer, part) + band(inner, part)[::-1]], lighten(body, 0.5), alpha=alpha)

    paint_ring(slice(60, 121))
    canvas.fill([disc(*centre, radius)], body)
    for low, high, colour in (
        (-0.62, -0.4, lighten(body, 0.4)),
        (-0.1, 0.12, lighten(body, 0.25)),
        (0.4, 0.52, shade),
    ):
        rows = [low + (high - low) * step / 8 for step in range(9)]
        right = [_tilted(centre, radius * math.sqrt(1 - y * y), radius * y, tilt) for y in rows]
        left = [_tilted(centre, -radius * math.sqrt(1 - y * y), radius * y, tilt) for y in rows]
        canvas.fill([right + left[::-1]], colour, alpha=0.7)
    arc = [-math.pi / 2 + math.pi * step / 40 for step in range(41)]
    edge = [(centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn)) for turn in arc]
    inner = [(centre[0] + radius * 0.6 * math.cos(turn), centre[1] + radius * math.sin(turn)) for turn in arc]
    canvas.fill([edge + inner[::-1]], shade, alpha=0.5)
    paint_ring(slice(0, 61))


def _tilted(centre: Point, x: float, y: float, turn: float) -> Point:
    cos, sin = math.cos(turn), math.sin(turn)
    return centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos


def _paint_craters(canvas: Canvas, brief: Brief, crest: list[Point], nearness: float) -> None:
    dice, tone = brief.dice(f"craters{nearness}"), brief.palette.depth(nearness)
    for _ in range(9):
        x = dice.uniform(0, canvas.width)
        y = height_at(crest, x) + canvas.mean * dice.uniform(0.03, 0.13)
        size = canvas.mean * dice.uniform(0.008, 0.034)
        canvas.fill([disc(x, y + size * 0.06, size, size * 0.3)], lighten(tone, 0.16), alpha=0.8)
        canvas.fill([disc(x, y, size * 0.94, size * 0.25)], darken(tone, 0.5), alpha=0.9)
