"""The metrics of a process, wired: what hears, what is read, what answers a scrape. Off without EASEL_HEALTH_BIND."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord

from bot.app.base import Base
from bot.health import HealthCheck
from bot.outage import end_tasks
from bot.settings import Settings
from bot.storage.stores import SqlFiguresStore

if TYPE_CHECKING:
    from bot.metrics.meter import Meter


def open_meter(settings: Settings) -> Meter | None:
    """Return a new meter; None, and nothing is imported, where nobody can ask for metrics."""
    if not settings.easel_health_bind:
        return None
    from bot.metrics.meter import Meter

    return Meter()


@asynccontextmanager
async def metered(
    meter: Meter | None, settings: Settings, base: Base, ready: Mapping[str, HealthCheck]
) -> AsyncGenerator[Callable[[], Awaitable[bytes]] | None]:
    """Watch the event loop until the end; yield what answers a scrape, None without a meter."""
    if meter is None:
        yield None
        return
    from bot.metrics.listening import watch_loop
    from bot.metrics.scrape import Scrape

    scrape = Scrape(
        meter=meter,
        store=SqlFiguresStore(base.store),
        clock=base.clock,
        data_dir=settings.data_dir,
        ready={part: _is_well(check) for part, check in ready.items()},
    )
    watching = asyncio.create_task(watch_loop(meter), name="easel-loop-lag")
    try:
        yield scrape.text
    finally:
        await end_tasks(watching)


def count_requests(meter: Meter | None, client: discord.Client) -> None:
    """Count a client's requests; call it before the client logs in."""
    if meter is not None:
        from bot.metrics.listening import trace_discord

        client.http.http_trace = trace_discord(meter)


def _is_well(check: HealthCheck) -> Callable[[], Awaitable[bool]]:
    async def is_well() -> bool:
        return (await check()).is_well

    return is_well
