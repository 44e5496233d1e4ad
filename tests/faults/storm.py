"""The storm: which troubles happen when, all of it told by the seed, and how they are brought about."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bot.sandbox.faults import HTML_PAGE
from tests.faults import front, pace
from tests.faults.front import Trouble
from tests.faults.kinds import Database, Kind, kinds_of
from tests.faults.processes import Keeper
from tests.faults.site import ROLES, Site
from tests.wire.faults import Fault, rate_limited

STORM_S: Final = 40.0
SHARE: Final = 0.35  # of the kinds are in a storm
EVERYBODY: Final = ""
WORST_MOMENT_S: Final = 20.0  # is not waited for any longer
LOOK_S: Final = 0.2
_MOMENTS: Final = (0.5, 3.0, 6.0)
_WHILES: Final = (3.0, 10.0, 20.0, 20.0, 35.0)  # the last is longer than a lease lasts

# What Discord is asked for, and what a fault on it costs.
_CARD, _MESSAGE = ("PATCH", "/webhooks/*/messages/*"), ("POST", "/channels/*/messages")
_ANSWER, _EDIT = ("POST", "/interactions/*/callback"), ("PATCH", "/channels/*/messages/*")
_PLACES: Final = (_CARD, _CARD, _CARD, _MESSAGE, _ANSWER, _EDIT, ("*", "/channels/*"), *[("*", "*")] * 3)
UNKNOWN_MESSAGE: Final = 10008
TOO_LARGE: Final = 413
_DISCORD_STATUSES: Final = (
    "401 0",
    "403 50001",
    "404 10008",
    "404 10003",
    "413 40005",
    "429 0",
    "500 0",
    "502 0",
    "503 0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One trouble: from `at_s` after the storm's beginning, `for_s` long.

    `target` is the process it meets, or EVERYBODY; `number` what the kind makes of it; `times` how many requests
    it meets, None for all within its time. With `in_air` it waits until so many paid calls are on their way.
    """

    at_s: float
    kind: Kind
    what: str = ""
    target: str = EVERYBODY
    for_s: float = 0.0
    number: float = 0.0
    times: int | None = None
    in_air: int = 0

    def __str__(self) -> str:
        shown = [f"{self.at_s:.1f} s {self.kind}", self.what, self.target and f"at {self.target}"]
        shown += [f"for {self.for_s:g} s" if self.for_s else "", f"{self.number:g}" if self.number else ""]
        shown.append(f"with {self.in_air} calls in the air" if self.in_air else "")
        return " ".join([*filter(None, shown), f"x{self.times}" if self.times else ""]).rstrip()


def plan(seed: int, database: Database, kinds: Collection[Kind] | None = None) -> list[Event]:
    """Return the events of a seed in the order of their time.

    With `kinds` exactly these happen. Without, the seed chooses. Every kind draws from a generator of its own, so
    that a kind that is added or left out changes nothing about the others.
    """
    events: list[Event] = []
    for kind in kinds_of(database):
        chance = random.Random(f"{seed}/{database}/{kind}")
        is_chosen = chance.random() < SHARE
        if is_chosen if kinds is None else kind in kinds:
            events += (_timed(event, chance) for event in _events(kind, chance, database))
    return sorted(events, key=lambda event: event.at_s)


def _timed(event: Event, chance: random.Random) -> Event:
    """Let most troubles that are no single request's come at the worst moment, on a slow machine too."""
    in_air = chance.choice((0, 1, 2, 3))
    return event if event.kind.startswith(("provider-", "discord-")) else replace(event, in_air=in_air)


def _events(kind: Kind, chance: random.Random, database: Database) -> Iterator[Event]:
    names = list(ROLES[database])
    anybody = [EVERYBODY, *names] if database is Database.POSTGRES else [EVERYBODY]
    match kind:
        case Kind.KILL | Kind.STOP:
            for _ in range(chance.randint(1, 3)):
                yield Event(
                    at_s=_at(chance), kind=kind, target=chance.choice(names), number=chance.choice(_MOMENTS)
                )
        case Kind.FREEZE:
            for _ in range(chance.randint(1, 2)):
                yield Event(
                    at_s=_at(chance), kind=kind, target=chance.choice(names), for_s=chance.choice(_WHILES)
                )
        case Kind.CLOCK_SKEW:
            for name in names:
                yield Event(at_s=0, kind=kind, target=name, for_s=STORM_S, number=chance.uniform(-60, 60))
        case Kind.CLOCK_JUMP:
            number = chance.choice((-86_400, -3_600, -600, 600, 3_600, 86_400))
            yield Event(
                at_s=_at(chance), kind=kind, target=chance.choice(names), for_s=_while(chance), number=number
            )
        case Kind.DATABASE_CUT:
            for _ in range(chance.randint(1, 4)):
                what = chance.choice(("cut", "terminated", "answers lost"))
                yield Event(
                    at_s=_at(chance),
                    kind=kind,
                    what=what,
                    target=chance.choice(anybody),
                    for_s=chance.choice(_MOMENTS),
                )
        case Kind.DATABASE_STALLED:
            yield Event(at_s=_at(chance), kind=kind, target=chance.choice(names), for_s=_while(chance))
        case Kind.DATABASE_SLOW:
            yield Event(
                at_s=_at(chance) / 2,
                kind=kind,
                for_s=chance.uniform(5, 20),
                number=chance.choice((0.2, 1.0, 2.0)),
            )
        case Kind.DATABASE_AWAY | Kind.DATABASE_READ_ONLY | Kind.DISK_FULL:
            ways = ("files", "growth") if kind is Kind.DISK_FULL and database is Database.SQLITE else ("",)
            target = chance.choice(anybody) if kind is Kind.DISK_FULL else EVERYBODY
            yield Event(
                at_s=_at(chance), kind=kind, what=chance.choice(ways), target=target, for_s=_while(chance)
            )
        case Kind.DISCORD_GATEWAY:
            for _ in range(chance.randint(1, 3)):
                yield Event(
                    at_s=_at(chance),
                    kind=kind,
                    what=chance.choice(("cut", "reconnect", "invalid", "shut")),
                    for_s=5.0,
                )
        case Kind.PROVIDER_LOG:  # it is asked only where an answer was lost
            yield Event(at_s=1, kind=kind, what="reset after", for_s=STORM_S / 2)
            for _ in range(chance.randint(2, 6)):
                yield _http(kind, chance)
        case _:
            for _ in range(chance.randint(2, 6)):
                yield _http(kind, chance)


def _at(chance: random.Random) -> float:
    return chance.uniform(1, STORM_S - 4)


def _while(chance: random.Random) -> float:
    return chance.choice(_WHILES)


def _http(kind: Kind, chance: random.Random) -> Event:
    """Choose a fault of the requests to the provider or to Discord: of the next few, or of all for a while."""
    match kind:
        case Kind.PROVIDER_ERRORS:
            what = str(chance.choice(front.STATUSES))
        case Kind.PROVIDER_PAGES:
            what = f"{chance.choice(front.STATUSES)} page"
        case Kind.PROVIDER_LINE:
            what = chance.choice(front.LINES)
        case Kind.PROVIDER_GARBAGE:
            what = chance.choice(front.GARBAGE)
        case Kind.PROVIDER_LOG:
            what = chance.choice(front.LOGS)
        case Kind.DISCORD_LINE:
            what = chance.choice(("before", "after"))
        case _:
            what = chance.choice(_DISCORD_STATUSES)
    place = chance.randrange(len(_PLACES))
    at_s = chance.uniform(0, STORM_S / 2)  # while most jobs are on their way
    if chance.random() < 0.6:
        return Event(at_s=at_s, kind=kind, what=what, number=place, times=chance.choice((1, 1, 2, 3, 5)))
    return Event(at_s=at_s, kind=kind, what=what, number=place, for_s=_while(chance))


class Storm:
    """Brings about the events of a plan at a site, each in a task of its own."""

    def __init__(self, site: Site, events: Collection[Event]) -> None:
        self._site = site
        self._events = events
        self._troubles: list[Trouble] = []
        self._faults: list[tuple[Kind, Fault]] = []
        self.storage_away: list[tuple[str, float, float]] = []  # of a process, or of EVERYBODY: from, until

    async def rage(self) -> None:
        """Return when the last event is over and everything is as it was before."""
        async with asyncio.TaskGroup() as group:
            group.create_task(pace.sleep(STORM_S), name="storm")
            for event in self._events:
                group.create_task(self.happen(event), name=f"storm-{event.kind}")
        self._clear()

    async def happen(self, event: Event) -> None:
        """Bring about one event, and return when it is over."""
        await pace.sleep(event.at_s)
        await self._until_in_air(event.in_air)
        began = pace.now()
        match event.kind:
            case Kind.KILL:
                self._keeper(event).kill(down_s=event.number)
            case Kind.STOP:
                self._keeper(event).stop(down_s=event.number)
            case Kind.FREEZE:
                self._keeper(event).freeze()
                await pace.sleep(event.for_s)
                self._keeper(event).thaw()
            case Kind.CLOCK_SKEW | Kind.CLOCK_JUMP:
                file = self._keeper(event).controls.clock
                file.write_text(str(event.number))
                await pace.sleep(event.for_s)
                file.write_text("0")
            case Kind.DISK_FULL:
                await self._fill_disk(event)
            case Kind.DISCORD_GATEWAY:
                await self._lose_gateway(event)
            case Kind.DISCORD_ERRORS | Kind.DISCORD_PAGES | Kind.DISCORD_LINE:
                await self._spoil_discord(event)
            case kind if kind.startswith("provider-"):
                await self._spoil_provider(event)
            case _ if self._site.database is Database.SQLITE:
                await self._lock_sqlite(event)
            case _:
                await self._harm_postgres(event)
        if event.kind.startswith(("database-", "disk-")):
            self.storage_away.append((event.target, began, pace.now()))
        self._site.sky.met[event.kind] += not event.kind.startswith(("provider-", "discord-"))

    async def _until_in_air(self, number: int) -> None:
        """Wait until so many paid calls are on their way, but not for long."""
        until = pace.now() + WORST_MOMENT_S
        while self._site.sky.in_air < number and pace.now() < until:
            await pace.sleep(LOOK_S)

    def _keeper(self, event: Event) -> Keeper:
        return self._site.keepers[event.target]

    def _clear(self) -> None:
        self._site.sky.clear()
        for kind, fault in self._faults:
            self._site.sky.met[kind] += fault.hits
        self._site.town.server.faults.clear()

    async def _fill_disk(self, event: Event) -> None:
        keepers = [self._site.keepers[event.target]] if event.target else list(self._site.keepers.values())
        for keeper in keepers:
            if event.what == "growth":
                keeper.limit_files(keeper.service.log.stat().st_size + 32 * 1024)
            else:
                keeper.controls.disk.touch()
        await pace.sleep(event.for_s)
        for keeper in keepers:
            keeper.controls.disk.unlink(missing_ok=True)
            keeper.limit_files(None)

    async def _lose_gateway(self, event: Event) -> None:
        server = self._site.town.server
        self._site.sky.met[event.kind] += 1
        match event.what:
            case "cut":
                await server.drop_gateways()
            case "reconnect":
                server.ask_to_reconnect()
            case "invalid":
                server.invalidate_sessions()
            case _:
                server.gateway.is_accepting = False
                await server.drop_gateways()
                await pace.sleep(event.for_s)
                server.gateway.is_accepting = True

    async def _spoil_discord(self, event: Event) -> None:
        fault = self._site.town.server.faults.add(_discord_fault(event))
        if event.kind is Kind.DISCORD_ERRORS and fault.body.get("code") == UNKNOWN_MESSAGE:
            fault.on_hit = self._delete
        self._faults.append((event.kind, fault))
        if event.times is None:
            await pace.sleep(event.for_s)
            fault.release()

    def _delete(self, path: str) -> None:
        """Make it true that a message is gone: Discord does not say so of one that is there."""
        parts = path.split("/")
        if "messages" not in parts:
            return
        server, which = self._site.town.server, parts[-1]
        message = server.world.messages.get(int(which)) if which.isdecimal() else server.original(parts[3])
        if message is not None and not message.deleted:
            server.world.delete(message)

    async def _spoil_provider(self, event: Event) -> None:
        is_log = event.kind is Kind.PROVIDER_LOG and event.what in front.LOGS
        trouble = Trouble(kind=event.kind, what=event.what, times=event.times, is_of_log=is_log)
        self._site.sky.troubles.append(trouble)
        if event.times is None:
            await pace.sleep(event.for_s)
            trouble.is_over = True

    async def _lock_sqlite(self, event: Event) -> None:
        """Hold the write lock for the event's time; a slow database is one that is locked again and again."""
        until = pace.now() + event.for_s
        while pace.now() < until:
            held_s = pace.on_the_wall(event.number or until - pace.now())
            await asyncio.to_thread(_hold_lock, self._site.town.database, held_s)
            await pace.sleep(event.number / 2)

    async def _harm_postgres(self, event: Event) -> None:
        lines = [self._site.lines[event.target]] if event.target else list(self._site.lines.values())
        match event.kind, event.what:
            case Kind.DATABASE_READ_ONLY, _:
                await self._only_read(event.for_s)
            case _, "terminated":
                await self._terminate()
            case kind, what:
                for line in lines:
                    line.delay_s = pace.on_the_wall(event.number)
                    line.is_refusing = kind is Kind.DATABASE_AWAY
                    line.loses_answers = what == "answers lost"
                    if kind is Kind.DATABASE_STALLED:
                        line.stall()
                    elif kind is Kind.DATABASE_AWAY:
                        line.cut()
                await pace.sleep(event.for_s)
                for line in lines:
                    line.heal()
                    if kind is Kind.DATABASE_CUT:
                        line.cut()

    async def _only_read(self, for_s: float) -> None:
        """As a standby is after a failover: every session is ended, and new ones may not write."""
        name = self._site.address.rpartition("/")[2]
        await self._site.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await self._terminate()
        await pace.sleep(for_s)
        await self._site.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        await self._terminate()

    async def _terminate(self) -> None:
        """Terminate every connection; another event of this kind may terminate ours."""
        asyncpg: Any = import_module("asyncpg")
        ours = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
        with suppress(*ours):
            await self._site.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def _hold_lock(path: Path, held_s: float) -> None:
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as conn:
        try:
            conn.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:  # the process itself holds it all the time, frozen perhaps
            return
        time.sleep(held_s)
        conn.execute("ROLLBACK")


def _discord_fault(event: Event) -> Fault:
    method, pattern = _PLACES[int(event.number)]
    if event.kind is Kind.DISCORD_LINE:
        return Fault(
            method=method, pattern=pattern, times=event.times, cuts_line=True, before=event.what == "before"
        )
    status, code = map(int, event.what.split(" "))
    if event.kind is Kind.DISCORD_PAGES:
        page = {"Content-Type": "text/html"}
        return Fault(
            method=method,
            pattern=pattern,
            times=event.times,
            status=status,
            raw=HTML_PAGE.encode(),
            headers=page,
            has_via=False,
        )
    if status == 429:
        return rate_limited(
            method, pattern, retry_after_s=1, times=event.times, is_global=False, has_via=True
        )
    body = {"message": "stand-in fault", "code": code}
    only_files = status == TOO_LARGE
    return Fault(
        method=method, pattern=pattern, times=event.times, status=status, body=body, only_files=only_files
    )
