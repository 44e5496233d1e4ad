"""`python -m tests.faults.recovery`: how long it takes until everything asked for is delivered after one failure.

A gateway and two workers on PostgreSQL, as whole processes, at their own speed: run it with EASEL_HASTE=1. Lost answers
are asked for at once: the two minutes that Easel gives them are no recovery.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults import pace
from tests.faults.books import open_jobs
from tests.faults.kinds import Database, Kind
from tests.faults.run import END_S
from tests.faults.site import open_site
from tests.faults.storm import Event, Storm

JOBS: Final = 8
LOOK_S: Final = 0.1
PATIENCE_S: Final = 400.0
SOON_S: Final = (0.2, 0.4, 0.8)
NOT_AGAIN_S: Final = 45.0  # longer than the others take to go on
ANYTHING_OF_DISCORD: Final = 9  # of the places a fault of Discord may meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One failure. `from_start` counts from its beginning, otherwise from when it is over."""

    name: str
    event: Event
    from_start: bool = True


def _event(kind: Kind, what: str = "", *, target: str = "", for_s: float = 0.0, number: float = 0.0) -> Event:
    """An event at a bad moment: with two calls on their way."""
    return Event(at_s=0, kind=kind, what=what, target=target, for_s=for_s, number=number, in_air=2)


CASES: Final = (
    Case(name="nothing", event=_event(Kind.DATABASE_SLOW, for_s=0.1)),
    Case(name="a worker is killed", event=_event(Kind.KILL, target="one", number=NOT_AGAIN_S)),
    Case(name="a worker stands still for 40 s", event=_event(Kind.FREEZE, target="one", for_s=40.0)),
    Case(
        name="a worker's line is dead for 60 s", event=_event(Kind.DATABASE_STALLED, target="one", for_s=60.0)
    ),
    Case(name="every connection is terminated", event=_event(Kind.DATABASE_CUT, "terminated")),
    *(
        Case(
            name=f"the database is away for {s:.0f} s",
            event=_event(Kind.DATABASE_AWAY, for_s=s),
            from_start=False,
        )
        for s in (5.0, 20.0, 120.0)
    ),
    Case(name="the gateway is killed", event=_event(Kind.KILL, target="gateway", number=3.0)),
    Case(
        name="Discord answers 503 for 60 s",
        event=_event(Kind.DISCORD_ERRORS, "503 0", number=ANYTHING_OF_DISCORD, for_s=60.0),
        from_start=False,
    ),
)


async def measure(case: Case, folder: Path) -> float:
    """Return the seconds until the ends of all jobs are shown."""
    chance = random.Random(case.name)
    async with open_site(folder, Database.POSTGRES, chance, ask_again_s=SOON_S) as site:
        await site.open()
        members = [site.town.server.add_user(f"member{number}") for number in range(JOBS)]
        for number, member in enumerate(members):
            options = {"prompt": f"picture number {number:03}"}
            await (await site.town.server.slash(member, site.town.art, "imagine", options)).acked()
        storm, began = Storm(site, [case.event]), pace.now()
        happening = asyncio.create_task(storm.happen(case.event), name="failure")
        if not case.from_start:
            await happening
            began = pace.now()
        async with asyncio.timeout(pace.on_the_wall(PATIENCE_S)):
            while await open_jobs(site):  # asks from outside
                await pace.sleep(LOOK_S)
        took_s = pace.now() - began
        await happening
        await site.close(timeout_s=END_S)
        return took_s


async def main(times: int) -> None:
    for case in CASES:
        figures: list[float] = []
        for _ in range(times):
            with tempfile.TemporaryDirectory() as folder:
                figures.append(await measure(case, Path(folder)))
        shown = f"{statistics.median(figures):6.1f} s  (most {max(figures):.1f} s)"
        print(f"{case.name:35}{shown}", flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
