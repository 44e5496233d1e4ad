"""One run of the campaign: a storm, clear weather, and a look at the books."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.services.provider_calls import ASK_AGAIN_S
from bot.storage.stores import SqlModerationStore
from tests.e2e.books import MODERATOR
from tests.e2e.dying import VIDEOS_OPEN
from tests.faults import pace
from tests.faults.books import Problem, Wrong, open_calls, open_jobs, problems_of
from tests.faults.kinds import Database, Kind
from tests.faults.members import act, wishes
from tests.faults.site import Site, open_site
from tests.faults.storm import Storm, plan

SETTLE_S: Final = 400.0
END_S: Final = 100.0
STRAIN_EVERY_S: Final = 0.2
STRAINED_S: Final = 2.5  # late by so much, a machine is too busy for a verdict
LOOK_S: Final = 5.0  # in PostgreSQL over a new connection, which costs its server more than the look
AFTER_S: Final = 1.0
ARRIVE_S: Final = 5.0
# Soon after midnight they are dated ahead, which a sweep asks about as well: money is counted by the day of its call.
_MADE_OLD: Final = """CASE
    WHEN (submitted_at AT TIME ZONE 'UTC')::time > time '01:11' THEN submitted_at - interval '70 minutes'
    ELSE submitted_at + interval '70 minutes'
END"""
# A call that a dead worker left open is asked about after an hour; one dated by a clock that was an hour ahead, after
# two, unless somebody looks before.
SWEEP_AFTER_S: Final = 7_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run. `kinds` None lets the seed choose among all but `without`; `jobs` None lets it choose the number.

    A share of `videos` of the commands asks for videos.

    `ask_again_s` is when calls are asked for whose answer was lost.
    """

    seed: int
    database: Database
    kinds: frozenset[Kind] | None = None
    without: frozenset[Kind] = frozenset()
    jobs: int | None = None
    videos: float = 0.0
    ask_again_s: tuple[float, ...] = ASK_AGAIN_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a run. `states` counts the jobs by how they ended, `met` the faults that happened, by kind.

    `strain_s` is how late the machine was at its worst.
    """

    order: Order
    problems: list[Problem]
    states: Counter[str]
    met: Counter[Kind]
    charged: int
    plan: list[str]
    seconds: float
    tracebacks: int = 0
    strain_s: float = 0.0
    timings: tuple[float, float, float] = (0.0, 0.0, 0.0)  # to start, of the storm, to settle


@dataclass(slots=True)
class Strain:
    """How late the machine was at its worst. On one that is too busy, seconds in haste mean little."""

    worst_s: float = 0.0

    async def watch(self) -> None:
        while True:
            due = pace.now() + STRAIN_EVERY_S
            await pace.sleep(STRAIN_EVERY_S)
            self.worst_s = max(self.worst_s, pace.now() - due)


async def run(order: Order, folder: Path) -> Report:
    """Run one storm in `folder`, which then holds the logs and the database."""
    began = time.monotonic()
    events = [
        each for each in plan(order.seed, order.database, order.kinds) if each.kind not in order.without
    ]
    chance = random.Random(f"{order.seed}/latency")
    async with open_site(folder, order.database, chance, ask_again_s=order.ask_again_s) as site:
        if order.videos:
            await _open_videos(site)
        await site.open()
        opened = time.monotonic()
        storm = Storm(site, events)
        strain = Strain()
        watching = asyncio.create_task(strain.watch(), name="strain")
        raging = asyncio.create_task(storm.rage(), name="storm")
        given = await act(site.town, wishes(order.seed, order.jobs, videos=order.videos))
        await raging
        raged = time.monotonic()
        is_settled = await _settle(site)
        await site.close(timeout_s=END_S)
        watching.cancel()
        if is_settled and await open_calls(site):
            await _let_sweep(site)
        problems = await problems_of(site, storm, given)
        jobs = await site.rows("SELECT state FROM jobs")
        return Report(
            order=order,
            problems=problems,
            states=Counter(row["state"] for row in jobs),
            met=+site.sky.met,
            charged=sum(call.charged for call in site.town.provider.calls),
            plan=[str(event) for event in events],
            seconds=time.monotonic() - began,
            tracebacks=sum(site.log_of(name).count("Traceback") for name in site.keepers),
            strain_s=strain.worst_s,
            timings=(opened - began, raged - opened, time.monotonic() - raged),
        )


async def _open_videos(site: Site) -> None:
    guild_id, now = site.town.art.guild_id or 0, site.town.server.clock.now()
    async with site.store() as store:
        await SqlModerationStore(store).apply(guild_id, VIDEOS_OPEN, by=MODERATOR, now=now)


async def _settle(site: Site) -> bool:
    """Wait in clear weather until every job is over and shown. Return False if that does not come about."""
    try:
        async with asyncio.timeout(pace.on_the_wall(SETTLE_S)):
            await site.town.server.connected(
                timeout_s=pace.on_the_wall(SETTLE_S)
            )  # the last commands may wait for a gateway that was cut
            await pace.sleep(ARRIVE_S)
            while await open_jobs(site):  # asks from outside
                await pace.sleep(LOOK_S)
    except TimeoutError:
        return False
    await pace.sleep(AFTER_S)  # what follows a delivery: the image cache, the spool
    return True


async def _let_sweep(site: Site) -> None:
    """Start again when old calls are due to be asked about; PostgreSQL's time is not turned: make them old there."""
    if site.database is Database.POSTGRES:
        await site.execute(f"UPDATE calls SET submitted_at = {_MADE_OLD} WHERE charge = 'open'")
    site.town.server.advance(SWEEP_AFTER_S)
    for keeper in site.keepers.values():
        keeper.controls.clock.write_text(str(SWEEP_AFTER_S))
    await site.open()
    try:
        async with asyncio.timeout(pace.on_the_wall(SETTLE_S / 4)):
            while await open_calls(site):  # asks from outside
                await pace.sleep(LOOK_S)
    except TimeoutError:
        pass
    await site.close(timeout_s=END_S)


def summary(problems: Collection[Problem]) -> Counter[Wrong]:
    return Counter(problem.wrong for problem in problems)
