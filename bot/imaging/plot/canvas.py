"""Shapes with smooth edges: drawn larger and reduced. Text is set afterwards, at its own size."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from bot.imaging.plot.labels import Box
from bot.imaging.plot.text import font

Point = tuple[float, float]
Colour = tuple[int, int, int]

WIDTH: Final = 1200
HEIGHT: Final = 600
SCALE: Final = 3
GLOW_TOP: Final = 100  # of 255
GLOW_BOTTOM: Final = 20

PANEL: Final[Colour] = (0x2B, 0x2D, 0x31)  # Discord's own dark card
GRID: Final[Colour] = (0x3D, 0x40, 0x46)
MUTED: Final[Colour] = (0xA9, 0xAE, 0xB7)
BRIGHT: Final[Colour] = (0xF2, 0xF3, 0xF5)
# Those of the cards, `bot/ui/look.py`
TEAL: Final[Colour] = (0x2F, 0xB5, 0xA0)
AMBER: Final[Colour] = (0xF0, 0xA9, 0x3B)
RED: Final[Colour] = (0xD9, 0x54, 0x4F)


def mixed(colour: Colour, share: float) -> Colour:
    """`colour` over the panel, as if `share` of it were opaque."""
    pairs = zip(colour, PANEL, strict=True)
    red, green, blue = (round(over * share + under * (1 - share)) for over, under in pairs)
    return red, green, blue


class Shapes:
    """The picture before its texts. All measures are pixels of the finished picture."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PANEL)
        self._draw = ImageDraw.Draw(self._image)

    def bar(self, box: Box, colour: Colour) -> None:
        """A column with a rounded top."""
        radius = min(box.width / 2, box.height, 4) * SCALE
        corners = [box.left * SCALE, box.top * SCALE, box.right * SCALE - 1, box.bottom * SCALE - 1]
        self._draw.rounded_rectangle(corners, radius, fill=colour, corners=(True, True, False, False))

    def pill(self, box: Box, colour: Colour) -> None:
        corners = [box.left * SCALE, box.top * SCALE, box.right * SCALE - 1, box.bottom * SCALE - 1]
        self._draw.rounded_rectangle(corners, box.height / 2 * SCALE, fill=colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon(_scaled(points), fill=colour)

    def dot(self, at: Point, radius: float, colour: Colour) -> None:
        self._draw.circle((at[0] * SCALE, at[1] * SCALE), radius * SCALE, fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, thickness: float) -> None:
        """A line with round joints and ends."""
        self._draw.line(_scaled(points), fill=colour, width=round(thickness * SCALE), joint="curve")
        for end in (points[0], points[-1]):
            self.dot(end, thickness / 2, colour)

    def rule(self, box: Box, colour: Colour) -> None:
        """A level line, on whole pixels so that it is crisp; `box` is as thick as it."""
        left, top = round(box.left) * SCALE, round(box.top) * SCALE
        right, bottom = left + round(box.width) * SCALE - 1, top + round(box.height) * SCALE - 1
        self._draw.rectangle([left, top, right, bottom], fill=colour)

    def dashes(
        self, start: Point, end: Point, colour: Colour, *, thickness: float, dash: float, skip: float
    ) -> None:
        """Round dashes to `end`, as long as their gaps, that begin `skip` after `start`: none if that is all."""
        length = math.dist(start, end) - skip
        count = round(length / dash / 2)
        if count < 1:
            return
        start = _between(start, end, skip / (skip + length))
        for number in range(count):
            ends = (number / count, (number + 0.5) / count)
            self.line([_between(start, end, share) for share in ends], colour, thickness)

    def glow(self, points: Sequence[Point], *, box: Box, over_y: float) -> None:
        """Fill the polygon softly, fading towards the bottom of `box`: teal, and red above `over_y`."""
        mask = Image.new("L", self._image.size)
        ImageDraw.Draw(mask).polygon(_scaled(points), fill=255)
        top, height = round(box.top * SCALE), round(box.height * SCALE)
        column = bytes(GLOW_TOP + (GLOW_BOTTOM - GLOW_TOP) * row // height for row in range(height))
        fade = Image.frombytes("L", (1, height), column)
        soft = Image.new("L", mask.size)
        soft.paste(fade.transform((mask.width, height), Image.Transform.EXTENT, (0, 0, 1, height)), (0, top))
        ink = Image.new("RGB", mask.size, TEAL)
        ink.paste(RED, (0, 0, mask.width, max(0, round(over_y * SCALE))))
        self._image.paste(ink, mask=ImageChops.multiply(mask, soft))

    def reduced(self) -> Image.Image:
        """The shapes at the picture's own size. A mean, not LANCZOS: that draws faint rims along the lines."""
        return self._image.reduce(SCALE)


def write(
    image: Image.Image, at: Point, text: str, *, size: int, colour: Colour, anchor: str = "ls", halo: int = 0
) -> None:
    """Set `text` at `at`; `anchor` as in Pillow. A `halo` of panel colour keeps it readable on lines."""
    ImageDraw.Draw(image).text(
        at, text, fill=colour, font=font(size), anchor=anchor, stroke_width=halo, stroke_fill=PANEL
    )


def encoded(image: Image.Image) -> bytes:
    """A small PNG of 256 colours: the panel's own, and none off by more than the eye sees."""
    small = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SCALE, y * SCALE) for x, y in points]


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
