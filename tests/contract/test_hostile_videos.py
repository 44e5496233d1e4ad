"""Damaged answers about videos, and some made to hurt: over a real socket each is an error of ours."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bot.domain.provider import (
    ProviderError,
)
from tests.contract.seedream_api import (
    saying,
)
from tests.contract.video_api import (
    ORDER,
    VideoStandIn,
    provider,
    serving_videos,
)
from tests.unit.seedream.material import PROMPT


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[VideoStandIn]:
    async with serving_videos() as api:
        yield api


async def test_whatever_an_answer_holds_the_error_has_a_type(
    api: VideoStandIn, session: aiohttp.ClientSession
) -> None:
    chance = random.Random(20)
    good = (
        b'{"id":"7","status":"completed","video":{"url":"https://cdn.aimlapi.com/a"},"error":{"code":1026}}'
    )
    hailuo = provider(session, api)
    for _ in range(150):
        body = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        body = body[: chance.randrange(len(body) + 1)] if chance.random() < 0.2 else body
        status = chance.choice([200, 200, 201, 204, 400, 404, 418, 500, 524])
        api.order = api.poll = saying(bytes(body), status=status)
        for call in (hailuo.create(ORDER), hailuo.poll("7", age_s=chance.random() * 120, prompt=PROMPT)):
            try:
                await call
            except ProviderError:
                continue


@pytest.mark.parametrize("body", [b"[]," * 20_000, b"[" * 60_000, b'{"a":' * 10_000, b'"a",' * 15_000])
@pytest.mark.parametrize("prefix", [b"", b'{"error":[', b'{"status":"error","error":[', b'{"id":['])
async def test_answers_made_to_hurt_are_given_up(
    api: VideoStandIn, session: aiohttp.ClientSession, prefix: bytes, body: bytes
) -> None:
    for status in (200, 400, 500):
        api.order = api.poll = saying((prefix + body)[:60_000], status=status)
        with pytest.raises(ProviderError):
            await provider(session, api).create(ORDER)
        with pytest.raises(ProviderError):
            await provider(session, api).poll("7", age_s=90.0, prompt=PROMPT)
