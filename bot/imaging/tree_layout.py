"""The layout of a family tree on a grid of equal cells, with generations in columns from left to right.

A parent is placed halfway between its first and last child, and branches are moved together until they would
touch. Many children without children of their own are placed on a shelf, in short rows, not in one long column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

Parents = Mapping[str, str | None]
_ALMOST = 0.1  # of a row: a line with a smaller bend is made straight


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSpot:
    """A cell of the grid; rows may be fractions. `hangs` is True on a shelf, where the line comes from above."""

    column: int
    row: float
    hangs: bool = False


def forest_of(given: Parents) -> Parents:
    """Make roots of the keys whose parent is missing or whose ancestors form a cycle."""
    return {
        key: parent if parent in given and given[line_of(key, given)[-1]] != key else None
        for key, parent in given.items()
    }


def line_of(key: str, parents: Parents) -> list[str]:
    """Return `key` and its ancestors up to the root, or once around a cycle."""
    line = [key]
    while (parent := parents[line[-1]]) in parents and parent is not None and parent not in line:
        line.append(parent)
    return line


def layout_of(parents: Parents, many: int) -> dict[str, TreeSpot]:
    """Place every key; cells in a column are at least a row apart, and the highest is in row 0.

    The roots are in one column. Children keep their order, except that `many` or more childless ones come last, on
    a shelf; the smaller `many` is, the longer are its rows.
    """
    spots = _stacked(_branches(parents, None, 0, many))
    return _moved(spots, -min(spot.row for spot in spots.values()))


def _branches(parents: Parents, parent: str | None, column: int, many: int) -> list[dict[str, TreeSpot]]:
    """Return each child of `parent` with its descendants as one branch, and the shelf as the last branch."""
    children = [key for key, its_parent in parents.items() if its_parent == parent]
    having = set(parents.values())
    childless = [child for child in children if child not in having]
    shelved = childless if parent is not None and len(childless) >= many else []
    branches: list[dict[str, TreeSpot]] = []
    for child in children:
        if child not in shelved:
            below = _stacked(_branches(parents, child, column + 1, many))
            rows = [spot.row for key, spot in below.items() if parents[key] == child]
            branches.append({child: TreeSpot(column=column, row=_halfway(rows))} | below)
    across = max(2, round(math.sqrt(6 / many * len(shelved))))
    places = ((child, *divmod(number, across)) for number, child in enumerate(shelved))
    return [
        *branches,
        {child: TreeSpot(column=column + at, row=row, hangs=True) for child, row, at in places},
    ]


def _halfway(rows: Sequence[float]) -> float:
    """Return the middle between the first and the last row, or the row that is almost there."""
    half = (min(rows, default=0) + max(rows, default=0)) / 2
    nearest = min(rows, key=lambda row: abs(row - half), default=half)
    return nearest if abs(nearest - half) < _ALMOST else half


def _stacked(branches: Iterable[Mapping[str, TreeSpot]]) -> dict[str, TreeSpot]:
    """Stack the branches below each other, as near as their columns allow."""
    whole: dict[str, TreeSpot] = {}
    for branch in branches:
        pairs = ((over, under) for over in whole.values() for under in branch.values())
        gaps = (over.row + 1 - under.row for over, under in pairs if over.column == under.column)
        whole |= _moved(branch, max(gaps, default=0))
    return whole


def _moved(spots: Mapping[str, TreeSpot], by: float) -> dict[str, TreeSpot]:
    return {key: replace(spot, row=spot.row + by) for key, spot in spots.items()}
