"""The lines of a family tree, from each parent to its children: level and upright, with round corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from bot.imaging.compose.family import Family
from bot.imaging.compose.layout import Layout, Spacing
from bot.imaging.plot.canvas import Point

_STEPS = 10  # of a quarter turn


def corners_of(key: str, family: Family, layout: Layout, spacing: Spacing) -> list[Point]:
    """The line to `key`, from the middle of its parent's picture to the middle of its own; none for a root.

    It runs behind both pictures, turns in the gap right of the parent, and comes to a shelf from above.
    """
    parent = family.parents[key]
    if parent is None:
        return []
    over, own = layout.cells[parent], layout.cells[key]
    start = (over.left + over.width / 2, layout.middles[parent])
    end = (own.left + own.width / 2, layout.middles[key])
    turn = over.right + spacing.column_gap / 2
    if key in layout.rails:
        rail = layout.rails[key]
        return [start, (turn, start[1]), (turn, rail), (end[0], rail), end]
    return [start, (turn, start[1]), (turn, end[1]), end]


def rounded(corners: Sequence[Point], radius: float) -> list[Point]:
    """The same way with its corners cut round, less where there is no room."""
    corners = [at for number, at in enumerate(corners) if number == 0 or at != corners[number - 1]]
    if not corners:
        return []
    points = [corners[0]]
    for (before, at), (_, after) in pairwise(pairwise(corners)):
        room = min(radius, math.dist(before, at) / 2, math.dist(at, after) / 2)
        points.extend(_bend(_towards(at, before, room), at, _towards(at, after, room)))
    return [*points, corners[-1]]


def _towards(start: Point, end: Point, length: float) -> Point:
    share = length / math.dist(start, end)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _bend(start: Point, corner: Point, end: Point) -> list[Point]:
    """A quarter turn, as a quadratic curve."""
    points: list[Point] = []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        weights = ((1 - share) ** 2, 2 * share * (1 - share), share**2)
        x, y = (sum(w * at[i] for w, at in zip(weights, (start, corner, end), strict=True)) for i in (0, 1))
        points.append((x, y))
    return points
