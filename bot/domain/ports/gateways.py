"""What the gateways of one bot share: turns to identify with Discord, and which shards are served."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol


class GatewayStore(Protocol):
    """Stores what all gateways of the bot have to know of each other."""

    async def take_turn(self, bucket: int, *, every: timedelta, now: datetime) -> float:
        """Take a turn to identify, unless one of the same bucket was taken less than `every` ago.

        Return the seconds until the next one, 0 if this one is taken.
        """
        ...

    async def note_served(self, shard_ids: Collection[int], total: int, *, now: datetime) -> None:
        """Record that these shards, of a total, are connected now."""
        ...

    async def served(self, total: int, *, since: datetime) -> frozenset[int]:
        """Return the shards of this total that some process had connected since then."""
        ...
