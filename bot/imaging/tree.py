"""What a family tree will look like, and what drawing it costs: known before a pixel is decoded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from bot.domain.ports.drawing import MAX_TREE_NODES, TreeNode
from bot.domain.sizes import Size
from bot.imaging.style import BRIGHT, MUTED, PANEL, TEAL, Box, Colour, Point, fitted, mixed, shown, write
from bot.imaging.tile import Source, developed, draw_ring, draw_tile, marked_jpeg, readable
from bot.imaging.tree_layout import Family, Layout, Room, Shelving, Spacing, family_of, layout_of

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
    sources = {node.key: source for node in nodes if (source := readable(node.thumbnail)) is not None}
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


_QUALITY: Final = 90
_FINER: Final = 2  # thumbnails are decoded at up to this many times the size needed
_SMOOTH: Final = 3  # lines are drawn this much larger and reduced
_LINE: Final = 3.5
_BEND: Final = 22
_LETTERS: Final = 60  # of a title or note: more never fit, and measuring takes time


def draw_tree(plan: TreePlan) -> bytes:
    """See `Artist.tree`."""
    canvas = Image.new("RGB", (plan.size.width, plan.size.height), PANEL)
    lit = plan.lit
    children = [key for key, parent in plan.family.parents.items() if parent is not None]
    _draw_lines(canvas, plan, [key for key in children if key not in lit], mixed(MUTED, 0.35))
    _draw_lines(canvas, plan, [key for key in children if key in lit], mixed(TEAL, 0.75))
    for key in plan.nodes:
        _draw_tile(canvas, plan, key)
        _write_words(canvas, plan, key)
    return marked_jpeg(canvas, quality=_QUALITY, subsampling=0)


def _draw_lines(canvas: Image.Image, plan: TreePlan, keys: Iterable[str], colour: Colour) -> None:
    mask = Image.new("L", (canvas.width * _SMOOTH, canvas.height * _SMOOTH))
    draw = ImageDraw.Draw(mask)
    margin, scale = plan.measures.margin, plan.measures.scale
    for key in keys:
        corners = corners_of(key, plan.family, plan.layout, plan.measures.spacing)
        points = [
            ((x + margin) * _SMOOTH, (y + margin) * _SMOOTH) for x, y in rounded(corners, _BEND * scale)
        ]
        draw.line(points, fill=255, width=round(_LINE * scale * _SMOOTH), joint="curve")
    canvas.paste(colour, mask=mask.reduce(_SMOOTH))


def _draw_tile(canvas: Image.Image, plan: TreePlan, key: str) -> None:
    box, scale = plan.tile_of(key), plan.measures.scale
    if plan.nodes[key].is_here:
        draw_ring(canvas, box, scale=scale)
    side = round(_FINER * max(box.width, box.height))
    draw_tile(canvas, developed(plan.sources.get(key), max_side=side), box, scale=scale)


def _write_words(canvas: Image.Image, plan: TreePlan, key: str) -> None:
    """The title and the note under the tile, centred; where one has no letter to show, the other moves up."""
    node, box, measures = plan.nodes[key], plan.tile_of(key), plan.measures
    x, y = box.left + box.width / 2, box.bottom + measures.title_drop
    title_colour = TEAL if node.is_here else BRIGHT
    for word, size, colour in (
        (node.title, measures.title_px, title_colour),
        (node.note, measures.note_px, MUTED),
    ):
        text = fitted(word[:_LETTERS], size, plan.layout.cells[key].width)
        if text:
            write(canvas, (x, y), text, size=size, colour=colour, anchor="mm")
            y += measures.note_drop
