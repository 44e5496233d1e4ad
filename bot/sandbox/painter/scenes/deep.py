"""Under water: rays of light, kelp and corals."""

from __future__ import annotations

import math

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Outline, Point, column, disc
from bot.sandbox.painter.colours import lighten, mix
from bot.sandbox.painter.land import height_at, paint_hill
from bot.sandbox.painter.scenes.stage import Backdrop, Plan, Stage


def paint_deep(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    palette = brief.palette
    stops = [(0.0, palette.high), (0.45, palette.middle), (1.0, palette.low)]
    canvas.image.paste(column(stops, canvas.image.size), (0, 0))
    canvas.glow((plan_.light[0], 0), canvas.mean * 0.9, palette.light, alpha=0.55, fall=1.8)
    dice = brief.dice("rays")
    for _ in range(7):
        x, wide = (
            plan_.light[0] + canvas.mean * dice.uniform(-0.3, 0.3),
            canvas.mean * dice.uniform(0.02, 0.07),
        )
        lean = (x - plan_.light[0]) * 2.2 + canvas.mean * 0.1 * plan_.side
        ray = [
            (x - wide * 0.3, -9),
            (x + wide * 0.3, -9),
            (x + lean + wide, canvas.height * 0.9),
            (x + lean - wide, canvas.height * 0.9),
        ]
        canvas.fill([ray], palette.light, alpha=0.1, blur=canvas.mean * 0.008)
    backdrop(plan_.horizon)
    ground: list[Point] = []
    for top, near in ((0.74, 0.25), (0.82, 0.55), (0.9, 0.9)):
        ground = paint_hill(
            canvas, brief, top=canvas.height * top, swing=canvas.height * 0.025, nearness=near, fade=0.1
        )
        _paint_weeds(canvas, brief, ground, near)
    for _ in range(50):
        spot, size = (
            (canvas.width * dice.random(), canvas.height * dice.random()),
            canvas.mean * dice.uniform(0.0015, 0.006),
        )
        canvas.fill([disc(*spot, size)], palette.light, alpha=0.28)
    return Stage(horizon=plan_.horizon, ground=ground, water=canvas.height * 0.5)


def _paint_weeds(canvas: Canvas, brief: Brief, crest: list[Point], nearness: float) -> None:
    """Kelp and round corals along the sea floor."""
    dice, palette = brief.dice(f"weeds{nearness}"), brief.palette
    kelp: list[Outline] = []
    for _ in range(16):
        x, tall, phase = (
            dice.uniform(0, canvas.width),
            canvas.mean * dice.uniform(0.06, 0.24),
            dice.uniform(0, 6),
        )
        foot = height_at(crest, x) + canvas.mean * 0.01
        spine = [
            (x + math.sin(step / 2 + phase) * tall * 0.07, foot - tall * step / 14) for step in range(15)
        ]
        wide = tall * 0.05
        left = [(px - wide * (1 - step / 14), py) for step, (px, py) in enumerate(spine)]
        right = [(px + wide * (1 - step / 14), py) for step, (px, py) in enumerate(spine)]
        kelp.append(left + right[::-1])
    canvas.fill(kelp, mix(palette.depth(nearness), (20, 110, 100), 0.35))
    for _ in range(4):
        x, size = dice.uniform(0, canvas.width), canvas.mean * dice.uniform(0.015, 0.04)
        y = height_at(crest, x) + size * 0.2
        coral = mix(
            dice.choice((palette.accent, lighten(palette.accent, 0.3), (214, 90, 140))),
            palette.depth(nearness),
            0.55 - 0.35 * nearness,
        )
        canvas.fill(
            [
                disc(x + dx * size, y - dy * size, r * size)
                for dx, dy, r in ((-0.9, 0.3, 0.7), (0, 0.8, 0.9), (0.9, 0.3, 0.7), (0, 0, 1.2))
            ],
            coral,
        )
