"""The picture of a family tree, on a grid of equal cells with a column for each generation.

Its memory cost is estimated before any picture is decoded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from PIL import Image, ImageDraw

from bot.domain.ports.drawing import MAX_TREE_NODES, TreeNode
from bot.domain.sizes import Size
from bot.imaging.style import (
    BRIGHT,
    DRAWN_TEAL,
    MUTED,
    PANEL_COLOUR,
    Point,
    TextBox,
    between,
    fitted,
    mixed,
    write,
)
from bot.imaging.tile import Source, developed, draw_ring, draw_tile, marked_jpeg, readable

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


# All lengths are pixels at the scale 1.
_TILE_SIDE: Final = 200  # of a square tile; all tiles have about the same area
_MAX_TILE: Final = Size(260, 220)
_MIN_RATIO, _MAX_RATIO = 0.5, 2.4  # longer pictures are cut
_EMPTY_RATIO: Final = 1.25
_MIN_CELL_WIDTH: Final = 190  # a title of ten letters
_MARGIN: Final = 48
_COLUMN_GAP: Final = 56
WORDS_HEIGHT: Final = 76  # under the tile: to the middle of the title, of the note, and to the note's foot
_TITLE_DROP, _NOTE_DROP = 33, 29
_TITLE_PX, _NOTE_PX = 24, 21
_ROW_GAP: Final = 44
_RAIL: Final = 20  # from the line above a shelf's row to its tiles
_BEND: Final = 22
_LINE: Final = 3.5

_ROOMY: Final = Size(2800, 1700)  # larger trees are scaled down, to _LEAST_SCALE at most
_LEAST_SCALE: Final = 0.62
_SHELVES: Final = (4, 3, 2)  # the least numbers of childless children on a shelf to try

_QUALITY: Final = 90
_BYTES_PER_PIXEL: Final = 18  # canvas, and lines drawn finer; measured 14
_FINER: Final = 2  # thumbnails are decoded at up to this many times the size needed
_SMOOTH: Final = 3  # lines are drawn this much larger and reduced
_LETTERS: Final = 60  # of a title or note: more never fit, and measuring takes time


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePlan:
    """The measured tree; keys without a picture have no source. `cell` is as large as the largest tile."""

    nodes: Mapping[str, TreeNode]
    sources: Mapping[str, Source]
    parents: Parents
    tiles: Mapping[str, Size]
    cell: Size
    spots: Mapping[str, TreeSpot]
    scale: float
    size: Size

    @property
    def cost_bytes(self) -> int:
        """The estimated peak memory of drawing, in bytes; pictures are decoded one at a time."""
        decoding = max((source.cost_bytes for source in self.sources.values()), default=0)
        return decoding + self.size.pixels * _BYTES_PER_PIXEL

    @property
    def lit(self) -> frozenset[str]:
        """The keys of the highlighted nodes and all their ancestors."""
        here = (key for key, node in self.nodes.items() if node.is_here)
        return frozenset(ancestor for key in here for ancestor in line_of(key, self.parents))

    def middle_of(self, key: str) -> Point:
        """Return the middle of the tile of `key`, in pixels of the finished picture."""
        spot, step = self.spots[key], _step(self.cell)
        x = _MARGIN + spot.column * step.width + self.cell.width / 2
        y = _MARGIN + spot.row * step.height + self.cell.height / 2
        return x * self.scale, y * self.scale

    def tile_of(self, key: str) -> TextBox:
        """Return the box of the tile of `key`, on whole pixels of the finished picture."""
        x, y = self.middle_of(key)
        wide, tall = (round(side * self.scale) for side in (self.tiles[key].width, self.tiles[key].height))
        return TextBox(left=round(x - wide / 2), top=round(y - tall / 2), width=wide, height=tall)

    def corners_of(self, key: str) -> list[Point]:
        """Return the line from the middle of the parent's tile to the middle of the tile of `key`; [] for a root.

        It runs behind both tiles, turns in the gap right of the parent, and reaches a shelf from above.
        """
        parent = self.parents[key]
        if parent is None:
            return []
        start, end = self.middle_of(parent), self.middle_of(key)
        turn = start[0] + (self.cell.width + _COLUMN_GAP) / 2 * self.scale
        if self.spots[key].hangs:
            rail = end[1] - (self.cell.height / 2 + _RAIL) * self.scale
            return [start, (turn, start[1]), (turn, rail), (end[0], rail), end]
        return [start, (turn, start[1]), (turn, end[1]), end]


def plan_tree(nodes: Sequence[TreeNode]) -> TreePlan:
    """Measure the tree, with the shelves that make it largest.

    Raises `ValueError` for no node, or for more than MAX_TREE_NODES.
    """
    if not 1 <= len(nodes) <= MAX_TREE_NODES:
        raise ValueError(f"a tree of {len(nodes)} nodes")
    known = {node.key: node for node in nodes}
    sources = {node.key: source for node in nodes if (source := readable(node.thumbnail)) is not None}
    parents = forest_of({key: node.parent for key, node in known.items()})
    tiles = {key: _tile(sources[key].size.ratio if key in sources else _EMPTY_RATIO) for key in known}
    wide, tall = max(tile.width for tile in tiles.values()), max(tile.height for tile in tiles.values())
    cell = Size(max(_MIN_CELL_WIDTH, wide), tall)
    layouts = [layout_of(parents, many) for many in _SHELVES]
    spots = max(layouts, key=lambda spots: _fit(_whole(cell, spots)))
    whole = _whole(cell, spots)
    scale = max(_LEAST_SCALE, _fit(whole))
    return TreePlan(
        nodes=known,
        sources=sources,
        parents=parents,
        tiles=tiles,
        cell=cell,
        spots=spots,
        scale=scale,
        size=Size(math.ceil(whole.width * scale), math.ceil(whole.height * scale)),
    )


def _step(cell: Size) -> Size:
    """Return the distance from a cell to the next."""
    return Size(cell.width + _COLUMN_GAP, cell.height + WORDS_HEIGHT + _ROW_GAP)


def _whole(cell: Size, spots: Mapping[str, TreeSpot]) -> Size:
    """Return the size of the picture at the scale 1."""
    columns = 1 + max(spot.column for spot in spots.values())
    rows = 1 + max(spot.row for spot in spots.values())
    wide = 2 * _MARGIN + columns * _step(cell).width - _COLUMN_GAP
    return Size(wide, math.ceil(2 * _MARGIN + rows * _step(cell).height - _ROW_GAP))


def _fit(whole: Size) -> float:
    """Return the scale, at most 1, at which the picture fits in _ROOMY."""
    return min(1.0, _ROOMY.width / whole.width, _ROOMY.height / whole.height)


def _tile(ratio: float) -> Size:
    """Return the size of a tile; its area is about the same for every ratio."""
    across = math.sqrt(min(max(ratio, _MIN_RATIO), _MAX_RATIO))
    side = min(_TILE_SIDE, _MAX_TILE.width / across, _MAX_TILE.height * across)
    return Size(round(side * across), round(side / across))


def draw_tree(plan: TreePlan) -> bytes:
    """Draw the JPEG of `ImageComposer.tree`."""
    canvas = Image.new("RGB", (plan.size.width, plan.size.height), PANEL_COLOUR)
    for is_lit, colour in ((False, mixed(MUTED, 0.35)), (True, mixed(DRAWN_TEAL, 0.75))):
        canvas.paste(colour, mask=_lines(plan, plan.lit if is_lit else plan.nodes.keys() - plan.lit))
    for key, node in plan.nodes.items():
        box = plan.tile_of(key)
        if node.is_here:
            draw_ring(canvas, box, scale=plan.scale)
        side = round(_FINER * max(box.width, box.height))
        draw_tile(canvas, developed(plan.sources.get(key), max_side=side), box, scale=plan.scale)
        _write_words(canvas, plan, key)
    return marked_jpeg(canvas, quality=_QUALITY, subsampling=0)


def _lines(plan: TreePlan, keys: Iterable[str]) -> Image.Image:
    """Return a mask of the lines from the parents of `keys` to `keys`."""
    mask = Image.new("L", (plan.size.width * _SMOOTH, plan.size.height * _SMOOTH))
    draw = ImageDraw.Draw(mask)
    for corners in filter(None, map(plan.corners_of, keys)):
        points = [(x * _SMOOTH, y * _SMOOTH) for x, y in rounded(corners, _BEND * plan.scale)]
        draw.line(points, fill=255, width=round(_LINE * plan.scale * _SMOOTH), joint="curve")
    return mask.reduce(_SMOOTH)


def rounded(corners: Sequence[Point], radius: float) -> list[Point]:
    """Return the line with its corners rounded by `radius`, or by less where there is no room."""
    points = [corners[0]]
    for before, at, after in zip(corners, corners[1:], corners[2:], strict=False):
        to_before, to_after = math.dist(at, before), math.dist(at, after)
        room = min(radius, to_before / 2, to_after / 2)
        start, end = between(at, before, room / (to_before or 1)), between(at, after, room / (to_after or 1))
        for step in range(11):  # a quadratic curve
            bend = between(start, at, step / 10), between(at, end, step / 10)
            points.append(between(*bend, step / 10))
    return [*points, corners[-1]]


def _write_words(canvas: Image.Image, plan: TreePlan, key: str) -> None:
    """Write the title and the note centred under the tile; without a drawable title, the note moves up."""
    node, box, scale = plan.nodes[key], plan.tile_of(key), plan.scale
    x, y = box.left + box.width / 2, box.bottom + _TITLE_DROP * scale
    title = (node.title, round(_TITLE_PX * scale), DRAWN_TEAL if node.is_here else BRIGHT)
    for word, size, colour in (title, (node.note, round(_NOTE_PX * scale), MUTED)):
        text = fitted(word[:_LETTERS], size, plan.cell.width * scale)
        if text:
            write(canvas, (x, y), text, size=size, colour=colour, anchor="mm")
            y += _NOTE_DROP * scale
