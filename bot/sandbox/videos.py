"""The offline provider's videos: ordered by one call, ready after some polls, and each fault of them on request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from aiohttp import web

from bot.domain.sizes import Size
from bot.sandbox.answers import Dispatch, client_request_id, tracing
from bot.sandbox.faults import ERROR_STATUSES, Fault, FaultPlan, is_charged, unknown_faults, without_marks
from bot.sandbox.ledger import Call, Ledger, ledger_usd
from bot.sandbox.orders import VIDEO_CREDITS_A_SECOND, InvalidOrderError, picture_in
from bot.sandbox.painter import UnreadableReferenceError

VIDEO_PATHS: Final = ("/v2/video/generations", "/v2/generate/video/minimax/generation")
POLLS: Final = 3  # until a video is ready
GATEWAY_TIMEOUTS: Final = 3
LARGE_BYTES: Final = 30 * 1024 * 1024
_SIZES: Final = {"768P": Size(1366, 768), "1080P": Size(1920, 1080)}
_BLANK: Final = Path(__file__).with_name("blank.mp4")
_FORBIDDEN: Final = "expired"  # the name of a file that is refused
_FOREIGN: Final = {"code": "1027", "message": "video contains sensitive content (1027)"}
_BROKEN: Final = {"name": "InternalServerError", "message": "The generation failed."}

Film = Callable[[str, Sequence[bytes], int, int], bytes]


class _Body(msgspec.Struct):
    model: str
    prompt: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    duration: Literal[6, 10] = 6
    resolution: Literal["768P", "1080P"] = "768P"
    image_url: str | None = None
    last_image_url: str | None = None
    first_frame_image: str | None = None


@dataclass(slots=True, kw_only=True)
class _Video:
    """A video that was ordered. `filming` ends with the address of its file, and is all that has the order's frames."""

    call: Call
    fault: Fault
    filming: asyncio.Task[str]
    polls: int = 0


class VideoRoutes:
    """Takes orders for videos, reports how far they are, and makes them by `film`; without, all are the same short one.

    `keep` puts a file where it can be fetched, and returns its address. `opened` holds up answers to orders.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        dispatch: Dispatch,
        opened: asyncio.Event,
        keep: Callable[[str, bytes], str],
        film: Film | None,
        polls: int = POLLS,
    ) -> None:
        self.faults = FaultPlan()
        self.polls = polls
        self._ledger = ledger
        self._dispatch = dispatch
        self._opened = opened
        self._keep = keep
        self._film = film
        self._videos: dict[str, _Video] = {}
        self._one_film = asyncio.Semaphore(1)

    def add_to(self, app: web.Application) -> None:
        for path in VIDEO_PATHS:
            app.router.add_post(path, self._order)
            app.router.add_get(path, self._tell)

    async def close(self) -> None:
        """Drop what is being filmed."""
        films = [video.filming for video in self._videos.values()]
        for film in films:
            film.cancel()
        await asyncio.gather(*films, return_exceptions=True)

    async def _order(self, request: web.Request) -> web.StreamResponse:
        try:
            body, frames = _parse(await request.read())
        except InvalidOrderError as wrong:
            return self._dispatch.error(request, 400, str(wrong))
        number, fault = await self._ledger.arrive(), self.faults.take(body.prompt)
        await self._opened.wait()
        self._ledger.trouble = fault if fault in ERROR_STATUSES else None
        call = Call(
            client_request_id=client_request_id(request),
            inference_id=f"offline-{number:06}:video",
            model=body.model,
            prompt=body.prompt,
            n_references=len(frames),
            size=_SIZES[body.resolution],
            status=ERROR_STATUSES[fault][0] if fault in ERROR_STATUSES else 200,
            charged=is_charged(fault),
            at=self._ledger.now(),
            price=self._ledger.prices[body.model] * body.duration,
        )
        await self._ledger.record(call)
        if fault in ERROR_STATUSES:
            return self._dispatch.refuse(request, fault)
        name = call.inference_id
        work = self._address(name, fault, partial(self._file, body, frames, number, fault))
        filming = asyncio.create_task(work, name="easel-offline-film")
        self._videos[name] = _Video(call=call, fault=fault, filming=filming)
        answer = {"id": name, "generation_id": name, "status": "queued", "meta": _cost(call)}
        return await self._dispatch.send(request, fault, msgspec.json.encode(answer), tracing(call))

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        video = self._videos.get(request.query.get("generation_id", ""))
        if video is None:
            return self._dispatch.error(request, 404, "Inference not found")
        video.polls += 1
        match video.fault:
            case Fault.VIDEO_UNKNOWN if video.polls == 1:
                return self._dispatch.error(request, 404, "Inference not found")
            case Fault.VIDEO_TIMEOUTS if video.polls <= GATEWAY_TIMEOUTS:
                return web.Response(
                    status=524, text="<html>A timeout occurred</html>", content_type="text/html"
                )
            case Fault.VIDEO_ERROR | Fault.VIDEO_REFUSED if video.polls > 1:
                reason = _BROKEN if video.fault is Fault.VIDEO_ERROR else _FOREIGN
                return self._answer(video, "error", {"error": reason})
            case _:
                pass
        if video.polls <= self.polls or video.fault is Fault.VIDEO_NEVER:
            return self._answer(video, "queued" if video.polls == 1 else "generating")
        if self._film is not None and not video.filming.done():
            return self._answer(video, "generating")  # a poll is answered at once
        try:
            address = await asyncio.shield(video.filming)
        except UnreadableReferenceError as wrong:
            reason = {"name": "BadRequest", "message": f"invalid params (2013): {wrong}"}
            return self._answer(video, "error", {"error": reason})
        told = {} if video.fault is Fault.VIDEO_NO_URL else {"video": {"url": address}}
        return self._answer(video, "completed", told)

    def _answer(self, video: _Video, status: str, more: Mapping[str, object] | None = None) -> web.Response:
        told: dict[str, object] = {
            "id": video.call.inference_id,
            "status": status,
            "video": None,
            "error": None,
        }
        if status == "completed":
            told["meta"] = _cost(video.call)
        return web.json_response(told | dict(more or {}))

    async def _address(self, inference_id: str, fault: Fault, make: Callable[[], bytes]) -> str:
        """Make the video's file, and return where it is."""
        name = f"{inference_id.replace(':', '-')}.mp4"
        if fault is Fault.VIDEO_FORBIDDEN:
            name = f"{_FORBIDDEN}-{name}"
        async with self._one_film:
            return self._keep(name, await asyncio.to_thread(make))

    def _file(self, body: _Body, frames: tuple[bytes, ...], number: int, fault: Fault) -> bytes:
        if fault is Fault.VIDEO_NOT_ONE:
            return b"<html>this is no video</html>"
        if self._film is None:
            data = _BLANK.read_bytes()
        else:
            data = self._film(without_marks(body.prompt), frames, body.duration, number)
        if fault is Fault.VIDEO_LARGE:  # a box that players skip
            data += LARGE_BYTES.to_bytes(4, "big") + b"free" + bytes(LARGE_BYTES - 8)
        return data


def is_refused(name: str) -> bool:
    """Return whether a file is one whose address has expired."""
    return name.startswith(_FORBIDDEN)


def _cost(call: Call) -> dict[str, object]:
    return {"usage": {"credits_used": call.credits, "usd_spent": ledger_usd(call.credits)}}


def _parse(raw: bytes) -> tuple[_Body, tuple[bytes, ...]]:
    """Read the JSON of an order in either spelling. Raises `InvalidOrderError`."""
    try:
        body = msgspec.json.decode(raw, type=_Body)
    except msgspec.DecodeError as wrong:
        raise InvalidOrderError(f"Body validation error: {wrong}") from wrong
    if body.model not in VIDEO_CREDITS_A_SECOND:
        raise InvalidOrderError("Body validation error: unknown model")
    if unknown_faults(body.prompt):
        raise InvalidOrderError("Body validation error! prompt: unknown fault")
    if body.duration == 10 and body.resolution == "1080P":
        raise InvalidOrderError("invalid params (2013): duration 10 is not supported in 1080P")
    if body.last_image_url and body.model != "minimax/hailuo-02":
        raise InvalidOrderError("invalid params (2013): last_image_url is not supported")
    given = (body.image_url or body.first_frame_image, body.last_image_url)
    return body, tuple(picture_in(url) for url in given if url)
