"""Asking the API's request log what became of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import aiohttp

from bot.domain.rendering import Charge
from bot.seedream import wire
from bot.seedream.account import Account
from bot.seedream.reading import read_whole

LOGS_PATH = "/v2/logs"
MAX_PAGES = 5  # of 100 rows; the log takes 200 questions a minute
MAX_PAGE_BYTES = 2 * 1024 * 1024  # a page of 100 rows is about 60 kB


async def search_log(
    session: aiohttp.ClientSession, account: Account, request_id: str, *, since: datetime, now: datetime
) -> Charge:
    """The charge of the call with this id; `UNKNOWN` where no row tells. Raises aiohttp's errors."""
    for number in range(MAX_PAGES):
        body = await _page(session, account, wire.page_query(since=since, now=now, page=number))
        page = wire.read_page(body, request_id)
        if page.charge is not None:
            return page.charge
        if not page.has_more:
            break
    return Charge.UNKNOWN


async def _page(
    session: aiohttp.ClientSession, account: Account, query: Mapping[str, str]
) -> bytes | bytearray:
    """One page's body; nothing for any status but 200."""
    response = await session.get(
        account.base_url + LOGS_PATH,
        params=query,
        headers=account.headers,
        allow_redirects=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None),  # the caller's clock holds for all pages together
    )
    try:
        return await read_whole(response, max_bytes=MAX_PAGE_BYTES) if response.status == 200 else b""
    finally:
        response.close()
