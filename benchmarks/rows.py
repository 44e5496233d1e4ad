"""What is measured: each scenario is played by one contestant at a time and fills one or more rows."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.probe import percentile
from benchmarks.stage import EASEL, FLOOR, NAIVE, Bout, picture
from tests.wire.state import User

MIB: Final = 1024 * 1024
PATIENCE_S: Final = 3.0  # Discord's, for a first answer
SETTLE_S: Final = 3.0  # after a start, before a process is at rest
FEW_SLOTS: Final = {"EASEL_WORKER_CONCURRENCY": "8"}  # the default


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is asked for. Sides are in pixels, bytes are of one file."""

    latency_s: float = 2.0
    side: int = 2048
    picture_bytes: int = int(4.4 * MIB)
    large_side: int = 4096
    large_bytes: int = 10 * MIB
    reference_side: int = 1024
    reference_bytes: int = MIB
    turns: int = 4  # jobs of each of two people, one after the other
    crowd: int = 20
    crowd_turns: int = 3
    burst: int = 100
    commands: tuple[int, int, int] = (100, 500, 1500)
    idle_s: float = 8.0


FULL: Final = Sizes()
QUICK: Final = Sizes(latency_s=0.5, turns=2, crowd_turns=1, burst=40, idle_s=3.0)
TINY: Final = Sizes(
    latency_s=0.05,
    side=64,
    picture_bytes=4096,
    large_side=96,
    large_bytes=8192,
    reference_side=64,
    reference_bytes=4096,
    turns=1,
    crowd=2,
    crowd_turns=1,
    burst=3,
    commands=(2, 3, 4),
    idle_s=0.1,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: `at_most` is what Easel's figure divided by the naive one's may be.

    With `is_absolute`, `at_most` is about Easel's own figure; `at_least` always is.
    """

    key: str
    title: str
    unit: str
    at_most: float | None = None
    is_absolute: bool = False
    at_least: float | None = None


Measure = Callable[[Bout, Sizes], Awaitable[list[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`measure` returns a figure for each row. `settings` are Easel's, beside those that lift its limits."""

    rows: tuple[Row, ...]
    measure: Measure
    contestants: tuple[str, ...] = (EASEL, NAIVE)
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    is_large: bool = False
    by_url: bool = False
    has_probe: bool = False

    @property
    def key(self) -> str:
        return self.rows[0].key


ALL: Final = (EASEL, NAIVE, FLOOR)
SCENARIOS: Final[list[Scenario]] = []


def fills(*rows: Row, **more: Any) -> Callable[[Measure], Measure]:
    """Register the decorated function as a scenario that measures `rows`; `more` are fields of `Scenario`."""

    def register(measure: Measure) -> Measure:
        SCENARIOS.append(Scenario(rows=rows, measure=measure, **more))
        return measure

    return register


async def _overheads_ms(
    bout: Bout, people: int, turns: int, references: tuple[bytes, ...] = ()
) -> list[float]:
    """Let so many people ask at once, each for one picture after another; return each job's overhead in ms."""

    async def person(user: User) -> list[float]:
        return [1000 * await bout.job(user, references) for _ in range(turns)]

    return list(itertools.chain(*await asyncio.gather(*map(person, bout.people(people)))))


@fills(Row("pair", "2 people, one job after the other: overhead p50", "ms", at_most=1.6), contestants=ALL)
async def pair(bout: Bout, sizes: Sizes) -> list[float]:
    return [percentile(await _overheads_ms(bout, 2, sizes.turns), 0.5)]


@fills(
    Row("crowd", "20 people at once, 3 jobs each: overhead p50", "ms", at_most=1.3),
    Row("cpu", "processor time of a job", "ms", at_most=2.5),
    contestants=ALL,
)
async def crowd(bout: Bout, sizes: Sizes) -> list[float]:
    before_s = bout.cpu_s()
    overheads = await _overheads_ms(bout, sizes.crowd, sizes.crowd_turns)
    return [percentile(overheads, 0.5), 1000 * (bout.cpu_s() - before_s) / len(overheads)]


@fills(
    Row("burst", "100 jobs at once: overhead p50", "ms", at_most=1.2),
    Row("peak", "peak memory, 100 jobs in flight", "MiB", at_most=0.5),
    contestants=ALL,
)
async def burst(bout: Bout, sizes: Sizes) -> list[float]:
    overheads = await _overheads_ms(bout, sizes.burst, 1)
    return [percentile(overheads, 0.5), bout.resident_mib(peak=True)]


async def _answers(bout: Bout, commands: int) -> list[float]:
    """Return the p99 of first answers in ms, and how many came in time. What is painted would come later anyway."""
    await _overheads_ms(bout, 2, 1)  # nobody meets a process that has never answered
    bout.painter.open.clear()
    answers_s = await bout.answered([await bout.ask(user) for user in bout.people(commands)])
    return [1000 * percentile(answers_s, 0.99), sum(each <= PATIENCE_S for each in answers_s)]


@fills(
    Row("answers", "100 commands at once: first answer p99", "ms", at_most=2.5),
    Row("answers-count", "100 commands: answered within 3 s", "", at_least=100),
    contestants=ALL,
)
async def answers(bout: Bout, sizes: Sizes) -> list[float]:
    return await _answers(bout, sizes.commands[0])


@fills(
    Row("answers-500", "500 commands at once: first answer p99", "ms", at_most=1000, is_absolute=True),
    Row("answers-500-count", "500 commands: answered within 3 s", "", at_least=500),
    contestants=ALL,
)
async def answers_500(bout: Bout, sizes: Sizes) -> list[float]:
    return await _answers(bout, sizes.commands[1])


@fills(
    Row("answers-1500", "1,500 commands at once: first answer p99", "ms"),
    Row("answers-1500-count", "1,500 commands: answered within 3 s", "", at_least=1500),
    contestants=ALL,
)
async def answers_1500(bout: Bout, sizes: Sizes) -> list[float]:
    return await _answers(bout, sizes.commands[2])


@fills(
    Row("rest", "memory at rest", "MiB", at_most=1.7),
    Row("idle", "processor time at rest, each second", "ms"),
    contestants=ALL,
)
async def rest(bout: Bout, sizes: Sizes) -> list[float]:
    await asyncio.sleep(min(SETTLE_S, sizes.idle_s))
    resident_mib, before_s = bout.resident_mib(), bout.cpu_s()
    await asyncio.sleep(sizes.idle_s)
    return [resident_mib, 1000 * (bout.cpu_s() - before_s) / sizes.idle_s]


@fills(Row("start", "start of the process to its first answer", "s"))
async def start(bout: Bout, _sizes: Sizes) -> list[float]:
    asked = await bout.ask(bout.people(1)[0])
    answer_s = (await bout.answered([asked]))[0]
    return [asked.dispatched_at + answer_s - bout.started_at]


async def _edits_ms(bout: Bout, sizes: Sizes, references: int) -> float:
    given = (picture(sizes.reference_side, sizes.reference_bytes),) * references
    return percentile(await _overheads_ms(bout, 2, 2, given), 0.5)


@fills(Row("edit", "edit with 1 reference, 2 people: overhead p50", "ms"))
async def edit(bout: Bout, sizes: Sizes) -> list[float]:
    return [await _edits_ms(bout, sizes, 1)]


@fills(Row("edit-14", "edit with 14 references, 2 people: overhead p50", "ms"))
async def edit_14(bout: Bout, sizes: Sizes) -> list[float]:
    return [await _edits_ms(bout, sizes, 14)]


@fills(Row("url", "20 people at once, answers by URL: overhead p50", "ms"), by_url=True)
async def url(bout: Bout, sizes: Sizes) -> list[float]:
    return [percentile(await _overheads_ms(bout, sizes.crowd, 1), 0.5)]


@fills(Row("large", "first answer p99 while 4K pictures are packaged", "ms"), is_large=True)
async def large(bout: Bout, sizes: Sizes) -> list[float]:
    """Commands come twenty a second from the moment when eight large pictures do, until all eight are shown.

    Their own calls are held: more than eight large pictures at once would be another row.
    """
    more = {"resolution": "4K"} if bout.name == EASEL else {}
    painting = [asyncio.create_task(bout.job(user, (), **more)) for user in bout.people(8)]
    await bout.arrived(8)
    bout.painter.open.clear()
    await asyncio.sleep(sizes.latency_s)
    asked = [await bout.ask(bout.people(1)[0])]
    while not all(each.done() for each in painting):
        await asyncio.sleep(0.05)
        asked.append(await bout.ask(bout.people(1)[0]))
    await asyncio.gather(*painting)
    return [1000 * percentile(await bout.answered(asked), 0.99)]


@fills(Row("lag", "event loop's lag p99, 20 jobs at once", "ms"), has_probe=True)
async def lag(bout: Bout, sizes: Sizes) -> list[float]:
    began = time.monotonic()
    await _overheads_ms(bout, sizes.crowd, 1)
    return [1000 * percentile(bout.lags(since=began), 0.99)]


@fills(Row("behind", "1 job behind another person's 100: overhead", "ms"), settings=FEW_SLOTS)
async def behind(bout: Bout, sizes: Sizes) -> list[float]:
    ada, ben = bout.people(2)
    for _ in range(sizes.burst):
        await bout.ask(ada)
    return [1000 * await bout.job(ben)]
