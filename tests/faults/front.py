"""The provider's front door for one process: it passes calls on, spoils some of them, and remembers what arrived."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp import web

from bot.sandbox.faults import HTML_PAGE
from tests.faults import pace
from tests.faults.kinds import Kind

HANG_S: Final = 33.0  # longer than a process waits for an answer
SURELY_S: Final = 20.0  # within this time it surely still waits
STATUSES: Final = (401, 402, 403, 404, 413, 429, 500, 502, 503, 504, 529)
LINES: Final = ("reset before", "reset after", "hang before", "hang after")
GARBAGE: Final = ("half", "page", "words", "nothing", "no base64", "no picture", "reset in it")
LOGS: Final = ("nothing", "page", "503", "reset before", "hang before")
_PASSED_ON: Final = ("Content-Type", "X-Inference-Id", "X-Client-Request-Id", "Retry-After")
_MAX_BODY_BYTES: Final = 256 * 1024 * 1024


@dataclass(slots=True, kw_only=True, eq=False)
class Trouble:
    """What happens to the next `times` paid calls, or looks into the log, or to all until `is_over` (None)."""

    kind: Kind
    what: str
    times: int | None = 1
    is_of_log: bool = False
    is_over: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Carried:
    """A paid call on its way. The times are of `pace.now`; `is_whole` says that a good answer left in full."""

    request_id: str
    process: str
    began_at: float
    ended_at: float = 0.0
    is_whole: bool = False


@dataclass(slots=True, kw_only=True)
class Sky:
    """The troubles that all front doors share, what they carried, and how often each kind of trouble was met."""

    chance: random.Random
    latency_s: tuple[float, float] = (0.5, 8)
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    carried: list[Carried] = field(default_factory=list[Carried])
    met: Counter[Kind] = field(default_factory=Counter[Kind])

    def take(self, *, is_log: bool) -> str | None:
        """Return what happens to the call that arrives now; None if nothing does."""
        for trouble in self.troubles:
            is_left = not trouble.is_over and trouble.times != 0
            if is_left and trouble.is_of_log == is_log:
                if trouble.times is not None:
                    trouble.times -= 1
                self.met[trouble.kind] += 1
                return trouble.what
        return None

    @property
    def in_air(self) -> int:
        """How many paid calls are on their way."""
        return sum(not each.ended_at for each in self.carried)

    def clear(self) -> None:
        self.troubles.clear()


class FrontDoor:
    """The address of the provider for the process called `process`, while the `async with` block lasts."""

    def __init__(self, provider_url: str, process: str, sky: Sky) -> None:
        self.base_url = ""
        self._provider_url = provider_url
        self._process = process
        self._sky = sky

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            force_close=True, limit=0
        )  # a kept line may break in the middle of a call
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        what = self._sky.take(is_log=request.method == "GET")
        if request.method == "GET":
            return await self._answer(request, body, what)
        carried = Carried(
            request_id=request.headers.get("X-Client-Request-Id", ""),
            process=self._process,
            began_at=pace.now(),
        )
        self._sky.carried.append(carried)
        await pace.sleep(self._sky.chance.uniform(*self._sky.latency_s))
        response = await self._answer(request, body, what)
        with suppress(ConnectionError):  # the process hung up
            await response.prepare(request)
            await response.write_eof()
        carried.ended_at = pace.now()
        is_in_time = carried.ended_at - carried.began_at < SURELY_S
        carried.is_whole = what is None and response.status == 200 and is_in_time and not _is_gone(request)
        return response

    async def _answer(self, request: web.Request, body: bytes, what: str | None) -> web.StreamResponse:
        if what is not None and what.split(" ")[0].isdecimal():
            return _error(request, *what.split(" "))
        if what in ("reset before", "hang before"):
            return await _lost(request, what)
        response = await self._pass_on(request, body)
        if what in ("reset after", "hang after"):
            return await _lost(request, what)
        if what == "reset in it":
            return await _cut_in_the_middle(request, response)
        return response if what is None else _spoiled(what, response)

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        headers = {
            name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")
        }
        headers.pop("Transfer-Encoding", None)
        address = f"{self._provider_url}{request.path_qs}"
        async with self._session.request(request.method, address, data=body, headers=headers) as answer:
            data = await answer.read()
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.title() in _PASSED_ON or name.lower().startswith("x-aimlapi-")
            }
            return web.Response(status=answer.status, body=data, headers=kept)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _lost(request: web.Request, what: str) -> web.Response:
    if what.startswith("hang"):
        await pace.sleep(HANG_S)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


async def _cut_in_the_middle(request: web.Request, answer: web.Response) -> web.StreamResponse:
    body = answer.body if isinstance(answer.body, bytes) else b""
    begun = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    try:
        await begun.prepare(request)
        await begun.write(body[: len(body) // 2])
    except ConnectionError:
        return begun  # the process hung up
    if request.transport is not None:
        request.transport.abort()
    return begun


def _error(request: web.Request, status: str, form: str = "json") -> web.Response:
    if form == "page":
        return web.Response(status=int(status), text=HTML_PAGE, content_type="text/html")
    told = {"message": f"stand-in fault {status}", "path": request.path, "statusCode": status}
    return web.json_response(
        told, status=int(status), headers={"Retry-After": "2"} if status == "429" else None
    )


def _spoiled(what: str, answer: web.Response) -> web.Response:
    """Return a good answer of status 200 as it arrives after `what`; any other as it is."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    if answer.status != 200:
        return answer
    match what:
        case "half":
            body = body[: len(body) * 2 // 3]
        case "page":
            return web.Response(text=HTML_PAGE, content_type="text/html")
        case "words":
            body = b"Internal problem, please try again"
        case "nothing":
            body = json.dumps({"data": []}).encode()
        case "no base64":
            body = json.dumps({"data": [{"b64_json": "@@@"}]}).encode()
        case _:
            body = json.dumps({"data": [{"b64_json": "dGhpcyBpcyBubyBwaWN0dXJl"}]}).encode()
    return web.Response(status=200, body=body, content_type="application/json")
