"""The AIML API's image model over HTTP: one paid call per picture, and questions that cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial

import aiohttp

from bot.domain.pictures import PictureError
from bot.domain.prices import PriceList
from bot.domain.provider import Balance, Charge, NotAPictureError, ProviderError, Rendered, RenderOrder
from bot.formats.header import result_format
from bot.seedream.account import AccountQuestions
from bot.seedream.fetching import DEFAULT_RESULT_HOSTS, RESULT_TIMEOUT_S, ResultOrigins, fetch
from bot.seedream.http import PaidCalls, open_account, utc_now
from bot.seedream.wire import answer
from bot.seedream.wire import order as orders
from bot.seedream.wire.reply import Reply, bill

GENERATIONS_PATH = "/v1/images/generations"
READ_AT_ONCE_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = 64 * 1024 * 1024  # a 4K JPEG is about 4.4 MB of base64, a 4K PNG about 25 MB


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
        max_answer_bytes: int = _MAX_ANSWER_BYTES,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._session = session
        account = open_account(base_url=base_url, api_key=api_key)
        self._questions = AccountQuestions(session=session, account=account, timeout_s=timeout_s, now=now)
        self._timeout_s = timeout_s
        self._places = ResultOrigins(result_hosts, result_origins)
        self._max_answer_bytes = max_answer_bytes
        self._calls = PaidCalls(
            session=session,
            account=account,
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
        with ExitStack() as held:  # one of the few answers that are in memory at a time
            reply = await self._calls.make(order.request_id, body, held)
            try:
                result = await self._deciphered(reply, order)
            except ProviderError as error:
                raise await self._questions.check(error, model=order.model) from None
            try:
                data = await self._content(result)
                mime = _mime(data)
            except ProviderError as error:
                bill(error, result.cost_micro_usd)
                raise
            return Rendered(
                data=data,
                mime=mime,
                revised_prompt=result.revised_prompt,
                cost_micro_usd=result.cost_micro_usd,
                inference_id=result.inference_id,
                landed=held.pop_all().close,
            )

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        """Look up the charge of a call in the API's request log; `UNKNOWN` if it has no answer or is unreachable."""
        return await self._questions.look_up(request_id, submitted_at, model=model)

    async def balance(self) -> Balance | None:
        """Ask for the account's balance; None if the API is out of reach."""
        return await self._questions.balance()

    async def models(self) -> frozenset[str] | None:
        """Ask for all names of all models on offer; None if the API is out of reach."""
        return await self._questions.models()

    async def prices(self, models: Sequence[str], etag: str | None) -> PriceList | None:
        """Ask for the prices of models, if they have changed since `etag`; None if the API is out of reach."""
        return await self._questions.prices(models, etag)

    async def typical_seconds(self, model: str) -> float | None:
        """Ask for the median time of a call to the model; None if the API is out of reach or gives none."""
        return await self._questions.typical_seconds(model)

    async def _deciphered(self, reply: Reply, order: RenderOrder) -> answer.Result:
        """Read a reply, in a thread if it is large: 1 ms a megabyte, more for what is hostile."""
        read = partial(answer.decipher, reply, prompt=order.prompt, references=len(order.references))
        return read() if len(reply.body) <= READ_AT_ONCE_BYTES else await asyncio.to_thread(read)

    async def _content(self, result: answer.Result) -> bytes:
        if isinstance(result.content, bytes):
            return result.content
        url = self._places.check(result.content.url)
        timeout_s = min(RESULT_TIMEOUT_S, self._timeout_s)
        return await fetch(self._session, url, max_bytes=self._max_answer_bytes, timeout_s=timeout_s)


def _mime(data: bytes) -> str:
    """Return the media type from the first bytes. Raises `NotAPictureError` if no result begins so.

    Whether the rest is a picture is for packaging to find out, in a thread: these bytes were paid for, and an error
    here may lead to a second call.
    """
    try:
        return result_format(data).mime
    except PictureError as error:
        raise NotAPictureError(f"{len(data)} bytes, {error}") from error
