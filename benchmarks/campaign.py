"""Every scenario with every contestant in turn, for some runs; and the stores."""

from __future__ import annotations

import math
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import store
from benchmarks.probe import quiet
from benchmarks.report import Line, Section
from benchmarks.rows import Row, Scenario, Sizes
from benchmarks.stage import EASEL, FLOOR, NAIVE, bout, picture

STORE_ROUNDS: Final = 10
MOST_OTHERS: Final = 0.2  # of all processors, taken by other processes during a bout
TRIES: Final = 2


@dataclass(kw_only=True)
class Campaign:
    """Plays scenarios and keeps their figures. `postgres` is the address of a server, or None."""

    sizes: Sizes
    folder: Path
    postgres: str | None = None
    is_on_postgres: bool = False
    patience_s: float = 0.0
    figures: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    loads: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    async def play(self, scenario: Scenario, run: int) -> None:
        """Play a scenario once with every contestant; who begins changes from run to run."""
        names = list(scenario.contestants)
        for name in names if run % 2 == 0 else reversed(names):
            measured, load = await self._undisturbed(scenario, name)
            for row, value in zip(scenario.rows, measured, strict=True):
                self.figures[row.key][name].append(value)
            for what, value in load.items():
                key = f"{scenario.key}, {name}: {what}"
                self.loads[key] = max(self.loads[key], round(value, 3))

    async def _undisturbed(self, scenario: Scenario, name: str) -> tuple[list[float], Mapping[str, float]]:
        """Play a bout again if other processes took part of the machine; return the least disturbed one."""
        bouts: list[tuple[list[float], Mapping[str, float]]] = []
        for _ in range(TRIES):
            await quiet(patience_s=self.patience_s)
            bouts.append(await self._bout(scenario, name))
            if bouts[-1][1]["others"] < MOST_OTHERS:
                break
        return min(bouts, key=lambda each: each[1]["others"])

    async def _bout(self, scenario: Scenario, name: str) -> tuple[list[float], Mapping[str, float]]:
        sizes = self.sizes
        asked = (
            (sizes.large_side, sizes.large_bytes) if scenario.is_large else (sizes.side, sizes.picture_bytes)
        )
        async with AsyncExitStack() as stack:
            settings = dict(scenario.settings)
            if name == EASEL and self.is_on_postgres and self.postgres is not None:
                url = await stack.enter_async_context(store.durable_postgres(self.postgres))
                settings["DATABASE_URL"] = url
            folder = stack.enter_context(TemporaryDirectory(dir=self.folder))
            held = await stack.enter_async_context(
                bout(
                    name,
                    Path(folder),
                    picture=picture(*asked),
                    latency_s=sizes.latency_s,
                    by_url=scenario.by_url,
                    environ=settings,
                    has_probe=scenario.has_probe,
                )
            )
            try:
                measured = await scenario.measure(held, sizes)
            except TimeoutError:
                tell(f"{name} did not finish {scenario.key}")
                measured = [math.nan] * len(scenario.rows)
            return measured, held.load()

    def section(self, scenarios: Sequence[Scenario]) -> Section:
        """Return what has been measured so far."""
        rows = [row for scenario in scenarios for row in scenario.rows if row.key in self.figures]
        return Section(names=("Easel", "naive"), lines=tuple(map(self._line, rows)))

    def _line(self, row: Row) -> Line:
        by_name = self.figures[row.key]
        return Line(
            title=row.title,
            unit=row.unit,
            ours=by_name[EASEL],
            theirs=by_name[NAIVE],
            floor=by_name[FLOOR],
            at_most=row.at_most,
            is_absolute=row.is_absolute,
            at_least=row.at_least,
        )

    async def stores(self, key: str, *, short: int, long: int, runs: int) -> Section:
        """Measure a database with a long past against one with a short past."""
        kind = key.removeprefix("store-")
        took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in store.OPERATIONS}
        async with AsyncExitStack() as stack:
            if kind == "postgresql" and self.postgres is not None:
                opened = [store.aged_postgres(self.postgres, jobs) for jobs in (short, long)]
            else:
                opened = [store.aged_sqlite(self.folder, jobs) for jobs in (short, long)]
            pair = [await stack.enter_async_context(each) for each in opened]
            for _ in range(runs):
                for_short, for_long = await store.measure(pair[0], pair[1], rounds=STORE_ROUNDS)
                for name, (ours, theirs) in took.items():
                    ours.append(for_long[name])
                    theirs.append(for_short[name])
        lines = [
            Line(title=f"{kind}: {name}", unit="ms", ours=ours, theirs=theirs, at_most=store.MOST)
            for name, (ours, theirs) in took.items()
        ]
        return Section(names=(f"{long:,} jobs", f"{short:,} jobs"), lines=tuple(lines))


def tell(text: str) -> None:
    """Print how far it is, beside the tables."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
