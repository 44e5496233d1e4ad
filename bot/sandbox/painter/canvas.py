"""A canvas with smooth edges: every shape is a supersampled mask through which a paint is laid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter

from bot.sandbox.painter.colours import Rgb, mix

Point = tuple[float, float]
Outline = Sequence[Point]


class Fade(NamedTuple):
    """A paint that runs from the top of a shape to its bottom."""

    top: Rgb
    bottom: Rgb


Paint = Rgb | Fade

_SMALL_SHAPE_PIXELS = 400_000  # below this, more samples a pixel cost nothing


class Canvas:
    """An RGB picture to paint on; coordinates are pixels, y points down."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.width, self.height = image.size
        self.short = min(image.size)
        self.mean = math.sqrt(self.width * self.height)

    def fill(self, outlines: Iterable[Outline], paint: Paint, *, alpha: float = 1.0, blur: float = 0) -> None:
        """Paint the union of closed outlines. `blur` softens the edge, in pixels."""
        shapes = [list(outline) for outline in outlines if len(outline) > 2]
        box = self._box(shapes, margin=blur * 3)
        if box is None or alpha <= 0:
            return
        mask = _mask(shapes, box, alpha)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        top = min(y for shape in shapes for _, y in shape)
        bottom = max(y for shape in shapes for _, y in shape)
        self.image.paste(_ink(paint, box, top, bottom), box[:2], mask)

    def glow(
        self, centre: Point, radius: float, colour: Rgb, *, alpha: float = 1.0, fall: float = 2.0
    ) -> None:
        """A round light that fades to nothing at `radius`; a larger `fall` keeps it closer to the centre."""
        side = max(2, round(radius * 2))
        light = resized(_light(fall, round(alpha * 255)), (side, side))
        corner = (round(centre[0] - radius), round(centre[1] - radius))
        self.image.paste(colour, (*corner, corner[0] + side, corner[1] + side), light)

    def _box(self, shapes: list[list[Point]], margin: float) -> tuple[int, int, int, int] | None:
        if not shapes:
            return None
        xs = [x for shape in shapes for x, _ in shape]
        ys = [y for shape in shapes for _, y in shape]
        box = (
            max(0, math.floor(min(xs) - margin) - 1),
            max(0, math.floor(min(ys) - margin) - 1),
            min(self.width, math.ceil(max(xs) + margin) + 1),
            min(self.height, math.ceil(max(ys) + margin) + 1),
        )
        return box if box[0] < box[2] and box[1] < box[3] else None


def resized(
    image: Image.Image, size: tuple[int, int], sampling: Image.Resampling = Image.Resampling.BICUBIC
) -> Image.Image:
    """The picture at another size."""
    return image.resize(size, sampling)  # pyright: ignore[reportUnknownMemberType] - Pillow hints at numpy


def tinted(image: Image.Image, table: list[int]) -> Image.Image:
    """A one-channel picture with each value replaced by that of a table of 256."""
    return image.point(table)  # pyright: ignore[reportUnknownMemberType] - Pillow hints at numpy


def column(stops: Sequence[tuple[float, Rgb]], size: tuple[int, int]) -> Image.Image:
    """A vertical gradient through colour stops (place 0–1, colour), places rising."""
    strip = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        strip.putpixel((0, y), _at(stops, y / max(1, size[1] - 1)))
    return resized(strip, size)


def disc(cx: float, cy: float, rx: float, ry: float | None = None) -> list[Point]:
    """An ellipse as an outline."""
    ry = rx if ry is None else ry
    count = max(16, min(120, round(max(rx, ry) * 0.6)))
    turns = (2 * math.pi * step / count for step in range(count))
    return [(cx + rx * math.cos(turn), cy + ry * math.sin(turn)) for turn in turns]


def capsule(x0: float, x1: float, y: float, radius: float) -> list[Point]:
    """A horizontal bar with round ends."""
    arc = [math.pi * step / 12 for step in range(13)]
    right = [(x1 + radius * math.sin(turn), y - radius * math.cos(turn)) for turn in arc]
    left = [(x0 - radius * math.sin(turn), y + radius * math.cos(turn)) for turn in arc]
    return right + left


def stroke(points: Outline, width: float) -> list[list[Point]]:
    """A line with round joints, as outlines to be painted together."""
    parts = [disc(x, y, width / 2) for x, y in points]
    for (ax, ay), (bx, by) in pairwise(points):
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (ay - by) / length * width / 2, (bx - ax) / length * width / 2
        parts.append([(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)])
    return parts


@lru_cache(maxsize=512)
def trace(path: str) -> tuple[Point, ...]:
    """`"x,y x,y …"` → a smooth closed outline through the points; `!` after a point makes it a corner."""
    marks = [(word.endswith("!"), word.rstrip("!").split(",")) for word in path.split()]
    points = [(float(pair[0]), float(pair[1])) for _, pair in marks]
    corners = [is_corner for is_corner, _ in marks]
    count = len(points)
    slopes: list[Point] = []
    for index in range(count):
        (ax, ay), (bx, by) = points[index - 1], points[(index + 1) % count]
        slopes.append((0.0, 0.0) if corners[index] else ((bx - ax) / 2, (by - ay) / 2))
    outline: list[Point] = []
    for index in range(count):
        after = (index + 1) % count
        outline.extend(_hermite(points[index], points[after], slopes[index], slopes[after]))
    return tuple(outline)


def _hermite(a: Point, b: Point, slope_a: Point, slope_b: Point, steps: int = 10) -> list[Point]:
    run: list[Point] = []
    for step in range(steps):
        t = step / steps
        h = (2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2)
        run.append(
            (
                h[0] * a[0] + h[1] * slope_a[0] + h[2] * b[0] + h[3] * slope_b[0],
                h[0] * a[1] + h[1] * slope_a[1] + h[2] * b[1] + h[3] * slope_b[1],
            )
        )
    return run


def _mask(shapes: list[list[Point]], box: tuple[int, int, int, int], alpha: float) -> Image.Image:
    width, height = box[2] - box[0], box[3] - box[1]
    samples = 4 if width * height < _SMALL_SHAPE_PIXELS else 2
    mask = Image.new("L", (width * samples, height * samples), 0)
    pen = ImageDraw.Draw(mask)
    value = round(255 * min(alpha, 1.0))
    for shape in shapes:
        pen.polygon([((x - box[0]) * samples, (y - box[1]) * samples) for x, y in shape], fill=value)
    return mask.reduce(samples)


def _ink(paint: Paint, box: tuple[int, int, int, int], top: float, bottom: float) -> Image.Image:
    size = (box[2] - box[0], box[3] - box[1])
    if not isinstance(paint, Fade):
        return Image.new("RGB", size, paint)
    span = max(1.0, bottom - top)
    start, end = max(0.0, (box[1] - top) / span), min(1.0, (box[3] - top) / span)
    return column([(0, mix(*paint, start)), (1, mix(*paint, end))], size)


def _at(stops: Sequence[tuple[float, Rgb]], place: float) -> Rgb:
    for (start, a), (end, b) in pairwise(stops):
        if place <= end:
            return mix(a, b, min(1.0, max(0.0, (place - start) / max(end - start, 1e-6))))
    return stops[-1][1]


@lru_cache(maxsize=64)
def _light(fall: float, peak: int) -> Image.Image:
    table = [round(peak * max(0.0, 1 - value / 180) ** fall) for value in range(256)]
    return tinted(Image.radial_gradient("L"), table)
