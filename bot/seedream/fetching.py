"""Fetching a result that came as an address: no key, no redirects, bounded in bytes and time."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from bot.domain.rendering import ResultFetchError
from bot.seedream.reading import TooManyBytesError, read_whole

RESULT_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 15.0
ATTEMPTS = 2  # the picture is paid for, and fetching it again is free

_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity"}


async def fetch(session: aiohttp.ClientSession, url: URL, *, max_bytes: int, timeout_s: float) -> bytes:
    """The bytes at an address that `Places` allowed. Raises `ResultFetchError`."""
    try:
        async with asyncio.timeout(timeout_s):
            for _ in range(ATTEMPTS - 1):
                try:
                    return await _fetch_once(session, url, max_bytes=max_bytes)
                except (aiohttp.ClientError, OSError):
                    continue
            return await _fetch_once(session, url, max_bytes=max_bytes)
    except aiohttp.ClientResponseError as error:
        raise ResultFetchError(f"HTTP {error.status} from {url.host}") from error
    except TooManyBytesError as error:
        raise ResultFetchError(f"the result has {error}") from error
    except TimeoutError as error:
        raise ResultFetchError(f"no result from {url.host} within {timeout_s:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        raise ResultFetchError(f"{type(error).__name__} while fetching from {url.host}") from error


async def _fetch_once(session: aiohttp.ClientSession, url: URL, *, max_bytes: int) -> bytes:
    response = await session.get(
        url,
        headers=_HEADERS,
        allow_redirects=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT_S),
    )
    try:
        if response.status != 200:
            raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
        return bytes(await read_whole(response, max_bytes=max_bytes))
    finally:
        response.close()  # never drains what is left of a body
