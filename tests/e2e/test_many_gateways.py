"""Two gateways with four of eight shards each, each a process of its own, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.app.run import Role
from tests.conftest import postgres_address
from tests.databases import migrated_postgres
from tests.e2e.fleet import Fleet, open_fleet
from tests.e2e.nursery import KILLED
from tests.wire.gateway import IdentifyRules
from tests.wire.interactions import Dispatched
from tests.wire.state import Channel

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]
TOTAL: Final = 8
LEFT, RIGHT = {"EASEL_SHARDS": "0-3/8"}, {"EASEL_SHARDS": "4-7/8"}
SPACING_S: Final = 0.2  # between identifies of one bucket, where Discord has five seconds
BUSY_S: Final = 0.2  # for which a busy machine may hold up a frame
PACE: Final[dict[str, Any]] = {"identify_s": (SPACING_S + BUSY_S, 0.2)}
SLOW: Final[dict[str, Any]] = {
    "identify_s": (1.5, 0.5)
}  # so that buckets that do not wait for each other show
QUICK: Final[dict[str, Any]] = {"lease_s": 3, "heartbeat_s": 0.3, "poll_s": 0.3}


class Sharded:
    """A server with a channel on every shard, and the processes that serve them."""

    def __init__(self, fleet: Fleet, channels: list[Channel]) -> None:
        self.fleet, self.town, self.channels = fleet, fleet.town, channels
        self.gateway = fleet.town.server.gateway
        self.members = [fleet.town.server.add_user(f"member {shard}") for shard in range(TOTAL)]
        self.delivered: Counter[int] = Counter()  # interactions by shard, as the test had them sent

    async def imagine(self, *shards: int) -> list[Dispatched]:
        """Let a member of each shard's server ask for a picture."""
        handles: list[Dispatched] = []
        for shard in shards:
            member, channel = self.members[shard], self.channels[shard]
            handle = await self.town.server.slash(member, channel, "imagine", {"prompt": f"fox {shard}"})
            self.delivered[shard] += 1
            handles.append(handle)
        for handle in handles:
            await handle.acked()
        return handles

    async def all_connected(self) -> None:
        await self.town.server.connected(TOTAL, timeout_s=30)

    async def ready(self, name: str) -> dict[str, Any]:
        """What its /readyz says of each part, once all of them are well."""
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://{self.fleet.health[name]}/readyz") as answer:
                        if answer.status == 200:
                            return (await answer.json())["parts"]
                except aiohttp.ClientError:
                    pass  # it does not listen yet
                await asyncio.sleep(0.05)

    def heard(self) -> Counter[int]:
        """How many interactions the live sessions of each shard were sent."""
        return Counter(
            session.shard[0]
            for session in self.gateway.live_sessions
            for event in session.events
            if event["t"] == "INTERACTION_CREATE"
        )

    def closest(self, buckets: int) -> float:
        """Return the seconds between the two closest identifies of a bucket; -1 where Discord sent one away."""
        times = [
            [at for at, shard in self.gateway.identified if shard % buckets == bucket]
            for bucket in range(buckets)
        ]
        gaps = [later - earlier for bucket in times for earlier, later in pairwise(bucket)]
        return -1 if self.gateway.too_soon else min(gaps)


@asynccontextmanager
async def sharded(folder: Path, *, buckets: int) -> AsyncGenerator[Sharded]:
    """A bot in eight servers, a server on each shard, of which no process runs yet."""
    async with (
        migrated_postgres(postgres_address()) as database,
        open_fleet(database, folder, shard_count=TOTAL) as fleet,
    ):
        server = fleet.town.server
        server.gateway.rules = IdentifyRules(
            spacing_s=SPACING_S, max_concurrency=buckets, min_shards=TOTAL // 2
        )
        guilds = [server.add_guild(f"Studio {shard}", shard=(shard, TOTAL)) for shard in range(TOTAL)]
        yield Sharded(fleet, [server.add_channel(guild, "art") for guild in guilds])


async def test_two_gateways_share_the_servers_and_one_goes_on_without_the_other(tmp_path: Path) -> None:
    async with sharded(tmp_path, buckets=1) as bot:
        fleet, server = bot.fleet, bot.town.server
        fleet.begin("left", Role.GATEWAY, LEFT, **PACE)
        fleet.begin("right", Role.GATEWAY, RIGHT, **PACE)
        fleet.begin("one", Role.WORKER, LEFT, **QUICK)  # it ignores them
        await bot.all_connected()
        assert Counter(shard for _, shard in bot.gateway.identified) == Counter(range(TOTAL))
        assert bot.closest(1) >= SPACING_S
        for name in ("left", "right"):
            assert (await bot.ready(name))["commands"]["note"] == "registered"

        everywhere = await bot.imagine(*range(TOTAL))
        await fleet.all_shown(everywhere)
        assert bot.heard() == bot.delivered
        helped = await server.slash(bot.town.ada, bot.channels[6], "help")
        await helped.acked()
        assert helped.message is not None
        [command] = [one for one in server.commands.listed(None) if one["name"] == "imagine"]
        assert f"</imagine:{command['id']}>" in str(helped.message.components)

        bot.town.provider.hold()
        [held] = await bot.imagine(5)
        await bot.town.provider.wait_arrived(TOTAL + 1)
        fleet.processes["right"].kill()
        assert await fleet.processes["right"].ended() == KILLED
        bot.town.provider.release()
        await fleet.all_shown([held, *await bot.imagine(*range(4))])

        fleet.begin("right", Role.GATEWAY, RIGHT, **PACE)
        await bot.all_connected()
        await bot.ready("right")
        await fleet.all_shown(await bot.imagine(*range(4, TOTAL)))
        assert Counter(shard for _, shard in bot.gateway.identified) == Counter([*range(TOTAL), 4, 5, 6, 7])
        assert bot.closest(1) >= SPACING_S
        assert await fleet.stop() == {"left": 0, "right": 0, "one": 0}

    callbacks = len(server.asked("POST", "/interactions/*/callback"))
    assert callbacks == bot.delivered.total() + 1  # and that of /help
    cards = Counter(
        {
            shard: sum(not message.ephemeral for message in server.messages(channel.id))
            for shard, channel in enumerate(bot.channels)
        }
    )
    assert cards == bot.delivered
    assert set(bot.town.charged_by_render().values()) == {1}
    told, looked = (server.asked(method, "/applications/*/commands") for method in ("PUT", "GET"))
    assert (len(told), len(looked)) == (1, 0)  # only one process has to do with them at all
    assert all("Traceback" not in fleet.log(name) for name in fleet.processes)


async def test_two_processes_of_both_halves_identify_in_all_buckets_that_discord_gives_them(
    tmp_path: Path,
) -> None:
    async with sharded(tmp_path, buckets=4) as bot:
        bot.fleet.begin("left", Role.BOTH, LEFT, **SLOW, **QUICK)
        bot.fleet.begin("right", Role.BOTH, RIGHT, **SLOW, **QUICK)
        await bot.all_connected()
        assert bot.closest(4) >= SPACING_S
        times = [at for at, _ in bot.gateway.identified]
        assert min(later - earlier for earlier, later in pairwise(times)) < SLOW["identify_s"][0]
        await bot.fleet.all_shown(await bot.imagine(*range(TOTAL)))
        assert bot.heard() == bot.delivered
        assert await bot.fleet.stop() == {"left": 0, "right": 0}
    assert set(bot.town.charged_by_render().values()) == {1}
