"""Where everyone in a family tree stands: generations in columns from left to right.

Each is as high as the middle of its children, and branches are pushed together until they would touch. Many
children without children of their own do not stand in one long column but on a shelf: rows of a few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeVar

from bot.imaging.style import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Keys in their order, each with its parent or None. `children` are in the same order."""

    parents: Mapping[str, str | None]
    children: Mapping[str, tuple[str, ...]]

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(key for key, parent in self.parents.items() if parent is None)

    def line_of(self, key: str) -> list[str]:
        """`key` and those it comes from, up to the root."""
        line = [key]
        while (parent := self.parents[line[-1]]) is not None:
            line.append(parent)
        return line


def family_of(said: Mapping[str, str | None]) -> Family:
    """A parent that is not there is none, and whoever descends from itself has none."""
    parents = {
        key: None if parent not in said or _is_looped(key, said) else parent for key, parent in said.items()
    }
    found: dict[str, list[str]] = {key: [] for key in parents}
    for key, parent in parents.items():
        if parent is not None:
            found[parent].append(key)
    return Family(parents=parents, children={key: tuple(keys) for key, keys in found.items()})


def _is_looped(key: str, said: Mapping[str, str | None]) -> bool:
    seen = {key}
    at = said.get(key)
    while at is not None and at not in seen:
        seen.add(at)
        at = said.get(at)
    return at == key


_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one needs, in pixels: a picture and the words under it. Lines come in at the picture's middle."""

    width: float
    picture: float
    words: float

    @property
    def height(self) -> float:
        return self.picture + self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """Gaps in pixels; `rail` is the one over a shelf's row. Lines bent by less than `snap` are made straight."""

    column_gap: float
    row_gap: float
    rail: float
    snap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelving:
    """From `many` on, childless children stand on a shelf with about `shape` places in a row for each row."""

    many: int
    shape: float

    def places(self, number: int) -> int:
        """In a row, for so many."""
        return min(number, max(2, round(math.sqrt(self.shape * number))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Everyone's cell, as wide as its column and none touching another; the top left corner is at 0, 0.

    `middles` and `rails` are heights: of the picture's middle, and of the line that a shelf's cells hang from.
    """

    cells: Mapping[str, Box]
    middles: Mapping[str, float]
    rails: Mapping[str, float]
    width: float
    height: float


@dataclass(slots=True, kw_only=True)
class _Branch:
    """Some of the tree, placed: column and middle for each; `middle` is where the line to all of it comes in."""

    columns: dict[str, int] = field(default_factory=dict[str, int])
    middles: dict[str, float] = field(default_factory=dict[str, float])
    rails: dict[str, float] = field(default_factory=dict[str, float])
    tops: dict[int, float] = field(default_factory=dict[int, float])
    bottoms: dict[int, float] = field(default_factory=dict[int, float])
    middle: float = 0.0

    def take_in(self, other: _Branch, *, lower: float) -> None:
        """Add `other`, moved down by `lower`, below what is here or in other columns."""
        self.columns |= other.columns
        self.middles |= _moved(other.middles, lower)
        self.rails |= _moved(other.rails, lower)
        self.tops = _moved(other.tops, lower) | self.tops
        self.bottoms |= _moved(other.bottoms, lower)


def layout_of(family: Family, rooms: Mapping[str, Room], spacing: Spacing, shelving: Shelving) -> Layout:
    """The roots are below each other. Children keep their order, but those on a shelf come last."""
    surveyor = _Surveyor(family=family, rooms=rooms, spacing=spacing, shelving=shelving)
    whole, _ = surveyor.stacked([surveyor.branch(root, 0) for root in family.roots])
    above = -min(whole.tops.values())
    columns = _columns(whole, rooms, spacing)
    cells = {
        key: Box(
            left=columns[column][0],
            top=whole.middles[key] - rooms[key].picture / 2 + above,
            width=columns[column][1],
            height=rooms[key].height,
        )
        for key, column in whole.columns.items()
    }
    return Layout(
        cells=cells,
        middles=_moved(whole.middles, above),
        rails=_moved(whole.rails, above),
        width=max(cell.right for cell in cells.values()),
        height=max(cell.bottom for cell in cells.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surveyor:
    """Places branches. A column is a generation's, or another row's place on a shelf."""

    family: Family
    rooms: Mapping[str, Room]
    spacing: Spacing
    shelving: Shelving

    def branch(self, key: str, column: int) -> _Branch:
        """`key` and all that descend from it."""
        children = self.family.children[key]
        childless = [child for child in children if not self.family.children[child]]
        shelved = childless if len(childless) >= self.shelving.many else []
        branches = [self.branch(child, column + 1) for child in children if child not in shelved]
        if shelved:
            branches.append(self.shelf(shelved, column + 1))
        descendants, middles = self.stacked(branches)
        own = self.single(key, column, middle=self.between(middles))
        own.take_in(descendants, lower=0)
        return own

    def between(self, middles: Sequence[float]) -> float:
        """Halfway from the first to the last, or at the one that is almost there."""
        if not middles:
            return 0.0
        half = (middles[0] + middles[-1]) / 2
        nearest = min(middles, key=lambda middle: abs(middle - half))
        return nearest if abs(nearest - half) < self.spacing.snap else half

    def single(self, key: str, column: int, *, middle: float) -> _Branch:
        room = self.rooms[key]
        return _Branch(
            columns={key: column},
            middles={key: middle},
            tops={column: middle - room.picture / 2},
            bottoms={column: middle + room.picture / 2 + room.words},
            middle=middle,
        )

    def shelf(self, keys: Sequence[str], column: int) -> _Branch:
        """Rows that hang from rails. All of the rectangle is its own, also where the last row ends early."""
        across = self.shelving.places(len(keys))
        shelf, top = _Branch(), 0.0
        for start in range(0, len(keys), across):
            row = keys[start : start + across]
            shelf.rails |= dict.fromkeys(row, top)
            shelf.columns |= {key: column + place for place, key in enumerate(row)}
            foot = top + self.spacing.rail + max(self.rooms[key].picture for key in row)
            shelf.middles |= {key: foot - self.rooms[key].picture / 2 for key in row}
            bottom = foot + max(self.rooms[key].words for key in row)
            shelf.middle, top = top / 2, bottom + self.spacing.row_gap
        shelf.tops = dict.fromkeys(range(column, column + across), 0.0)
        shelf.bottoms = dict.fromkeys(range(column, column + across), top - self.spacing.row_gap)
        return shelf

    def stacked(self, branches: Sequence[_Branch]) -> tuple[_Branch, list[float]]:
        """One below the other, as near as their outlines allow; and the middle of each."""
        whole, middles = _Branch(), list[float]()
        for branch in branches:
            shared = branch.tops.keys() & whole.bottoms.keys()
            gaps = (whole.bottoms[at] + self.spacing.row_gap - branch.tops[at] for at in shared)
            lower = max(gaps, default=0.0)
            whole.take_in(branch, lower=lower)
            middles.append(branch.middle + lower)
        return whole, middles


def _columns(whole: _Branch, rooms: Mapping[str, Room], spacing: Spacing) -> dict[int, tuple[float, float]]:
    """Left and width of each column."""
    widths = [0.0] * (max(whole.columns.values()) + 1)
    for key, column in whole.columns.items():
        widths[column] = max(widths[column], rooms[key].width)
    lefts = accumulate((width + spacing.column_gap for width in widths), initial=0.0)
    return dict(enumerate(zip(lefts, widths, strict=False)))


def _moved(heights: Mapping[_Key, float], by: float) -> dict[_Key, float]:
    return {key: height + by for key, height in heights.items()}
