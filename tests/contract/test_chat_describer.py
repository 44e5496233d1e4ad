"""The adapter that has pictures described, and the offline chat model, over real sockets."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerTooLargeError,
    Charge,
    FixRequestError,
    InputPicture,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    SlowDownError,
)
from bot.domain.rewriting import (
    ALT_TEXT_INSTRUCTIONS,
    DESCRIPTION_INSTRUCTIONS,
    MAX_WRITTEN_ALT_TEXT,
    AltText,
    Described,
    Describer,
)
from bot.domain.sizes import Size
from bot.sandbox.faults import Fault
from bot.sandbox.provider import OfflineProvider
from bot.seedream.chat import ChatAltTextWriter, ChatDescriber
from bot.seedream.client import SeedreamProvider
from bot.seedream.wire.chat import MAX_ALT_TEXT_TOKENS, MAX_DESCRIPTION_TOKENS
from tests.contract.seedream_api import SeedreamApi, hanging, saying, serving
from tests.unit.seedream.material import NOW, an_order

KEY = "aiml-0123456789abcdef"
COST = 300


def picture(colour: str = "teal", width: int = 64, height: int = 48) -> InputPicture:
    return encoded(Image.new("RGB", (width, height), colour))


def encoded(image: Image.Image) -> InputPicture:
    out = io.BytesIO()
    image.save(out, "JPEG")
    return InputPicture(data=out.getvalue(), mime="image/jpeg", size=Size(*image.size))


@pytest_asyncio.fixture(loop_scope="session")
async def offline() -> AsyncIterator[OfflineProvider]:
    async with OfflineProvider(latency_s=0, paint_fast=True, now=lambda: NOW) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[SeedreamApi]:
    async with serving() as api:
        yield api


def describer(session: aiohttp.ClientSession, base_url: str, *, timeout_s: float = 10.0) -> ChatDescriber:
    return ChatDescriber(
        session, base_url=base_url, api_key=KEY, model="gpt-4o-mini", timeout_s=timeout_s, now=lambda: NOW
    )


async def failure(session: aiohttp.ClientSession, base_url: str, *, timeout_s: float = 10.0) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await describer(session, base_url, timeout_s=timeout_s).describe("d1:p", picture())
    assert KEY not in repr(caught.value)
    return caught.value


async def test_one_request_holds_the_picture_and_our_instructions(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    content = json.dumps(["A fox.", "A cat."])
    answer = {"choices": [{"message": {"content": content}}], "meta": {"usage": {"credits_used": 600}}}
    api.answer = saying(json.dumps(answer).encode())
    adapter: Describer = describer(session, api.origin)

    described = await adapter.describe("d1:p", picture())

    assert described == Described(prompts=("A fox.", "A cat."), cost_micro_usd=COST)
    [seen] = api.seen
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["X-Client-Request-Id"] == "d1:p"
    body = json.loads(seen.body)
    asked, shown = body["messages"]
    assert (body["max_tokens"], asked) == (
        MAX_DESCRIPTION_TOKENS,
        {"role": "system", "content": DESCRIPTION_INSTRUCTIONS},
    )
    words, image = shown["content"]
    assert words == {"type": "text", "text": "Describe this picture."}
    assert set(image) == {"type", "image_url"}
    head, _, data = image["image_url"]["url"].partition(",")
    assert (head, base64.b64decode(data)) == ("data:image/jpeg;base64", picture().data)


async def test_the_offline_model_answers_from_what_it_drew(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    seedream = SeedreamProvider(session, base_url=offline.base_url, api_key=KEY, timeout_s=5, now=lambda: NOW)
    order = an_order()
    drawn = await seedream.render(order)
    with Image.open(io.BytesIO(drawn.data)) as image:
        image.thumbnail((512, 512))
        small = encoded(image.convert("RGB"))
    adapter = describer(session, offline.base_url)

    known = await adapter.describe("d1:p", small)
    unknown = await adapter.describe("d2:p", picture("red", 300, 100))

    assert known.prompts[0] == order.prompt.rstrip(".")
    assert len(known.prompts) == 4
    assert unknown.prompts[0] == "A wide picture in red"


async def test_a_file_that_is_no_picture_is_refused_by_the_offline_model(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    broken = InputPicture(data=b"no picture", mime="image/jpeg", size=Size(64, 48))

    with pytest.raises(FixRequestError):
        await describer(session, offline.base_url).describe("d1:p", broken)


async def test_an_answer_that_is_a_list_is_read_as_well(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.dictate("Here you are:\n1. **A fox.**\n2. A cat,\n   asleep.")

    assert (await describer(session, offline.base_url).describe("d1:p", picture())).prompts == (
        "A fox.",
        "A cat, asleep.",
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DECLINED", RefusedError),
        ("I'm sorry, but I can't help with that.", RefusedError),
        ("[\"I'm sorry, I can't help with that.\"]", AnswerEmptyError),
        ("A fox.", AnswerEmptyError),
        ("[]", AnswerEmptyError),
    ],
)
async def test_an_answer_without_prompts_was_paid_for(
    offline: OfflineProvider, session: aiohttp.ClientSession, text: str, kind: type[ProviderError]
) -> None:
    offline.dictate(text)

    error = await failure(session, offline.base_url)

    assert (type(error), error.charge, error.cost_micro_usd) == (kind, Charge.CHARGED, COST)
    if isinstance(error, RefusedError):
        assert error.subject is RefusedSubject.REFERENCE


@pytest.mark.parametrize(
    ("fault", "kind", "charge"),
    [
        (Fault.SLOW_DOWN, SlowDownError, Charge.FREE),
        (Fault.OUT_OF_CREDIT, OutOfCreditError, Charge.FREE),
        (Fault.REFUSED_IMAGE, RefusedError, Charge.FREE),
        (Fault.DROP, NoAnswerError, Charge.UNKNOWN),
        (Fault.GIANT, AnswerTooLargeError, Charge.CHARGED),
    ],
)
async def test_each_fault_becomes_its_error(
    offline: OfflineProvider,
    session: aiohttp.ClientSession,
    fault: Fault,
    kind: type[ProviderError],
    charge: Charge,
) -> None:
    offline.fail_chat(fault)

    error = await failure(session, offline.base_url)

    assert (type(error), error.charge) == (kind, charge)


async def test_a_hang_ends_with_the_time(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = hanging

    error = await failure(session, api.origin, timeout_s=0.15)

    assert (type(error), error.charge) == (NoAnswerError, Charge.UNKNOWN)


def writer(session: aiohttp.ClientSession, base_url: str) -> ChatAltTextWriter:
    return ChatAltTextWriter(
        session, base_url=base_url, api_key=KEY, model="gpt-4o-mini", timeout_s=5.0, now=lambda: NOW
    )


async def test_alt_text_is_asked_for_in_words_of_its_own(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    answer = {
        "choices": [{"message": {"content": 'Alt text prompt: "A fox\n asleep."'}}],
        "meta": {"usage": {"credits_used": 600}},
    }
    api.answer = saying(json.dumps(answer).encode())

    written = await writer(session, api.origin).write_alt_text("a1", picture())

    assert written == AltText(text='Alt text prompt: "A fox asleep."', cost_micro_usd=COST)
    body = json.loads(api.seen[0].body)
    asked, shown = body["messages"]
    assert (body["max_tokens"], asked["content"]) == (MAX_ALT_TEXT_TOKENS, ALT_TEXT_INSTRUCTIONS)
    assert shown["content"][0]["text"] == "Write alt text for this picture."
    assert shown["content"][1]["type"] == "image_url"


async def test_alt_text_is_cut_to_whole_words(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.dictate("A fox. " * 100)

    text = (await writer(session, offline.base_url).write_alt_text("a1", picture())).text

    assert text == ("A fox. " * 100)[:MAX_WRITTEN_ALT_TEXT].rpartition(" ")[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("DECLINED", RefusedError), ("I'm sorry, but I can't help.", RefusedError), ('""', AnswerEmptyError)],
)
async def test_an_answer_without_alt_text_was_paid_for(
    offline: OfflineProvider, session: aiohttp.ClientSession, text: str, kind: type[ProviderError]
) -> None:
    offline.dictate(text)

    with pytest.raises(kind) as caught:
        await writer(session, offline.base_url).write_alt_text("a1", picture())

    assert (caught.value.charge, caught.value.cost_micro_usd) == (Charge.CHARGED, COST)
