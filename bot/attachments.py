"""Downloads of attachments from Discord's CDN, with a size limit, a timeout and no redirects."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientResponseError, ClientSession, ClientTimeout

from bot.domain.pictures import MAX_REFERENCE_BYTES, PictureError, PictureProblem
from bot.domain.references import Reference

CDN_ORIGINS: Final = frozenset({"https://cdn.discordapp.com", "https://media.discordapp.net"})
DOWNLOAD_TIMEOUT_S: Final = 60.0
TRIES: Final = 3
_CHUNK_BYTES: Final = 256 * 1024


class AttachmentFetcher:
    """Implements `bot.domain.ports.outside.ReferenceFetcher` over HTTP.

    It fetches from `origins` only, such as `https://host`.
    """

    def __init__(self, session: ClientSession, *, origins: frozenset[str] = CDN_ORIGINS) -> None:
        self._session = session
        self._origins = origins

    async def fetch(self, reference: Reference) -> bytes:
        """Download the file as the port says. A download is free, so a broken one is simply tried again."""
        if _origin(reference.url) not in self._origins:
            raise PictureError(PictureProblem.GONE, detail="not an address of Discord's")
        last: Exception | None = None
        for _ in range(TRIES):
            try:
                return await self._download(reference.url)
            except (ClientError, OSError, TimeoutError) as error:
                last = error
        raise PictureError(PictureProblem.UNREACHABLE, detail=type(last).__name__) from last

    async def _download(self, url: str) -> bytes:
        timeout = ClientTimeout(total=DOWNLOAD_TIMEOUT_S)
        async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
            if response.status >= 500 or response.status == 429 or _is_a_page(response):
                raise ClientResponseError(response.request_info, (), status=response.status)
            if response.status != 200:
                raise PictureError(PictureProblem.GONE, detail=f"HTTP {response.status}")
            data = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                data += chunk
                if len(data) > MAX_REFERENCE_BYTES:
                    raise PictureError(PictureProblem.TOO_MANY_BYTES)
            return bytes(data)


def _is_a_page(response: ClientResponse) -> bool:
    """Return whether a proxy answered: the CDN sends pictures, and its own refusals are plain text or XML."""
    return response.content_type == "text/html"


def _origin(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}"
