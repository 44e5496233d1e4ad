"""What a family tree will look like, and what drawing it costs: known before a pixel is decoded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.pictures import PictureError
from bot.domain.ports.artist import MAX_TREE_NODES, TreeNode
from bot.domain.sizes import Size
from bot.imaging.compose.family import Family, family_of
from bot.imaging.compose.layout import Layout, Room, Shelving, Spacing, layout_of
from bot.imaging.compose.source import Source, source_of
from bot.imaging.plot.labels import Box
from bot.imaging.plot.text import shown

# The tree is drawn at the first of these at which it fits, or at the last: first more shelves, then smaller.
_SCALES: Final = (1.0, 0.8, 0.62)
_ROOMY: Final = Size(2800, 1700)
_SHELVINGS: Final = (Shelving(many=4, shape=1.4), Shelving(many=3, shape=2.5), Shelving(many=2, shape=4.0))

_TILE_SIDE: Final = 200  # of a square one; all are about equally large
_LEAST_RATIO, _MOST_RATIO = 0.5, 2.4  # longer pictures are cut
_EMPTY_RATIO: Final = 1.25
_LEAST_WIDTH: Final = 190  # a title of ten letters

_BYTES_PER_PIXEL: Final = 18  # canvas, and lines drawn finer; measured 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Lengths at one scale, in whole pixels."""

    scale: float

    def px(self, length: float) -> int:
        return round(length * self.scale)

    @property
    def title_px(self) -> int:
        return self.px(24)

    @property
    def note_px(self) -> int:
        return self.px(21)

    @property
    def title_drop(self) -> int:
        """From a tile's foot to the middle of its title."""
        return self.px(33)

    @property
    def note_drop(self) -> int:
        """From one line of words to the next."""
        return self.px(29)

    @property
    def margin(self) -> int:
        return self.px(48)

    def tile(self, ratio: float) -> Size:
        """Of about the same area for every shape."""
        shape = min(max(ratio, _LEAST_RATIO), _MOST_RATIO)
        side = _TILE_SIDE * self.scale
        return Size(round(side * math.sqrt(shape)), round(side / math.sqrt(shape)))

    def room(self, tile: Size, node: TreeNode) -> Room:
        lines = sum(1 for word in (node.title, node.note) if shown(word))
        words = self.title_drop + (lines - 1) * self.note_drop + self.note_px / 2 if lines else 0
        return Room(width=max(self.px(_LEAST_WIDTH), tile.width), picture=tile.height, words=words)

    @property
    def spacing(self) -> Spacing:
        return Spacing(column_gap=self.px(64), row_gap=self.px(34), rail=self.px(30), snap=self.px(24))


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePlan:
    """Everything measured. `sources` lacks the pictures that are gone or cannot be read."""

    nodes: Mapping[str, TreeNode]
    sources: Mapping[str, Source]
    family: Family
    measures: Measures
    tiles: Mapping[str, Size]
    layout: Layout

    @property
    def size(self) -> Size:
        around = 2 * self.measures.margin
        return Size(math.ceil(self.layout.width) + around, math.ceil(self.layout.height) + around)

    @property
    def cost_bytes(self) -> int:
        """What drawing may take at its peak: pictures are decoded one after the other."""
        decoding = max((source.cost_bytes for source in self.sources.values()), default=0)
        return decoding + self.size.pixels * _BYTES_PER_PIXEL

    @property
    def lit(self) -> frozenset[str]:
        """Where the person is, and all that led there."""
        here = (key for key, node in self.nodes.items() if node.is_here)
        return frozenset(ancestor for key in here for ancestor in self.family.line_of(key))

    def tile_of(self, key: str) -> Box:
        """Where its picture is, on whole pixels of the finished one."""
        cell = self.layout.cells[key]
        tile = self.tiles[key]
        left = self.measures.margin + cell.left + (cell.width - tile.width) / 2
        top = self.measures.margin + cell.top
        return Box(left=round(left), top=round(top), width=tile.width, height=tile.height)


def plan_tree(nodes: Sequence[TreeNode]) -> TreePlan:
    """At the largest scale that keeps the whole within bounds. Raises `ValueError` for too few or too many."""
    if not 1 <= len(nodes) <= MAX_TREE_NODES:
        raise ValueError(f"a tree of {len(nodes)} nodes")
    known = {node.key: node for node in nodes}
    sources = {node.key: source for node in nodes if (source := _readable(node)) is not None}
    family = family_of({key: node.parent for key, node in known.items()})
    tries = [
        _plan(known, sources, family, Measures(scale=scale), shelving)
        for scale in _SCALES
        for shelving in _SHELVINGS
    ]
    return next((plan for plan in tries if _is_roomy(plan)), tries[-1])


def _plan(
    nodes: Mapping[str, TreeNode],
    sources: Mapping[str, Source],
    family: Family,
    measures: Measures,
    shelving: Shelving,
) -> TreePlan:
    ratios = {key: sources[key].size.ratio if key in sources else _EMPTY_RATIO for key in nodes}
    tiles = {key: measures.tile(ratio) for key, ratio in ratios.items()}
    rooms = {key: measures.room(tile, nodes[key]) for key, tile in tiles.items()}
    return TreePlan(
        nodes=nodes,
        sources=sources,
        family=family,
        measures=measures,
        tiles=tiles,
        layout=layout_of(family, rooms, measures.spacing, shelving),
    )


def _is_roomy(plan: TreePlan) -> bool:
    return plan.size.width <= _ROOMY.width and plan.size.height <= _ROOMY.height


def _readable(node: TreeNode) -> Source | None:
    if node.thumbnail is None:
        return None
    try:
        return source_of(node.thumbnail)
    except PictureError:
        return None
