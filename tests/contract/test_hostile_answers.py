"""Answers made to hurt: over a real socket they cost milliseconds, little memory, and never hold up the loop."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import aiohttp
import pytest
import pytest_asyncio

from bot.domain.provider import AnswerNotJsonError, ProviderError, Rendered, TryAgainError
from bot.seedream.chat import ChatRewriter
from bot.seedream.client import SeedreamProvider
from bot.seedream.wire.answer import MAX_REVISED_CHARS
from bot.seedream.wire.reply import is_modest
from tests.contract.seedream_api import SeedreamApi, saying, serving
from tests.unit.seedream.material import NOW, an_order, drawn

SIZE = 24 * 1024 * 1024
MAX_LAG_S = 0.2
RUNS = 5
MAX_BUILT_BYTES = 20 * 1024 * 1024  # on top of the body itself, which may be read up to the limit
PICTURE = base64.b64encode(drawn()).decode()


def filled(head: str, piece: str, tail: str, *, size: int = SIZE) -> bytes:
    return (head + piece * (size // len(piece)) + tail).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {  # made when wanted: all of them are 290 MB
    "objects": partial(filled, '{"data":[', "{},", "{}]}"),
    "items": partial(filled, '{"data":[', '{"url":null},', "{}]}"),
    "lists in error": partial(filled, '{"error":[', "[],", "[]]}"),
    "nested lists": partial(filled, '{"error":[', "[[[[[[]]]]]],", "[]]}"),
    "lists in an item": partial(filled, '{"data":[{"error":[', "[],", "[]]}]}"),
    "numbers": partial(filled, '{"data":[', "1,", "1]}"),
    "strings": partial(filled, '{"data":[', '"",', '""]}'),
    "keys": partial(filled, "{", '"a":1,', '"b":1}'),
    "fields of an item": partial(filled, '{"data":[{', '"a":1,', '"b":1}]}'),
    "depth": partial(filled, '{"data":', "[", ""),
    "quotes": partial(filled, "", '"', ""),
    "meta": partial(filled, '{"meta":{"usage":[', "{},", "{}]}}"),
}


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[SeedreamApi]:
    async with serving() as api:
        yield api


def provider(session: aiohttp.ClientSession, api: SeedreamApi) -> SeedreamProvider:
    return SeedreamProvider(session, base_url=api.origin, api_key="key", timeout_s=60, now=lambda: NOW)


async def assert_loop_stays_free(work: Callable[[], Awaitable[None]]) -> None:
    """Of a few runs of `work` one has to leave the loop free: a busy machine holds up some, a fault holds up all."""
    lags: list[float] = []
    while not lags or min(lags) >= MAX_LAG_S:
        assert len(lags) < RUNS, lags
        if lags:
            await asyncio.sleep(len(lags))  # until the machine has time again
        lags.append(await longest_pause(work))


async def longest_pause(work: Callable[[], Awaitable[None]]) -> float:
    """The longest time for which the loop did nothing else than a part of `work`, in seconds."""
    longest_s = 0.0

    async def beat() -> None:
        nonlocal longest_s
        while True:
            began, computed = time.monotonic(), time.process_time()
            await asyncio.sleep(0.005)
            longest_s = max(longest_s, min(time.monotonic() - began, time.process_time() - computed))

    beating = asyncio.create_task(beat(), name="heartbeat")
    await asyncio.sleep(0)
    try:
        await work()
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    return longest_s


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
async def test_a_body_of_countless_values_is_given_up_before_anything_is_built(
    api: SeedreamApi, session: aiohttp.ClientSession, make: Callable[[], bytes]
) -> None:
    api.answer = saying(make())

    async def give_up() -> None:
        with pytest.raises(ProviderError) as caught:
            await provider(session, api).render(an_order())
        assert type(caught.value) is AnswerNotJsonError

    await assert_loop_stays_free(give_up)


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_counting_the_values_takes_no_memory(make: Callable[..., bytes]) -> None:
    body = make(size=SIZE // 4)  # of so many a byte for each would be too much
    tracemalloc.start()
    try:
        assert not is_modest(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MAX_BUILT_BYTES // 80


FLOODS = {
    "letters": "a" * 8_000_000,
    "markdown": "*_`~|<@1> " * 800_000,
    "structure": "[{,}]" * 1_600_000,
    "quotes": '"' * 500_000,
    "backslashes": "\\" * 4_000_000,
    "blanks": " " * 8_000_000,
    "another script": "狐" * 2_000_000,
}


async def keeps_the_picture(
    api: SeedreamApi, session: aiohttp.ClientSession, text: str, *, escaped: bool = False
) -> None:
    item = {"b64_json": PICTURE, "revised_prompt": text}
    api.answer = saying(json.dumps({"data": [item]}, ensure_ascii=escaped).encode())

    async def keep() -> None:
        rendered: Rendered = await provider(session, api).render(an_order())
        assert rendered.data == drawn()
        assert len(rendered.revised_prompt or "") <= MAX_REVISED_CHARS

    await assert_loop_stays_free(keep)


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
async def test_a_giant_revised_prompt_is_cut_and_the_picture_is_kept(
    api: SeedreamApi, session: aiohttp.ClientSession, text: str
) -> None:
    await keeps_the_picture(api, session, text)


async def test_a_giant_revised_prompt_in_escaped_letters_is_cut_and_the_picture_is_kept(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    await keeps_the_picture(api, session, FLOODS["another script"], escaped=True)


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
async def test_a_giant_message_is_cut_before_it_is_read(
    api: SeedreamApi, session: aiohttp.ClientSession, text: str
) -> None:
    error = {"code": "InternalServiceError", "message": text}
    api.answer = saying(json.dumps({"data": [{"error": error}]}).encode())

    async def cut() -> None:
        with pytest.raises(TryAgainError) as caught:
            await provider(session, api).render(an_order(prompt="a fox " * 600))
        assert len(caught.value.detail) <= 300

    await assert_loop_stays_free(cut)


@pytest.mark.parametrize("body", [b"[]," * 20_000, b"[" * 60_000, b'{"a":' * 10_000, b'"a",' * 15_000])
async def test_chat_answers_and_error_answers_are_bounded_likewise(
    api: SeedreamApi, session: aiohttp.ClientSession, body: bytes
) -> None:
    chat = ChatRewriter(session, base_url=api.origin, api_key="key", model="m", now=lambda: NOW)
    seedream = provider(session, api)

    async def bound() -> None:
        for status, prefix in ((200, b'{"choices":['), (200, b'{"error":['), (400, b'{"message":[')):
            api.answer = saying(prefix + body, status=status)
            with pytest.raises(ProviderError):
                await chat.rewrite("job-1.words", "a fox", references=0)
            with pytest.raises(ProviderError):
                await seedream.render(an_order())
            assert await seedream.balance() is None

    await assert_loop_stays_free(bound)
