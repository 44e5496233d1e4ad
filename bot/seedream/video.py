"""Hailuo over the AIML API: videos ordered with one paid call, asked for by their id, and fetched into a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from bot.domain.provider import (
    Charge,
    FixRequestError,
    NotAVideoError,
    ProviderError,
    ResultFetchError,
    TryAgainError,
)
from bot.domain.video import MAX_VIDEO_BYTES, VideoModel, VideoQuality, VideoSettings
from bot.domain.video_provider import POLL_DEADLINE_S, VideoCreated, VideoOrder, VideoProgress
from bot.formats.mp4 import is_video
from bot.seedream.account import AccountQuestions
from bot.seedream.fetching import DEFAULT_RESULT_HOSTS, ResultOrigins, fetch_to, in_thread
from bot.seedream.http import PaidCalls, TooManyBytesError, get, open_account, utc_now
from bot.seedream.wire import video as wire

CREATE_TIMEOUT_S = 60.0
POLL_TIMEOUT_S = 15.0
FETCH_TIMEOUT_S = 180.0
_MAX_ANSWER_BYTES = 64 * 1024
_BEGINNING: Final = 12  # bytes that tell a video from a picture in the same container

_LENGTHS: Final = {
    VideoQuality.P768: (6, 10),
    VideoQuality.P1080: (6,),
}  # MiniMax's; the API's schema is silent
# The API publishes no price of these. That of hailuo-02 is from somebody else's bill of May 2026, the others from
# samples at a fee of 5 %, raised to today's 30 %; in which quality is not known. What a call cost is in its answer.
VIDEO_MODELS: Final[Mapping[str, VideoModel]] = {
    model_id: VideoModel(
        id=model_id,
        name=name,
        takes_last_frame=takes_last,
        requires_first_frame=requires_first,
        seconds=_LENGTHS,
        price_micro_usd_per_s=price,
    )
    for model_id, name, takes_last, requires_first, price in (
        ("minimax/hailuo-02", "Hailuo 02", True, False, 72_800),
        ("minimax/hailuo-2.3", "Hailuo 2.3", False, False, 61_000),
        ("minimax/hailuo-2.3-fast", "Hailuo 2.3 Fast", False, True, 42_000),
    )
}


def models_of(api: wire.VideoApi) -> Mapping[str, VideoModel]:
    """Return the models by their ids, as one spelling of the operation offers them: the older has no last frame."""
    if api is wire.VideoApi.UNIVERSAL:
        return VIDEO_MODELS
    return {model_id: replace(model, takes_last_frame=False) for model_id, model in VIDEO_MODELS.items()}


class HailuoProvider:
    """`bot.domain.video_provider.VideoProvider` over the AIML API.

    `base_url` has no version part. `timeout_s` bounds the paid call from its first byte to its last. `result_hosts`
    and `result_origins` are explained at `ResultOrigins`. The session is not closed here. Raises `SetupError` for a
    setting that cannot work.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        api: wire.VideoApi = wire.VideoApi.UNIVERSAL,
        timeout_s: float = CREATE_TIMEOUT_S,
        result_hosts: frozenset[str] = DEFAULT_RESULT_HOSTS,
        result_origins: frozenset[str] = frozenset(),
        max_video_bytes: int = MAX_VIDEO_BYTES,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._session = session
        self._api = api
        self._models = models_of(api)
        self._account = open_account(base_url=base_url, api_key=api_key)
        # The log may date a call by its charge, which comes with the video.
        logged_s = timeout_s + POLL_DEADLINE_S
        self._questions = AccountQuestions(
            session=session, account=self._account, timeout_s=logged_s, now=now
        )
        self._places = ResultOrigins(result_hosts, result_origins)
        self._max_video_bytes = max_video_bytes
        self._now = now
        self._calls = PaidCalls(
            session=session,
            account=self._account,
            verb="order video",
            path=wire.PATHS[api],
            timeout_s=timeout_s,
            max_answer_bytes=_MAX_ANSWER_BYTES,
            now=now,
        )

    async def create(self, order: VideoOrder) -> VideoCreated:
        """Order one video with one paid call, as `bot.domain.video_provider.VideoProvider` says."""
        model = self._models.get(order.model)
        if model is None:
            raise FixRequestError("the model is not in the catalogue")
        wire.check(order, model)
        body = await asyncio.to_thread(wire.build_body, order, self._api)  # frames take 1 ms a megabyte
        reply = await self._calls.make(order.request_id, body)
        try:
            return wire.decipher_created(reply, prompt=order.prompt, frames=wire.frames_in(order))
        except ProviderError as error:
            price = model.price_of(VideoSettings(seconds=order.seconds, quality=order.quality))
            raise await self._questions.check(error, model=order.model, price_micro_usd=price) from None

    async def poll(self, generation_id: str, *, age_s: float, prompt: str) -> VideoProgress:
        """Ask once for a video, as `bot.domain.video_provider.VideoProvider` says."""
        if self._session.closed:
            raise TryAgainError("Easel is shutting down")
        address = f"{self._account.base_url}{wire.PATHS[self._api]}?{wire.poll_query(generation_id)}"
        url, headers = URL(address, encoded=True), self._account.headers
        try:
            async with asyncio.timeout(POLL_TIMEOUT_S):
                reply = await get(
                    self._session, url, headers=headers, max_bytes=_MAX_ANSWER_BYTES, now=self._now
                )
        except (TimeoutError, aiohttp.ClientError, OSError, TooManyBytesError) as error:
            # Not `from error`: it may carry the request's headers, and so the key.
            raise TryAgainError(f"no answer to a poll: {type(error).__name__}") from None
        try:
            progress = wire.decipher_poll(reply, age_s=age_s, prompt=prompt)
        except ProviderError as error:
            raise await self._questions.check(error, model="") from None
        if progress.error is None:
            return progress
        return replace(progress, error=await self._questions.check(progress.error, model=""))

    async def fetch(self, address: str, path: Path) -> int:
        """Write a video to a file, as `bot.domain.video_provider.VideoProvider` says."""
        url = self._places.check(address)
        async with AsyncExitStack() as unfinished:
            unfinished.push_async_callback(_delete, path)
            count = await fetch_to(
                self._session, url, path, max_bytes=self._max_video_bytes, timeout_s=FETCH_TIMEOUT_S
            )
            await in_thread(partial(_check_signature, path))
            unfinished.pop_all()
        return count

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        """Look up the charge of a call in the API's request log; `UNKNOWN` if it has no answer or is unreachable."""
        return await self._questions.look_up(request_id, submitted_at, model=model)


async def _delete(path: Path) -> None:
    with suppress(OSError):  # what went wrong before says more
        await in_thread(partial(path.unlink, missing_ok=True))


def _check_signature(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start, size = file.read(_BEGINNING), path.stat().st_size
    except OSError as error:
        raise ResultFetchError(
            f"{type(error).__name__} ({error.strerror}) while reading the result"
        ) from error
    if not is_video(start):
        raise NotAVideoError(f"{size} bytes that do not begin as an MP4 does")
