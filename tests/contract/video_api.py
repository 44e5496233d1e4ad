"""A stand-in for the API's videos on loopback: real sockets, and answers for each step that the test chooses."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import web

from bot.domain.provider import InputPicture
from bot.domain.sizes import Size
from bot.domain.video import VideoQuality
from bot.domain.video_provider import VideoOrder
from bot.seedream.video import HailuoProvider
from bot.seedream.wire.video import VideoApi
from tests.contract.seedream_api import Answer, listening, saying
from tests.unit.seedream.material import NOW, PROMPT, drawn

KEY: Final = "aiml-0123456789abcdef"
GENERATION_ID: Final = "349872201343396:minimax/hailuo-2.3-fast"
PATHS: Final = ("/v2/video/generations", "/v2/generate/video/minimax/generation")
MP4: Final = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(range(256)) * 8
CREDITS: Final = 873_600
PICTURE: Final = InputPicture(data=drawn(), mime="image/jpeg", size=Size(1024, 768))
ORDER: Final = VideoOrder(
    request_id="easel-1.1:v",
    model="minimax/hailuo-02",
    prompt=PROMPT,
    seconds=6,
    quality=VideoQuality.P768,
    first=PICTURE,
)


def telling(code: int = 200, /, *, headers: dict[str, str] | None = None, **fields: object) -> Answer:
    """An answer with these fields."""
    return saying(json.dumps(fields).encode(), status=code, headers=headers)


def created(name: str = "id", generation_id: str = GENERATION_ID) -> Answer:
    """An order that was taken."""
    order = {name: generation_id, "status": "queued", "meta": {"usage": {"credits_used": CREDITS}}}
    return saying(json.dumps(order).encode())


def under_way(word: str) -> Answer:
    """A poll that tells a status and nothing else."""
    return telling(id=GENERATION_ID, status=word, video=None, error=None)


def official(status: int, message: str) -> Answer:
    """An error in the shape that only the API's own have."""
    return telling(status, message=message, statusCode=status, requestId="r-1")


def gateway(status: int) -> Answer:
    """An error of a server on the way."""
    return saying(b"<html>a timeout occurred</html>", status=status, content_type="text/html")


@dataclass(slots=True)
class Seen:
    """A request as it arrived; `raw_query` is not decoded."""

    step: str
    path: str
    raw_query: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class VideoStandIn:
    """Answers orders, polls, downloads and questions about the account, and remembers what it saw."""

    origin: str = ""
    order: Answer = field(default_factory=created)
    poll: Answer = field(default_factory=lambda: under_way("generating"))
    file: Answer = field(default_factory=lambda: saying(MP4, content_type="video/mp4"))
    account: Answer = field(default_factory=lambda: saying(status=503))
    seen: list[Seen] = field(default_factory=list[Seen])

    def steps(self) -> list[str]:
        """What was asked for, in order."""
        return [seen.step for seen in self.seen]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path in PATHS:
            step, answer = ("order", self.order) if request.method == "POST" else ("poll", self.poll)
        elif request.path.startswith("/files/"):
            step, answer = "file", self.file
        else:
            step, answer = "account", self.account
        self.seen.append(
            Seen(
                step=step,
                path=request.rel_url.raw_path,
                raw_query=request.rel_url.raw_query_string,
                query=dict(request.query),
                headers=dict(request.headers),
                body=await request.read(),
            )
        )
        return await answer(request)


@asynccontextmanager
async def serving_videos() -> AsyncGenerator[VideoStandIn]:
    """The stand-in on a free port."""
    api = VideoStandIn()
    async with listening(api.handle) as api.origin:
        yield api


def provider(
    session: aiohttp.ClientSession,
    api: VideoStandIn,
    spelling: VideoApi = VideoApi.UNIVERSAL,
    *,
    timeout_s: float = 10.0,
    max_video_bytes: int = 1_000_000,
) -> HailuoProvider:
    """The adapter, speaking to the stand-in."""
    return HailuoProvider(
        session,
        base_url=api.origin,
        api_key=KEY,
        api=spelling,
        timeout_s=timeout_s,
        result_origins=frozenset({api.origin}),
        max_video_bytes=max_video_bytes,
        now=lambda: NOW,
    )
