"""Questions to the API that cost nothing: the balance, the models on offer, their pace, and what became of a call."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

import aiohttp
from yarl import URL

from bot.domain.prices import PriceList
from bot.domain.provider import (
    Balance,
    Charge,
    ModelGoneError,
    OutOfCreditError,
    ProviderError,
    TryAgainError,
)
from bot.seedream.http import ApiAccount, TooManyBytesError, get
from bot.seedream.wire import account as wire
from bot.seedream.wire.prices import read_price_list
from bot.seedream.wire.reply import Reply
from bot.seedream.wire.request_log import page_query, read_page, window_of

log = logging.getLogger(__name__)
T = TypeVar("T")

LOGS_PATH = "/v2/logs"
BILLING_PATH = "/v2/billing"
KEY_PATH = "/v1/key"
MODELS_PATH = "/v1/models"
_METRICS_PATH = "/models/metrics"
MAX_PAGES = 30  # of 100 rows, in a window of about 20 minutes
MAX_LOG_REQUESTS = 150  # in a minute; the log allows 200
MAX_PAGE_BYTES = 2 * 1024 * 1024  # a page of 100 rows is about 60 kB
MAX_BILLING_BYTES = MAX_METRICS_BYTES = 64 * 1024
MAX_MODELS_BYTES = 8 * 1024 * 1024  # the whole catalogue with all prices was 1.3 MB
LOOK_UP_TIMEOUT_S = 30.0
QUESTION_TIMEOUT_S = 10.0
WORTH_MICRO_USD = 200_000  # with more than this an account is not empty: a picture costs a few cents


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuestions:
    """Asks about one account. `timeout_s` is that of its paid calls. The session is not closed here."""

    session: aiohttp.ClientSession
    account: ApiAccount
    timeout_s: float
    now: Callable[[], datetime]
    asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_LOG_REQUESTS), repr=False)

    async def balance(self) -> Balance | None:
        """Ask for the balance; None if the API is out of reach."""
        return await self._ask(BILLING_PATH, wire.read_balance, max_bytes=MAX_BILLING_BYTES)

    async def models(self) -> frozenset[str] | None:
        """Ask for all names of all models on offer; None if the API is out of reach."""
        return await self._ask(MODELS_PATH, wire.read_models, max_bytes=MAX_MODELS_BYTES, with_key=False)

    async def prices(self, models: Sequence[str], etag: str | None) -> PriceList | None:
        """Ask for the prices of models, if they have changed since `etag`; None if the API is out of reach."""
        return await self._ask(
            MODELS_PATH,
            read_price_list,
            query={"id": ",".join(models), "include": "pricing"},
            max_bytes=MAX_MODELS_BYTES,
            with_key=False,
            known_etag=etag,
        )

    async def typical_seconds(self, model: str) -> float | None:
        """Ask for the median time of everybody's latest calls to the model; None if the API gives none."""
        read = partial(wire.read_typical_seconds, model=model)
        return await self._ask(
            _METRICS_PATH,
            read,
            query={"aliases": model},
            max_bytes=MAX_METRICS_BYTES,
            with_key=False,
            level=logging.DEBUG,
        )

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        """Look up the charge of a call in the request log; `UNKNOWN` if it has no answer or is out of reach."""
        charge = Charge.UNKNOWN
        try:
            async with asyncio.timeout(LOOK_UP_TIMEOUT_S):
                found = await self._search(request_id, submitted_at, model)
                if found is None and model is not None:  # the log knows this model by another name
                    found = await self._search(request_id, submitted_at, None)
                charge = found or charge
        except (TimeoutError, aiohttp.ClientError, OSError, TooManyBytesError) as error:
            log.info("look-up of %s: %s", request_id, type(error).__name__)
        log.info("look-up of %s: %s", request_id, charge.value)
        return charge

    async def check(self, error: ProviderError, *, model: str, price_micro_usd: int = 0) -> ProviderError:
        """Return `error` with what the API says about the account or `model`, or the passing fault it is instead.

        `price_micro_usd` is that of a call which may cost more than WORTH_MICRO_USD. The API has answered "out of
        credits" to an account with money, and 404 for reasons of its own.
        """
        if isinstance(error, OutOfCreditError):
            balance = await self.balance()
            left = None if balance is None else balance.micro_usd
            if left is not None and left > max(WORTH_MICRO_USD, price_micro_usd):
                return TryAgainError(f"{error.detail} (yet the account has ${left / 1e6:.2f})")
            return OutOfCreditError(error.detail, balance_micro_usd=left)
        if isinstance(error, ModelGoneError):
            offered = await self.models()
            if offered is not None and model in offered:
                return TryAgainError(f"{error.detail} (yet the model is on offer)")
            alike = await asyncio.to_thread(wire.models_like, model, offered or ())
            detail = f"{error.detail} (like it: {', '.join(alike)})" if alike else error.detail
            return ModelGoneError(detail, model=model, alike=alike)
        return error

    async def _search(self, request_id: str, submitted_at: datetime, model: str | None) -> Charge | None:
        """Search the log page by page. None if it has no row at all in the time of the call."""
        window = window_of(submitted_at, timeout_s=self.timeout_s, now=self.now())
        for number in range(MAX_PAGES):
            await self._wait_for_turn()
            query = page_query(window, model=model, page=number)
            reply = await self._get(LOGS_PATH, query, max_bytes=MAX_PAGE_BYTES)
            if reply is None or reply.status != 200:
                break
            page = await asyncio.to_thread(read_page, reply.body, request_id, start=window.start)
            if page.charge is not None:
                return page.charge
            if page.is_empty and number == 0:
                return None
            if not page.has_more:
                break
        return Charge.UNKNOWN

    async def _wait_for_turn(self) -> None:
        """Keep to MAX_LOG_REQUESTS a minute, over all look-ups of this process."""
        clock = asyncio.get_running_loop().time
        if len(self.asked_at) == MAX_LOG_REQUESTS:
            await asyncio.sleep(max(0.0, self.asked_at[0] + 60 - clock()))
        self.asked_at.append(clock())

    async def _ask(
        self,
        path: str,
        reader: Callable[[Reply], T | None],
        *,
        query: Mapping[str, str] | None = None,
        max_bytes: int,
        with_key: bool = True,
        known_etag: str | None = None,
        level: int = logging.INFO,
    ) -> T | None:
        try:
            async with asyncio.timeout(QUESTION_TIMEOUT_S):
                reply = await self._get(
                    path, query or {}, max_bytes=max_bytes, with_key=with_key, known_etag=known_etag
                )
                return None if reply is None else await asyncio.to_thread(reader, reply)
        except (TimeoutError, aiohttp.ClientError, OSError, TooManyBytesError) as error:
            log.log(level, "%s: %s", path, type(error).__name__)
            return None

    async def _get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        max_bytes: int,
        with_key: bool = True,
        known_etag: str | None = None,
    ) -> Reply | None:
        """Return the reply to a GET; None while shutting down. Raises aiohttp's errors and `TooManyBytesError`."""
        if self.session.closed:
            return None
        headers = dict(self.account.headers)
        if not with_key:
            headers.pop("Authorization", None)
        if known_etag is not None:
            headers["If-None-Match"] = known_etag
        url = URL(self.account.base_url + path).extend_query(query)
        return await get(self.session, url, headers=headers, max_bytes=max_bytes, now=self.now)
