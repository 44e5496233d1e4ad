"""HTTP with the API: its address and key, paid calls that are sent once, bodies that are read within limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import aiohttp
from yarl import URL

from bot.bodies import Body
from bot.domain.provider import (
    AnswerTooLargeError,
    NoAnswerError,
    ProviderError,
    TryAgainError,
)
from bot.errors import SetupError
from bot.seedream.wire.reply import Reply, bill, cost_in_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccount:
    """The API's base URL without a trailing slash, and the headers of every call. The repr leaves out the key."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)


def open_account(*, base_url: str, api_key: str) -> ApiAccount:
    """Check the API's address and key before the first call. Raises `SetupError`, which repeats neither."""
    return ApiAccount(base_url=_checked_base_url(base_url), headers=_headers(api_key))


def _checked_base_url(text: str) -> str:
    base = text.rstrip("/")
    try:
        url = URL(base)
        usable = url.scheme in {"http", "https"} and url.host and not (url.user or url.query or url.fragment)
    except ValueError:
        usable = False
    if not usable:
        raise SetupError("The API's address must look like https://api.aimlapi.com.")
    if base.endswith(("/v1", "/v2")):
        raise SetupError("The API's address must end before its version: leave out /v1.")
    return base


def _headers(api_key: str) -> Mapping[str, str]:
    """Return the headers of every call; they carry the key.

    `Connection: close` keeps a paid request off a connection that the server may be closing at that moment,
    which would leave the outcome unknown. `identity` saves the event loop from decompressing megabytes.
    """
    if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise SetupError("The API key is empty, or has letters that no key has.")
    return {
        "Authorization": f"Bearer {api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


_CHUNK_BYTES = 256 * 1024
SLOT_WAIT_S = 5.0  # the longest wait for a slot
READ_AT_ONCE = 3  # large answers, each in memory; others wait with the server, whose socket fills up


class TooManyBytesError(Exception):
    """A body exceeds the limit and was not read to its end."""


async def read_whole(response: aiohttp.ClientResponse, *, max_bytes: int) -> bytearray:
    """Read the whole body.

    Raises `TooManyBytesError` if the body, or the length it announces, exceeds `max_bytes`; and aiohttp's errors for
    a broken connection.
    """
    body = bytearray()
    async for chunk in chunks_of(response, max_bytes):
        body += chunk
    return body


async def chunks_of(response: aiohttp.ClientResponse, max_bytes: int) -> AsyncIterator[bytes]:
    """Read a body piece by piece. Raises `TooManyBytesError` beyond `max_bytes`."""
    if (response.content_length or 0) > max_bytes:
        raise TooManyBytesError(f"{response.content_length} bytes announced, at most {max_bytes} are read")
    count = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        count += len(chunk)
        if count > max_bytes:
            raise TooManyBytesError(f"more than {max_bytes} bytes")
        yield chunk


async def read_beginning(response: aiohttp.ClientResponse, *, max_bytes: int, timeout_s: float) -> bytes:
    """Read as much of the body as comes within both limits; never raises for a broken connection.

    For error answers: their status alone is enough to go on.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                body += chunk
                if len(body) >= max_bytes:
                    break
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass  # return what has arrived
    return bytes(body[:max_bytes])


CONNECT_TIMEOUT_S = 15.0


async def get(
    session: aiohttp.ClientSession,
    url: URL,
    *,
    headers: Mapping[str, str],
    max_bytes: int,
    now: Callable[[], datetime],
) -> Reply:
    """Return the reply to a GET that costs nothing. The caller's timeout covers everything.

    Raises aiohttp's errors, `OSError` and `TooManyBytesError`.
    """
    response = await session.get(
        url,
        headers=headers,
        allow_redirects=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None),
    )
    try:
        body = await read_whole(response, max_bytes=max_bytes)
    finally:
        response.close()
    return Reply(status=response.status, headers=_lower(response), body=body, received_at=now())


def _lower(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


log = logging.getLogger(__name__)

MAX_FAULT_BYTES = 64 * 1024  # of an error answer
FAULT_BODY_TIMEOUT_S = 5.0  # how long to wait for an error's message once its status is known

# When one of these is raised, no part of the request was sent.
_NOT_SENT = (
    aiohttp.ClientConnectorError,  # refused, DNS, TLS, proxy
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
)

_CONNECT_ONLY = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S)  # `asyncio.timeout` is the total


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidCalls:
    """The paid calls to one endpoint: `path` is appended to the base URL, `verb` names the call in logs.

    `timeout_s` bounds a call from its first byte to its last. The session is not closed here.
    """

    session: aiohttp.ClientSession
    account: ApiAccount
    verb: str
    path: str
    timeout_s: float
    max_answer_bytes: int
    now: Callable[[], datetime]
    reading: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, READ_AT_ONCE))

    async def make(self, request_id: str, body: bytes, held: ExitStack | None = None) -> Reply:
        """Send one paid request, never a second time, and return the reply, whatever its status.

        A reply that is no error takes one of the slots of `reading`, until `held` is closed; without it, for as long
        as it is read.

        Raises `TryAgainError` when nothing was sent, which is free; `NoAnswerError` or `AnswerTooLargeError` when
        the request may have been charged.
        """
        if self.session.closed:
            raise TryAgainError("Easel is shutting down")
        started = asyncio.get_running_loop().time()
        deadline = started + self.timeout_s
        try:
            response = await self._send(request_id, body, deadline)
            try:
                with ExitStack() as own:
                    reply = await self._receive(response, deadline, own if held is None else held)
            finally:
                response.close()  # `release` would first wait for an upload that the server stopped reading
        except ProviderError as error:
            name = type(error).__name__
            log.info("%s %s: %s after %d ms", self.verb, request_id, name, _elapsed_ms(started))
            raise
        log.info(
            "%s %s: HTTP %d, %d bytes after %d ms",
            self.verb,
            request_id,
            reply.status,
            len(reply.body),
            _elapsed_ms(started),
        )
        return reply

    async def _send(self, request_id: str, body: bytes, deadline: float) -> aiohttp.ClientResponse:
        try:
            async with asyncio.timeout_at(deadline):
                return await self.session.post(
                    self.account.base_url + self.path,
                    data=Body(body),  # aiohttp sends a stream piece by piece, bytes all at once
                    headers={**self.account.headers, "X-Client-Request-Id": request_id},
                    allow_redirects=False,
                    raise_for_status=False,
                    timeout=_CONNECT_ONLY,
                )
        except _NOT_SENT as error:
            raise TryAgainError(f"no connection: {name_of(error)}") from error
        except TimeoutError as error:
            raise NoAnswerError(f"no answer within {self.timeout_s:g} s") from error
        except aiohttp.ClientResponseError as error:
            # Not `from error`: the error carries the request's headers, and so the key.
            raise NoAnswerError(f"the answer is not HTTP: {type(error).__name__}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"the connection broke: {name_of(error)}") from error

    async def _receive(self, response: aiohttp.ClientResponse, deadline: float, held: ExitStack) -> Reply:
        """Read the answer: all of a success, but only the beginning of an error."""
        headers = _lower(response)
        if 200 <= response.status < 300:
            body = await self._receive_whole(response, headers, deadline, held)
        else:
            timeout_s = min(FAULT_BODY_TIMEOUT_S, self.timeout_s)
            body = await read_beginning(response, max_bytes=MAX_FAULT_BYTES, timeout_s=timeout_s)
        return Reply(status=response.status, headers=headers, body=body, received_at=self.now())

    async def _receive_whole(
        self, response: aiohttp.ClientResponse, headers: Mapping[str, str], deadline: float, held: ExitStack
    ) -> bytearray:
        try:
            async with asyncio.timeout_at(deadline):
                await self._take_turn(held)
                return await read_whole(response, max_bytes=self.max_answer_bytes)
        except (TooManyBytesError, TimeoutError, aiohttp.ClientError, OSError) as error:
            failure = self._broken_off(error)
            bill(failure, cost_in_headers(headers))
            raise failure from error

    async def _take_turn(self, held: ExitStack) -> None:
        """Wait for a slot to read in, but not for long: answers that drip in must not keep others from being read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOT_WAIT_S):
                await self.reading.acquire()
                held.callback(self.reading.release)

    def _broken_off(self, error: Exception) -> ProviderError:
        if isinstance(error, TooManyBytesError):
            return AnswerTooLargeError(str(error))
        if isinstance(error, TimeoutError):
            return NoAnswerError(f"the answer did not end within {self.timeout_s:g} s")
        return NoAnswerError(f"the connection broke within the answer: {name_of(error)}")


def _elapsed_ms(started: float) -> float:
    return (asyncio.get_running_loop().time() - started) * 1000


def name_of(error: BaseException) -> str:
    """Name a transport error by its class and the system's message; its `str` would reveal addresses."""
    words = getattr(error, "strerror", None)
    return f"{type(error).__name__} ({words})" if words else type(error).__name__
