"""Settings: how sky, land and water are stacked, and where a subject may stand in each."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas
from bot.sandbox.painter.scenes.coast import paint_city, paint_sea
from bot.sandbox.painter.scenes.country import paint_forest, paint_meadow, paint_mountains
from bot.sandbox.painter.scenes.deep import paint_deep
from bot.sandbox.painter.scenes.desert import paint_desert
from bot.sandbox.painter.scenes.space import paint_space
from bot.sandbox.painter.scenes.stage import Backdrop, Plan, Stage, plan

_SETTINGS: dict[str, Callable[[Canvas, Brief, Plan, Backdrop], Stage]] = {
    "mountains": paint_mountains,
    "forest": paint_forest,
    "meadow": paint_meadow,
    "sea": paint_sea,
    "desert": paint_desert,
    "city": paint_city,
    "space": paint_space,
    "deep": paint_deep,
}


def paint_setting(canvas: Canvas, brief: Brief, plan_: Plan, backdrop: Backdrop) -> Stage:
    return _SETTINGS[brief.setting or "mountains"](canvas, brief, plan_, backdrop)


__all__ = ["Plan", "Stage", "paint_setting", "plan"]
