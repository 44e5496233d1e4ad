"""The offline provider's answers: bodies and headers as the AIML API documents them, and how faults send them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from bot.sandbox.faults import ERROR_STATUSES, HTML_PAGE, KINDS, PAGES, RETRY_AFTER_S, Fault, without_marks
from bot.sandbox.ledger import CHAT_MODELS, Call, Chat, Ledger, ledger_usd
from bot.sandbox.orders import SANDBOX_MODELS, VIDEO_CREDITS_A_SECOND

_ENRICHMENTS = (
    "soft natural light, balanced composition, fine detail",
    "cinematic lighting, layered depth, harmonious colours",
    "clear focal point, gentle contrast, rich texture",
)


def picture_answer(call: Call, picture: bytes, url: str | None) -> dict[str, object]:
    """Return the JSON of a 200 with one picture, at `url`, or inline if that is None."""
    tokens, price = max(1, len(call.prompt) // 4), call.price
    return {
        "created": int(call.at.timestamp()),
        "data": [
            {
                "b64_json": base64.b64encode(picture).decode() if url is None else None,
                "url": url,
                "revised_prompt": revise(without_marks(call.prompt)),
                "size": f"{call.size.width}x{call.size.height}",
            }
        ],
        "model": call.model,
        "object": "image_generation",
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        "meta": {"usage": {"credits_used": price, "usd_spent": ledger_usd(price)}},
    }


def listed(model: str, ledger: Ledger, *, has_prices: bool) -> dict[str, object]:
    """Return an entry of the list of models, if wished with the price, as the API's guide to it shows both."""
    kind, unit, usd = _kind_and_price(model, ledger)
    price = {"kind": "fixed", "units": [{"name": unit, "price": usd, "per": 1}]}
    pricing = {"pricing": ledger.listed.get(model, price)} if has_prices else {}
    return {"id": model, "type": kind, **pricing}


def _kind_and_price(model: str, ledger: Ledger) -> tuple[str, str, float]:
    if model in SANDBOX_MODELS:
        return "image", "image", ledger_usd(ledger.prices[model])
    if model in VIDEO_CREDITS_A_SECOND:
        return "video", "second", ledger_usd(ledger.prices[model])
    return ("chat", "token", 1e-7) if model in CHAT_MODELS else ("image", "image", 0.05)


def error_answer(path: str, status: int, message: str, at: datetime) -> dict[str, object]:
    """Return the JSON of any other status; the API writes `statusCode` as a string."""
    return {
        "message": message,
        "path": path,
        "requestId": f"offline-{int(at.timestamp() * 1000):x}",
        "statusCode": str(status),
        "timestamp": at.isoformat().replace("+00:00", "Z"),
    }


def retry_after(fault: Fault, at: datetime) -> dict[str, str]:
    """Return the `Retry-After` header of a 429, in seconds or as a date; empty for other faults."""
    if fault is Fault.SLOW_DOWN:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if fault is Fault.SLOW_DOWN_DATE:
        later = (at + timedelta(seconds=RETRY_AFTER_S)).astimezone(UTC)
        return {"Retry-After": format_datetime(later, usegmt=True)}
    return {}


def tracing(call: Call | Chat) -> dict[str, str]:
    """Return the headers that identify an answer's call and give its cost."""
    headers = {"x-inference-id": call.inference_id}
    if call.client_request_id is not None:
        headers["x-client-request-id"] = call.client_request_id
    if call.charged:
        headers["x-aimlapi-credits-used"] = str(call.credits)
        headers["x-aimlapi-usd-spent"] = str(ledger_usd(call.credits))
    return headers


def revise(prompt: str) -> str:
    """Return the prompt as a model might expand it; about one prompt in four stays the same."""
    number = hashlib.sha256(prompt.encode()).digest()[0]
    if number % 4 == len(_ENRICHMENTS):
        return prompt
    return f"{prompt.rstrip(' .,;')}, {_ENRICHMENTS[number % 4]}"


_BLOCK = b"A" * (256 * 1024)
_DRIPS = 20


async def stream_giant(
    request: web.Request, headers: Mapping[str, str], size_bytes: int
) -> web.StreamResponse:
    """Send JSON with one string of at least `size_bytes`, without announcing its length."""
    answer = _begin(headers)
    try:
        await answer.prepare(request)
        await answer.write(b'{"data":[{"b64_json":"')
        for _ in range(size_bytes // len(_BLOCK) + 1):
            await answer.write(_BLOCK)
        await answer.write(b'"}]}')
    except ConnectionError:
        return answer  # the client hung up
    return answer


async def drip(
    request: web.Request,
    headers: Mapping[str, str],
    body: bytes,
    *,
    interval_s: float,
    stopping: asyncio.Event,
) -> web.StreamResponse:
    """Send a good answer in small pieces, with a pause before each; end early once `stopping` is set."""
    answer = _begin(headers)
    step = len(body) // _DRIPS + 1
    try:
        await answer.prepare(request)
        for start in range(0, len(body), step):
            if await _is_set_within(stopping, interval_s):
                return answer
            await answer.write(body[start : start + step])
    except ConnectionError:
        return answer  # the client hung up
    return answer


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
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


_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")  # any other is silently dropped, as the real API does


def client_request_id(request: web.Request) -> str | None:
    """Return the id that the client gave its call; None if the API would not keep it."""
    given = request.headers.get("X-Client-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Sends answers as a fault lets them through.

    `giant_bytes` is the size of `Fault.GIANT`, `drip_interval_s` the pause between the pieces of `Fault.DRIP`.
    Answers that hang or drip end once `stopping` is set.
    """

    giant_bytes: int
    drip_interval_s: float
    now: Callable[[], datetime]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self, request: web.Request, fault: Fault, body: bytes, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """Send the JSON `body` of a successful call, as far as `fault` allows."""
        if fault is Fault.HANG:
            await self.stopping.wait()
            return self.error(request, 503, "The server is going away")
        if fault is Fault.DROP:
            return hang_up(request)
        if fault is Fault.HTML:
            return web.Response(text=HTML_PAGE, content_type="text/html", headers=headers)
        if fault is Fault.GIANT:
            return await stream_giant(request, headers, self.giant_bytes)
        if fault is Fault.DRIP:
            return await drip(request, headers, body, interval_s=self.drip_interval_s, stopping=self.stopping)
        return web.Response(body=body, content_type="application/json", headers=headers)

    def refuse(self, request: web.Request, fault: Fault) -> web.Response:
        """Return the error answer for a fault in `ERROR_STATUSES`."""
        status, message = ERROR_STATUSES[fault]
        if fault in PAGES:
            return web.Response(status=status, text=HTML_PAGE, content_type="text/html")
        answer = self.error(request, status, message, kind=KINDS.get(fault))
        answer.headers.update(retry_after(fault, self.now()))
        return answer

    def error(
        self, request: web.Request, status: int, message: str, *, kind: str | None = None
    ) -> web.Response:
        body = error_answer(request.path, status, message, self.now())
        if kind is not None:
            body["error"] = {"name": "ForbiddenException", "message": message, "data": {"kind": kind}}
        return web.json_response(body, status=status)
