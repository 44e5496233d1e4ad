"""What is in the air of a film: snow, rain, petals and lights, drawn between pixels so that nothing trembles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageFilter

from bot.sandbox.painter.brief import Brief
from bot.sandbox.painter.canvas import Canvas, disc, placed, trace
from bot.sandbox.painter.colours import Rgb

_STEPS = 4  # places between two pixels
_TURNS = 16  # angles of a half turn
_LEVELS = 6  # of brightness
_OUTLINES = {
    "dot": disc(0, 0, 0.5),
    "streak": [(-0.012, -0.5), (0.012, -0.5), (0.012, 0.5), (-0.012, 0.5)],
    "petal": [(x / 20, y / 20) for x, y in trace("0,-10! 7,-3 5,6 0,10! -5,6 -7,-3")],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Sizes and ways are shares of the mean side; `fall` and `drift` are ways a second, `turn` half turns a second."""

    outline: str
    count: int
    size: float
    fall: float
    drift: float
    sway: float
    alpha: float
    blur: float = 0.0  # share of the size
    turn: float = 0.0
    lean: float = 0.0
    flickers: bool = False


_KINDS = {
    "snowfall": _Kind(
        outline="dot", count=150, size=0.0085, fall=0.085, drift=0.018, sway=0.016, alpha=0.9, blur=0.12
    ),
    "rain": _Kind(
        outline="streak", count=170, size=0.07, fall=1.15, drift=-0.2, sway=0, alpha=0.42, lean=0.055
    ),
    "petals": _Kind(
        outline="petal", count=42, size=0.015, fall=0.07, drift=0.05, sway=0.03, alpha=0.92, turn=0.45
    ),
    "fireflies": _Kind(
        outline="dot",
        count=46,
        size=0.016,
        fall=-0.012,
        drift=0.006,
        sway=0.03,
        alpha=0.85,
        blur=0.28,
        flickers=True,
    ),
    "motes": _Kind(
        outline="dot",
        count=34,
        size=0.009,
        fall=-0.01,
        drift=0.012,
        sway=0.012,
        alpha=0.4,
        blur=0.3,
        flickers=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Particle:
    x: float
    y: float
    near: float
    phase: float


class Air:
    """The moving weather of a brief, or motes of light where it has none."""

    def __init__(self, brief: Brief, size: tuple[int, int]) -> None:
        names = [name for name in _KINDS if name in brief.weather]
        if brief.mood == "snow" and "snowfall" not in names:
            names.append("snowfall")
        self._size, self._mean = size, math.sqrt(size[0] * size[1])
        tones: dict[str, Rgb] = {"petals": brief.palette.accent, "fireflies": (255, 224, 140)}
        self._parts = [
            (_KINDS[name], tones.get(name, (255, 252, 246)), list(_strewn(_KINDS[name], brief)))
            for name in names or ["motes"]
        ]

    def draw(self, image: Image.Image, at_s: float) -> None:
        """Draw it as it is at a time."""
        wide, tall = self._size
        for kind, tone, particles in self._parts:
            for one in particles:
                speed = 0.35 + 0.9 * one.near
                side = max(2, round(kind.size * self._mean * (0.3 + one.near)))
                sway = kind.sway * math.sin(at_s * 1.1 + one.phase)
                across, down = (
                    (kind.drift * speed * at_s + sway) * self._mean,
                    kind.fall * speed * at_s * self._mean,
                )
                x = (one.x * (wide + 2 * side) + across) % (wide + 2 * side) - side
                y = (one.y * (tall + 2 * side) + down) % (tall + 2 * side) - side
                level = _LEVELS
                if kind.flickers:
                    level = round(_LEVELS * (0.55 + 0.45 * math.sin(at_s * (1.2 + one.near) + 3 * one.phase)))
                turn = round(kind.turn * (one.phase + at_s * speed) * _TURNS) % _TURNS
                part = (round(x % 1 * (_STEPS - 1)), round(y % 1 * (_STEPS - 1)))
                sprite = _sprite(kind, side, turn, part, level)
                image.paste(tone, (math.floor(x) - side, math.floor(y) - side), sprite)


def _strewn(kind: _Kind, brief: Brief) -> Iterator[_Particle]:
    dice = brief.dice(f"air {kind.outline}{kind.count}")
    for _ in range(kind.count):
        near = dice.random() ** 2.2  # most are far and small
        yield _Particle(x=dice.random(), y=dice.random(), near=near, phase=dice.uniform(0, math.tau))


@lru_cache(maxsize=4096)
def _sprite(kind: _Kind, side: int, turn: int, part: tuple[int, int], level: int) -> Image.Image:
    """Return the mask of a particle, drawn a share of a pixel right of and below its middle."""
    canvas = Canvas(Image.new("RGB", (2 * side + 1, 2 * side + 1)))
    centre = (side + 0.5 + part[0] / _STEPS, side + 0.5 + part[1] / _STEPS)
    angle = kind.lean * math.pi + math.pi * turn / _TURNS
    grey = round(255 * kind.alpha * level / _LEVELS)
    canvas.fill([placed(_OUTLINES[kind.outline], centre, side, angle)], (grey, grey, grey))
    mask = canvas.image.convert("L")
    return mask.filter(ImageFilter.GaussianBlur(side * kind.blur)) if kind.blur else mask
