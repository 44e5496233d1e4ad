"""A stage: where the horizon and the light are, and what subjects stand or float on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, Point
from bot.sandbox.painter.land import height_at

# Draws what stands behind the land, between the sky and the first range.
Backdrop = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A painted setting. `ground` is the crest subjects stand on; `water` the line they float on."""

    horizon: float
    ground: list[Point]
    water: float
    cover: Callable[[], None] | None = None  # paints what hides the lower part of floating subjects

    def foot(self, x: float) -> float:
        return height_at(self.ground, x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where things go: `side` is +1 with the light right and the subject left, -1 the other way round."""

    side: int
    horizon: float
    light: Point


def plan(canvas: Canvas, brief: Brief) -> Plan:
    dice = brief.dice("plan")
    side = dice.choice((-1, 1))
    horizon = canvas.height * {"sea": 0.56, "city": 0.74, "desert": 0.6}.get(brief.setting or "", 0.63)
    is_low = brief.mood in {"sunset", "dawn", "dusk", "neon"}
    is_low = is_low and brief.setting != "city"
    height = dice.uniform(0.66, 0.78) if is_low else dice.uniform(0.26, 0.4)
    spread = 0.12 if canvas.width < canvas.height else 0.2
    x = canvas.width * (0.5 + side * dice.uniform(spread, spread + 0.08))
    return Plan(side=side, horizon=horizon, light=(x, horizon * height))
