"""How answers leave the offline provider: whole, or as a fault lets them through."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.sandbox.answers import error_answer, retry_after
from bot.sandbox.faults import ERROR_STATUSES, HTML_PAGE, Fault
from bot.sandbox.streams import drip, hang_up, stream_giant

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")  # any other is silently dropped, as the real API does


def client_request_id(request: web.Request) -> str | None:
    """The client's own id for its call, where it is one the API keeps."""
    given = request.headers.get("X-Client-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """`giant_bytes` is the size of `Fault.GIANT`, `drip_interval_s` the pause between the pieces of `Fault.DRIP`.
    What hangs or drips ends once `stopping` is set."""

    giant_bytes: int
    drip_interval_s: float
    now: Callable[[], datetime]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self, request: web.Request, fault: Fault, body: bytes, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """The JSON `body` of a call that was carried out."""
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
        """The error status that `fault` is."""
        status, message = ERROR_STATUSES[fault]
        if fault is Fault.BAD_GATEWAY:
            return web.Response(status=status, text=HTML_PAGE, content_type="text/html")
        answer = self.error(request, status, message)
        answer.headers.update(retry_after(fault, self.now()))
        return answer

    def error(self, request: web.Request, status: int, message: str) -> web.Response:
        return web.json_response(error_answer(request.path, status, message, self.now()), status=status)
