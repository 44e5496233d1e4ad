"""The AIML API over HTTP: one paid call for one picture, and the question what became of a call."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import aiohttp

from bot.domain.rendering import (
    AnswerTooLargeError,
    Charge,
    NoAnswerError,
    ProviderError,
    Rendered,
    RenderOrder,
    TryAgainError,
)
from bot.seedream import wire
from bot.seedream.account import open_account
from bot.seedream.fetching import CONNECT_TIMEOUT_S, RESULT_TIMEOUT_S, fetch
from bot.seedream.images import read_header
from bot.seedream.log_search import search_log
from bot.seedream.places import DEFAULT_RESULT_HOSTS, Places
from bot.seedream.reading import TooManyBytesError, read_beginning, read_whole

log = logging.getLogger(__name__)

GENERATIONS_PATH = "/v1/images/generations"
MAX_ANSWER_BYTES = 64 * 1024 * 1024  # a 4K JPEG is about 4.4 MB of base64, a 4K PNG about 25 MB
MAX_FAULT_BYTES = 64 * 1024  # of an error answer
FAULT_BODY_TIMEOUT_S = 5.0  # an error's status has come; its words may be waited for this long
LOOK_UP_TIMEOUT_S = 15.0

# Nothing of the request has left us when one of these is raised.
_NOT_SENT = (
    aiohttp.ClientConnectorError,  # refused, DNS, TLS, proxy
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
)

_CONNECT_ONLY = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S)  # the rest runs on our clock


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SeedreamProvider:
    """`bot.domain.rendering.Provider` over the AIML API.

    `base_url` has no version part. `timeout_s` bounds a paid call from its first byte to its last; an answer
    that is only an address is then fetched within another minute at most. `result_hosts` and
    `result_origins` are explained at `Places`. The session is borrowed, never closed. Raises `SetupError`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        timeout_s: float,
        result_hosts: frozenset[str] = DEFAULT_RESULT_HOSTS,
        result_origins: frozenset[str] = frozenset(),
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._session = session
        self._account = open_account(base_url=base_url, api_key=api_key)
        self._timeout_s = timeout_s
        self._places = Places(result_hosts, result_origins)
        self._max_answer_bytes = max_answer_bytes
        self._now = now

    async def render(self, order: RenderOrder) -> Rendered:
        """Make one picture with one paid call, or raise the `ProviderError` that fits."""
        wire.check(order)
        # A megabyte of reference takes about a millisecond, so fourteen of them go to a thread.
        body = await asyncio.to_thread(wire.build_body, order) if order.references else wire.build_body(order)
        result = wire.decipher(await self._call(order.request_id, body), prompt=order.prompt)
        try:
            data = await self._content(result)
            header = read_header(data)
        except ProviderError as error:
            wire.bill(error, result.cost_micro_usd)
            raise
        return Rendered(
            data=data,
            mime=header.mime,
            size=header.size,
            revised_prompt=result.revised_prompt,
            cost_micro_usd=result.cost_micro_usd,
            inference_id=result.inference_id,
        )

    async def look_up(self, request_id: str, since: datetime) -> Charge:
        """What became of a call, by the API's request log. `UNKNOWN` when the log is silent or out of reach."""
        charge = Charge.UNKNOWN
        if self._session.closed:
            return charge
        try:
            async with asyncio.timeout(LOOK_UP_TIMEOUT_S):
                charge = await search_log(
                    self._session, self._account, request_id, since=since, now=self._now()
                )
        except (TimeoutError, aiohttp.ClientError, OSError, TooManyBytesError) as error:
            log.info("look-up of %s: %s", request_id, type(error).__name__)
        log.info("look-up of %s: %s", request_id, charge.value)
        return charge

    async def _call(self, request_id: str, body: bytes) -> wire.Reply:
        """The one paid request. What breaks before it is sent was free; after that, nobody knows."""
        if self._session.closed:
            raise TryAgainError("Easel is shutting down")
        started = asyncio.get_running_loop().time()
        deadline = started + self._timeout_s
        try:
            response = await self._send(request_id, body, deadline)
            try:
                reply = await self._receive(response, deadline)
            finally:
                response.close()  # a full release would first wait for an upload the server stopped reading
        except ProviderError as error:
            log.info("render %s: %s after %d ms", request_id, type(error).__name__, _elapsed_ms(started))
            raise
        log.info(
            "render %s: HTTP %d, %d bytes after %d ms",
            request_id,
            reply.status,
            len(reply.body),
            _elapsed_ms(started),
        )
        return reply

    async def _send(self, request_id: str, body: bytes, deadline: float) -> aiohttp.ClientResponse:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._session.post(
                    self._account.base_url + GENERATIONS_PATH,
                    data=io.BytesIO(body),  # aiohttp sends a stream piece by piece, bytes all at once
                    headers={**self._account.headers, "X-Client-Request-Id": request_id},
                    allow_redirects=False,
                    raise_for_status=False,
                    timeout=_CONNECT_ONLY,
                )
        except _NOT_SENT as error:
            raise TryAgainError(f"no connection: {_told(error)}") from error
        except TimeoutError as error:
            raise NoAnswerError(f"no answer within {self._timeout_s:g} s") from error
        except aiohttp.ClientResponseError as error:
            # Not `from error`: it carries our request's headers, and the key is among them.
            raise NoAnswerError(f"the answer is not HTTP: {type(error).__name__}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"the connection broke: {_told(error)}") from error

    async def _receive(self, response: aiohttp.ClientResponse, deadline: float) -> wire.Reply:
        """The answer's body. For an error its beginning will do; for a picture all of it is needed."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        if 200 <= response.status < 300:
            body = await self._receive_whole(response, headers, deadline)
        else:
            timeout_s = min(FAULT_BODY_TIMEOUT_S, self._timeout_s)
            body = await read_beginning(response, max_bytes=MAX_FAULT_BYTES, timeout_s=timeout_s)
        return wire.Reply(status=response.status, headers=headers, body=body, received_at=self._now())

    async def _receive_whole(
        self, response: aiohttp.ClientResponse, headers: Mapping[str, str], deadline: float
    ) -> bytearray:
        try:
            async with asyncio.timeout_at(deadline):
                return await read_whole(response, max_bytes=self._max_answer_bytes)
        except (TooManyBytesError, TimeoutError, aiohttp.ClientError, OSError) as error:
            failure = self._broken_off(error)
            wire.bill(failure, wire.told_by_headers(headers))
            raise failure from error

    def _broken_off(self, error: Exception) -> ProviderError:
        if isinstance(error, TooManyBytesError):
            return AnswerTooLargeError(str(error))
        if isinstance(error, TimeoutError):
            return NoAnswerError(f"the answer did not end within {self._timeout_s:g} s")
        return NoAnswerError(f"the connection broke within the answer: {_told(error)}")

    async def _content(self, result: wire.Result) -> bytes:
        if isinstance(result.content, bytes):
            return result.content
        url = self._places.check(result.content.url)
        timeout_s = min(RESULT_TIMEOUT_S, self._timeout_s)
        return await fetch(self._session, url, max_bytes=self._max_answer_bytes, timeout_s=timeout_s)


def _elapsed_ms(started: float) -> float:
    return (asyncio.get_running_loop().time() - started) * 1000


def _told(error: BaseException) -> str:
    """A transport error's kind and the system's own words for it; never its `str`, which holds addresses."""
    words = getattr(error, "strerror", None)
    return f"{type(error).__name__} ({words})" if words else type(error).__name__
