"""What the meter hears of Discord and of the event loop: a trace of requests, and a sleeper that is woken late."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import Final

import aiohttp

from bot.metrics import catalogue
from bot.metrics.meter import Meter

LAG_LOOK_S: Final = 0.5
_AREA: Final = re.compile(r"/api/v\d+/([a-z]+)")


def trace_discord(meter: Meter) -> aiohttp.TraceConfig:
    """Return a trace that counts each request of a session, and each answer of Discord."""

    async def ended(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        meter.count(catalogue.DISCORD_CALLS, _area(params.url.path), _reply(params.response.status))

    async def broke(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        meter.count(catalogue.DISCORD_CALLS, _area(params.url.path), "no_answer")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(broke)
    return trace


def _area(path: str) -> str:
    """Return the first part of a route; the others are ids and tokens."""
    found = _AREA.match(path)
    return found[1] if found is not None and found[1] in catalogue.AREAS else "other"


def _reply(status: int) -> str:
    if status < 400:
        return "ok"
    if status == 429:
        return "rate_limited"
    return "refused" if status < 500 else "fault"


async def watch_loop(meter: Meter) -> None:
    """Time by how much the event loop is late, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + LAG_LOOK_S
        await asyncio.sleep(LAG_LOOK_S)
        meter.time(catalogue.LOOP_LAG, loop.time() - due_s)
