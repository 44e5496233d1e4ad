"""A stand-in for the AIML API on loopback: real sockets, answers that the test chooses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    port: int


@dataclass(slots=True)
class SeedreamApi:
    """Answers every request with `answer`, and remembers what it saw."""

    origin: str = ""
    answer: Answer | None = None
    seen: list[Seen] = field(default_factory=list[Seen])
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        assert self.answer is not None
        self.seen.append(
            Seen(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers=dict(request.headers),
                body=await request.read(),
                port=transport.get_extra_info("peername")[1],
            )
        )
        self.reached.set()
        return await self.answer(request)


@asynccontextmanager
async def serving() -> AsyncGenerator[SeedreamApi]:
    """The stand-in on a free port."""
    api = SeedreamApi()
    async with listening(api.handle) as api.origin:
        yield api


@asynccontextmanager
async def listening(handle: Answer) -> AsyncGenerator[str]:
    """Serve every path by `handle` on a free port; yield the origin."""
    app = web.Application(client_max_size=256 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def saying(
    body: bytes = b"",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
) -> Answer:
    """An answer with a whole body."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=headers, content_type=content_type)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after another; the last one stays."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


async def hanging(_: web.Request) -> web.StreamResponse:
    """No answer at all, until the client gives up."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def hanging_up(request: web.Request) -> web.StreamResponse:
    """The connection ends before any answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def breaking_off(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer that promises more than it brings before the connection ends."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(body) + 1_000
        await response.prepare(request)
        await response.write(body)
        assert request.transport is not None
        request.transport.close()
        return response

    return answer


def dripping(*, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """A byte now and then, for as long as the client listens."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.005)

    return answer


def flooding(*, headers: dict[str, str] | None = None) -> Answer:
    """A body without an end and without an announced length."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    return answer
