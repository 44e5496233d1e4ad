"""The AIML API's picture endpoint on loopback: real HTTP, painted pictures, every failure on request."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sandbox.answers import error_answer, picture_answer, retry_after, tracing
from bot.sandbox.faults import ERROR_STATUSES, HTML_PAGE, Fault, FaultPlan, damaged, is_charged, without_marks
from bot.sandbox.ledger import Call, Ledger
from bot.sandbox.orders import InvalidOrderError, Order, parse
from bot.sandbox.painter import UnreadableReferenceError, paint, paint_plain
from bot.sandbox.streams import drip, hang_up, stream_giant

MAX_BODY_BYTES = 256 * 1024 * 1024  # 14 references of 10 MiB are 187 MiB of base64
MAX_PAINTERS = 2
MAX_KEPT_FILES = 64
MAX_LOG_ROWS = 100  # "limit ≤ 100", the API's own
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")  # any other is silently dropped, as the real API does


class OfflineProvider:
    """Serves while entered as an async context manager.

    `latency_s` is added to every picture. `paint_fast` answers with flat fields instead of an illustration.
    `giant_bytes` is the size of `Fault.GIANT`, `drip_interval_s` the pause between the pieces of `Fault.DRIP`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency_s: float = 3.0,
        paint_fast: bool = False,
        funds_usd: float = 10.0,
        giant_bytes: int = 128 * 1024 * 1024,
        drip_interval_s: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.latency_s = latency_s
        self._port = port
        self._paint_fast = paint_fast
        self._giant_bytes = giant_bytes
        self._drip_interval_s = drip_interval_s
        self._ledger = Ledger(funds_usd=funds_usd, now=now)
        self._faults = FaultPlan()
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._numbers = itertools.count(1)
        self._painters = asyncio.Semaphore(MAX_PAINTERS)
        self._open = asyncio.Event()
        self._open.set()
        self._stopping = asyncio.Event()
        self._progress = asyncio.Condition()
        self._arrived = 0
        self._runner: web.AppRunner | None = None
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:port`, without `/v1`."""
        if not self._base_url:
            raise RuntimeError("the offline provider is not running")
        return self._base_url

    @property
    def calls(self) -> list[Call]:
        """Every call that was understood and decided, in order; a held one is not yet among them."""
        return self._ledger.calls

    @property
    def arrived(self) -> int:
        """How many understood calls have come in, held ones included."""
        return self._arrived

    def fail(self, fault: Fault, *, times: int | None = 1) -> None:
        """Make the next `times` calls end in `fault`, or all of them until `heal` where None."""
        self._faults.fail(fault, times=times)

    def heal(self) -> None:
        """Forget every planned fault."""
        self._faults.clear()

    def hold(self) -> None:
        """Answer no call until `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def wait_arrived(self, count: int) -> None:
        """Return once `count` calls have come in, answered or not."""
        async with self._progress:
            await self._progress.wait_for(lambda: self._arrived >= count)

    async def wait_decided(self, count: int) -> None:
        """Return once `count` calls are among `calls`: charged or not, whatever became of their answers."""
        async with self._progress:
            await self._progress.wait_for(lambda: len(self.calls) >= count)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_require_key])
        app.router.add_post("/v1/images/generations", self._generate)
        app.router.add_get("/files/{name}", self._serve_file)
        app.router.add_get("/v2/logs", self._show_logs)
        app.router.add_get("/v2/billing", self._show_billing)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self._runner = runner
        self._base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._open.set()
        if self._runner is not None:
            await self._runner.cleanup()
        self._base_url = ""

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        try:
            order = parse(await request.read())
        except InvalidOrderError as wrong:
            return self._error(request, 400, str(wrong))
        number, fault = await self._arrive(), self._faults.take(order.prompt)
        await self._open.wait()
        if fault in ERROR_STATUSES:
            status, message = ERROR_STATUSES[fault]
            await self._record(request, order, number, status=status, charged=False)
            return self._refuse(request, fault, status, message)
        try:
            picture = await self._paint(order, number)
        except UnreadableReferenceError as wrong:
            await self._record(request, order, number, status=400, charged=False)
            return self._error(request, 400, str(wrong))
        call = await self._record(request, order, number, status=200, charged=is_charged(fault))
        return await self._deliver(request, order, call, picture, fault)

    async def _deliver(
        self, request: web.Request, order: Order, call: Call, picture: bytes, fault: Fault
    ) -> web.StreamResponse:
        """The answer to a call that was carried out, as `fault` lets it through."""
        headers = tracing(call)
        if fault is Fault.HANG:
            await self._stopping.wait()
            return self._error(request, 503, "The server is going away")
        if fault is Fault.DROP:
            return hang_up(request)
        if fault is Fault.HTML:
            return web.Response(text=HTML_PAGE, content_type="text/html", headers=headers)
        if fault is Fault.GIANT:
            return await stream_giant(request, headers, self._giant_bytes)
        is_url = fault is Fault.URL or order.is_url_wanted
        url = self._keep(call.inference_id, picture) if is_url else None
        body = damaged(fault, picture_answer(call, picture, url))
        if fault is Fault.DRIP:
            return await drip(
                request, headers, body, interval_s=self._drip_interval_s, stopping=self._stopping
            )
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def _arrive(self) -> int:
        async with self._progress:
            self._arrived += 1
            self._progress.notify_all()
        return next(self._numbers)

    async def _paint(self, order: Order, number: int) -> bytes:
        prompt = without_marks(order.prompt)
        if self.latency_s > 0:
            await asyncio.sleep(self.latency_s)
        async with self._painters:
            if self._paint_fast:
                return await asyncio.to_thread(paint_plain, prompt, order.size, order.seed, number)
            return await asyncio.to_thread(paint, prompt, order.size, order.references, order.seed, number)

    async def _record(
        self, request: web.Request, order: Order, number: int, *, status: int, charged: bool
    ) -> Call:
        given = request.headers.get("X-Client-Request-Id", "")
        call = Call(
            client_request_id=given if _REQUEST_ID.fullmatch(given) else None,
            inference_id=f"offline-{number:06}",
            model=order.model,
            prompt=order.prompt,
            n_references=len(order.references),
            size=order.size,
            status=status,
            charged=charged,
            at=self._ledger.now(),
        )
        async with self._progress:
            self._ledger.calls.append(call)
            self._progress.notify_all()
        return call

    def _keep(self, name: str, picture: bytes) -> str:
        self._files[f"{name}.jpg"] = picture
        while len(self._files) > MAX_KEPT_FILES:
            self._files.popitem(last=False)
        return f"{self.base_url}/files/{name}.jpg"

    def _refuse(self, request: web.Request, fault: Fault, status: int, message: str) -> web.Response:
        if fault is Fault.BAD_GATEWAY:
            return web.Response(status=status, text=HTML_PAGE, content_type="text/html")
        answer = self._error(request, status, message)
        answer.headers.update(retry_after(fault, self._ledger.now()))
        return answer

    def _error(self, request: web.Request, status: int, message: str) -> web.Response:
        return web.json_response(
            error_answer(request.path, status, message, self._ledger.now()), status=status
        )

    async def _serve_file(self, request: web.Request) -> web.Response:
        picture = self._files.get(request.match_info["name"])
        if picture is None:
            return self._error(request, 404, "Not found")
        return web.Response(body=picture, content_type="image/jpeg")

    async def _show_logs(self, request: web.Request) -> web.Response:
        limit, offset = request.query.get("limit", "20"), request.query.get("offset", "0")
        if not limit.isdecimal() or not offset.isdecimal() or not 1 <= int(limit) <= MAX_LOG_ROWS:
            return self._error(request, 400, "Query validation error")
        rows = self._ledger.entries(status=request.query.get("status"), model=request.query.get("model"))
        end = int(offset) + int(limit)
        pagination = {"limit": int(limit), "offset": int(offset), "has_more": end < len(rows)}
        return web.json_response({"data": rows[int(offset) : end], "pagination": pagination})

    async def _show_billing(self, _request: web.Request) -> web.Response:
        return web.json_response({"current_balance": self._ledger.balance_usd, "currency": "USD"})


@web.middleware
async def _require_key(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Everything but finished files wants `Authorization: Bearer …`; any key will do."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if request.path.startswith("/files/") or (scheme.lower() == "bearer" and key.strip()):
        return await handler(request)
    body = error_answer(request.path, 401, "Unauthorized: the API key is missing", datetime.now(UTC))
    return web.json_response(body, status=401)
