"""`python -m benchmarks.capacity`: what jobs, commands and servers cost a gateway, a worker, PostgreSQL and Discord.

It needs the server of `TEST_DATABASE_URL` to itself and on this machine: processor time and log are those of the whole
server. Statements are counted where the server preloads pg_stat_statements.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.campaign import tell
from benchmarks.probe import cpu_s, parent_of, percentile, resident_mib
from benchmarks.rows import FEW_SLOTS, FULL, MIB, PATIENCE_S, SETTLE_S, Sizes
from benchmarks.stage import EASEL, Bout, bout, picture
from benchmarks.store import durable_postgres
from tests.wire.discord_server import DiscordServer
from tests.wire.state import Channel, ChannelType, Guild, User

PEOPLE: Final = 8
BURSTS: Final = (100, 200, 400)
LOOK_S: Final = 1.1  # PostgreSQL's processes tell of their commits once a second at most
STILL: Final = 0.02  # of a processor, at most, by a gateway that has taken in its servers
_ID: Final = re.compile(r"[0-9]{15,}")
_TOKEN: Final = re.compile(r"(/(?:webhooks|interactions)/N)/[^/]+")
_NUMBERS: Final = ("gateway_s", "worker_s", "database_s", "commits", "statements", "log_bytes")
_PICTURES: Final = frozenset({"kept", "blobs"})  # tables
_COMMITS: Final = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
_CONNECTIONS: Final = "SELECT numbackends - 1 FROM pg_stat_database WHERE datname = current_database()"
_LOG: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
_STATEMENTS: Final = (
    "SELECT sum(calls) FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid "
    "WHERE datname = current_database()"
)
_SIZES: Final = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was used up to a moment: processor time in seconds, and counts; `statements` may be NaN."""

    gateway_s: float
    worker_s: float
    database_s: float
    commits: float
    statements: float
    log_bytes: float
    requests: Counter[str]

    def minus(self, other: Used) -> Used:
        """Return what was used beyond `other`."""
        numbers = {name: getattr(self, name) - getattr(other, name) for name in _NUMBERS}
        return Used(**numbers, requests=self.requests - other.requests)

    def times(self, factor: float) -> Used:
        """Return the numbers multiplied, and no requests."""
        return Used(**{name: getattr(self, name) * factor for name in _NUMBERS}, requests=Counter())


@dataclass(kw_only=True)
class Rig:
    """A gateway and a worker at work, and a connection to their database. `lines` are what was measured."""

    held: Bout
    conn: Any
    postmaster: int
    at_rest: Used | None = None  # in a second
    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def note(self, what: str, figure: str) -> None:
        self.lines.append((what, figure))
        tell(f"{what}: {figure}")

    async def used(self) -> Used:
        """Look, a moment later."""
        await asyncio.sleep(LOOK_S)
        statements = math.nan
        with suppress(import_module("asyncpg").PostgresError):
            statements = float(await self.conn.fetchval(_STATEMENTS))
        return Used(
            gateway_s=cpu_s(self.held.pid),
            worker_s=sum(map(cpu_s, self.held.others)),
            database_s=cpu_s(self.postmaster),
            commits=float(await self.conn.fetchval(_COMMITS)),
            statements=statements,
            log_bytes=float(await self.conn.fetchval(_LOG)),
            requests=Counter(f"{each.method} {route_of(each.path)}" for each in self.held.server.requests),
        )

    async def rest(self, seconds: float) -> None:
        """Look at what is used while nobody asks for anything."""
        before = await self.used()
        await asyncio.sleep(seconds)
        self.at_rest = (await self.used()).minus(before).times(1 / (seconds + LOOK_S))
        self._note_used("at rest, in a second", self.at_rest)
        self._note_memory("memory at rest", is_peak=False)

    async def jobs(self, people: int, turns: int) -> None:
        """Let people ask for one picture after another; tell what a job uses beyond what rest does."""

        async def person(user: User) -> None:
            for _ in range(turns):
                await self.held.job(user)

        sizes, before, began = await self._sizes(), await self.used(), time.monotonic()
        await asyncio.gather(*map(person, self.held.people(people)))
        await asyncio.sleep(SETTLE_S)  # pictures are kept after their card is shown
        after, count = await self.used(), people * turns
        used = after.minus(before)
        if self.at_rest is not None:
            used = replace(used.minus(self.at_rest.times(time.monotonic() - began)), requests=used.requests)
        self._note_used(f"a job, of {count} by {people} people", used.times(1 / count))
        for route, asked in used.requests.most_common():
            self.note(f"a job: {route}", f"{asked / count:.2f}")
        grown = {name: size - sizes.get(name, 0) for name, size in (await self._sizes()).items()}
        rows = {name: round(size / count) for name, size in grown.items() if size and name not in _PICTURES}
        self.note("a job: bytes of rows and indexes", f"{sum(rows.values()):,} {rows}")
        self.note("a job: bytes of kept pictures", f"{grown.get('kept', 0) / count:,.0f}")
        self.note("connections of both", str(await self.conn.fetchval(_CONNECTIONS)))
        self._note_memory("memory at its highest", is_peak=True)

    async def bursts(self, counts: Sequence[int], *, servers: int) -> None:
        """Send so many commands at once, spread over servers, while no call is answered."""
        self.held.painter.open.clear()
        server, rooms = self.held.server, [self.held.channel]
        while len(rooms) < servers:
            rooms.append(server.add_channel(server.add_guild(f"Server {len(rooms)}"), "art"))
        await asyncio.sleep(SETTLE_S)
        for count in counts:
            asked = [
                await server.slash(user, room, "imagine", {"prompt": "a red fox"})
                for user, room in zip(self.held.people(count), cycle(rooms), strict=False)
            ]
            answers_s = await self.held.answered(asked)
            in_time = sum(each <= PATIENCE_S for each in answers_s)
            p50, p99 = (f"{percentile(answers_s, share):.2f} s" for share in (0.5, 0.99))
            what = f"{count} commands at once, in {servers} servers"
            self.note(what, f"{in_time} answered within 3 s, p50 {p50}, p99 {p99}")
            await self._until_stored()

    async def _until_stored(self) -> None:
        """Wait until the jobs of all commands are stored: those that were told "thinking" come later."""
        stored, now = -1, 0
        while stored != now:
            stored = now
            await asyncio.sleep(LOOK_S)
            now = await self.conn.fetchval("SELECT count(*) FROM jobs")

    async def _sizes(self) -> dict[str, int]:
        return dict(await self.conn.fetch(_SIZES))

    def _note_used(self, what: str, used: Used) -> None:
        parts = ", ".join(f"{1000 * each:.1f}" for each in (used.gateway_s, used.worker_s, used.database_s))
        self.note(f"{what}: processor of gateway, worker, PostgreSQL", f"{parts} ms")
        self.note(f"{what}: statements, commits", f"{used.statements:.1f}, {used.commits:.1f}")
        self.note(f"{what}: write-ahead log", f"{used.log_bytes / 1e6:.2f} MB")

    def _note_memory(self, what: str, *, is_peak: bool) -> None:
        worker = sum(resident_mib(pid, peak=is_peak) for pid in self.held.others)
        self.note(f"{what}: gateway, worker", f"{self.held.resident_mib(peak=is_peak):.0f}, {worker:.0f} MiB")


def route_of(path: str) -> str:
    """Return a request's path without ids and tokens."""
    return _TOKEN.sub(r"\1/TOKEN", _ID.sub("N", path))


@asynccontextmanager
async def rig(folder: Path, postgres: str, sizes: Sizes) -> AsyncGenerator[Rig]:
    """Start a gateway and a worker on a new database, and yield once both have made pictures."""
    asyncpg: Any = import_module("asyncpg")
    painted = picture(sizes.side, sizes.picture_bytes)
    async with durable_postgres(postgres) as url:
        conn = await asyncpg.connect(url, timeout=10)
        with suppress(asyncpg.PostgresError):
            await conn.execute("CREATE EXTENSION pg_stat_statements")
        postmaster = parent_of(await conn.fetchval("SELECT pg_backend_pid()"))
        try:
            async with bout(
                EASEL,
                folder,
                picture=painted,
                latency_s=sizes.latency_s,
                environ={"DATABASE_URL": url, **FEW_SLOTS},
                roles=("gateway", "worker"),
            ) as held:
                await asyncio.gather(*map(held.job, held.people(2 * PEOPLE)))
                yield Rig(held=held, conn=conn, postmaster=postmaster)
        finally:
            await conn.close()


def furnished(guilds: int, *, channels: int, roles: int, shards: int) -> DiscordServer:
    """Return a stand-in whose bot is in so many servers, spread over its shards as Discord does it."""
    server = DiscordServer(shard_count=shards)
    world, number = server.world, server.world.ids.next() >> 22
    rooms: dict[int, list[Channel]] = {}
    for place in range(guilds):
        guild_id = (number - guilds + place) << 22
        names = {guild_id + channels + role: f"role-{role}" for role in range(1, roles + 1)}
        owner = world.bot.id
        world.guilds[guild_id] = Guild(id=guild_id, name=f"Server {place}", owner_id=owner, role_names=names)
        rooms[guild_id] = [
            Channel(id=guild_id + room, type=ChannelType.TEXT, name=f"channel-{room}", guild_id=guild_id)
            for room in range(1, channels + 1)
        ]
    known = world.channels_of
    world.channels_of = lambda guild_id: rooms.get(guild_id) or known(guild_id)  # which looks through all
    return server


async def settle(
    folder: Path, postgres: str, guilds: int, *, channels: int = 20, roles: int = 10, shards: int = 1
) -> str:
    """Start a gateway in so many servers; tell what it holds and used once it has taken them in."""
    server = furnished(guilds, channels=channels, roles=roles, shards=shards)
    async with (
        durable_postgres(postgres) as url,
        bout(
            EASEL,
            folder,
            picture=b"",
            latency_s=0,
            environ={"DATABASE_URL": url},
            roles=("gateway",),
            server=server,
        ) as held,
    ):
        while len(server.gateway.live_sessions) < shards:  # noqa: ASYNC110  # minutes: five seconds a shard at least
            await asyncio.sleep(0.1)
        listening_s, before_s = time.monotonic() - held.started_at, -1.0
        while held.cpu_s() - before_s > STILL * SETTLE_S:
            before_s = held.cpu_s()
            await asyncio.sleep(SETTLE_S)
        return (
            f"{guilds:,} servers of {channels} channels and {roles} roles, {shards} shards: "
            f"{held.resident_mib():.0f} MiB, {held.cpu_s():.1f} s of processor, "
            f"all shards listen after {listening_s:.0f} s"
        )


async def _play(folder: Path, postgres: str, sizes: Sizes, options: argparse.Namespace) -> str:
    if options.guilds is not None:
        shape = {"channels": options.channels, "roles": options.roles, "shards": options.shards}
        return await settle(folder, postgres, options.guilds, **shape) + "\n"
    async with rig(folder, postgres, sizes) as made:
        await made.rest(options.rest)
        await made.jobs(PEOPLE, options.turns)
        for servers in (1, 100):
            await made.bursts(options.bursts, servers=servers)
        return "".join(f"| {what} | {figure} |\n" for what, figure in made.lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--turns", type=int, default=25, help=f"jobs of each of {PEOPLE} people (25)")
    parser.add_argument("--mib", type=float, default=1.0, help="of a picture (1)")
    parser.add_argument("--rest", type=float, default=20.0, help="seconds to look at rest (20)")
    parser.add_argument("--bursts", type=int, nargs="*", default=BURSTS, help="commands at once")
    parser.add_argument("--guilds", type=int, help="start a gateway in so many servers, and nothing else")
    parser.add_argument("--channels", type=int, default=20, help="of each server (20)")
    parser.add_argument("--roles", type=int, default=10, help="of each server (10)")
    parser.add_argument("--shards", type=int, default=1, help="that Discord asks for (1)")
    options = parser.parse_args(argv)
    if not (postgres := os.environ.get("TEST_DATABASE_URL")):
        sys.stderr.write("this needs TEST_DATABASE_URL\n")
        return 2
    logging.getLogger("aiohttp.server").disabled = True  # Easel is killed in the middle of requests
    sizes = replace(FULL, picture_bytes=int(options.mib * MIB))
    with TemporaryDirectory(prefix="easel-capacity-") as folder:
        sys.stdout.write(asyncio.run(_play(Path(folder), postgres, sizes, options)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
