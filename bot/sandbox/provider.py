"""The offline provider: the AIML API on loopback, with painted pictures, a chat model, and every fault on request."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sandbox.answers import (
    Dispatch,
    client_request_id,
    error_answer,
    listed,
    picture_answer,
    tracing,
)
from bot.sandbox.chat import OfflineChatModel
from bot.sandbox.faults import (
    ERROR_STATUSES,
    Fault,
    FaultPlan,
    damaged,
    is_charged,
    unknown_faults,
    without_marks,
)
from bot.sandbox.ledger import Call, Chat, Ledger
from bot.sandbox.orders import ImageCall, InvalidOrderError, parse
from bot.sandbox.painter import UnreadableReferenceError, paint, paint_plain
from bot.sandbox.painter.film import make_film
from bot.sandbox.videos import POLLS, Film, VideoRoutes, is_refused

MAX_BODY_BYTES = 256 * 1024 * 1024  # 14 references of 10 MiB are 187 MiB of base64
MAX_PAINTERS = 2
MAX_KEPT_FILES = 64
MAX_LOG_ROWS = 100  # the API's own: "limit ≤ 100"
_MODELS_PATH = "/v1/models"
CHAT_SHARE = 0.25  # of a picture's latency


class OfflineProvider:
    """The provider; it serves while it is open as an async context manager.

    Every picture takes `latency_s` longer, every chat answer a quarter of it; a video is ready after `video_polls`
    polls, and made by `film`. With `paint_fast`, pictures are flat areas of colour and all videos the same.
    `giant_bytes` is the size of `Fault.GIANT`, `drip_interval_s` the pause between the pieces of `Fault.DRIP`. Port 0
    lets the system choose one.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency_s: float = 3.0,
        paint_fast: bool = False,
        video_polls: int = POLLS,
        film: Film = make_film,
        funds_usd: float = 10.0,
        giant_bytes: int = 128 * 1024 * 1024,
        drip_interval_s: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.latency_s = latency_s
        self._port = port
        self._paint_fast = paint_fast
        self._dispatch = Dispatch(giant_bytes=giant_bytes, drip_interval_s=drip_interval_s, now=now)
        self._ledger = Ledger(funds_usd=funds_usd, now=now)
        self._faults = FaultPlan()
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._painters = asyncio.Semaphore(MAX_PAINTERS)
        self._open = asyncio.Event()
        self._open.set()
        self._videos = VideoRoutes(
            ledger=self._ledger,
            dispatch=self._dispatch,
            opened=self._open,
            keep=self._keep,
            film=None if paint_fast else film,
            polls=video_polls,
        )
        self._chat_model = OfflineChatModel(self._ledger, self._dispatch, self._open)
        self._runner: web.AppRunner | None = None
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:port`, without `/v1`. Raises `RuntimeError` while it does not serve."""
        if not self._base_url:
            raise RuntimeError("the offline provider is not running")
        return self._base_url

    @property
    def calls(self) -> list[Call]:
        """Every valid picture call whose outcome is decided, in order; without those on hold."""
        return self._ledger.calls

    @property
    def chats(self) -> list[Chat]:
        """Every valid chat call whose outcome is decided, in order; without those on hold."""
        return self._ledger.chats

    @property
    def ledger(self) -> Ledger:
        """The provider's ledger: its calls, their costs as reported, and the balance."""
        return self._ledger

    @property
    def arrived(self) -> int:
        """The number of valid calls of both kinds so far, including those on hold."""
        return self._ledger.arrived

    def fail(self, fault: Fault, *, times: int | None = 1) -> None:
        """Let the next `times` picture calls end in `fault`; with None, all calls until `heal`."""
        self._faults.fail(fault, times=times)

    def fail_video(self, fault: Fault, *, times: int | None = 1) -> None:
        """Let the next `times` orders of videos end in `fault`; with None, all until `heal`."""
        self._videos.faults.fail(fault, times=times)

    def ready_after(self, polls: int) -> None:
        """Let every video that is not ready yet be so after this number of polls."""
        self._videos.polls = polls

    def fail_chat(self, fault: Fault, *, times: int | None = 1) -> None:
        """Let the next `times` chat calls end in `fault`; with None, all calls until `heal`.

        For the chat model, `Fault.REFUSED_RESULT` is a refusal in a 200 and `Fault.NOT_A_PICTURE` is a text about
        something else. Faults of pictures alone do nothing.
        """
        self._chat_model.faults.fail(fault, times=times)

    def dictate(self, text: str) -> None:
        """Let a coming answer of the chat model be exactly this text; several texts are used in order."""
        self._chat_model.dictated.append(text)

    def heal(self) -> None:
        """Drop every planned fault."""
        self._faults.clear()
        self._videos.faults.clear()
        self._ledger.trouble = None
        self._chat_model.faults.clear()

    def hold(self) -> None:
        """Answer no call, of either kind, until `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def wait_arrived(self, count: int) -> None:
        """Wait until `count` valid calls have come in, answered or not."""
        await self._ledger.wait_for(lambda: self.arrived >= count)

    async def wait_decided(self, count: int) -> None:
        """Wait until `calls` has `count` calls, charged or not; their answers may still be on the way."""
        await self._ledger.wait_for(lambda: len(self.calls) >= count)

    async def wait_chats(self, count: int) -> None:
        """Wait until `chats` has `count` calls; their answers may still be on the way."""
        await self._ledger.wait_for(lambda: len(self.chats) >= count)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_require_key])
        app.router.add_post("/v1/images/generations", self._generate)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._videos.add_to(app)
        app.router.add_get("/files/{name}", self._serve_file)
        app.router.add_get("/v2/logs", self._show_logs)
        app.router.add_get("/v2/billing", self._show_billing)
        app.router.add_get(_MODELS_PATH, self._show_models)
        app.router.add_get("/v1/key", _show_key)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self._runner = runner
        self._base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dispatch.stopping.set()
        self._open.set()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._videos.close()
        self._base_url = ""

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        try:
            order = parse(await request.read())
        except InvalidOrderError as wrong:
            return self._dispatch.error(request, 400, str(wrong))
        if unknown_faults(order.prompt):  # the demo's page says which faults there are
            return self._dispatch.error(request, 400, "Body validation error! prompt: unknown fault")
        number, fault = await self._ledger.arrive(), self._faults.take(order.prompt)
        await self._open.wait()
        self._ledger.trouble = fault if fault in ERROR_STATUSES else None
        if fault in ERROR_STATUSES:
            await self._record(request, order, number, status=ERROR_STATUSES[fault][0], charged=False)
            return self._dispatch.refuse(request, fault)
        try:
            picture = await self._paint(order, number)
        except UnreadableReferenceError as wrong:
            await self._record(request, order, number, status=400, charged=False)
            return self._dispatch.error(request, 400, str(wrong))
        call = await self._record(request, order, number, status=200, charged=is_charged(fault))
        is_url = fault is Fault.URL or order.is_url_wanted
        url = self._keep(f"{call.inference_id}.jpg", picture) if is_url else None
        body = damaged(fault, picture_answer(call, picture, url))
        return await self._dispatch.send(request, fault, body, tracing(call))

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._chat_model.answer(request, latency_s=self.latency_s * CHAT_SHARE)

    async def _paint(self, order: ImageCall, number: int) -> bytes:
        prompt = without_marks(order.prompt)
        if self.latency_s > 0:
            await asyncio.sleep(self.latency_s)
        async with self._painters:
            if self._paint_fast:
                picture = await asyncio.to_thread(paint_plain, prompt, order.size, order.seed, number)
            else:
                picture = await asyncio.to_thread(
                    paint, prompt, order.size, order.references, order.seed, number
                )
            await asyncio.to_thread(self._chat_model.gallery.add, picture, prompt)
        return picture

    async def _record(
        self, request: web.Request, order: ImageCall, number: int, *, status: int, charged: bool
    ) -> Call:
        call = Call(
            client_request_id=client_request_id(request),
            inference_id=f"offline-{number:06}",
            model=order.model,
            prompt=order.prompt,
            n_references=len(order.references),
            size=order.size,
            status=status,
            charged=charged,
            at=self._ledger.now(),
            price=self._ledger.prices[order.model],
        )
        await self._ledger.record(call)
        return call

    def _keep(self, name: str, data: bytes) -> str:
        self._files[name] = data
        while len(self._files) > MAX_KEPT_FILES:
            self._files.popitem(last=False)
        return f"{self.base_url}/files/{name}"

    async def _serve_file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        data = self._files.get(name)
        if data is None:
            return self._dispatch.error(request, 404, "Not found")
        if is_refused(name):
            return self._dispatch.error(request, 403, "Forbidden")
        return web.Response(body=data, content_type="video/mp4" if name.endswith(".mp4") else "image/jpeg")

    async def _show_logs(self, request: web.Request) -> web.Response:
        limit, offset = request.query.get("limit", "20"), request.query.get("offset", "0")
        if not limit.isdecimal() or not offset.isdecimal() or not 1 <= int(limit) <= MAX_LOG_ROWS:
            return self._dispatch.error(request, 400, "Query validation error")
        rows = self._ledger.entries(
            statuses=request.query.getall("status", []),
            models=request.query.getall("model", []),
            start=request.query.get("start", ""),
            end=request.query.get("end", ""),
        )
        end = int(offset) + int(limit)
        pagination = {"limit": int(limit), "offset": int(offset), "has_more": end < len(rows)}
        return web.json_response({"data": rows[int(offset) : end], "pagination": pagination})

    async def _show_billing(self, _request: web.Request) -> web.Response:
        if self._faults.is_next(Fault.OUT_OF_CREDIT):
            return web.json_response({"current_balance": 0.0, "currency": "USD"})
        return web.json_response({"current_balance": self._ledger.tell_balance_usd(), "currency": "USD"})

    async def _show_models(self, request: web.Request) -> web.Response:
        wanted = [one for ids in request.query.getall("id", []) for one in ids.split(",")]
        models = [model for model in self._ledger.models() if not wanted or model in wanted]
        has_prices = "pricing" in request.query.get("include", "")
        data = [listed(model, self._ledger, has_prices=has_prices) for model in models]
        answer = web.json_response({"object": "list", "data": data})
        etag = f'W/"{hashlib.sha256(str(answer.text).encode()).hexdigest()[:27]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        answer.headers["ETag"] = etag
        return answer


async def _show_key(request: web.Request) -> web.Response:
    """Answer as for a key that may do everything and has a limit of $25 a week."""
    key = request.headers["Authorization"].partition(" ")[2]
    limit = {"retention": "week", "threshold": 25}
    told = {"disabled": False, "prefix": key[:8], "scopes": None, "limit": limit, "monthly_usage": 3.1}
    return web.json_response({"data": told})


@web.middleware
async def _require_key(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Require `Authorization: Bearer …`, with any key, for everything but finished files and the list of models."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    is_open = request.path.startswith("/files/") or request.path == _MODELS_PATH
    if is_open or (scheme.lower() == "bearer" and key.strip()):
        return await handler(request)
    body = error_answer(request.path, 401, "Unauthorized: the API key is missing", datetime.now(UTC))
    return web.json_response(body, status=401)
