"""`python -m bot demo`: the page, or one picture on the command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from bot import logs
from bot.app.lifecycle import stop_on_signals
from bot.errors import SetupError
from bot.sandbox.faults import Fault
from bot.sandbox.once import paint_once
from bot.sandbox.page import keep_page_fresh
from bot.sandbox.provider import OfflineProvider
from bot.sandbox.world import World, open_world
from bot.settings import LogFormat, LogLevel, Settings, load, require

PAINT_S: Final = 4.0  # long enough to see the card at work
_IRRELEVANT: Final = frozenset({"DISCORD_TOKEN", "DATABASE_URL", "DATA_DIR"})


def demo(options: argparse.Namespace) -> int:
    """Returns the exit status."""
    if options.edit and options.once is None:
        raise SetupError("--edit goes with --once")
    settings = _settings()
    logs.set_up(LogLevel.WARNING, LogFormat.TEXT)
    logging.getLogger("discord").setLevel(logging.ERROR)
    return asyncio.run(_demo(settings, options))


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
        world = await stack.enter_async_context(open_world(settings, offline))
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
        known = ", ".join(fault.value for fault in Fault)
        raise SetupError(f"--fault knows these: {known}") from error


async def _serve(world: World, options: argparse.Namespace) -> None:
    stop = stop_on_signals()
    preview = world.env.preview(
        world.channel, viewers=world.viewers, layout="channel", display="responsive", port=options.port
    )
    async with preview, keep_page_fresh(world, preview):
        print(f"Easel's demo is at  {preview.url}")
        print("Type /imagine there. Press Ctrl+C here to end it.")
        sys.stdout.flush()
        if not options.no_open:
            await asyncio.to_thread(webbrowser.open, preview.url)
        await stop.wait()
