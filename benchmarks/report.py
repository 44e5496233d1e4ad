"""What was measured, as a table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row and its figures, one for each run, in `unit`.

    `ours` is Easel, or a store with a long past; `theirs` is the naive bot, or a store with a short past. `at_most` is
    about their ratio, with `is_absolute` about our own figure; `at_least` always is about our own.
    """

    title: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]
    floor: Sequence[float] = ()
    at_most: float | None = None
    is_absolute: bool = False
    at_least: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the ratios of paired runs; NaN where none can be told, and where more is better."""
        if self.at_least is not None:
            return math.nan
        ratios = [our / their for our, their in zip(self.ours, self.theirs, strict=False) if their]
        return middle(ratios)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without one."""
        own = middle(self.ours)
        if self.at_least is not None:
            return own >= self.at_least
        if self.at_most is None:
            return None
        return (own if self.is_absolute else self.ratio) <= self.at_most

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {figure(self.at_least, self.unit)}"
        if self.at_most is None:
            return ""
        return f"≤ {figure(self.at_most, self.unit)}" if self.is_absolute else f"≤ {self.at_most:g} ×"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines whose two columns mean the same. `names` head them."""

    names: tuple[str, str]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All sections. `facts` tell where and how it was measured, `stand_ins` what the stand-ins needed themselves."""

    facts: Mapping[str, str | int | float]
    stand_ins: Mapping[str, float]
    sections: tuple[Section, ...]

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> Report:
    """Return a report that was written before."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    sections = [
        Section(names=tuple(each["names"]), lines=tuple(Line(**line) for line in each["lines"]))
        for each in stored["sections"]
    ]
    return Report(facts=stored["facts"], stand_ins=stored["stand_ins"], sections=tuple(sections))


def conditions(made: Report) -> str:
    """Return what might have spoiled the figures, in a sentence."""
    own, others = (
        max((value for key, value in made.stand_ins.items() if key.endswith(what)), default=0.0)
        for what in (": own", ": others")
    )
    return (
        f"The stand-ins used {own:.0%} of one processor in their busiest second; "
        f"other processes took {others:.0%} of the machine at most."
    )


def middle(values: Sequence[float]) -> float:
    """Return the median; NaN values, of bouts that did not finish, are left out."""
    told = [value for value in values if not math.isnan(value)]
    return median(told) if told else math.nan


def figure(value: float, unit: str) -> str:
    """Format a figure: `1,500`, `0.42 ms`, `31 ms`, `2.31 s`."""
    if math.isnan(value):
        return ""
    digits = 0 if value >= 10 or value == int(value) else 1 if value >= 1 and unit != "s" else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def table(section: Section) -> str:
    """Return a section as a table in Markdown, which is as good to read on a terminal."""
    head = ["", *section.names, "floor", "ratio", "target", ""]
    rows = [head, *(_cells(line) for line in section.lines)]
    if not any(line.floor for line in section.lines):
        rows = [[*row[:3], *row[4:]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in rows]
    rule = (
        "|"
        + "|".join("-" * (width + 1) + (":" if number else "-") for number, width in enumerate(widths))
        + "|"
    )
    return "\n".join([texts[0], rule, *texts[1:]])


def _cells(line: Line) -> list[str]:
    medians = [figure(middle(each), line.unit) for each in (line.ours, line.theirs, line.floor)]
    ratio = "" if math.isnan(line.ratio) else f"{line.ratio:.2f}"
    met = {True: "met", False: "missed", None: ""}[line.is_met]
    return [line.title, *medians, ratio, line.target, met]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    yield row[0].ljust(widths[0])
    yield from (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
