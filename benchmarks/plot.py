"""A report's ratios as a picture: dots on a logarithmic scale, their targets as bars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from benchmarks.report import Line, Report, Section, figure, middle

Colour = tuple[int, int, int]

SCALE: Final = 2  # drawn at twice the size it is shown at
WIDTH: Final = 1000
MARGIN: Final = 32
LEFT: Final = 400  # of the scale
RIGHT: Final = 740
OURS: Final = 856  # where a column ends
LINE: Final = 30
HEAD: Final = 104
SECTION: Final = 54  # above its first line
AFTER: Final = 26
INK: Final[Colour] = (0xF2, 0xF3, 0xF5)
MUTED: Final[Colour] = (0xA9, 0xAE, 0xB7)
FAINT: Final[Colour] = (0x41, 0x44, 0x4B)
GROUND: Final[Colour] = (0x2B, 0x2D, 0x31)
COLOURS: Final[Mapping[bool | None, Colour]] = {
    True: (0x2F, 0xB5, 0xA0),
    False: (0xD9, 0x54, 0x4F),
    None: (0x8B, 0x90, 0x9A),
}
LEGEND: Final[Mapping[bool | None, str]] = {True: "within its target", False: "beyond it", None: "no target"}
TICKS: Final = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)


class Plot:
    """The picture of a report; lines without a ratio are left out."""

    def __init__(self, report: Report) -> None:
        self._sections = [(section, _drawn(section)) for section in report.sections]
        lines = [line for _, drawn in self._sections for line in drawn]
        reach = [line.ratio for line in lines] + [1.0]
        self._low = max((tick for tick in TICKS if tick <= min(reach)), default=TICKS[0])
        self._high = min((tick for tick in TICKS if tick >= max(*reach, 2)), default=TICKS[-1])
        height = HEAD + len(self._sections) * (SECTION + AFTER) + LINE * len(lines)
        self._image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def write(self, path: Path) -> None:
        """Draw everything and write a PNG."""
        self._text(MARGIN, 28, "Easel beside the shortest bot that does the same", 22, INK)
        self._legend(66)
        top = HEAD
        for section, lines in self._sections:
            self._section(section, lines, top)
            top += SECTION + LINE * len(lines) + AFTER
        path.parent.mkdir(parents=True, exist_ok=True)
        self._image.save(path, optimize=True)

    def _legend(self, y: float) -> None:
        x = self._text(MARGIN, y, "Ratio, logarithmic: less is better", 13, MUTED) + 24
        for is_met, words in LEGEND.items():
            self._dot(x + 5, y + 8, COLOURS[is_met], 5)
            x = self._text(x + 16, y, words, 13, MUTED) + 20
        self._mark(x + 4, y + 8, 8)
        self._text(x + 14, y, "target", 13, MUTED)

    def _section(self, section: Section, lines: list[Line], top: float) -> None:
        ours, theirs = section.names
        self._text(MARGIN, top, f"{ours} / {theirs}", 15, INK)
        self._text(OURS, top + 26, ours, 12, MUTED, anchor="ra")
        self._text(WIDTH - MARGIN, top + 26, theirs, 12, MUTED, anchor="ra")
        for tick in (each for each in TICKS if self._low <= each <= self._high):
            x = self._x(tick)
            self._rule(x, top + SECTION - 6, top + SECTION + LINE * len(lines), MUTED if tick == 1 else FAINT)
            self._text(x, top + 26, f"{tick:g}", 12, MUTED, anchor="ma")
        for number, line in enumerate(lines):
            self._line(line, top + SECTION + LINE * number + LINE // 2)

    def _line(self, line: Line, y: float) -> None:
        colour, even, at = COLOURS[line.is_met], self._x(1), self._x(line.ratio)
        self._text(MARGIN, y, line.title, 13, INK, anchor="lm")
        self._draw.rectangle(_scaled(min(at, even), y - 1.5, max(at, even), y + 1.5), colour)
        self._dot(at, y, colour, 6)
        ends = [at]
        if line.at_most is not None and not line.is_absolute:
            ends.append(self._x(line.at_most))
            self._mark(ends[-1], y, 10)
        x, anchor = (max(ends) + 12, "lm") if line.ratio >= 1 else (min(ends) - 12, "rm")
        self._text(x, y, f"{line.ratio:.2f}", 12, MUTED, anchor)
        self._text(OURS, y, figure(middle(line.ours), line.unit), 13, INK, anchor="rm")
        self._text(WIDTH - MARGIN, y, figure(middle(line.theirs), line.unit), 13, MUTED, anchor="rm")

    def _x(self, ratio: float) -> float:
        within = min(max(ratio, self._low), self._high)
        share = math.log(within / self._low) / math.log(self._high / self._low)
        return LEFT + share * (RIGHT - LEFT)

    def _text(self, x: float, y: float, text: str, size: int, colour: Colour, anchor: str = "la") -> float:
        """Write a text and return where it ends, for texts that begin at `x`."""
        font = ImageFont.load_default(size * SCALE)
        self._draw.text((x * SCALE, y * SCALE), text, colour, font, anchor=anchor)
        return x + font.getlength(text) / SCALE

    def _rule(self, x: float, top: float, bottom: float, colour: Colour) -> None:
        self._draw.rectangle(_scaled(x - 0.5, top, x, bottom), colour)

    def _dot(self, x: float, y: float, colour: Colour, radius: float) -> None:
        self._draw.circle((x * SCALE, y * SCALE), radius * SCALE, colour)

    def _mark(self, x: float, y: float, reach: float) -> None:
        self._draw.rectangle(_scaled(x - 1.5, y - reach, x + 1, y + reach), INK)


def _drawn(section: Section) -> list[Line]:
    return [line for line in section.lines if not math.isnan(line.ratio)]


def _scaled(*box: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = (value * SCALE for value in box)
    return left, top, right, bottom
