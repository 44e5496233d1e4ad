"""The adapter against real sockets: every named error, from the server that causes it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image

from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    BadBase64Error,
    BadKeyError,
    Balance,
    Charge,
    FixRequestError,
    ItemFailedError,
    ModelGoneError,
    NoAnswerError,
    NotAPictureError,
    OutOfCreditError,
    Provider,
    ProviderError,
    RefusedError,
    RejectedInputError,
    ResultFetchError,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.sizes import Resolution, Size
from bot.errors import SetupError
from bot.seedream.account import MAX_PAGES
from bot.seedream.catalogue import SEEDREAM_MODELS, SeedreamModel
from bot.seedream.client import SeedreamProvider
from bot.seedream.fetching import DEFAULT_RESULT_HOSTS, ResultOrigins
from bot.seedream.http import READ_AT_ONCE
from tests.contract.seedream_api import (
    Answer,
    SeedreamApi,
    breaking_off,
    dripping,
    flooding,
    hanging,
    hanging_up,
    in_turn,
    saying,
    serving,
)
from tests.unit.seedream.material import NOW, PROMPT, an_order, drawn, recorded, reference

KEY = "aiml-0123456789abcdef"
PICTURE = drawn("JPEG", width=301, height=17)
GOOD = recorded("answer_today.json", picture=PICTURE)
PAID = {"X-AIMLAPI-Credits-Used": "84000", "X-Inference-Id": "V1StGXR8"}
SOON_S = 0.15


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[SeedreamApi]:
    async with serving() as api:
        yield api


def provider(
    session: aiohttp.ClientSession,
    base_url: str,
    *,
    timeout_s: float = 10.0,
    max_answer_bytes: int = 1_000_000,
    result_origins: frozenset[str] = frozenset(),
) -> SeedreamProvider:
    return SeedreamProvider(
        session,
        base_url=base_url,
        api_key=KEY,
        timeout_s=timeout_s,
        result_origins=result_origins,
        max_answer_bytes=max_answer_bytes,
        now=lambda: NOW,
    )


async def failure(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer, *, timeout_s: float = 10.0
) -> ProviderError:
    """The error that an answer of the stand-in leads to."""
    api.answer = answer
    seedream = provider(session, api.origin, timeout_s=timeout_s, result_origins=frozenset({api.origin}))
    with pytest.raises(ProviderError) as caught:
        await seedream.render(an_order())
    assert KEY not in repr(caught.value)
    assert PROMPT not in caught.value.detail
    return caught.value


# What is sent


@pytest.mark.parametrize("slash", ["", "/", "//"])
async def test_one_request_goes_to_the_documented_address_with_our_id(
    api: SeedreamApi, session: aiohttp.ClientSession, slash: str
) -> None:
    api.answer = saying(GOOD)

    await provider(session, api.origin + slash).render(an_order(request_id="job-7:1"))

    [seen] = api.seen
    assert (seen.method, seen.path) == ("POST", "/v1/images/generations")
    assert seen.headers["Authorization"] == f"Bearer {KEY}"
    assert seen.headers["X-Client-Request-Id"] == "job-7:1"
    assert seen.headers["Content-Type"] == "application/json"
    assert json.loads(seen.body)["response_format"] == "b64_json"


async def test_fourteen_large_references_arrive_whole(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(GOOD)
    large = reference(bytes(1_000_000))

    await provider(session, api.origin).render(an_order(references=(large,) * 14))

    urls = json.loads(api.seen[0].body)["image_urls"]
    assert [len(url) for url in urls] == [len("data:image/jpeg;base64,") + 1_333_336] * 14


async def test_every_paid_call_has_a_connection_of_its_own(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(GOOD)
    seedream = provider(session, api.origin)

    await seedream.look_up("easel-1", NOW, model=None)
    await seedream.render(an_order())
    await seedream.render(an_order())

    assert len({seen.port for seen in api.seen}) == 3


async def test_a_wrong_order_is_not_sent(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    with pytest.raises(FixRequestError):
        await provider(session, api.origin).render(an_order(size=Size(1440, 1440)))

    assert api.seen == []


# What comes back


async def test_a_picture_comes_back_byte_for_byte(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = saying(GOOD, headers=PAID)
    seedream: Provider = provider(session, api.origin)

    rendered = await seedream.render(an_order())

    assert rendered.data == PICTURE
    assert rendered.mime == "image/jpeg"
    assert Image.open(io.BytesIO(rendered.data)).size == (301, 17)
    assert rendered.cost_micro_usd == 42_000
    assert rendered.inference_id == "V1StGXR8"
    assert rendered.revised_prompt is None


async def test_the_cost_may_come_in_the_headers_alone(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(recorded("answer_guide.json", picture=PICTURE), headers=PAID)

    rendered = await provider(session, api.origin).render(an_order())

    assert rendered.cost_micro_usd == 42_000
    assert rendered.revised_prompt is not None


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/octet-stream"])
async def test_a_wrong_content_type_does_not_cost_the_picture(
    api: SeedreamApi, session: aiohttp.ClientSession, content_type: str
) -> None:
    api.answer = saying(GOOD, content_type=content_type)

    assert (await provider(session, api.origin).render(an_order())).data == PICTURE


async def test_an_answer_compressed_against_our_wish_is_read(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(gzip.compress(GOOD), headers={"Content-Encoding": "gzip"})

    assert (await provider(session, api.origin).render(an_order())).data == PICTURE
    assert api.seen[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_the_media_type_is_told_from_the_bytes(
    api: SeedreamApi, session: aiohttp.ClientSession, form: str
) -> None:
    api.answer = saying(recorded("answer_today.json", picture=drawn(form)))

    assert (await provider(session, api.origin).render(an_order())).mime == f"image/{form.lower()}"


@pytest.mark.parametrize("model", SEEDREAM_MODELS.values(), ids=lambda model: model.id)
async def test_every_model_gets_the_request_its_schema_asks_for_and_its_recorded_answer_is_read(
    api: SeedreamApi, session: aiohttp.ClientSession, model: SeedreamModel
) -> None:
    record = recorded(f"models/{model.id.rpartition('/')[2]}.json", picture=PICTURE)
    record = record.replace(b"@REFERENCE@", b"data:image/jpeg;base64," + base64.b64encode(drawn()))
    request, answer = json.loads(record)["request"], json.loads(record)["answer"]
    if (url := answer["data"][0]["url"]) is not None:
        ResultOrigins(DEFAULT_RESULT_HOSTS).check(url)
        answer["data"][0]["url"] = f"{api.origin}/files/a.png"
    as_file = [saying(PICTURE, content_type="image/png")] if url is not None else []
    api.answer = in_turn(saying(json.dumps(answer).encode()), *as_file)
    order = an_order(
        model=model.id,
        size=Resolution.TWO_K if model.chooses_shape else Size(2048, 2048),
        references=(reference(),) * model.min_references,
        seed=0,
    )

    seedream = provider(session, api.origin, result_origins=frozenset({api.origin}))
    rendered = await seedream.render(order)

    assert json.loads(api.seen[0].body) == request
    assert (rendered.data, rendered.mime) == (PICTURE, "image/jpeg")
    assert rendered.cost_micro_usd in {None, model.price_micro_usd}


# Answers that say no


@pytest.mark.parametrize(
    ("status", "fixture", "kind"),
    [
        (400, "fault_400_validation.json", FixRequestError),
        (400, "fault_400_moderation_byteplus.json", RefusedError),
        (401, "fault_401.json", BadKeyError),
        (403, "fault_403_credits.json", OutOfCreditError),
        (403, "fault_403_credits_today.json", OutOfCreditError),
        (403, "fault_403_scope.json", BadKeyError),
        (403, "fault_403_other.json", TryAgainError),
        (403, "gateway.html", TryAgainError),
        (404, "fault_404.json", FixRequestError),
        (404, "fault_404_model.json", ModelGoneError),
        (404, "gateway.html", TryAgainError),
        (413, "gateway.html", RejectedInputError),
        (429, "fault_429.json", SlowDownError),
        (500, "fault_500.json", ServerFaultError),
        (502, "gateway.html", TryAgainError),
        (503, "unavailable.txt", TryAgainError),
        (504, "fault_504.json", ServerFaultError),
        (200, "item_refused.json", RefusedError),
        (200, "item_failed.json", ItemFailedError),
    ],
)
async def test_each_recorded_answer_becomes_its_error(
    api: SeedreamApi,
    session: aiohttp.ClientSession,
    status: int,
    fixture: str,
    kind: type[ProviderError],
) -> None:
    error = await failure(api, session, saying(recorded(fixture), status=status))

    assert type(error) is kind
    assert f"HTTP {status}" in error.detail
    assert len([seen for seen in api.seen if seen.method == "POST"]) == 1


@pytest.mark.parametrize("header", ["30", "Fri, 20 Nov 2026 10:16:30 GMT"])
async def test_a_429_says_when_to_come_back(
    api: SeedreamApi, session: aiohttp.ClientSession, header: str
) -> None:
    answer = saying(recorded("fault_429.json"), status=429, headers={"Retry-After": header})

    error = await failure(api, session, answer)

    assert isinstance(error, SlowDownError)
    assert error.retry_after_s == 30.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    api: SeedreamApi, session: aiohttp.ClientSession, status: int
) -> None:
    error = await failure(api, session, saying(status=status, headers={"Location": api.origin + "/other"}))

    assert type(error) is TryAgainError
    assert [seen.path for seen in api.seen] == ["/v1/images/generations"]


async def test_an_error_whose_body_never_ends_is_told_by_its_status(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, dripping(status=500), timeout_s=SOON_S)

    assert type(error) is TryAgainError
    assert error.detail.startswith("HTTP 500")


async def test_an_error_whose_body_breaks_off_is_told_by_its_status(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, breaking_off(b'{"message": "Too', status=429))

    assert type(error) is SlowDownError


async def test_an_error_with_a_giant_body_is_told_by_its_status(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, saying(b"x" * 3_000_000, status=507))

    assert type(error) is TryAgainError
    assert error.detail.startswith("HTTP 507")


# Successes without a picture


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (GOOD[:-40], AnswerTruncatedError),
        (GOOD[:60], AnswerTruncatedError),
        (recorded("gateway.html"), AnswerNotJsonError),
        (b"", AnswerEmptyError),
        (b'{"data": []}', AnswerEmptyError),
        (b'{"data": null}', AnswerEmptyError),
        (b'{"data": [{"b64_json": "****"}]}', BadBase64Error),
        (recorded("answer_today.json", picture=b"not a picture"), NotAPictureError),
    ],
)
async def test_a_success_without_a_picture_tells_what_it_cost(
    api: SeedreamApi, session: aiohttp.ClientSession, body: bytes, kind: type[ProviderError]
) -> None:
    error = await failure(api, session, saying(body, headers=PAID))

    assert type(error) is kind
    assert error.charge is Charge.CHARGED
    assert error.cost_micro_usd == 42_000


async def test_where_nobody_tells_the_cost_the_charge_is_unknown(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, saying(b'{"data": []}'))

    assert error.charge is Charge.UNKNOWN
    assert error.cost_micro_usd is None


@pytest.mark.parametrize("answer", [saying(b"x" * 1_000_001, headers=PAID), flooding(headers=PAID)])
async def test_a_giant_answer_is_not_read_to_its_end(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer
) -> None:
    error = await failure(api, session, answer)

    assert type(error) is AnswerTooLargeError
    assert error.charge is Charge.CHARGED


async def test_a_small_answer_that_unpacks_to_a_giant_one_is_not_read_to_its_end(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    bomb = gzip.compress(bytes(50_000_000))

    error = await failure(api, session, saying(bomb, headers={"Content-Encoding": "gzip"}))

    assert type(error) is AnswerTooLargeError


# Connections that break


async def test_a_hang_ends_with_the_time(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    error = await failure(api, session, hanging, timeout_s=SOON_S)

    assert type(error) is NoAnswerError
    assert error.charge is Charge.UNKNOWN


async def test_a_slow_drip_ends_with_the_time_and_tells_its_cost(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, dripping(headers=PAID), timeout_s=SOON_S)

    assert type(error) is NoAnswerError
    assert error.charge is Charge.CHARGED
    assert error.cost_micro_usd == 42_000


async def test_a_connection_that_ends_before_the_answer_leaves_the_outcome_unknown(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, hanging_up)

    assert type(error) is NoAnswerError
    assert error.charge is Charge.UNKNOWN
    assert len(api.seen) == 1


async def test_a_connection_that_ends_within_the_answer_leaves_the_outcome_unknown(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, breaking_off(GOOD[:100]))

    assert type(error) is NoAnswerError
    assert error.charge is Charge.UNKNOWN


async def test_an_answer_that_is_no_http_leaves_the_outcome_unknown(session: aiohttp.ClientSession) -> None:
    async def talk_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x16\x03\x01 nonsense\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk_nonsense, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NoAnswerError) as caught:
            await provider(session, f"http://127.0.0.1:{port}").render(an_order())

    # aiohttp's own error carries the request's headers, so it must not be reachable from ours.
    assert caught.value.__cause__ is None or KEY not in repr(caught.value.__cause__)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


async def test_a_refused_connection_was_free(session: aiohttp.ClientSession) -> None:
    with pytest.raises(TryAgainError) as caught:
        await provider(session, f"http://127.0.0.1:{closed_port()}").render(an_order())

    assert caught.value.charge is Charge.FREE


async def test_a_failed_tls_handshake_was_free(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    with pytest.raises(TryAgainError) as caught:
        await provider(session, api.origin.replace("http:", "https:")).render(an_order())

    assert caught.value.charge is Charge.FREE
    assert isinstance(caught.value.__cause__, ssl.SSLError)
    assert api.seen == []


class NoNames(AbstractResolver):
    """A resolver that knows no host."""

    def __init__(self, error: OSError) -> None:
        self.error = error

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise self.error

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), TimeoutError()])
async def test_a_name_that_cannot_be_resolved_was_free(error: OSError) -> None:
    connector = aiohttp.TCPConnector(resolver=NoNames(error))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(TryAgainError) as caught:
            await provider(session, "https://api.aimlapi.invalid").render(an_order())

    assert caught.value.charge is Charge.FREE


async def test_a_closed_session_sends_nothing(api: SeedreamApi) -> None:
    async with aiohttp.ClientSession() as session:
        seedream = provider(session, api.origin)

    with pytest.raises(TryAgainError):
        await seedream.render(an_order())
    assert await seedream.look_up("easel-1", NOW, model=None) is Charge.UNKNOWN


async def test_a_cancellation_passes_through(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = hanging
    task = asyncio.create_task(provider(session, api.origin).render(an_order()), name="render")
    await api.reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


# Results that come as an address


def at(url: str, *, paid: bool = True) -> Answer:
    meta = {"usage": {"credits_used": 84000}} if paid else None
    return saying(json.dumps({"data": [{"url": url, "b64_json": None}], "meta": meta}).encode())


async def test_a_result_at_an_allowed_address_is_fetched_without_the_key(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    url = f"{api.origin}/files/a.png?signature=a%2Fb"
    api.answer = in_turn(at(url), saying(PICTURE, content_type="image/png"))

    rendered = await provider(session, api.origin, result_origins=frozenset({api.origin})).render(an_order())

    assert rendered.data == PICTURE
    assert rendered.mime == "image/jpeg"
    fetched = api.seen[1]
    assert (fetched.method, fetched.path, fetched.query) == ("GET", "/files/a.png", {"signature": "a/b"})
    assert "Authorization" not in fetched.headers
    assert KEY not in repr(fetched.headers)


async def test_a_fetch_that_fails_once_is_tried_once_more(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = in_turn(at(f"{api.origin}/a.png"), hanging_up, saying(PICTURE))

    rendered = await provider(session, api.origin, result_origins=frozenset({api.origin})).render(an_order())

    assert rendered.data == PICTURE


@pytest.mark.parametrize(
    "answer",
    [
        saying(b"gone", status=404),
        saying(status=302, headers={"Location": "/b.png"}),
        saying(b"x" * 1_000_001),
        flooding(),
        breaking_off(PICTURE),
        hanging_up,
    ],
    ids=["404", "redirect", "large", "flood", "broken", "closed"],
)
async def test_a_result_that_cannot_be_fetched_is_lost_and_paid_for(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer
) -> None:
    error = await failure(api, session, in_turn(at(f"{api.origin}/a.png"), answer))

    assert type(error) is ResultFetchError
    assert error.charge is Charge.CHARGED
    assert error.cost_micro_usd == 42_000
    assert all(seen.path != "/b.png" for seen in api.seen)
    assert len(api.seen) <= 5  # our two fetches, each of which aiohttp may repeat on a closed connection


@pytest.mark.parametrize("answer", [hanging, dripping()])
async def test_a_result_that_does_not_come_in_time_is_lost(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer
) -> None:
    error = await failure(api, session, in_turn(at(f"{api.origin}/a.png"), answer), timeout_s=SOON_S)

    assert type(error) is ResultFetchError


async def test_a_result_that_is_no_picture_is_told_with_its_cost(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, in_turn(at(f"{api.origin}/a.png"), saying(b"<html>")))

    assert type(error) is NotAPictureError
    assert error.charge is Charge.CHARGED


async def test_a_damaged_picture_that_was_paid_for_is_kept(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    """An error here could lead to a second payment; packaging finds out what is wrong."""
    api.answer = in_turn(at(f"{api.origin}/a.png"), saying(PICTURE[:20]))

    rendered = await provider(session, api.origin, result_origins=frozenset({api.origin})).render(an_order())

    assert rendered.data == PICTURE[:20]
    assert rendered.mime == "image/jpeg"


async def test_a_result_anywhere_else_is_not_fetched(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    elsewhere = api.origin.replace("127.0.0.1", "localhost")

    error = await failure(api, session, at(f"{elsewhere}/a.png", paid=False))

    assert type(error) is ResultFetchError
    assert error.charge is Charge.UNKNOWN
    assert [seen.path for seen in api.seen] == ["/v1/images/generations"]


# The request log


async def test_the_log_is_asked_for_the_time_of_the_call(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(recorded("logs.json"))
    seedream = provider(session, api.origin)

    assert await seedream.look_up("easel-paid", NOW - timedelta(hours=1), model=None) is Charge.CHARGED
    assert await seedream.look_up("easel-failed", NOW, model=None) is Charge.FREE
    assert await seedream.look_up("easel-other", NOW, model=None) is Charge.UNKNOWN
    first = api.seen[0]
    assert (first.method, first.path) == ("GET", "/v2/logs")
    assert first.headers["Authorization"] == f"Bearer {KEY}"
    assert first.query["start"] == "2026-11-20T09:11:00Z"


def log_page(request_id: str) -> Answer:
    rows = [{"client_request_id": request_id, "status": "succeeded"}] * 100
    return saying(json.dumps({"data": rows, "pagination": {"has_more": True}}).encode())


async def test_the_log_is_searched_page_by_page(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = in_turn(log_page("other"), log_page("other"), log_page("easel-1"))

    assert await provider(session, api.origin).look_up("easel-1", NOW, model=None) is Charge.CHARGED
    assert [seen.query["offset"] for seen in api.seen] == ["0", "100", "200"]


async def test_an_endless_log_is_given_up(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = log_page("other")

    assert await provider(session, api.origin).look_up("easel-1", NOW, model=None) is Charge.UNKNOWN
    assert len(api.seen) == MAX_PAGES


@pytest.mark.parametrize(
    "answer",
    [
        saying(recorded("logs.json"), status=500),
        saying(recorded("fault_401.json"), status=401),
        saying(recorded("gateway.html")),
        saying(recorded("logs.json")[:200]),
        saying(status=302, headers={"Location": "/elsewhere"}),
        saying(b" " * 3_000_000),
        flooding(),
        breaking_off(b"{"),
        hanging_up,
        hanging,
        dripping(),
    ],
)
async def test_a_log_out_of_reach_leaves_the_charge_unknown(
    api: SeedreamApi, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr("bot.seedream.account.LOOK_UP_TIMEOUT_S", SOON_S)
    api.answer = answer

    assert await provider(session, api.origin).look_up("easel-paid", NOW, model=None) is Charge.UNKNOWN


async def test_a_look_up_can_be_cancelled(api: SeedreamApi, session: aiohttp.ClientSession) -> None:
    api.answer = hanging
    task = asyncio.create_task(
        provider(session, api.origin).look_up("easel-1", NOW, model=None), name="look-up"
    )
    await api.reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_log_that_ends_before_the_call_is_not_read_further(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    rows = [{"client_request_id": "other", "created": "2026-11-20T10:00:00Z"}] * 100
    api.answer = saying(json.dumps({"data": rows, "pagination": {"has_more": True}}).encode())

    assert await provider(session, api.origin).look_up("easel-1", NOW, model=None) is Charge.UNKNOWN
    assert len(api.seen) == 1


async def test_an_old_call_is_found_on_a_busy_account(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    """A call of yesterday, on an account that makes ten a minute to this model and more to others."""
    submitted_at = NOW - timedelta(days=1)
    model = "bytedance/seedream-4-5"
    calls = [
        {
            "client_request_id": f"other-{number}",
            "model": model if number % 4 else "openai/gpt-5",
            "status": "succeeded",
            "created": (NOW - timedelta(seconds=6 * number)).isoformat(),
        }
        for number in range(15_000)
    ]
    mine = next(row for row in calls if row["created"] < submitted_at.isoformat())
    mine |= {"client_request_id": "easel-mine", "model": model}

    async def answer(request: web.Request) -> web.Response:
        query = request.query
        start, end = (datetime.fromisoformat(query[name]).isoformat() for name in ("start", "end"))
        rows = [
            row for row in calls if start <= row["created"] <= end and row["model"] in query.getall("model")
        ]
        at = int(query["offset"])
        more = {"has_more": len(rows) > at + 100}
        return web.json_response({"data": rows[at : at + 100], "pagination": more})

    api.answer = answer

    assert (
        await provider(session, api.origin).look_up("easel-mine", submitted_at, model=model) is Charge.CHARGED
    )
    assert len(api.seen) < 5


async def test_a_model_that_the_log_calls_otherwise_is_searched_without_its_name(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = in_turn(saying(b'{"data": []}'), saying(recorded("logs.json")))

    charge = await provider(session, api.origin).look_up("easel-paid", NOW, model="seedream-4-5-251128")

    assert charge is Charge.CHARGED
    assert [seen.query.get("model") for seen in api.seen] == ["seedream-4-5-251128", None]


async def test_the_logs_rate_limit_is_kept(
    api: SeedreamApi, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def remember(delay_s: float) -> None:
        waits.append(delay_s)

    monkeypatch.setattr("bot.seedream.account.asyncio.sleep", remember)
    api.answer = saying(recorded("logs.json"))
    seedream = provider(session, api.origin)

    for _ in range(151):
        await seedream.look_up("easel-paid", NOW, model=None)

    assert len(waits) == 1
    assert 30 < waits[0] <= 60


# The account and the models


def routes(**answers: Answer) -> Answer:
    """One answer for each last part of a path."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await answers[request.path.rpartition("/")[2]](request)

    return answer


NO_CREDIT = saying(recorded("fault_403_credits_today.json"), status=403)
GONE = saying(recorded("fault_404_model.json"), status=404)


def balance(usd: object, currency: str = "USD") -> Answer:
    return saying(json.dumps({"current_balance": usd, "currency": currency}).encode())


def models(*ids: str) -> Answer:
    return saying(
        json.dumps({"object": "list", "data": [{"id": name, "aliases": None} for name in ids]}).encode()
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (balance(10.07), Balance(micro_usd=10_070_000)),
        (balance("10.07"), Balance(micro_usd=10_070_000)),
        (balance(-0.5), Balance(micro_usd=-500_000)),
        (balance(7, "EUR"), Balance()),
        (balance(1e300), Balance()),
        (saying(recorded("fault_401.json"), status=401), Balance(is_key_refused=True)),
        (saying(recorded("fault_403_scope.json"), status=403), Balance(is_key_refused=True)),
        (saying(recorded("gateway.html"), status=401), None),
        (saying(recorded("fault_500.json"), status=500), None),
        (balance(None), None),
        (saying(b"[]"), None),
        (saying(b"[" * 60_000), None),
        (flooding(), None),
        (hanging_up, None),
        (hanging, None),
    ],
)
async def test_the_balance_is_asked_for_free(
    api: SeedreamApi,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    expected: Balance | None,
) -> None:
    monkeypatch.setattr("bot.seedream.account.QUESTION_TIMEOUT_S", SOON_S if answer is hanging else 10.0)
    api.answer = answer

    assert await provider(session, api.origin).balance() == expected
    assert {(seen.method, seen.path) for seen in api.seen} == {("GET", "/v2/billing")}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (models("a/b", "c"), frozenset({"a/b", "c"})),
        (saying(b'{"data": [{"id": "a", "aliases": ["b"]}, {"id": "`x`<@1>"}, {}]}'), frozenset({"a", "b"})),
        (models(), None),
        (models("a" * 9_000_000), None),
        (saying(b'{"data": [' + b"{}," * 500_000 + b"{}]}"), None),
        (saying(recorded("gateway.html")), None),
        (saying(recorded("fault_500.json"), status=500), None),
        (hanging_up, None),
    ],
)
async def test_the_models_are_asked_for_without_the_key(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer, expected: frozenset[str] | None
) -> None:
    api.answer = answer

    assert await provider(session, api.origin).models() == expected
    assert {seen.path for seen in api.seen} == {"/v1/models"}
    assert all("Authorization" not in seen.headers for seen in api.seen)


def pace(p50: object, alias: str = "bytedance/seedream-4-5") -> Answer:
    """As documented at docs.aimlapi.com/api-references/service-endpoints/model-metrics."""
    metrics = {"duration_ms": {"p50": p50, "p75": 15_000, "p90": 22_000, "p99": 41_000}}
    measured = {"alias": alias, "endpoint": "/v1/images/generations", "metrics": metrics}
    body = {"window_seconds": 300, "generated_at": "2026-08-19T12:00:05.000Z", "models": [measured]}
    return saying(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (pace(12_400), 12.4),
        (pace(10_170.5), 10.1705),
        (pace(12_400, alias="bytedance/seedream-4-0"), None),
        (saying(b'{"window_seconds": 300, "models": []}'), None),
        (saying(b'{"models": [{"alias": "bytedance/seedream-4-5", "metrics": {}}]}'), None),
        *[(pace(bad), None) for bad in (0, -5, 3, 10**9, 1e300, float("nan"), float("inf"))],
        *[(pace(bad), None) for bad in ("12400", None, True, [12_400])],
        (saying(b'{"models": [' + b"{}," * 20_000 + b"{}]}"), None),
        (saying(b"[" * 60_000), None),
        (saying(recorded("gateway.html")), None),
        (saying(recorded("fault_500.json"), status=500), None),
        (saying(b"", status=302, headers={"Location": "/models"}), None),
        (flooding(), None),
        (hanging_up, None),
        (hanging, None),
    ],
)
async def test_how_long_a_model_takes_is_asked_for_without_the_key(
    api: SeedreamApi,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: Answer,
    expected: float | None,
) -> None:
    monkeypatch.setattr("bot.seedream.account.QUESTION_TIMEOUT_S", SOON_S if answer is hanging else 10.0)
    api.answer = answer

    with caplog.at_level(logging.INFO):
        assert await provider(session, api.origin).typical_seconds("bytedance/seedream-4-5") == expected
    assert not caplog.records
    assert {seen.path for seen in api.seen} == {"/models/metrics"}
    assert all(seen.query == {"aliases": "bytedance/seedream-4-5"} for seen in api.seen)
    assert all("Authorization" not in seen.headers for seen in api.seen)


async def test_an_account_with_money_is_never_called_empty(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, routes(generations=NO_CREDIT, billing=balance(10.07)))

    assert type(error) is TryAgainError
    assert error.charge is Charge.FREE
    assert error.detail.endswith("(yet the account has $10.07)")


@pytest.mark.parametrize(
    ("answer", "left"),
    [(balance(0.012), 12_000), (balance(-1), -1_000_000), (hanging_up, None), (balance(5, "EUR"), None)],
)
async def test_an_empty_account_is_told_with_its_balance(
    api: SeedreamApi, session: aiohttp.ClientSession, answer: Answer, left: int | None
) -> None:
    error = await failure(api, session, routes(generations=NO_CREDIT, billing=answer))

    assert isinstance(error, OutOfCreditError)
    assert error.balance_micro_usd == left


async def test_a_retired_model_is_told_with_those_like_it(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    offered = models("bytedance/seedream-5-0", "openai/gpt-5", "bytedance/seedream-4-0", "luma/ray-2")

    error = await failure(api, session, routes(generations=GONE, models=offered))

    assert isinstance(error, ModelGoneError)
    assert error.model == "bytedance/seedream-4-5"
    assert set(error.alike) == {"bytedance/seedream-5-0", "bytedance/seedream-4-0"}
    assert "bytedance/seedream-5-0" in error.detail


async def test_a_model_that_is_on_offer_is_not_called_retired(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    error = await failure(api, session, routes(generations=GONE, models=models("bytedance/seedream-4-5")))

    assert type(error) is TryAgainError


# Secrets and settings


async def test_logs_hold_the_request_id_and_neither_key_nor_prompt(
    api: SeedreamApi, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer = in_turn(saying(GOOD), saying(recorded("fault_401.json"), status=401), hanging_up)
    seedream = provider(session, api.origin)

    with caplog.at_level(logging.DEBUG):
        await seedream.render(an_order(request_id="job-7"))
        for _ in range(2):
            with pytest.raises(ProviderError):
                await seedream.render(an_order())
        await seedream.look_up("job-7", NOW, model=None)

    assert f"render job-7: HTTP 200, {len(GOOD)} bytes after" in caplog.text
    assert KEY not in caplog.text
    assert PROMPT not in caplog.text
    assert KEY not in repr(vars(seedream))


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.aimlapi.com",
        "ftp://api.aimlapi.com",
        "https://",
        "https://api.aimlapi.com/v1",
        "https://api.aimlapi.com/v1/",
        "https://login:word@api.aimlapi.com",
        "https://api.aimlapi.com?key=1",
        "https://api.aimlapi.com:port",
    ],
)
async def test_an_address_that_cannot_work_is_told_at_the_start(
    session: aiohttp.ClientSession, base_url: str
) -> None:
    with pytest.raises(SetupError) as caught:
        provider(session, base_url)

    assert "word" not in str(caught.value)


@pytest.mark.parametrize("api_key", ["", "zwei worte", "geheim\n", "schlüssel"])
async def test_a_key_that_cannot_work_is_told_at_the_start_and_not_repeated(
    session: aiohttp.ClientSession, api_key: str
) -> None:
    with pytest.raises(SetupError) as caught:
        SeedreamProvider(session, base_url="https://api.aimlapi.com", api_key=api_key, timeout_s=1.0)

    assert not api_key or api_key.strip() not in str(caught.value)


# How many are in memory


async def test_a_few_answers_are_read_until_their_bytes_are_stored(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    api.answer = saying(GOOD)
    seedream = provider(session, api.origin)
    orders = [an_order(request_id=f"job-7:{number}") for number in range(READ_AT_ONCE + 2)]
    calls = {asyncio.create_task(seedream.render(order), name=order.request_id) for order in orders}
    done, waiting = await asyncio.wait(calls, timeout=SOON_S * 3)
    assert len(done) == READ_AT_ONCE
    for rendered in [task.result() for task in done]:
        rendered.landed()
        rendered.landed()  # a second time frees no other's slot
    done, waiting = await asyncio.wait(waiting, timeout=30)
    assert (len(done), len(waiting)) == (2, 0)


async def test_answers_that_nobody_stores_keep_others_from_being_read_for_a_moment_only(
    api: SeedreamApi, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.seedream.http.SLOT_WAIT_S", SOON_S)
    api.answer = saying(GOOD)
    seedream = provider(session, api.origin)
    orders = [an_order(request_id=f"job-7:{number}") for number in range(READ_AT_ONCE + 2)]
    rendered = await asyncio.gather(*map(seedream.render, orders))
    assert {one.data for one in rendered} == {PICTURE}


async def test_an_answer_that_cannot_be_used_frees_its_slot(
    api: SeedreamApi, session: aiohttp.ClientSession
) -> None:
    seedream = provider(session, api.origin)
    api.answer = saying(b"{}")
    for number in range(READ_AT_ONCE + 1):
        with pytest.raises(ProviderError):
            async with asyncio.timeout(30):
                await seedream.render(an_order(request_id=f"job-8:{number}"))
