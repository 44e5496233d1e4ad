"""Results fetched from allowed hosts only, without redirects and up to a size."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import aiohttp
from yarl import URL

from bot.domain.provider import ResultFetchError
from bot.errors import SetupError
from bot.seedream.http import CONNECT_TIMEOUT_S, TooManyBytesError, chunks_of, name_of, read_whole

RESULT_TIMEOUT_S = 60.0
ATTEMPTS = 2  # the picture is paid for, and fetching it again is free

PICTURES, VIDEOS = "image/*", "video/*"  # what is accepted
T = TypeVar("T")


async def fetch(session: aiohttp.ClientSession, url: URL, *, max_bytes: int, timeout_s: float) -> bytes:
    """Fetch the bytes at a URL that `ResultOrigins` allowed, without the key and without redirects.

    `timeout_s` covers all attempts. Raises `ResultFetchError`.
    """

    async def whole(response: aiohttp.ClientResponse) -> bytes:
        return bytes(await read_whole(response, max_bytes=max_bytes))

    return await _fetched(session, url, whole, accept=PICTURES, timeout_s=timeout_s)


async def fetch_to(
    session: aiohttp.ClientSession, url: URL, path: Path, *, max_bytes: int, timeout_s: float
) -> int:
    """Fetch as `fetch` does, but into a file, piece by piece; return the number of bytes.

    Raises `ResultFetchError`, also if the file cannot be written, which no second attempt cures; then a part of it may
    be there. Nothing writes to it any more once this has ended.
    """

    async def saved(response: aiohttp.ClientResponse) -> int:
        count = 0
        async with _Sink(path) as sink:
            await sink.open()
            async for chunk in chunks_of(response, max_bytes):
                count += await sink.write(chunk)
        return count

    return await _fetched(session, url, saved, accept=VIDEOS, timeout_s=timeout_s)


async def in_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns in a thread. Cancelled, it ends no sooner than `work`, which is using a file."""
    running, cancelled = asyncio.get_running_loop().run_in_executor(None, work), None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # or asyncio reports it as one that nobody saw
        raise cancelled
    return running.result()


class _Sink:
    """A file for this account alone, written in threads and closed at the end. Raises `ResultFetchError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await _written(self._close)
        except ResultFetchError:
            if error is None:  # another error, or a cancellation, is what ended it
                raise

    async def open(self) -> None:
        """Open the file, empty."""
        await _written(self._open)

    async def write(self, chunk: bytes) -> int:
        """Append the bytes; return how many."""
        return await _written(partial(self._write, chunk))

    def _open(self) -> None:
        self._file = open(self._path, "wb", opener=partial(os.open, mode=0o600))  # noqa: SIM115 - `_close` does

    def _write(self, chunk: bytes) -> int:
        if self._file is None:
            raise RuntimeError("a file that was not opened")
        return self._file.write(chunk)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()


async def _written(work: Callable[[], T]) -> T:
    try:
        return await in_thread(work)
    except OSError as error:
        raise ResultFetchError(f"{name_of(error)} while writing the result") from error


async def _fetched(
    session: aiohttp.ClientSession,
    url: URL,
    receive: Callable[[aiohttp.ClientResponse], Awaitable[T]],
    *,
    accept: str,
    timeout_s: float,
) -> T:
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(ATTEMPTS - 1):
                try:
                    return await _fetch_once(session, url, receive, accept=accept)
                except (aiohttp.ClientError, OSError):
                    continue
            return await _fetch_once(session, url, receive, accept=accept)
    except aiohttp.ClientResponseError as error:
        raise ResultFetchError(f"HTTP {error.status} from {url.host}") from error
    except TooManyBytesError as error:
        raise ResultFetchError(f"the result has {error}") from error
    except TimeoutError as error:
        raise ResultFetchError(f"no result from {url.host} within {timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise ResultFetchError(f"{name_of(error)} while fetching from {url.host}") from error


async def _fetch_once(
    session: aiohttp.ClientSession,
    url: URL,
    receive: Callable[[aiohttp.ClientResponse], Awaitable[T]],
    *,
    accept: str,
) -> T:
    response = await session.get(
        url,
        headers={"Accept": accept, "Accept-Encoding": "identity"},
        allow_redirects=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S),
    )
    try:
        if response.status != 200:
            raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
        return await receive(response)
    finally:
        response.close()  # drops the rest of the body instead of reading it


# Hosts seen in answers and samples of the Seedream models. A `*` matches within one label, never a dot.
DEFAULT_RESULT_HOSTS = frozenset(
    {"cdn.aimlapi.com", "*.fal.media", "ark-content-generation-*.tos-*.volces.com"}
)
_URL = re.compile(r"[!-~]{1,4096}")  # printable ASCII without spaces, so that no header can be injected


class ResultOrigins:
    """The hosts and origins from which results may be fetched; every other address is rejected.

    `hosts` are patterns, reached by https on the default port. `origins` are exact, such as
    `http://127.0.0.1:8080` for an offline provider; http is allowed on loopback only. Raises `SetupError` for any
    other origin.
    """

    def __init__(self, hosts: frozenset[str], origins: frozenset[str] = frozenset()) -> None:
        self._hosts = [_host_pattern(host) for host in sorted(hosts)]
        self._origins = frozenset(_origin(origin) for origin in origins)

    def check(self, address: str) -> URL:
        """Return the address as a URL to fetch unchanged. Raises `ResultFetchError`, which names at most the host."""
        if not _URL.fullmatch(address):
            raise ResultFetchError("the result's address has letters no address has")
        try:
            # The signature covers the exact characters of the address, so it must not be quoted again.
            url = URL(address, encoded=True)
            host, origin = (url.host or "").lower(), url.origin()
        except ValueError:
            raise ResultFetchError("the result's address cannot be read") from None
        if "@" in url.raw_authority:
            raise ResultFetchError("the result's address carries a login")
        if str(origin).lower() in self._origins:
            return url
        if url.scheme != "https" or url.port != 443:
            raise ResultFetchError(f"the result is not at plain https but {url.scheme[:10]} on {host[:100]}")
        if not any(pattern.fullmatch(host) for pattern in self._hosts):
            raise ResultFetchError(f"results are not fetched from {host[:100]}")
        return url


def _host_pattern(host: str) -> re.Pattern[str]:
    return re.compile(re.escape(host.lower()).replace(r"\*", "[a-z0-9-]+"))


def _origin(text: str) -> str:
    """Return `scheme://host[:port]` as yarl writes it, in lower case."""
    try:
        origin = URL(text).origin()
    except ValueError:
        raise SetupError(f"{text!r} is not an origin such as https://cdn.example.com") from None
    if origin.scheme != "https" and not (origin.scheme == "http" and _is_loopback(origin.host or "")):
        raise SetupError(
            f"results over {origin.scheme} are fetched from this machine only, not from {origin}"
        )
    return str(origin).lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
