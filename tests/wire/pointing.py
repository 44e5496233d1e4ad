"""Send discord.py to another address than Discord's. Needs no server in this process."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL


@contextmanager
def point_discord_at(rest_base: str, gateway_url: str) -> Generator[None]:
    """Every discord.py client of this process talks to these addresses, until the block ends."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = rest_base, URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
