"""The open sea, and a city by the water."""

from __future__ import annotations

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Fade, Outline, capsule
from bot.sandbox.painter.colours import darken, lighten, mix
from bot.sandbox.painter.land import height_at, paint_range, paint_skyline, wave
from bot.sandbox.painter.scenes.stage import Backdrop, Plan, Stage
from bot.sandbox.painter.sky import paint_sky
from bot.sandbox.painter.subjects import SUBJECTS
from bot.sandbox.painter.subjects.pen import Place
from bot.sandbox.painter.water import paint_water


def paint_sea(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    paint_sky(canvas, brief, plan_.horizon, plan_.light)
    backdrop(plan_.horizon)
    paint_range(canvas, brief, foot=plan_.horizon + 2, height=canvas.mean * 0.1, nearness=0.12, peaks=2)
    paint_water(canvas, brief, plan_.horizon, plan_.light)
    below = canvas.height - plan_.horizon
    _paint_wave(canvas, brief, top=plan_.horizon + below * 0.2, nearness=0.3)
    x, size = canvas.width * (0.5 - plan_.side * 0.22), canvas.mean * 0.3
    rock = wave(canvas, brief.dice("rock"), top=0, swing=canvas.mean * 0.006, waves=5)
    base = plan_.horizon + below * 0.52
    ground = [(px, base + py + (abs(px - x) / size) ** 2.2 * canvas.mean * 0.06) for px, py in rock]
    if any(SUBJECTS[name].place is Place.LAND for name, _ in brief.subjects):
        canvas.fill([[*ground, (canvas.width, canvas.height), (0, canvas.height)]], brief.palette.depth(0.85))

    def paint_front_waves() -> None:
        for top, near in ((0.44, 0.45), (0.62, 0.6), (0.84, 0.78)):
            _paint_wave(canvas, brief, top=plan_.horizon + below * top, nearness=near)

    return Stage(
        horizon=plan_.horizon, ground=ground, water=plan_.horizon + below * 0.44, cover=paint_front_waves
    )


def _paint_wave(canvas: Canvas, brief: Brief, *, top: float, nearness: float) -> None:
    dice, palette = brief.dice(f"wave{nearness}"), brief.palette
    crest = wave(canvas, dice, top=top, swing=canvas.mean * 0.008 * (1 + nearness), waves=2.6 - nearness)
    tone = mix(palette.water, palette.near, nearness * 0.7)
    body = [*crest, (canvas.width + 9, canvas.height + 9), (-9, canvas.height + 9)]
    canvas.fill([body], Fade(tone, mix(tone, palette.near, 0.25)), alpha=0.88)
    foam: list[Outline] = []
    for _ in range(9):
        x, reach = dice.uniform(0, canvas.width), canvas.mean * dice.uniform(0.01, 0.06)
        y = height_at(crest, x) + canvas.mean * 0.012
        foam.append(capsule(x - reach, x + reach, y, canvas.mean * 0.0014))
    canvas.fill(foam, lighten(palette.low, 0.4), alpha=0.5)


def paint_city(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    paint_sky(canvas, brief, plan_.horizon, plan_.light)
    backdrop(plan_.horizon)
    tall = min(canvas.mean * 0.46, plan_.horizon * 0.66)
    for share, near in ((1.0, 0.12), (0.8, 0.36), (0.55, 0.66)):
        paint_skyline(canvas, brief, foot=plan_.horizon + 2, height=tall * share, nearness=near)
    paint_water(canvas, brief, plan_.horizon, plan_.light)
    below = canvas.height - plan_.horizon
    edge = plan_.horizon + below * 0.58
    ground = [(-9.0, edge), (canvas.width + 9.0, edge)]
    tone = brief.palette.depth(0.96)
    canvas.fill([[*ground, (canvas.width, canvas.height), (0, canvas.height)]], Fade(tone, darken(tone, 0.4)))
    canvas.fill([capsule(0, canvas.width, edge, canvas.mean * 0.002)], mix(tone, brief.palette.accent, 0.5))
    level = [(canvas.width * step / 8, edge + below * 0.06) for step in range(9)]
    return Stage(horizon=plan_.horizon, ground=level, water=plan_.horizon + below * 0.35)
