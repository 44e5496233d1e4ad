"""When a shard may identify with Discord: in turn with all processes of the bot, and within what a day allows.

Discord counts for the whole bot (https://docs.discord.com/developers/events/gateway#sharding-max-concurrency). Who
identifies too soon after another one is sent away, and more than a day allows resets the token.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ports.gateways import GatewayStore
from bot.domain.ports.outside import Clock
from bot.errors import StoreUnavailableError

log = logging.getLogger(__name__)
SPACING_S: Final = 5.0  # Discord's, in each bucket
TURN_LASTS_S: Final = 1.0  # how long a turn may be used: a connection has to be opened in it
LIMITS_AGAIN_S: Final = 600.0  # while a day's identifies are used up
STORE_AGAIN_S: Final = 1.0
STORE_PATIENCE: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLimits:
    """What Discord says about the bot: the shards that it recommends, and what may be identified."""

    shards: int
    total: int
    remaining: int
    reset_after_s: float
    max_concurrency: int


class Identifying:
    """Gives the shards of this process their turns. `ask` asks Discord for the limits, and raises what that raises."""

    def __init__(self, store: GatewayStore, clock: Clock, ask: Callable[[], Awaitable[StartLimits]]) -> None:
        self.spacing_s, self.turn_s = SPACING_S, TURN_LASTS_S
        self._store = store
        self._clock = clock
        self._ask = ask
        self._buckets = 1
        self._in_line = defaultdict[int, asyncio.Lock](asyncio.Lock)  # of this process, by bucket
        self._taken: dict[int, datetime] = {}  # by shard, until it is used
        self._last: dict[int, datetime] = {}  # turn of this process, by bucket
        self._away_since: datetime | None = None  # the store
        self._is_told = False  # whether it is logged that too few identifies are left

    async def until_allowed(self, shards: int | None) -> None:
        """Wait until Discord allows so many more identifies; None stands for all shards that it recommends."""
        while (wait_s := await self._disallowed_s(shards)) > 0:
            await self._clock.sleep(wait_s)

    async def take_turn(self, shard_id: int) -> None:
        """Wait for a turn of the shard in which Discord allows one more identify, to be used at once."""
        bucket = shard_id % self._buckets
        async with self._in_line[bucket]:
            # In a turn no other process uses what this one was told is left; after a wait it is no longer that turn.
            while (wait_s := await self._wait_s(bucket) or await self._disallowed_s(1)) > 0:
                await self._clock.sleep(wait_s)
            self._taken[shard_id] = self._last[bucket]

    async def use_turn(self, shard_id: int) -> None:
        """Return when the shard may identify: at once where it has just taken a turn, else in the next one."""
        taken = self._taken.get(shard_id)
        if taken is None or self._clock.now() - taken > timedelta(seconds=self.turn_s):
            await self.take_turn(shard_id)
        del self._taken[shard_id]

    async def _disallowed_s(self, shards: int | None) -> float:
        """Return 0 where Discord allows so many more identifies, else the seconds until it should be asked again.

        Each bucket has turns of its own, and one may be used in all of them at once: so many are left over, and at
        least one, as reaching the limit may count as exceeding it.
        """
        limits = await self._ask()
        self._buckets = max(limits.max_concurrency, 1)
        if limits.remaining >= min((shards or limits.shards) + self._buckets, limits.total):
            self._is_told = False
            return 0.0
        if not self._is_told:
            log.warning(
                "Discord allows %s more connections until %s UTC: waiting for that, as more would reset the token",
                limits.remaining,
                f"{self._clock.now() + timedelta(seconds=limits.reset_after_s):%Y-%m-%d %H:%M}",
            )
        self._is_told = True
        return min(limits.reset_after_s + 1, LIMITS_AGAIN_S)

    async def _wait_s(self, bucket: int) -> float:
        """Take a turn and return 0, or return the seconds to wait.

        Without the database, which is awaited for a while once it is away, only the turns of this process are known.
        """
        # From the last moment of a turn to the first of the next one.
        every, now = timedelta(seconds=self.spacing_s + self.turn_s), self._clock.now()
        try:
            wait_s = await self._store.take_turn(bucket, every=every, now=now)
            self._away_since = None
        except StoreUnavailableError:
            self._away_since, now = self._away_since or now, self._clock.now()
            if now - self._away_since < STORE_PATIENCE:
                return STORE_AGAIN_S
            wait_s = (self._last.get(bucket, now - every) + every - now).total_seconds()
        if wait_s > 0:
            return wait_s
        self._last[bucket] = now
        return 0.0
