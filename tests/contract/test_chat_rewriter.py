"""The chat adapter and the offline chat model, each against the other over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

import bot.sandbox.painter.brief as brief
from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    BadKeyError,
    Charge,
    FixRequestError,
    ItemFailedError,
    ModelGoneError,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.rewriting import Rewriter, Rewritten, check_rewriting, instructions
from bot.errors import SetupError
from bot.sandbox.chat import ELSEWHERE, enrich
from bot.sandbox.faults import ERROR_STATUSES, Fault
from bot.sandbox.provider import OfflineProvider
from bot.seedream.chat import ChatRewriter
from bot.seedream.client import SeedreamProvider
from tests.contract.seedream_api import (
    Answer,
    SeedreamApi,
    breaking_off,
    dripping,
    flooding,
    hanging,
    saying,
    serving,
)
from tests.unit.seedream.material import NOW, an_order, recorded

KEY = "aiml-0123456789abcdef"
WORDS = 'an orange fox reading a paper that says "SNOW"'
COST = 300  # what the offline chat model takes, in millionths of a dollar
SOON_S = 0.15
HARMLESS = (Fault.NONE, Fault.HEAP, Fault.FLOOD, Fault.BAD_BASE64, Fault.URL, Fault.URL_ELSEWHERE)


@pytest_asyncio.fixture(loop_scope="session")
async def offline() -> AsyncIterator[OfflineProvider]:
    async with OfflineProvider(latency_s=0, paint_fast=True, giant_bytes=1 << 20, now=lambda: NOW) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[SeedreamApi]:
    async with serving() as api:
        yield api


def rewriter(session: aiohttp.ClientSession, base_url: str, *, timeout_s: float = 10.0) -> ChatRewriter:
    return ChatRewriter(
        session, base_url=base_url, api_key=KEY, model="gpt-4o-mini", timeout_s=timeout_s, now=lambda: NOW
    )


async def rewrite(
    session: aiohttp.ClientSession, base_url: str, words: str = WORDS, *, timeout_s: float = 10.0
) -> Rewritten:
    return await rewriter(session, base_url, timeout_s=timeout_s).rewrite("job-1:w", words, references=0)


async def failure(
    session: aiohttp.ClientSession, base_url: str, words: str = WORDS, *, timeout_s: float = 10.0
) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await rewrite(session, base_url, words, timeout_s=timeout_s)
    assert KEY not in repr(caught.value)
    assert WORDS not in caught.value.detail
    return caught.value


async def failure_of(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer, *, timeout_s: float = 10.0
) -> ProviderError:
    api.answer = answer
    return await failure(session, api.origin, timeout_s=timeout_s)


def completion(text: str) -> bytes:
    return json.dumps(
        {"choices": [{"message": {"content": text}}], "meta": {"usage": {"credits_used": 600}}}
    ).encode()


# What goes out and comes back


async def test_a_rewriting_holds_the_words_and_their_quotes_and_tells_its_cost(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    adapter: Rewriter = rewriter(session, offline.base_url)

    rewritten = await adapter.rewrite("job-1:w", WORDS, references=0)

    assert rewritten == Rewritten(text=enrich(WORDS), cost_micro_usd=COST)
    assert rewritten.text.startswith(WORDS)
    assert check_rewriting(WORDS, rewritten.text) is None
    [chat] = offline.chats
    assert (chat.client_request_id, chat.model, chat.words) == ("job-1:w", "gpt-4o-mini", WORDS)
    assert (chat.status, chat.charged, offline.calls) == (200, True, [])


async def test_one_request_goes_to_the_documented_address_with_our_id(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(recorded("chat_today.json"))

    rewritten = await rewriter(session, api.origin + "/").rewrite("job-7:w", WORDS, references=3)

    [seen] = api.seen
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["Authorization"] == f"Bearer {KEY}"
    assert seen.headers["X-Client-Request-Id"] == "job-7:w"
    assert seen.headers["Connection"] == "close"
    asked, said = json.loads(seen.body)["messages"]
    assert asked == {"role": "system", "content": instructions(references=3)}
    assert said == {"role": "user", "content": WORDS}
    assert rewritten.cost_micro_usd == 1_240


async def test_the_answer_is_tidied(offline: OfflineProvider, session: aiohttp.ClientSession) -> None:
    offline.dictate('```\nPrompt: "A fox,\u200b its paper says “SNOW”."\n```')

    assert (await rewrite(session, offline.base_url)).text == "A fox, its paper says “SNOW”."
    assert (await rewrite(session, offline.base_url)).text == enrich(WORDS)


async def test_the_charge_is_found_in_the_request_log(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    await rewrite(session, offline.base_url)
    offline.fail_chat(Fault.UNAVAILABLE)
    with pytest.raises(TryAgainError):
        await rewriter(session, offline.base_url).rewrite("job-2:w", WORDS, references=0)
    seedream = SeedreamProvider(session, base_url=offline.base_url, api_key=KEY, timeout_s=5, now=lambda: NOW)

    assert await seedream.look_up("job-1:w", NOW - timedelta(minutes=1), model=None) is Charge.CHARGED
    assert await seedream.look_up("job-2:w", NOW - timedelta(minutes=1), model=None) is Charge.FREE
    assert await seedream.look_up("job-3:w", NOW - timedelta(minutes=1), model=None) is Charge.UNKNOWN


async def test_pictures_and_chats_are_paid_from_one_account(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    await rewrite(session, offline.base_url)
    seedream = SeedreamProvider(session, base_url=offline.base_url, api_key=KEY, timeout_s=5, now=lambda: NOW)
    await seedream.render(an_order())

    assert (len(offline.chats), len(offline.calls)) == (1, 1)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with session.get(f"{offline.base_url}/v2/billing", headers=headers) as answer:
        assert (await answer.json())["current_balance"] == pytest.approx(10 - 0.042 - 0.0003)


@pytest.mark.parametrize(
    ("request_id", "words"), [("", WORDS), ("job 1", WORDS), ("job-1", ""), ("job-1", "\udc80")]
)
async def test_what_cannot_work_is_not_sent(
    api: SeedreamApi, session: aiohttp.ClientSession, request_id: str, words: str
) -> None:
    with pytest.raises(FixRequestError):
        await rewriter(session, api.origin).rewrite(request_id, words, references=0)

    assert api.seen == []


# Answers that say no

STATUSES = {
    Fault.BAD_REQUEST: FixRequestError,
    Fault.REFUSED_PROMPT: RefusedError,
    Fault.REFUSED_IMAGE: RefusedError,
    Fault.REAL_PERSON: RefusedError,
    Fault.NEW_SENSITIVE: RefusedError,
    Fault.FRAME_SENSITIVE: RefusedError,
    Fault.BAD_KEY: BadKeyError,
    Fault.OUT_OF_CREDIT: OutOfCreditError,
    Fault.NO_CREDIT_402: OutOfCreditError,
    Fault.CREDIT_LIE: TryAgainError,
    Fault.FORBIDDEN: TryAgainError,
    Fault.BLOCKED: TryAgainError,
    Fault.MODEL_GONE: ModelGoneError,
    Fault.BAD_RATIO: FixRequestError,  # no pictures go to the chat model
    Fault.PROMPT_TOO_LONG: RejectedInputError,
    Fault.TOO_LARGE: RejectedInputError,
    Fault.SLOW_DOWN: SlowDownError,
    Fault.SLOW_DOWN_DATE: SlowDownError,
    Fault.SERVER_ERROR: ServerFaultError,
    Fault.BAD_GATEWAY: TryAgainError,
    Fault.UNAVAILABLE: ServerFaultError,
    Fault.GATEWAY_TIMEOUT: ServerFaultError,
}
SPOILED = {
    Fault.HTML: AnswerNotJsonError,
    Fault.TRUNCATED: AnswerTruncatedError,
    Fault.EMPTY: AnswerEmptyError,
    Fault.GIANT: AnswerTooLargeError,
    Fault.REFUSED_RESULT: RefusedError,
}


def test_every_fault_has_its_error() -> None:
    silent = {Fault.HANG, Fault.DROP, Fault.DRIP, Fault.ITEM_ERROR, Fault.NOT_A_PICTURE}
    of_videos = {fault for fault in Fault if fault.startswith("video_")}
    assert {*STATUSES, *SPOILED, *silent, *HARMLESS, *of_videos} == set(Fault)
    assert set(STATUSES) == set(ERROR_STATUSES)


@pytest.mark.parametrize(("fault", "kind"), STATUSES.items(), ids=list(STATUSES))
async def test_each_error_status_becomes_its_error(
    offline: OfflineProvider, session: aiohttp.ClientSession, fault: Fault, kind: type[ProviderError]
) -> None:
    offline.fail_chat(fault)

    error = await failure(session, offline.base_url)

    assert type(error) is kind
    assert error.charge is (Charge.UNKNOWN if fault is Fault.BAD_GATEWAY else Charge.FREE)
    assert (offline.chats[0].status, offline.chats[0].charged) == (ERROR_STATUSES[fault][0], False)


@pytest.mark.parametrize("fault", [Fault.SLOW_DOWN, Fault.SLOW_DOWN_DATE])
async def test_a_429_says_when_to_come_back(
    offline: OfflineProvider, session: aiohttp.ClientSession, fault: Fault
) -> None:
    offline.fail_chat(fault)

    error = await failure(session, offline.base_url)

    assert isinstance(error, SlowDownError)
    assert error.retry_after_s == 2.0


async def test_a_redirect_is_not_followed(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    error = await failure_of(api, session, saying(status=307, headers={"Location": api.origin + "/other"}))

    assert type(error) is TryAgainError
    assert [seen.path for seen in api.seen] == ["/v1/chat/completions"]


# Successes without a text


@pytest.mark.parametrize(("fault", "kind"), SPOILED.items(), ids=list(SPOILED))
async def test_a_spoiled_success_tells_what_it_cost(
    offline: OfflineProvider, session: aiohttp.ClientSession, fault: Fault, kind: type[ProviderError]
) -> None:
    offline.fail_chat(fault)

    error = await failure(session, offline.base_url)

    assert type(error) is kind
    assert (error.charge, error.cost_micro_usd) == (Charge.CHARGED, COST)
    assert offline.chats[0].charged


async def test_an_error_in_a_success_cost_nothing(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.fail_chat(Fault.ITEM_ERROR)

    error = await failure(session, offline.base_url)

    assert (type(error), error.charge) == (ItemFailedError, Charge.FREE)
    assert not offline.chats[0].charged


@pytest.mark.parametrize("answer", [saying(b" " * 70_000), flooding()])
async def test_a_giant_answer_is_not_read_to_its_end(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer
) -> None:
    error = await failure_of(api, session, answer)

    assert (type(error), error.charge) == (AnswerTooLargeError, Charge.UNKNOWN)


@pytest.mark.parametrize("text", ["I'm sorry, but I can't help with that.", "DECLINED", "`DECLINED.`"])
async def test_a_model_that_declines_in_words_refuses(
    offline: OfflineProvider, session: aiohttp.ClientSession, text: str
) -> None:
    offline.dictate(text)

    error = await failure(session, offline.base_url)

    assert isinstance(error, RefusedError)
    assert (error.subject, error.charge, error.cost_micro_usd) == (
        RefusedSubject.PROMPT,
        Charge.CHARGED,
        COST,
    )


async def test_words_that_begin_like_a_refusal_may_be_rewritten_like_one(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    words = "I'm sorry, a card for a friend"

    assert (await rewrite(session, offline.base_url, words)).text.startswith(words)


@pytest.mark.parametrize("text", ["```\n```", "Prompt:", '""'])
async def test_an_answer_of_wrapping_alone_is_empty(
    offline: OfflineProvider, session: aiohttp.ClientSession, text: str
) -> None:
    offline.dictate(text)

    error = await failure(session, offline.base_url)

    assert (type(error), error.cost_micro_usd) == (AnswerEmptyError, COST)


async def test_where_nobody_tells_the_cost_of_a_useless_answer_the_charge_is_unknown(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    body = json.dumps({"choices": [{"message": {"content": "DECLINED"}}]}).encode()

    error = await failure_of(api, session, saying(body))

    assert (error.charge, error.cost_micro_usd) == (Charge.UNKNOWN, None)


# Connections that break


async def test_a_hang_ends_with_the_time(offline: OfflineProvider, session: aiohttp.ClientSession) -> None:
    offline.fail_chat(Fault.HANG)

    error = await failure(session, offline.base_url, timeout_s=SOON_S)

    assert (type(error), error.charge) == (NoAnswerError, Charge.UNKNOWN)
    assert offline.chats[0].charged


async def test_a_slow_drip_ends_with_the_time_and_tells_its_cost(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.fail_chat(Fault.DRIP)

    error = await failure(session, offline.base_url, timeout_s=SOON_S)

    assert (type(error), error.charge, error.cost_micro_usd) == (NoAnswerError, Charge.CHARGED, COST)


async def test_a_connection_that_ends_before_the_answer_leaves_the_outcome_unknown(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.fail_chat(Fault.DROP)

    error = await failure(session, offline.base_url)

    assert (type(error), error.charge) == (NoAnswerError, Charge.UNKNOWN)
    assert len(offline.chats) == 1


async def test_a_connection_that_ends_within_the_answer_leaves_the_outcome_unknown(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure_of(api, session, breaking_off(completion("A fox")))

    assert (type(error), error.charge) == (NoAnswerError, Charge.UNKNOWN)


@pytest.mark.parametrize("answer", [dripping(status=500), breaking_off(b"{", status=500)])
async def test_an_error_whose_body_does_not_end_is_told_by_its_status(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer
) -> None:
    error = await failure_of(api, session, answer, timeout_s=SOON_S)

    assert (type(error), error.charge) == (TryAgainError, Charge.FREE)
    assert error.detail.startswith("HTTP 500")


async def test_a_refused_connection_was_free(session: aiohttp.ClientSession) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    error = await failure(session, f"http://127.0.0.1:{port}")

    assert (type(error), error.charge) == (TryAgainError, Charge.FREE)


async def test_a_closed_session_sends_nothing(api: SeedreamApi) -> None:
    async with aiohttp.ClientSession() as session:
        adapter = rewriter(session, api.origin)

    with pytest.raises(TryAgainError):
        await adapter.rewrite("job-1:w", WORDS, references=0)
    assert api.seen == []


async def test_a_cancellation_passes_through(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = hanging
    task = asyncio.create_task(rewrite(session, api.origin), name="rewrite")
    await api.reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


# Secrets and settings


async def test_logs_hold_the_request_id_and_neither_key_nor_words_nor_answer(
    offline: OfflineProvider, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    offline.fail_chat(Fault.NONE)
    offline.fail_chat(Fault.DROP)
    adapter = rewriter(session, offline.base_url)

    with caplog.at_level(logging.DEBUG):
        rewritten = await adapter.rewrite("job-7:w", WORDS, references=0)
        with pytest.raises(NoAnswerError):
            await adapter.rewrite("job-8:w", WORDS, references=0)

    assert "rewrite job-7:w: HTTP 200, " in caplog.text
    assert "rewrite job-8:w: NoAnswerError after" in caplog.text
    for secret in (KEY, WORDS, rewritten.text):
        assert secret not in caplog.text
    assert KEY not in repr(vars(adapter))


@pytest.mark.parametrize(
    ("base_url", "api_key", "model"),
    [
        ("https://api.aimlapi.com/v1", KEY, "gpt-4o-mini"),
        ("api.aimlapi.com", KEY, "gpt-4o-mini"),
        ("https://api.aimlapi.com", "", "gpt-4o-mini"),
        ("https://api.aimlapi.com", KEY, ""),
        ("https://api.aimlapi.com", KEY, "gpt 4o"),
        ("https://api.aimlapi.com", KEY, "gpt-4o\n"),
    ],
)
async def test_settings_that_cannot_work_are_told_at_the_start(
    session: aiohttp.ClientSession, base_url: str, api_key: str, model: str
) -> None:
    with pytest.raises(SetupError):
        ChatRewriter(session, base_url=base_url, api_key=api_key, model=model)


# The offline chat model


@pytest.mark.parametrize("fault", HARMLESS, ids=str)
async def test_a_fault_that_only_pictures_have_leaves_a_rewriting_alone(
    offline: OfflineProvider, session: aiohttp.ClientSession, fault: Fault
) -> None:
    offline.fail_chat(fault)

    assert (await rewrite(session, offline.base_url)).text == enrich(WORDS)


async def test_an_answer_about_something_else_has_lost_the_quotes(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.fail_chat(Fault.NOT_A_PICTURE)

    rewritten = await rewrite(session, offline.base_url)

    assert rewritten.text == ELSEWHERE
    assert check_rewriting(WORDS, rewritten.text) is not None


async def test_faults_of_the_painter_and_of_the_chat_model_are_planned_apart(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    seedream = SeedreamProvider(session, base_url=offline.base_url, api_key=KEY, timeout_s=5)
    offline.fail(Fault.SERVER_ERROR)
    offline.fail_chat(Fault.OUT_OF_CREDIT)

    assert isinstance(await failure(session, offline.base_url), OutOfCreditError)
    with pytest.raises(TryAgainError):
        await seedream.render(an_order())
    await rewrite(session, offline.base_url)
    await seedream.render(an_order())

    assert [chat.status for chat in offline.chats] == [403, 200]
    assert [call.status for call in offline.calls] == [500, 200]


async def test_healing_ends_the_chat_models_faults_too(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.fail_chat(Fault.SERVER_ERROR, times=None)
    await failure(session, offline.base_url)
    offline.heal()

    assert (await rewrite(session, offline.base_url)).cost_micro_usd == COST


async def test_a_mark_in_the_words_is_for_the_one_it_names(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    seedream = SeedreamProvider(session, base_url=offline.base_url, api_key=KEY, timeout_s=5)
    for_chat, for_painter = "a fox [fault:chat_out_of_credit x1]", "a fox [fault:out_of_credit]"

    assert isinstance(await failure(session, offline.base_url, for_chat), OutOfCreditError)
    assert (await rewrite(session, offline.base_url, for_chat)).text == enrich("a fox")
    assert (await seedream.render(an_order(prompt=for_chat))).mime == "image/jpeg"
    painted = (await rewrite(session, offline.base_url, for_painter)).text
    assert painted == f"{enrich('a fox')} [fault:out_of_credit]"
    with pytest.raises(OutOfCreditError):
        await seedream.render(an_order(prompt=f"{painted} [fault:chat_hang]"))


async def test_a_held_rewriting_waits_for_release(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    offline.hold()
    task = asyncio.create_task(rewrite(session, offline.base_url), name="rewrite")
    await offline.wait_arrived(1)
    assert (offline.chats, task.done()) == ([], False)

    offline.release()

    await offline.wait_chats(1)
    assert (await task).text == enrich(WORDS)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{}",
        b'{"model": "", "messages": [{"role": "user", "content": "a fox"}]}',
        b'{"model": "m", "messages": []}',
        b'{"model": "m", "messages": [{"role": "system", "content": "a fox"}]}',
        b'{"model": "m", "messages": [{"role": "user", "content": " "}]}',
        b'{"model": "m", "messages": [{"role": "robot", "content": "a fox"}]}',
        b'{"model": "m", "messages": [{"role": "user", "content": "a fox"}], "max_tokens": 0}',
        b'{"model": "m", "messages": [{"role": "user", "content": "a fox"}], "temperature": 3}',
    ],
)
async def test_a_wrong_body_is_turned_down_and_costs_nothing(
    offline: OfflineProvider, session: aiohttp.ClientSession, body: bytes
) -> None:
    url, headers = f"{offline.base_url}/v1/chat/completions", {"Authorization": f"Bearer {KEY}"}

    async with session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["path"] == "/v1/chat/completions"
    assert offline.chats == []


async def test_a_message_may_come_in_parts_and_the_users_last_one_counts(
    offline: OfflineProvider, session: aiohttp.ClientSession
) -> None:
    url, headers = f"{offline.base_url}/v1/chat/completions", {"Authorization": f"Bearer {KEY}"}
    parts = [{"type": "text", "text": "a "}, {"type": "text", "text": "fox"}]
    messages = [{"role": "user", "content": "no"}, {"role": "user", "content": parts}]

    async with session.post(url, json={"model": "m", "messages": messages}, headers=headers) as answer:
        body = await answer.json()

    assert body["choices"][0]["message"]["content"] == enrich("a fox")
    assert body["usage"]["total_tokens"] > 0
    assert offline.chats[0].client_request_id is None


def test_the_same_words_become_the_same_text_and_others_another() -> None:
    texts = [enrich(f"fox number {number}") for number in range(40)]

    assert texts == [enrich(f"fox number {number}") for number in range(40)]
    assert len({text.split(", in ", 1)[1] for text in texts}) > 20


def test_nothing_the_chat_model_adds_changes_what_is_painted() -> None:
    for number in range(200):
        words = f"the letter q, number {number}"
        plain, fuller = brief.read_brief(words, entropy=7), brief.read_brief(enrich(words), entropy=7)
        assert (fuller.setting, fuller.subjects, fuller.weather) == (None, (), frozenset())
        assert (fuller.names_mood, fuller.palette) == (False, plain.palette)
