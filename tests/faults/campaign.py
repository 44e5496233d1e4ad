"""`python -m tests.faults`: many storms, each told by its seed, and a table of what they broke.

`--runs N` or `--seconds S` says how long, `--seed S` where it begins, `--parallel K` how many runs at once,
`--only` and `--without` which kinds. A run that fails prints its seed, problems and plan, and keeps its logs.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import shutil
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.services.provider_calls import ASK_AGAIN_S
from tests.e2e.nursery import Child
from tests.faults.books import Problem, Wrong
from tests.faults.kinds import Database, Kind, kinds_of
from tests.faults.run import STRAINED_S, Order, Report, run, summary
from tests.faults.storm import plan

KEPT: Final = Path(__file__).parent.parent.parent / "artifacts" / "faults"
SOON_S: Final = tuple(each / 2 for each in ASK_AGAIN_S)  # still longer than a process is frozen
RUN_S: Final = 300.0  # a run that takes longer hangs
_MEMORY: Final = Path("/dev/shm")


@dataclass(slots=True, kw_only=True)
class Tally:
    """What all runs of a campaign came to."""

    runs: int = 0
    strained: int = 0
    failed: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    timings: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    charged: int = 0
    tracebacks: int = 0
    states: Counter[str] = field(default_factory=Counter[str])
    met: Counter[Kind] = field(default_factory=Counter[Kind])
    wrong: Counter[Wrong] = field(default_factory=Counter[Wrong])

    def add(self, report: Report) -> None:
        self.runs += 1
        self.seconds += report.seconds
        self.timings = [sum(each) for each in zip(self.timings, report.timings, strict=True)]
        self.charged += report.charged
        self.strained += report.strain_s > STRAINED_S
        self.tracebacks += report.tracebacks
        self.states += report.states
        self.met += report.met
        self.wrong += summary(report.problems)
        if report.problems:
            self.failed.append(f"{report.order.database} {report.order.seed}")

    def table(self) -> str:
        """Return the figures, a line each."""
        kills = self.met[Kind.KILL] + self.met[Kind.STOP]
        lines = [
            ("runs", f"{self.runs}, of which {len(self.failed)} failed"),
            ("seconds a run", f"{self.seconds / max(self.runs, 1):.1f} ({_parts(self)})"),
            ("on a busy machine", str(self.strained)),
            ("jobs", f"{self.states.total()} ({_listed(self.states)})"),
            ("calls charged", str(self.charged)),
            ("kills and stops", str(kills)),
            ("faults met", f"{self.met.total()} ({_listed(self.met)})"),
            ("tracebacks logged", str(self.tracebacks)),
            *((each.value, str(self.wrong[each])) for each in Wrong),
        ]
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:{width}}  {value}" for name, value in lines)


def _parts(tally: Tally) -> str:
    starting, storming, settling = (each / max(tally.runs, 1) for each in tally.timings)
    return f"{starting:.1f} to start, {storming:.1f} of storm, {settling:.1f} to settle"


def _listed(counted: Counter[str] | Counter[Kind] | Counter[Wrong]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items()))


def warm_up() -> None:
    """Start the server that Easel's processes are forked from, which takes longer than a storm."""
    asyncio.run(Child(int).ended(timeout_s=RUN_S))


def perform(order: Order) -> Report:
    """Run one order in a folder of its own; keep the folder where something was wrong."""
    root = _MEMORY if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="easel-faults-", dir=root))
    try:
        report = asyncio.run(_in_time(order, folder))
    except Exception as error:  # noqa: BLE001  # whatever broke the run is what the campaign is after
        broken = "".join(traceback.format_exception(error)).strip()
        report = Report(
            order=order,
            problems=[Problem(wrong=Wrong.BROKEN, words=broken)],
            states=Counter(),
            met=Counter(),
            charged=0,
            plan=[str(event) for event in plan(order.seed, order.database, order.kinds)],
            seconds=0,
        )
    if report.problems:
        _keep(folder, report)
    shutil.rmtree(folder, ignore_errors=True)
    return report


async def _in_time(order: Order, folder: Path) -> Report:
    async with asyncio.timeout(RUN_S):
        return await run(order, folder)


def _keep(folder: Path, report: Report) -> None:
    kinds = "".join(f"-{kind}" for kind in sorted(report.order.kinds or []))
    target = KEPT / f"{report.order.database}-{report.order.seed}{kinds}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in folder.iterdir():
        if path.is_file():
            shutil.copy(path, target)
    (target / "report.txt").write_text(told(report))


def _line(report: Report) -> str:
    """Return what is printed of a run as soon as it is over: one line, or all that was wrong."""
    order, jobs = report.order, report.states.total()
    kinds = ", ".join(sorted(report.order.kinds or [])) or "the seed's own kinds"
    figures = f"{jobs} jobs, {report.met.total()} faults, {report.seconds:.0f} s"
    line = f"{order.database} {order.seed} ({kinds}): {figures}"
    return f"{line}, FAILED\n{told(report)}" if report.problems else line


def told(report: Report) -> str:
    """Return what was wrong with a run and how to run it again."""
    order = report.order
    only = "" if order.kinds is None else "".join(f" --only {kind}" for kind in sorted(order.kinds))
    only += " --soon" if order.ask_again_s == SOON_S else ""
    only += f" --videos {order.videos}"
    again = f"python -m tests.faults --runs 1 --database {order.database} --seed {order.seed}{only}"
    busy = [f"  the machine was busy: {report.strain_s:.2f} s late"] if report.strain_s > STRAINED_S else []
    return "\n".join(
        [again, *busy, *(f"  {each}" for each in report.problems), *(f"    {each}" for each in report.plan)]
    )


def _orders(options: argparse.Namespace) -> Iterator[Order]:
    """Yield the orders one after the other; with both databases they take turns."""
    first: int = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    databases = list(Database) if options.database == "both" else [Database(options.database)]
    until = time.monotonic() + options.seconds if options.seconds else None
    number = 0
    while number < options.runs if until is None else time.monotonic() < until:
        for database in databases:
            for kinds in _choices(options, database):
                without: frozenset[Kind] = frozenset(options.without)
                yield Order(
                    seed=first + number,
                    database=database,
                    kinds=kinds,
                    without=without,
                    jobs=options.jobs,
                    videos=options.videos,
                    ask_again_s=SOON_S if options.soon else ASK_AGAIN_S,
                )
        number += 1


def _choices(options: argparse.Namespace, database: Database) -> list[frozenset[Kind] | None]:
    """Return the sets of kinds that one seed is run with; None lets the seed choose."""
    only = [kind for kind in kinds_of(database) if kind in options.only or not options.only]
    if options.each:
        return [frozenset({kind}) for kind in only]
    return [frozenset(only) if options.only else None]


def campaign(orders: Iterator[Order], *, parallel: int) -> list[Report]:
    """Run all orders, `parallel` at once; print what fails as it fails."""
    reports: list[Report] = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=parallel, mp_context=spawn, initializer=warm_up) as pool:
        running: set[Future[Report]] = set()
        for order in orders:
            running.add(pool.submit(perform, order))
            if len(running) >= parallel:
                running = _take(reports, running)
        while running:
            running = _take(reports, running)
    return reports


def _take(reports: list[Report], running: set[Future[Report]]) -> set[Future[Report]]:
    """Wait for one run and count it; return those that still go on."""
    done, left = wait(running, return_when=FIRST_COMPLETED)
    for each in done:
        report = each.result()
        reports.append(report)
        print(_line(report), flush=True)  # noqa: T201  # a command's output
    return left


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0, help="in place of --runs")
    parser.add_argument("--database", choices=[*Database, "both"], default="both")
    parser.add_argument("--seed", type=int, help="of the first run; the others follow it")
    parser.add_argument("--jobs", type=int, help="commands in a run")
    parser.add_argument(
        "--parallel", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="runs at once"
    )
    parser.add_argument(
        "--only", type=Kind, action="append", default=[], help="exactly these kinds of trouble"
    )
    parser.add_argument("--videos", type=float, default=0.2, help="the share of commands for videos")
    parser.add_argument("--soon", action="store_true", help="ask for lost answers within 60 s, not 120 s")
    parser.add_argument("--each", action="store_true", help="each kind alone")
    parser.add_argument("--without", type=Kind, action="append", default=[], help="kinds to leave out")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 1 if a promise was broken."""
    options = _parser().parse_args(argv)
    if options.database != Database.SQLITE and not os.environ.get("TEST_DATABASE_URL"):
        _parser().error("TEST_DATABASE_URL is needed for PostgreSQL")
    reports = campaign(_orders(options), parallel=options.parallel)
    if options.each:
        print(by_kind(reports))  # noqa: T201  # a command's output
    tally = Tally()
    for report in reports:
        tally.add(report)
    print(tally.table())  # noqa: T201  # a command's output
    return 1 if tally.failed else 0


def by_kind(reports: Sequence[Report]) -> str:
    """Return a line for each kind that ran alone on a database: how many runs failed, what broke, by which seeds."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for report in reports:
        tallies[f"{report.order.database} {'+'.join(sorted(report.order.kinds or []))}"].add(report)
    lines: list[str] = []
    for name, tally in sorted(tallies.items()):
        seeds = ", ".join(each.partition(" ")[2] for each in tally.failed)
        broken = f"{_listed(tally.wrong)} (seeds {seeds})" if tally.failed else "nothing"
        lines.append(f"{name:28} {len(tally.failed)}/{tally.runs} failed: {broken}")
    return "\n".join(lines)
