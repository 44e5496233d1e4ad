"""Reading an HTTP body with a limit, whatever its headers promise."""

from __future__ import annotations

import asyncio

import aiohttp

CHUNK_BYTES = 256 * 1024


class TooManyBytesError(Exception):
    """A body went over the limit; it was not read to its end."""


async def read_whole(response: aiohttp.ClientResponse, *, max_bytes: int) -> bytearray:
    """The whole body. Raises `TooManyBytesError`, and what aiohttp raises for a broken connection."""
    if (response.content_length or 0) > max_bytes:
        raise TooManyBytesError(f"{response.content_length} bytes announced, at most {max_bytes} are read")
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        if len(body) + len(chunk) > max_bytes:
            raise TooManyBytesError(f"more than {max_bytes} bytes")
        body += chunk
    return body


async def read_beginning(response: aiohttp.ClientResponse, *, max_bytes: int, timeout_s: float) -> bytes:
    """As much of the body as comes within the limits. For error answers: their status already says enough."""
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                body += chunk
                if len(body) >= max_bytes:
                    break
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass  # what has come so far is what there is
    return bytes(body[:max_bytes])
