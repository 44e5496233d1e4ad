"""Time as the processes in haste live it: every time of the campaign is in their seconds."""

from __future__ import annotations

import asyncio
import time

from tests.e2e.haste import SPEED


def now() -> float:
    """Return seconds since some moment; only differences mean anything."""
    return time.monotonic() * SPEED


async def sleep(seconds: float) -> None:
    """Wait for what takes a process `seconds`."""
    await asyncio.sleep(seconds / SPEED)


def on_the_wall(seconds: float) -> float:
    """Return how long it takes everybody else."""
    return seconds / SPEED
