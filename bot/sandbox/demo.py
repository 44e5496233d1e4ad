"""`python -m bot demo`: the page, or one picture on the command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import simcord

import bot.logs as bot_logs
from bot.app.run import stop_on_signals
from bot.errors import SetupError
from bot.sandbox.faults import Fault
from bot.sandbox.once import paint_once
from bot.sandbox.provider import OfflineProvider
from bot.sandbox.world import World, open_world
from bot.settings import LogFormat, LogLevel, Settings, load, require

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
        await world.presenter.changed.wait()
        await asyncio.sleep(SETTLE_S)
        world.presenter.changed.clear()
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


MAX_PORT: Final = 65_535
PAINT_S: Final = 4.0  # long enough to see the card at work
_IRRELEVANT: Final = frozenset({"DISCORD_TOKEN", "DATABASE_URL", "DATA_DIR"})


def demo(options: argparse.Namespace) -> int:
    """Returns the exit status."""
    if options.fault == "list":
        print("\n".join(fault.value for fault in Fault))
        return 0
    _check(options)
    settings = _settings()
    # What the offline provider does wrong was asked for, and the card tells it.
    bot_logs.set_up(LogLevel.WARNING if options.live else LogLevel.ERROR, LogFormat.TEXT)
    logging.getLogger("discord").setLevel(logging.ERROR)
    return asyncio.run(_demo(settings, options))


def _check(options: argparse.Namespace) -> None:
    """Raises `SetupError` for options that do not go together."""
    if options.edit and options.once is None:
        raise SetupError("--edit goes with --once")
    if options.fault is not None and options.live:
        raise SetupError("--fault is for the offline provider, so not with --live")
    if not 0 <= options.port <= MAX_PORT:
        raise SetupError(f"--port is a number from 0 to {MAX_PORT}")


def _settings() -> Settings:
    """The environment's, but for what the demo must not touch."""
    return load({key: value for key, value in os.environ.items() if key not in _IRRELEVANT})


async def _demo(settings: Settings, options: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        offline: OfflineProvider | None = None
        if options.live:
            require(settings, "AIMLAPI_API_KEY")
        else:
            latency_s = options.latency
            if latency_s is None:
                latency_s = 0.0 if options.once is not None else PAINT_S
            offline = await stack.enter_async_context(OfflineProvider(latency_s=latency_s))
            _choose_fault(offline, options.fault)
        world = await stack.enter_async_context(open_world(settings, offline, for_page=options.once is None))
        if options.once is not None:
            files = [Path(name) for name in options.edit]
            return await paint_once(world, options.once, files, Path(options.out))
        await _serve(world, options)
    return 0


def _choose_fault(offline: OfflineProvider, name: str | None) -> None:
    if name is None:
        return
    try:
        offline.fail(Fault(name), times=None)
    except ValueError as error:
        raise SetupError(f"there is no fault {name!r}; `--fault list` tells their names") from error


@asynccontextmanager
async def _on_air(preview: simcord.Preview, port: int) -> AsyncGenerator[None]:
    """The page, served while inside. Raises `SetupError` when its port is taken."""
    try:
        await preview.__aenter__()
    except simcord.SetupError as error:
        raise SetupError(f"--port: the page cannot be served at port {port}") from error
    try:
        yield
    finally:
        await preview.__aexit__(None, None, None)


async def _serve(world: World, options: argparse.Namespace) -> None:
    stop = stop_on_signals()
    preview = world.env.preview(
        world.channel, viewers=world.viewers, layout="channel", display="responsive", port=options.port
    )
    async with _on_air(preview, options.port), keep_page_fresh(world, preview):
        print(f"Easel's demo is at  {preview.url}")
        print("Type /imagine there. Press Ctrl+C here to end it.")
        sys.stdout.flush()
        if not options.no_open:
            await asyncio.to_thread(webbrowser.open, preview.url)
        await stop.wait()
