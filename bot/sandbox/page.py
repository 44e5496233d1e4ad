"""Keeping the demo's page fresh: refreshed when a card changed, not on a timer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import simcord

from bot.sandbox.world import World

BUSY_S: Final = 0.05  # the page is in the middle of somebody's action: ask again
SETTLE_S: Final = 0.2  # changes of one moment make one refresh, and the action that caused them ends first


@asynccontextmanager
async def keep_page_fresh(world: World, preview: simcord.Preview) -> AsyncGenerator[None]:
    """Republish the page after each change of a card, while inside."""
    task = asyncio.create_task(_refresh_on_change(world, preview), name="easel-demo-page")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _refresh_on_change(world: World, preview: simcord.Preview) -> None:
    while True:
        await world.desk.changed.wait()
        await asyncio.sleep(SETTLE_S)
        world.desk.changed.clear()
        while not await _refreshed(world, preview):  # noqa: ASYNC110  # SimCord offers nothing to wait for
            await asyncio.sleep(BUSY_S)


async def _refreshed(world: World, preview: simcord.Preview) -> bool:
    """SimCord does one thing at a time, and says so."""
    try:
        await world.catch_up()
        await preview.refresh()
    except simcord.SetupError as error:
        if "overlaps" in str(error):
            return False
        raise
    except TimeoutError:
        return False
    return True
