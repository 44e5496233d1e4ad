"""The AIML API's image model over HTTP: one paid call per picture, and a search of the request log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import aiohttp

from bot.domain.pictures import PictureError
from bot.domain.provider import Charge, NotAPictureError, ProviderError, Rendered, RenderOrder
from bot.formats.header import result_format
from bot.seedream.http import (
    DEFAULT_RESULT_HOSTS,
    RESULT_TIMEOUT_S,
    ApiAccount,
    PaidCalls,
    ResultOrigins,
    TooManyBytesError,
    fetch,
    open_account,
    read_whole,
    utc_now,
)
from bot.seedream.wire import answer, cost, request_log
from bot.seedream.wire import order as orders

LOGS_PATH = "/v2/logs"
MAX_PAGES = 5  # of 100 rows; the log allows 200 requests a minute
MAX_PAGE_BYTES = 2 * 1024 * 1024  # a page of 100 rows is about 60 kB


async def search_log(
    session: aiohttp.ClientSession, account: ApiAccount, request_id: str, *, since: datetime, now: datetime
) -> Charge:
    """Look up the charge of a call in the API's request log; `UNKNOWN` if no row tells.

    Raises `TooManyBytesError` and aiohttp's errors. The caller sets the timeout.
    """
    for number in range(MAX_PAGES):
        body = await _page(session, account, request_log.page_query(since=since, now=now, page=number))
        page = request_log.read_page(body, request_id)
        if page.charge is not None:
            return page.charge
        if not page.has_more:
            break
    return Charge.UNKNOWN


async def _page(
    session: aiohttp.ClientSession, account: ApiAccount, query: Mapping[str, str]
) -> bytes | bytearray:
    """Return one page's body, or no bytes for any status but 200."""
    response = await session.get(
        account.base_url + LOGS_PATH,
        params=query,
        headers=account.headers,
        allow_redirects=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None),  # the caller's timeout covers all pages together
    )
    try:
        return await read_whole(response, max_bytes=MAX_PAGE_BYTES) if response.status == 200 else b""
    finally:
        response.close()


log = logging.getLogger(__name__)

GENERATIONS_PATH = "/v1/images/generations"
MAX_ANSWER_BYTES = 64 * 1024 * 1024  # a 4K JPEG is about 4.4 MB of base64, a 4K PNG about 25 MB
LOOK_UP_TIMEOUT_S = 15.0


class SeedreamProvider:
    """`bot.domain.provider.Provider` over the AIML API.

    `base_url` has no version part. `timeout_s` bounds a paid call from its first byte to its last; a result
    that comes as a URL is then fetched within another minute at most. `result_hosts` and `result_origins` are
    explained at `ResultOrigins`. The session is not closed here. Raises `SetupError` for a setting that cannot work.
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
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._session = session
        self._account = open_account(base_url=base_url, api_key=api_key)
        self._timeout_s = timeout_s
        self._places = ResultOrigins(result_hosts, result_origins)
        self._max_answer_bytes = max_answer_bytes
        self._now = now
        self._calls = PaidCalls(
            session=session,
            account=self._account,
            verb="render",
            path=GENERATIONS_PATH,
            timeout_s=timeout_s,
            max_answer_bytes=max_answer_bytes,
            now=now,
        )

    async def render(self, order: RenderOrder) -> Rendered:
        """Make one picture with one paid call. Raises `ProviderError`, with the charge and cost as far as known."""
        orders.check(order)
        # Encoding takes about 1 ms per megabyte: a thread keeps up to 14 references off the event loop.
        body = (
            await asyncio.to_thread(orders.build_body, order)
            if order.references
            else orders.build_body(order)
        )
        result = answer.decipher(await self._calls.make(order.request_id, body), prompt=order.prompt)
        try:
            data = await self._content(result)
            mime = _mime(data)
        except ProviderError as error:
            cost.bill(error, result.cost_micro_usd)
            raise
        return Rendered(
            data=data,
            mime=mime,
            revised_prompt=result.revised_prompt,
            cost_micro_usd=result.cost_micro_usd,
            inference_id=result.inference_id,
        )

    async def look_up(self, request_id: str, since: datetime) -> Charge:
        """Look up the charge of a call in the API's request log; `UNKNOWN` if it has no answer or is unreachable."""
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

    async def _content(self, result: answer.Result) -> bytes:
        if isinstance(result.content, bytes):
            return result.content
        url = self._places.check(result.content.url)
        timeout_s = min(RESULT_TIMEOUT_S, self._timeout_s)
        return await fetch(self._session, url, max_bytes=self._max_answer_bytes, timeout_s=timeout_s)


def _mime(data: bytes) -> str:
    """Return the media type from the first bytes. Raises `NotAPictureError` if no result begins so.

    Packaging checks the rest, in a thread: these bytes were paid for, and an error
    here may lead to a second call.
    """
    try:
        return result_format(data).mime
    except PictureError as error:
        raise NotAPictureError(f"{len(data)} bytes, {error}") from error
