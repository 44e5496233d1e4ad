"""Dunes, mesas and cacti."""

from __future__ import annotations

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Fade, Outline, Point, capsule
from bot.sandbox.painter.colours import mix
from bot.sandbox.painter.land import height_at, paint_dune
from bot.sandbox.painter.scenes.stage import Backdrop, Plan, Stage
from bot.sandbox.painter.sky import paint_sky


def paint_desert(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    paint_sky(canvas, brief, plan_.horizon, plan_.light)
    backdrop(plan_.horizon)
    below = canvas.height - plan_.horizon
    _paint_mesas(canvas, brief, plan_.horizon + below * 0.05)
    crest: list[Point] = []
    for top, near in ((0.06, 0.3), (0.28, 0.5), (0.5, 0.66), (0.72, 0.84)):
        crest = paint_dune(canvas, brief, top=plan_.horizon + below * top, swing=below * 0.12, nearness=near)
    _paint_cacti(canvas, brief, crest, plan_)
    return Stage(horizon=plan_.horizon, ground=crest, water=plan_.horizon + below * 0.5)


def _paint_mesas(canvas: Canvas, brief: Brief, foot: float) -> None:
    dice, tone = brief.dice("mesas"), brief.palette.depth(0.22)
    for index in range(5):
        x = canvas.width * (index + dice.random()) / 5
        wide, tall = canvas.mean * dice.uniform(0.05, 0.13), canvas.mean * dice.uniform(0.05, 0.16)
        top = foot - tall
        outline = [(x - wide * 1.3, foot), (x - wide * 0.8, top + tall * 0.4), (x - wide * 0.7, top)]
        outline += [(x + wide * 0.6, top), (x + wide * 0.75, top + tall * 0.35), (x + wide * 1.25, foot)]
        canvas.fill([outline], Fade(tone, mix(tone, brief.palette.low, 0.5)))
        face = [(x + wide * 0.2, top), (x + wide * 0.6, top), (x + wide * 0.75, top + tall * 0.35)]
        face += [(x + wide * 1.25, foot), (x + wide * 0.45, foot)]
        canvas.fill([face], mix(tone, brief.palette.near, 0.35), alpha=0.5)


def _paint_cacti(canvas: Canvas, brief: Brief, crest: list[Point], plan_: Plan) -> None:
    dice, tone = brief.dice("cacti"), mix(brief.palette.near, (24, 80, 62), 0.5)
    for _ in range(3):
        x = canvas.width * (0.5 + plan_.side * dice.uniform(0.2, 0.48))
        tall, foot = canvas.mean * dice.uniform(0.06, 0.16), height_at(crest, x) + canvas.mean * 0.01
        bars: list[Outline] = [_post(x, foot, tall, tall * 0.09)]
        for side, low, high in ((-1, 0.42, 0.72), (1, 0.55, 0.86)):
            arm = x + side * tall * 0.24
            bars.append(_post(arm, foot - tall * low, tall * (high - low), tall * 0.065))
            bars.append(capsule(min(x, arm), max(x, arm), foot - tall * low, tall * 0.065))
        canvas.fill(bars, tone)


def _post(x: float, foot: float, tall: float, radius: float) -> list[Point]:
    return [(x + py, foot + px - tall) for px, py in capsule(0, tall, 0, radius)]
