"""Mountains, forests and meadows."""

from __future__ import annotations

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Outline, Point, disc
from bot.sandbox.painter.colours import lighten, mix
from bot.sandbox.painter.land import height_at, paint_bushes, paint_hill, paint_pines, paint_range, pine
from bot.sandbox.painter.scenes.stage import Backdrop, Plan, Stage
from bot.sandbox.painter.sky import paint_sky
from bot.sandbox.painter.water import paint_water


def paint_mountains(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    paint_sky(canvas, brief, plan_.horizon, plan_.light)
    backdrop(plan_.horizon)
    is_wide = max(1, round(2.2 * canvas.width / canvas.mean))
    tall = canvas.mean * (0.12 if "fuji" in dict(brief.subjects) else 0.3)
    paint_range(canvas, brief, foot=plan_.horizon + 2, height=tall, nearness=0.1, peaks=is_wide + 3)
    paint_range(canvas, brief, foot=plan_.horizon + 2, height=tall * 0.7, nearness=0.3, peaks=is_wide + 2)
    return _paint_shore(canvas, brief, plan_, has_lake=brief.dice("lake").random() < 0.6)


def paint_forest(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    paint_sky(canvas, brief, plan_.horizon, plan_.light)
    backdrop(plan_.horizon)
    paint_range(canvas, brief, foot=plan_.horizon, height=canvas.mean * 0.2, nearness=0.06, peaks=4)
    below = canvas.height - plan_.horizon
    for top, size, near in ((-0.2, 0.09, 0.16), (-0.02, 0.15, 0.34), (0.26, 0.22, 0.55)):
        crest = paint_hill(
            canvas, brief, top=plan_.horizon + below * top, swing=below * 0.1, nearness=near, fade=0.6
        )
        paint_pines(canvas, brief, crest, size=canvas.mean * size, nearness=near, gap=0.26)
    stage = _front(canvas, brief, plan_)
    dice, foot = brief.dice("frame"), canvas.height * 1.02
    frame = [
        pine(canvas.width * x, foot, canvas.mean * dice.uniform(low, low + 0.2))
        for x, low in ((-0.01, 0.75), (0.08, 0.4), (0.94, 0.5), (1.02, 0.8))
    ]
    canvas.fill(frame, brief.palette.depth(1.0))
    return stage


def paint_meadow(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    paint_sky(canvas, brief, plan_.horizon, plan_.light)
    backdrop(plan_.horizon)
    below = canvas.height - plan_.horizon
    paint_hill(canvas, brief, top=plan_.horizon - below * 0.24, swing=below * 0.1, nearness=0.08, waves=1.1)
    for top, near, size in ((-0.08, 0.24, 0.03), (0.14, 0.44, 0.045), (0.4, 0.66, 0.06)):
        crest = paint_hill(
            canvas, brief, top=plan_.horizon + below * top, swing=below * 0.1, nearness=near, waves=0.9
        )
        paint_bushes(canvas, brief, crest, size=canvas.mean * size, nearness=min(1.0, near + 0.12))
    stage = _front(canvas, brief, plan_)
    _paint_flowers(canvas, brief, stage.ground)
    return stage


def _paint_shore(canvas: Canvas, brief: Brief, plan_: Plan, *, has_lake: bool) -> Stage:
    """Hills and pines in front of whatever is at the horizon, with a lake between where there is one."""
    below = canvas.height - plan_.horizon
    if has_lake:
        paint_water(canvas, brief, plan_.horizon, plan_.light)
    else:
        crest = paint_hill(canvas, brief, top=plan_.horizon + below * 0.04, swing=below * 0.07, nearness=0.42)
        paint_pines(canvas, brief, crest, size=canvas.mean * 0.05, nearness=0.46)
    crest = paint_hill(
        canvas, brief, top=plan_.horizon + below * 0.36, swing=below * 0.12, nearness=0.66, waves=0.8
    )
    paint_pines(canvas, brief, crest, size=canvas.mean * 0.085, nearness=0.7, gap=0.42)
    return _front(canvas, brief, plan_)


def _front(canvas: Canvas, brief: Brief, plan_: Plan) -> Stage:
    below = canvas.height - plan_.horizon
    crest = paint_hill(
        canvas, brief, top=plan_.horizon + below * 0.68, swing=below * 0.06, nearness=0.92, waves=0.6
    )
    _paint_grass(canvas, brief, crest)
    return Stage(horizon=plan_.horizon, ground=crest, water=plan_.horizon + below * 0.3)


def _paint_grass(canvas: Canvas, brief: Brief, crest: list[Point]) -> None:
    dice, blades = brief.dice("grass"), list[Outline]()
    for _ in range(240):
        x = dice.uniform(0, canvas.width)
        foot = height_at(crest, x) + canvas.mean * 0.004
        tall, lean = canvas.mean * dice.uniform(0.006, 0.02), canvas.mean * dice.uniform(-0.006, 0.006)
        blades.append(
            [(x - canvas.mean * 0.0014, foot), (x + lean, foot - tall), (x + canvas.mean * 0.0014, foot)]
        )
    tone = brief.palette.depth(0.92)
    is_white = "snowfall" in brief.weather or brief.mood == "snow"
    canvas.fill(blades, mix(tone, (244, 247, 252), 0.4) if is_white else tone)


def _paint_flowers(canvas: Canvas, brief: Brief, crest: list[Point]) -> None:
    dice, accent = brief.dice("flowers"), brief.palette.accent
    for tone in (accent, lighten(accent, 0.5), mix(accent, brief.palette.low, 0.5)):
        dots: list[Outline] = []
        for _ in range(90):
            x = dice.uniform(0, canvas.width)
            drop = dice.random() ** 1.6
            y = height_at(crest, x) + drop * canvas.height * 0.14
            dots.append(disc(x, y, canvas.mean * (0.002 + 0.004 * drop)))
        canvas.fill(dots, tone, alpha=0.9)
