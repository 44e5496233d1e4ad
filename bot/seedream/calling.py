"""One paid call: sent once, its answer read within limits, and never called free unless it surely was."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from bot.domain.rendering import AnswerTooLargeError, NoAnswerError, ProviderError, TryAgainError
from bot.seedream import wire
from bot.seedream.account import Account
from bot.seedream.fetching import CONNECT_TIMEOUT_S
from bot.seedream.reading import TooManyBytesError, read_beginning, read_whole

log = logging.getLogger(__name__)

MAX_FAULT_BYTES = 64 * 1024  # of an error answer
FAULT_BODY_TIMEOUT_S = 5.0  # an error's status has come; its words may be waited for this long

# Nothing of the request has left us when one of these is raised.
_NOT_SENT = (
    aiohttp.ClientConnectorError,  # refused, DNS, TLS, proxy
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
)

_CONNECT_ONLY = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S)  # the rest runs on our clock


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidCalls:
    """Makes the paid calls of one kind: `verb` names it in logs, `path` is where the API takes it.

    `timeout_s` bounds a call from its first byte to its last. The session is borrowed, never closed.
    """

    session: aiohttp.ClientSession
    account: Account
    verb: str
    path: str
    timeout_s: float
    max_answer_bytes: int
    now: Callable[[], datetime]

    async def make(self, request_id: str, body: bytes) -> wire.Reply:
        """The one paid request, whatever its status. What breaks before it is sent was free; after that,
        nobody knows: `TryAgainError`, `NoAnswerError`, `AnswerTooLargeError`."""
        if self.session.closed:
            raise TryAgainError("Easel is shutting down")
        started = asyncio.get_running_loop().time()
        deadline = started + self.timeout_s
        try:
            response = await self._send(request_id, body, deadline)
            try:
                reply = await self._receive(response, deadline)
            finally:
                response.close()  # a full release would first wait for an upload the server stopped reading
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
                    data=io.BytesIO(body),  # aiohttp sends a stream piece by piece, bytes all at once
                    headers={**self.account.headers, "X-Client-Request-Id": request_id},
                    allow_redirects=False,
                    raise_for_status=False,
                    timeout=_CONNECT_ONLY,
                )
        except _NOT_SENT as error:
            raise TryAgainError(f"no connection: {_told(error)}") from error
        except TimeoutError as error:
            raise NoAnswerError(f"no answer within {self.timeout_s:g} s") from error
        except aiohttp.ClientResponseError as error:
            # Not `from error`: it carries our request's headers, and the key is among them.
            raise NoAnswerError(f"the answer is not HTTP: {type(error).__name__}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"the connection broke: {_told(error)}") from error

    async def _receive(self, response: aiohttp.ClientResponse, deadline: float) -> wire.Reply:
        """The answer's body. For an error its beginning will do; of a success all of it is needed."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        if 200 <= response.status < 300:
            body = await self._receive_whole(response, headers, deadline)
        else:
            timeout_s = min(FAULT_BODY_TIMEOUT_S, self.timeout_s)
            body = await read_beginning(response, max_bytes=MAX_FAULT_BYTES, timeout_s=timeout_s)
        return wire.Reply(status=response.status, headers=headers, body=body, received_at=self.now())

    async def _receive_whole(
        self, response: aiohttp.ClientResponse, headers: Mapping[str, str], deadline: float
    ) -> bytearray:
        try:
            async with asyncio.timeout_at(deadline):
                return await read_whole(response, max_bytes=self.max_answer_bytes)
        except (TooManyBytesError, TimeoutError, aiohttp.ClientError, OSError) as error:
            failure = self._broken_off(error)
            wire.bill(failure, wire.told_by_headers(headers))
            raise failure from error

    def _broken_off(self, error: Exception) -> ProviderError:
        if isinstance(error, TooManyBytesError):
            return AnswerTooLargeError(str(error))
        if isinstance(error, TimeoutError):
            return NoAnswerError(f"the answer did not end within {self.timeout_s:g} s")
        return NoAnswerError(f"the connection broke within the answer: {_told(error)}")


def _elapsed_ms(started: float) -> float:
    return (asyncio.get_running_loop().time() - started) * 1000


def _told(error: BaseException) -> str:
    """A transport error's kind and the system's own words for it; never its `str`, which holds addresses."""
    words = getattr(error, "strerror", None)
    return f"{type(error).__name__} ({words})" if words else type(error).__name__
