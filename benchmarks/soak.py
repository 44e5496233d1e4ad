"""`python -m benchmarks.soak`: people ask Easel for pictures all the time; memory and files must not grow with them."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.campaign import tell
from benchmarks.probe import SWEEP
from benchmarks.rows import FULL, MIB, Sizes
from benchmarks.stage import EASEL, Bout, bout, picture
from tests.wire.state import Message, User

PEOPLE: Final = 8
PARTS: Final = 5  # of the time; what is held settles in the first ones: caches fill, the heap finds its size
MOST_GROWTH: Final = 1.1  # the last part's median over that of the middle one
CACHE_MB: Final = 256
# What comes and goes with the jobs under way, and what piles up between two sweeps.
SLACK: Final = {"spooled": 4 * PEOPLE, "cached": CACHE_MB}
# A small cache that is swept often, so that results leave it while we look.
SETTINGS: Final = {"EASEL_KEEP_ORIGINALS_MB": str(CACHE_MB), SWEEP: "20"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What Easel holds at a moment: memory and cached files in MiB, open files, threads, and files in its spool."""

    memory: float
    handles: int
    threads: int
    spooled: int
    cached: float


def sample(held: Bout, data: Path) -> Sample:
    """Look at the process from outside, and into its folder."""
    process = Path("/proc") / str(held.pid)
    return Sample(
        memory=held.resident_mib(),
        handles=len(list((process / "fd").iterdir())),
        threads=len(list((process / "task").iterdir())),
        spooled=len(_sizes(data / "blobs")),
        cached=sum(_sizes(data / "kept")) / MIB,
    )


def _sizes(folder: Path) -> list[int]:
    """Return the bytes of each file below a folder that Easel changes at the same time."""
    sizes: list[int] = []
    for path, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes.append((Path(path) / name).stat().st_size)
    return sizes


async def soak(held: Bout, data: Path, *, seconds: float, every_s: float) -> tuple[int, list[Sample]]:
    """Let `PEOPLE` ask for one picture after another; return how many were shown, and the samples."""
    held.server.world.listeners.append(lambda _event, message: _let_go(held, message))
    shown, until = 0, time.monotonic() + seconds

    async def person(user: User) -> None:
        nonlocal shown
        while time.monotonic() < until:
            await held.job(user)
            shown += 1

    asking = asyncio.gather(*map(person, held.people(PEOPLE)))
    samples: list[Sample] = []
    while not asking.done():
        samples.append(sample(held, data))
        await asyncio.wait([asking], timeout=every_s)
    await asking
    return shown, samples


def _let_go(held: Bout, message: Message) -> None:
    """Forget the bytes of what was posted: the stand-in would hold gigabytes."""
    for attachment in message.attachments:
        held.server.world.cdn.forget(attachment)
    message.attachments = tuple(replace(each, data=b"") for each in message.attachments)


def medians(samples: Sequence[Sample], name: str) -> list[float]:
    """Return the median of a field in each of `PARTS` equal parts of the time."""
    bounds = [len(samples) * part // PARTS for part in range(PARTS + 1)]
    values = [float(getattr(each, name)) for each in samples]
    return [median(values[start : max(end, start + 1)]) for start, end in pairwise(bounds)]


async def play(folder: Path, sizes: Sizes, *, seconds: float, every_s: float) -> tuple[int, list[Sample]]:
    """Start Easel in `folder` and soak it."""
    painted = picture(sizes.side, sizes.picture_bytes)
    async with bout(EASEL, folder, picture=painted, latency_s=sizes.latency_s, environ=SETTINGS) as held:
        return await soak(held, folder / "data", seconds=seconds, every_s=every_s)


def main(argv: Sequence[str] | None = None) -> int:
    """Soak and print a table; return 1 if anything grew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    options = parser.parse_args(argv)
    logging.getLogger("aiohttp.server").disabled = True  # Easel is killed in the middle of requests
    with TemporaryDirectory(prefix="easel-soak-") as folder:
        tell(f"{PEOPLE} people for {options.minutes:g} minutes")
        shown, samples = asyncio.run(play(Path(folder), FULL, seconds=60 * options.minutes, every_s=2.0))
    sys.stdout.write(f"\n{shown:,} pictures; medians of {PARTS} parts of the time\n\n")
    sys.stdout.write(f"| {'':8} |{'     |' * PARTS}\n|{'-' * 10}|{'----:|' * PARTS}\n")
    grew: list[str] = []
    for name in (field.name for field in fields(Sample)):
        parts = medians(samples, name)
        sys.stdout.write(f"| {name:8} |{''.join(f'{part:4.0f} |' for part in parts)}\n")
        if parts[-1] > MOST_GROWTH * parts[PARTS // 2] + SLACK.get(name, 0):
            grew.append(name)
    sys.stdout.write(f"\n{', '.join(grew) or 'Nothing'} grew\n")
    return 1 if grew else 0


if __name__ == "__main__":
    sys.exit(main())
