"""`python -m benchmarks`: play scenarios with every contestant in turn, print the table, write JSON and a picture."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import platform
import signal
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import report
from benchmarks.campaign import Campaign, tell
from benchmarks.plot import Plot
from benchmarks.report import Line, Report, Section
from benchmarks.rows import FULL, QUICK, SCENARIOS
from benchmarks.stage import ROOT

ARTIFACTS: Final = ROOT / "artifacts" / "bench"
STORES: Final = ("store-sqlite", "store-postgresql")
SHORT_PAST: Final = 10_000  # jobs


async def measure(options: argparse.Namespace, path: Path) -> Report:
    """Play everything that is asked for, `--runs` times; after each run, write what there is to `path`."""
    sizes = QUICK if options.quick else FULL
    scenarios = [each for each in SCENARIOS if each.key in options.rows]
    sections: list[Section] = []
    with TemporaryDirectory(prefix="easel-bench-") as folder:
        campaign = Campaign(
            sizes=sizes,
            folder=Path(folder),
            postgres=os.environ.get("TEST_DATABASE_URL"),
            is_on_postgres=options.database == "postgresql",
            patience_s=options.patience,
        )
        for run in range(options.runs if scenarios else 0):
            for scenario in scenarios:
                tell(f"run {run + 1} of {options.runs}: {scenario.key}")
                await campaign.play(scenario, run)
            sections = [campaign.section(scenarios)]
            Report(facts=_facts(options), stand_ins=dict(campaign.loads), sections=tuple(sections)).write(
                path
            )
        for key in STORES:
            if key in options.rows and (campaign.postgres or key == "store-sqlite"):
                tell(f"{key}: making {options.past:,} jobs")
                sections.append(
                    await campaign.stores(key, short=SHORT_PAST, long=options.past, runs=options.runs)
                )
        return Report(facts=_facts(options), stand_ins=dict(campaign.loads), sections=tuple(sections))


def _facts(options: argparse.Namespace) -> dict[str, str | int | float]:
    cpuinfo = Path("/proc/cpuinfo").read_text()
    models = [line.partition(": ")[2] for line in cpuinfo.splitlines() if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "processors": os.cpu_count() or 0,
        "python": platform.python_version(),
        "runs": options.runs,
        "database": options.database,
        "load_average": round(os.getloadavg()[2], 2),
        "quick": int(options.quick),
    }


def _keys(text: str) -> list[str]:
    known = [*(scenario.key for scenario in SCENARIOS), *STORES]
    if unknown := set(text.split(",")) - set(known):
        raise argparse.ArgumentTypeError(
            f"no rows {', '.join(sorted(unknown))}; known are {', '.join(known)}"
        )
    return text.split(",")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the options."""
    every = ",".join([*(scenario.key for scenario in SCENARIOS), *STORES])
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument("--rows", type=_keys, default=_keys(every), help=f"some of {every}")
    made.add_argument("--runs", type=int, default=5, help="paired runs (5)")
    made.add_argument("--quick", action="store_true", help="fewer jobs, calls of half a second: a first look")
    made.add_argument(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="Easel's (sqlite); see TEST_DATABASE_URL",
    )
    made.add_argument("--past", type=int, default=300_000, help="jobs in the store with a long past (300000)")
    made.add_argument(
        "--out", type=Path, default=ARTIFACTS, help="where JSON and picture go (artifacts/bench)"
    )
    made.add_argument(
        "--patience",
        type=float,
        default=10.0,
        metavar="S",
        help="how long to wait for a quiet machine (10 s)",
    )
    made.add_argument(
        "--again", type=Path, metavar="JSON", nargs="+", help="print and draw earlier reports together"
    )
    return made


def together(paths: Collection[Path]) -> Report:
    """Return several reports as one, with the facts of the first."""
    reports = [report.read(path) for path in paths]
    lines: dict[tuple[str, str], list[Line]] = {}
    for section in (section for each in reports for section in each.sections):
        lines.setdefault(section.names, []).extend(section.lines)
    return Report(
        facts=reports[0].facts,
        stand_ins={key: value for each in reports for key, value in each.stand_ins.items()},
        sections=tuple(Section(names=names, lines=tuple(those)) for names, those in lines.items()),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, or read earlier reports; print tables, write JSON and a picture."""
    options = parser().parse_args(argv)
    if options.database == "postgresql" and not os.environ.get("TEST_DATABASE_URL"):
        sys.stderr.write("PostgreSQL needs TEST_DATABASE_URL\n")
        return 2
    gc.freeze()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ending this ends the contestant as well
    logging.getLogger("aiohttp.server").disabled = True  # contestants are killed in the middle of requests
    path = options.out / time.strftime("bench-%Y%m%d-%H%M%S.json")
    made = together(options.again) if options.again else asyncio.run(measure(options, path))
    made.write(path)
    Plot(made).write(path.with_suffix(".png"))
    for section in made.sections:
        sys.stdout.write(f"\n{report.table(section)}\n")
    conditions = f"{report.conditions(made)}\n" if made.stand_ins else ""
    sys.stdout.write(f"\n{conditions}See {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
