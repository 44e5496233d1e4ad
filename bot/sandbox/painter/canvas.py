"""A canvas with smooth edges: every shape is a supersampled mask to paint through; and outlines to fill."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter

from bot.sandbox.painter.colours import Rgb, mix

XY = tuple[float, float]
Outline = Sequence[XY]


class Canvas:
    """An RGB picture to paint on in place. Coordinates are pixels, y points down; `mean` is the mean side."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.width, self.height = image.size
        self.mean = math.sqrt(self.width * self.height)

    def fill(
        self,
        parts: Iterable[Outline],
        top: Rgb,
        bottom: Rgb | None = None,
        *,
        alpha: float = 1,
        blur: float = 0,
    ) -> None:
        """Paint the union of closed outlines, from `top` to `bottom` if both are given. `blur` softens the edge."""
        shapes, pad = [outline for outline in parts if len(outline) > 2], blur * 3 + 1
        xs, ys = [x for shape in shapes for x, _ in shape], [y for shape in shapes for _, y in shape]
        x0, y0 = (max(0, math.floor(min(edge, default=0) - pad)) for edge in (xs, ys))
        wide = min(self.width, math.ceil(max(xs, default=0) + pad)) - x0
        tall = min(self.height, math.ceil(max(ys, default=0) + pad)) - y0
        if not shapes or wide <= 0 or tall <= 0:
            return
        samples = 4 if wide * tall < 400_000 else 2  # more samples a pixel cost nothing in a small shape
        mask = Image.new("L", (wide * samples, tall * samples), 0)
        pen = ImageDraw.Draw(mask)
        for shape in shapes:
            pen.polygon([((x - x0) * samples, (y - y0) * samples) for x, y in shape], round(255 * alpha))
        mask = mask.reduce(samples)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        if bottom is None:
            self.image.paste(top, (x0, y0), mask)
            return
        start, span = min(ys), max(1.0, max(ys) - min(ys))
        ends = [mix(top, bottom, min(1.0, max(0.0, (edge - start) / span))) for edge in (y0, y0 + tall)]
        self.image.paste(column([(0, ends[0]), (1, ends[1])], (wide, tall)), (x0, y0), mask)

    def glow(self, centre: XY, radius: float, colour: Rgb, *, alpha: float = 1, fall: float = 2) -> None:
        """Paint a round light that fades to nothing at `radius`; a larger `fall` keeps it near the centre."""
        side = max(2, round(radius * 2))
        x, y = round(centre[0] - radius), round(centre[1] - radius)
        table = [round(255 * alpha * max(0.0, 1 - value / 180) ** fall) for value in range(256)]
        light = resized(tinted(Image.radial_gradient("L"), table), (side, side))
        self.image.paste(colour, (x, y, x + side, y + side), light)

    def vignette(self, colour: Rgb, strength: float) -> None:
        """Darken the corners."""
        table = [round(255 * strength * max(0.0, (value - 110) / 145) ** 1.6) for value in range(256)]
        self.image.paste(colour, (0, 0), resized(tinted(Image.radial_gradient("L"), table), self.image.size))


def resized(
    image: Image.Image, size: tuple[int, int], sampling: Image.Resampling = Image.Resampling.BICUBIC
) -> Image.Image:
    """Return the picture at another size."""
    return image.resize(size, sampling)  # pyright: ignore[reportUnknownMemberType] - Pillow hints at numpy


def tinted(image: Image.Image, table: list[int]) -> Image.Image:
    """Return a one-channel picture with each value replaced by that of a table of 256."""
    return image.point(table)  # pyright: ignore[reportUnknownMemberType] - Pillow hints at numpy


def column(stops: Sequence[tuple[float, Rgb]], size: tuple[int, int]) -> Image.Image:
    """Return a vertical gradient through colour stops (place 0–1, colour), from place 0 to place 1."""
    strip = bytearray()
    for place in (step / 63 for step in range(64)):
        (start, a), (end, b) = next(pair for pair in pairwise(stops) if place <= pair[1][0])
        strip.extend(mix(a, b, (place - start) / (end - start)))
    return resized(Image.frombytes("RGB", (1, 64), bytes(strip)), size, Image.Resampling.BILINEAR)


def disc(cx: float, cy: float, rx: float, ry: float | None = None) -> list[XY]:
    """Outline an ellipse, or a circle."""
    ry, count = rx if ry is None else ry, 24 if rx < 5 else 96
    turns = (2 * math.pi * step / count for step in range(count))
    return [(cx + rx * math.cos(turn), cy + ry * math.sin(turn)) for turn in turns]


def placed(outline: Outline, at: XY, scale: float, turn: float = 0, *, flip: bool = False) -> list[XY]:
    """Return an outline drawn around 0,0 scaled, turned (radians), mirrored and moved to `at`."""
    cos, sin, side = math.cos(turn) * scale, math.sin(turn) * scale, -1 if flip else 1
    return [(at[0] + side * (x * cos - y * sin), at[1] + x * sin + y * cos) for x, y in outline]


def stroke(points: Outline, width: float) -> list[list[XY]]:
    """Outline the parts of a line with round joints and ends."""
    parts = [disc(x, y, width / 2) for x, y in points]
    for (ax, ay), (bx, by) in pairwise(points):
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (ay - by) / length * width / 2, (bx - ax) / length * width / 2
        parts.append([(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)])
    return parts


@lru_cache(maxsize=512)
def trace(path: str) -> tuple[XY, ...]:
    """Read `"x,y x,y …"` as a smooth closed outline through the points; `!` after a point makes it a corner."""
    words = path.split()
    points = [(float(x), float(y)) for x, y in (word.rstrip("!").split(",") for word in words)]
    around = zip([points[-1], *points], [*points[1:], points[0]], words, strict=False)
    slopes = [
        (0.0, 0.0) if word.endswith("!") else ((bx - ax) / 2, (by - ay) / 2)
        for (ax, ay), (bx, by), word in around
    ]
    outline: list[XY] = []
    ends = zip(points, slopes, [*points[1:], points[0]], [*slopes[1:], slopes[0]], strict=True)
    for (ax, ay), (ux, uy), (bx, by), (vx, vy) in ends:
        steps = 10 if any((ux, uy, vx, vy)) else 1  # of a cubic Hermite curve, or of a straight line
        for t in (step / 10 for step in range(steps)):
            h, i, j, k = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2
            outline.append((h * ax + i * ux + j * bx + k * vx, h * ay + i * uy + j * by + k * vy))
    return tuple(outline)
