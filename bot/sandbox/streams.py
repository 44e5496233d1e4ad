"""Answers that do not come in one piece: too large, too slow, or cut off by hanging up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

_BLOCK = b"A" * (256 * 1024)
_DRIPS = 20


async def stream_giant(
    request: web.Request, headers: Mapping[str, str], size_bytes: int
) -> web.StreamResponse:
    """JSON whose one string goes on and on, without a length announced."""
    answer = _begin(headers)
    try:
        await answer.prepare(request)
        await answer.write(b'{"data":[{"b64_json":"')
        for _ in range(size_bytes // len(_BLOCK) + 1):
            await answer.write(_BLOCK)
        await answer.write(b'"}]}')
    except ConnectionError:
        return answer  # the client had enough
    return answer


async def drip(
    request: web.Request,
    headers: Mapping[str, str],
    body: bytes,
    *,
    interval_s: float,
    stopping: asyncio.Event,
) -> web.StreamResponse:
    """A good answer in small pieces, with a pause before each."""
    answer = _begin(headers)
    step = len(body) // _DRIPS + 1
    try:
        await answer.prepare(request)
        for start in range(0, len(body), step):
            if await _is_set_within(stopping, interval_s):
                return answer
            await answer.write(body[start : start + step])
    except ConnectionError:
        return answer  # the client went away
    return answer


def hang_up(request: web.Request) -> web.Response:
    """Close the connection before a word is said."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _begin(headers: Mapping[str, str]) -> web.StreamResponse:
    return web.StreamResponse(headers={**headers, "Content-Type": "application/json"})


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
