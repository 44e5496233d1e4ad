"""Measures of a running process: its event loop's lag from inside, its processor time and memory from outside.

Figures of other processes are read from /proc, so benchmarks need Linux.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LAG_FILE: Final = "BENCH_LAG_FILE"  # names the file into which a contestant writes the lag of its event loop
SWEEP: Final = "BENCH_SWEEP_S"  # how often Easel clears up, in seconds, if not as usual
LOOK_S: Final = 0.01
QUIET_LOOK_S: Final = 0.5
QUIET_SHARE: Final = 0.1  # of all processors
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


async def watch_lag(tell: Callable[[float, float], object]) -> None:
    """Tell every 10 ms the time (monotonic, in seconds) and by how many seconds the event loop woke up late."""
    due = time.monotonic() + LOOK_S
    while True:
        await asyncio.sleep(due - time.monotonic())
        now = time.monotonic()
        tell(now, now - due)
        due = now + LOOK_S


def start_lag_probe() -> asyncio.Task[None] | None:
    """Write the lag of this process's event loop into the file named by `LAG_FILE`; None where it names none."""
    path = os.environ.get(LAG_FILE)
    if path is None:
        return None
    file = Path(path).open("w", buffering=1)  # noqa: SIM115  # open as long as the process lives
    tell: Callable[[float, float], object] = lambda at, lag: file.write(f"{at} {lag}\n")  # noqa: E731
    return asyncio.create_task(watch_lag(tell), name="benchmark-lag")


def read_lags(path: Path, *, since: float) -> list[float]:
    """Return the lags, in seconds, that a contestant wrote since a monotonic time; only whole lines."""
    lines = path.read_text().rpartition("\n")[0].splitlines()
    return [float(lag) for at, lag in map(str.split, lines) if float(at) >= since]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of the values do not exceed; NaN without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else math.nan


def cpu_s(pid: int) -> float:
    """Return the processor time, in seconds, that a process and its living children have used."""
    return sum(_own_cpu_s(each) for each in _family(pid))


def parent_of(pid: int) -> int:
    """Return the id of the process that started this one."""
    return _status(pid, "PPid:")


def resident_mib(pid: int, *, peak: bool = False) -> float:
    """Return the resident memory of a process and its living children in MiB, now or at their highest."""
    field = "VmHWM:" if peak else "VmRSS:"
    return sum(_status(each, field) for each in _family(pid)) / 1024


@dataclass
class Watch:
    """What might spoil a bout: our own use of the processor and lag, and other processes, since it was made."""

    contestant: int
    ticks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    lags: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self._began = time.monotonic(), self._others_s()

    async def run(self) -> None:
        """Look every 10 ms, until cancelled."""
        await watch_lag(self._tell)

    def load(self) -> dict[str, float]:
        """Return our share of one processor in our busiest second, the p99 of our event loop's lag in ms, and the
        share of all processors that others took."""
        passed_s, others_s = time.monotonic() - self._began[0], self._others_s() - self._began[1]
        others = max(0, others_s) / passed_s / (os.cpu_count() or 1)
        lag_ms = 1000 * percentile(self.lags, 0.99)
        return {"own": _busiest_second(self.ticks), "lag_ms": lag_ms, "others": others}

    def _tell(self, at: float, lag: float) -> None:
        self.ticks.append((at, time.process_time()))
        self.lags.append(lag)

    def _others_s(self) -> float:
        return _machine_s() - time.process_time() - cpu_s(self.contestant)


def _busiest_second(ticks: Sequence[tuple[float, float]]) -> float:
    """Return the largest share of a processor that was used within a second; ticks are times and processor times."""
    ats = [at for at, _ in ticks]
    ends = [bisect(ats, at + 1) for at in ats]
    seconds = [(tick, ticks[end]) for tick, end in zip(ticks, ends, strict=True) if end < len(ticks)]
    return max(((later[1] - tick[1]) / (later[0] - tick[0]) for tick, later in seconds), default=0.0)


async def quiet(*, patience_s: float = 60.0) -> None:
    """Wait, for a while at most, until other processes leave most of the machine alone."""
    give_up_at = time.monotonic() + patience_s
    while time.monotonic() < give_up_at:
        before_s = _machine_s()
        await asyncio.sleep(QUIET_LOOK_S)
        if (_machine_s() - before_s) / QUIET_LOOK_S / (os.cpu_count() or 1) < QUIET_SHARE:
            return


def _machine_s() -> float:
    """Return the processor time of all processes, without those of lower priority (nice): they make way."""
    user, _nice, system, _idle, _iowait, *interrupts = map(
        int, Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]
    )
    return (user + system + sum(interrupts)) * _TICK_S


def _family(pid: int) -> list[int]:
    children = [
        int(child)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listed.read_text().split()
    ]
    return [pid, *(each for child in children for each in _family(child))]


def _own_cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S  # proc(5): utime and stime, fields 14 and 15


def _status(pid: int, field: str) -> int:
    """Return a number of /proc/PID/status; memory is in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))
