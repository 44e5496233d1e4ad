"""The picture of a family tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PIL import Image, ImageDraw

from bot.domain.pictures import PictureError
from bot.imaging.compose.ink import BRANCH, LIT_BRANCH, marked_jpeg
from bot.imaging.compose.lines import corners_of, rounded
from bot.imaging.compose.plan import TreePlan
from bot.imaging.compose.tile import draw_gone, draw_picture, draw_ring
from bot.imaging.plot.canvas import BRIGHT, MUTED, PANEL, TEAL, Colour, write
from bot.imaging.plot.text import fitted

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
    _draw_lines(canvas, plan, [key for key in children if key not in lit], BRANCH)
    _draw_lines(canvas, plan, [key for key in children if key in lit], LIT_BRANCH)
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
    picture = _picture(plan, key)
    if picture is None:
        draw_gone(canvas, box, scale=scale)
    else:
        draw_picture(canvas, picture, box, scale=scale)


def _picture(plan: TreePlan, key: str) -> Image.Image | None:
    """None where it is gone, or its bytes are damaged behind the header."""
    source = plan.sources.get(key)
    if source is None:
        return None
    box = plan.tile_of(key)
    try:
        return source.developed(max_side=round(_FINER * max(box.width, box.height)))
    except PictureError:
        return None


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
