"""The pen subjects are drawn with: a box of 100 × 100 units standing on y = 100, placed on a canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.sandbox.painter.canvas import Canvas, Fade, Outline, Point, disc, stroke, trace
from bot.sandbox.painter.colours import Rgb, mix, rgb
from bot.sandbox.painter.palette import Palette


class Place(StrEnum):
    """Where a subject belongs."""

    LAND = "land"
    AIR = "air"
    WATER = "water"
    DEEP = "deep"
    BACK = "back"  # so large that it stands behind the land


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """`centre` is the middle of the box's foot in pixels, `unit` pixels per unit; `flip` looks left."""

    canvas: Canvas
    palette: Palette
    centre: Point
    unit: float
    own: Rgb | None = None
    flip: bool = False

    def tone(self, code: str) -> Rgb:
        """A colour in the light of the scene."""
        return self.palette.lit(rgb(code))

    def main(self, code: str) -> Rgb:
        """The colour the prompt gave the subject, or its usual one."""
        return self.palette.lit(self.own or rgb(code))

    def ink(self) -> Rgb:
        """Nearly black, for eyes and noses."""
        return mix(self.palette.near, (14, 12, 22), 0.7)

    def at(self, x: float, y: float) -> Point:
        side = -1 if self.flip else 1
        return self.centre[0] + side * (x - 50) * self.unit, self.centre[1] + (y - 100) * self.unit

    def draw(
        self, outlines: list[Outline], paint: Rgb | Fade, *, alpha: float = 1.0, blur: float = 0
    ) -> None:
        """Outlines in units."""
        placed = [[self.at(x, y) for x, y in outline] for outline in outlines]
        self.canvas.fill(placed, paint, alpha=alpha, blur=blur * self.unit)

    def shape(self, paths: str, paint: Rgb | Fade, *, alpha: float = 1.0) -> None:
        """Smooth outlines written as for `trace`, separated by `|`, painted as one."""
        self.draw([trace(path.strip()) for path in paths.split("|")], paint, alpha=alpha)

    def both(self, path: str, paint: Rgb | Fade, *, alpha: float = 1.0) -> None:
        """An outline and its mirror image."""
        outline = trace(path)
        self.draw([outline, [(100 - x, y) for x, y in outline]], paint, alpha=alpha)

    def dots(self, spots: str, paint: Rgb | Fade, *, alpha: float = 1.0) -> None:
        """Ellipses written as `x,y,radius` or `x,y,rx,ry`."""
        rounds: list[Outline] = []
        for spot in spots.split():
            x, y, *radii = (float(part) for part in spot.split(","))
            size = (radii[0] * self.unit, radii[-1] * self.unit)
            rounds.append(disc(*self.at(x, y), *size))
        self.canvas.fill(rounds, paint, alpha=alpha)

    def line(self, path: str, width: float, paint: Rgb | Fade, *, alpha: float = 1.0) -> None:
        """A line through points; several are separated by `|`."""
        parts: list[Outline] = []
        for run in path.split("|"):
            points = [self.at(*_pair(word)) for word in run.split()]
            parts += stroke(points, width * self.unit)
        self.canvas.fill(parts, paint, alpha=alpha)

    def glow(self, x: float, y: float, radius: float, colour: Rgb, *, alpha: float = 0.7) -> None:
        self.canvas.glow(self.at(x, y), radius * self.unit, colour, alpha=alpha)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`words` name it in a prompt; `home` is where it is found when the prompt does not say;
    `size` its height as a share of the picture's mean side."""

    words: str
    home: str
    place: Place
    draw: Callable[[Pen], None]
    size: float = 0.36


def _pair(word: str) -> Point:
    x, y = word.split(",")
    return float(x), float(y)
