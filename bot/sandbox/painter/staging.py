"""Where the subjects of a prompt stand, float or fly, and how large they are."""

from __future__ import annotations

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, disc
from bot.sandbox.painter.colours import Rgb, darken
from bot.sandbox.painter.scenes.stage import Plan, Stage
from bot.sandbox.painter.subjects import SUBJECTS
from bot.sandbox.painter.subjects.pen import Pen, Place

# Offsets from the middle (towards the plan's side) and scale of the first, second and third subject.
_SPOTS = ((-0.19, 1.0), (0.2, 0.72), (0.36, 0.5))
_CENTRED = {"balloon", "dragon", "jellyfish", "butterfly", "flower", "train"}


def paint_backdrop(canvas: Canvas, brief: Brief, plan: Plan, horizon: float) -> None:
    """Subjects so large that the land stands in front of them."""
    for name, own in brief.subjects:
        subject = SUBJECTS[name]
        if subject.place is Place.BACK:
            unit = min(canvas.mean * subject.size, canvas.width * 0.62) / 100
            x = canvas.width * (0.5 - plan.side * 0.08)
            centre = (x, horizon + canvas.mean * 0.01)
            subject.draw(Pen(canvas=canvas, palette=brief.palette, centre=centre, unit=unit, own=own))


def paint_subjects(canvas: Canvas, brief: Brief, plan: Plan, stage: Stage) -> None:
    shown = [one for one in brief.subjects if SUBJECTS[one[0]].place is not Place.BACK]
    floating = [one for one in shown if _place(brief, SUBJECTS[one[0]].place) is Place.WATER]
    for group in (floating, [one for one in reversed(shown) if one not in floating]):
        for one in group:
            _paint_subject(canvas, brief, plan, stage, one, shown.index(one), is_alone=len(shown) == 1)
        if group is floating and stage.cover:
            stage.cover()


def _paint_subject(
    canvas: Canvas,
    brief: Brief,
    plan: Plan,
    stage: Stage,
    one: tuple[str, Rgb | None],
    index: int,
    *,
    is_alone: bool,
) -> None:
    name, own = one
    subject = SUBJECTS[name]
    offset, scale = _SPOTS[index]
    narrow = min(1.0, canvas.width / canvas.height)
    if is_alone and name in _CENTRED:
        offset *= 0.35
    x = canvas.width * (0.5 + plan.side * offset * (0.55 + 0.45 * narrow))
    tall = min(canvas.mean * subject.size * scale, canvas.width * 0.62, canvas.height * 0.52)
    place = _place(brief, subject.place)
    if place is Place.AIR:
        foot = stage.horizon * 0.52 + tall * 0.5
    elif place is Place.DEEP:
        foot = canvas.height * (0.5 - 0.1 * index) + tall * 0.5
    elif place is Place.WATER:
        foot = stage.water + tall * (0.34 if name == "whale" else 0.06)
    else:
        foot = stage.foot(x) + tall * 0.05
        canvas.fill(
            [disc(x, foot, tall * 0.46, tall * 0.045)],
            darken(brief.palette.near, 0.6),
            alpha=0.45,
            blur=tall * 0.012,
        )
    if not brief.palette.is_dark or place is not Place.LAND:
        canvas.glow((x, foot - tall * 0.5), tall * 0.95, brief.palette.light, alpha=0.22)
    else:
        canvas.glow((x, foot - tall * 0.5), tall * 0.85, brief.palette.low, alpha=0.42)
    flip = plan.side < 0
    subject.draw(
        Pen(canvas=canvas, palette=brief.palette, centre=(x, foot), unit=tall / 100, own=own, flip=flip)
    )


def _place(brief: Brief, place: Place) -> Place:
    """Underwater everything swims; without a sea what floats flies: a whale over a city is worth seeing."""
    if brief.setting == "deep" and place is not Place.LAND:
        return Place.DEEP
    if place is Place.DEEP and brief.setting != "deep":
        return Place.AIR
    if place is Place.WATER and brief.setting != "sea":
        return Place.AIR
    return place
