"""The offline provider over real HTTP, as a client of the AIML API sees it."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.sizes import Resolution, Size
from bot.sandbox.answers import revise
from bot.sandbox.faults import ERROR_STATUSES, ITEM_ERRORS, PAGES, Fault, is_charged
from bot.sandbox.provider import OfflineProvider
from bot.seedream.catalogue import SEEDREAM_MODELS, SeedreamModel
from bot.seedream.client import SeedreamProvider
from tests.unit.seedream.material import an_order, reference

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
T2I, EDIT, PRO = (
    "bytedance/seedream-v4-text-to-image",
    "bytedance/seedream-v4-edit",
    "bytedance/seedream-5-0-pro",
)
KEY = {"Authorization": "Bearer test"}
CHARGED_WITHOUT_PICTURE = (
    Fault.HEAP,
    Fault.TRUNCATED, Fault.HTML, Fault.EMPTY, Fault.BAD_BASE64, Fault.NOT_A_PICTURE, Fault.GIANT, Fault.URL_ELSEWHERE,
)  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def provider() -> AsyncIterator[OfflineProvider]:
    async with OfflineProvider(
        latency_s=0, paint_fast=True, giant_bytes=3_000_000, drip_interval_s=0, now=lambda: NOON
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def client(provider: OfflineProvider) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(provider.base_url, headers=KEY) as session:
        yield session


def order(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": "bytedance/seedream-4-5",
        "prompt": "a fox at dawn",
        "image_size": {"width": 2048, "height": 2048},
        "response_format": "b64_json",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def data_uri(data: bytes | None = None) -> str:
    if data is None:
        out = io.BytesIO()
        Image.new("RGB", (64, 64), "teal").save(out, "PNG")
        data = out.getvalue()
    return "data:image/png;base64," + base64.b64encode(data).decode()


async def generate(
    client: aiohttp.ClientSession, body: dict[str, Any] | None = None, *, request_id: str = "job-1"
) -> tuple[aiohttp.ClientResponse, bytes]:
    headers = {"X-Client-Request-Id": request_id}
    async with client.post("/v1/images/generations", json=body or order(), headers=headers) as answer:
        return answer, await answer.read()


def picture_in(answer: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(answer["data"][0]["b64_json"], validate=True)))


async def test_a_call_brings_a_picture_of_the_size_asked_for(client: aiohttp.ClientSession) -> None:
    answer, _ = await generate(client, order(image_size={"width": 2304, "height": 1728}))
    body = await answer.json()
    assert picture_in(body).size == (2304, 1728)
    assert body["object"] == "image_generation"
    assert body["data"][0]["url"] is None
    assert body["data"][0]["revised_prompt"].startswith("a fox at dawn")
    assert body["meta"]["usage"]["credits_used"] == 84_000
    assert body["created"] == int(NOON.timestamp())


@pytest.mark.parametrize(("name", "side"), [("2K", 2048), ("4K", 4096), (None, 2048)])
async def test_a_named_or_missing_size_is_square_where_the_prompt_gives_no_hint(
    client: aiohttp.ClientSession, name: str | None, side: int
) -> None:
    answer, _ = await generate(client, order(image_size=name))
    assert picture_in(await answer.json()).size == (side, side)


@pytest.mark.parametrize(
    ("prompt", "name", "size"),
    [
        ("a portrait of a fox", "2K", (1776, 2368)),
        ("A wide landscape at dawn", "2K", (2368, 1776)),
        ("a panorama of the Alps, landscape", "4K", (4096, 2304)),
        ("a widely known tallship", "2K", (2048, 2048)),
    ],
)
async def test_with_a_named_size_the_shape_follows_the_prompt(
    client: aiohttp.ClientSession, provider: OfflineProvider, prompt: str, name: str, size: tuple[int, int]
) -> None:
    answer, _ = await generate(client, order(prompt=prompt, image_size=name))
    assert picture_in(await answer.json()).size == size
    assert provider.calls[0].size == Size(*size)


async def test_headers_trace_the_call_and_say_its_cost(client: aiohttp.ClientSession) -> None:
    answer, _ = await generate(client, request_id="job-7.render-1")
    assert answer.headers["x-client-request-id"] == "job-7.render-1"
    assert answer.headers["x-inference-id"]
    assert answer.headers["x-aimlapi-credits-used"] == "84000"
    assert float(answer.headers["x-aimlapi-usd-spent"]) == pytest.approx(0.042)


async def test_a_request_id_of_other_signs_is_dropped(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    answer, _ = await generate(client, request_id="job 1!")
    assert "x-client-request-id" not in answer.headers
    assert provider.calls[0].client_request_id is None


async def test_calls_are_recorded(client: aiohttp.ClientSession, provider: OfflineProvider) -> None:
    await generate(client, order(image_urls=[data_uri(), data_uri()]))
    (call,) = provider.calls
    assert (call.client_request_id, call.prompt, call.n_references) == ("job-1", "a fox at dawn", 2)
    assert (call.size, call.status, call.charged, call.at) == (Size(2048, 2048), 200, True, NOON)


async def test_the_same_prompt_again_is_another_picture_unless_a_seed_is_given(
    client: aiohttp.ClientSession,
) -> None:
    first, again = [(await (await generate(client))[0].json())["data"][0]["b64_json"] for _ in range(2)]
    assert first != again
    body = order(seed=5)
    first, again = [(await (await generate(client, body))[0].json())["data"][0]["b64_json"] for _ in range(2)]
    assert first == again


async def test_a_url_answer_can_be_fetched_without_the_key(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    answer, _ = await generate(client, order(response_format=None))
    item = (await answer.json())["data"][0]
    assert item["b64_json"] is None
    assert item["url"].startswith(f"{provider.base_url}/files/")
    async with aiohttp.ClientSession() as stranger, stranger.get(item["url"]) as file:
        assert file.status == 200
        assert Image.open(io.BytesIO(await file.read())).size == (2048, 2048)


@pytest.mark.parametrize("model", SEEDREAM_MODELS.values(), ids=lambda model: model.id)
async def test_the_adapter_can_order_from_every_model_and_is_told_its_price(
    provider: OfflineProvider, client: aiohttp.ClientSession, model: SeedreamModel
) -> None:
    seedream = SeedreamProvider(
        client,
        base_url=provider.base_url,
        api_key="test",
        timeout_s=10,
        result_origins=frozenset({provider.base_url}),
        now=lambda: NOON,
    )
    asked = an_order(
        model=model.id,
        size=Resolution.TWO_K if model.chooses_shape else Size(2048, 2048),
        references=(reference(),) * model.min_references,
    )

    rendered = await seedream.render(asked)

    assert Image.open(io.BytesIO(rendered.data)).size == (2048, 2048)
    assert rendered.cost_micro_usd == model.price_micro_usd


async def test_a_file_that_was_never_made_is_not_found(client: aiohttp.ClientSession) -> None:
    async with client.get("/files/other.jpg") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    "body",
    [
        order(model="bytedance/seedream-3.0"),
        {"model": "bytedance/seedream-4-5"},
        order(prompt=""),
        order(image_urls=[]),
        order(image_urls=[data_uri()] * 15),
        order(image_urls=["https://example.net/a.png"]),
        order(image_urls=["data:image/PNG;base64,AAAA"]),
        order(image_urls=["data:image/png;base64,@@@"]),
        order(image_size={"width": 1024, "height": 4096}),
        order(image_size={"width": 4097, "height": 2048}),
        order(image_size={"width": 1440, "height": 1440}),
        order(image_size="1K"),
        order(model=PRO, image_size="4K"),
        order(model=PRO, image_size={"width": 4096, "height": 4096}),
        order(model=T2I, image_size="2K"),
        order(model=T2I, image_urls=[data_uri()]),
        order(model=T2I, image_size={"width": 1024, "height": 1023}),
        order(model=EDIT),
        order(model=EDIT, image_urls=[data_uri()] * 11),
        order(seed="seven"),
        order(response_format="png"),
    ],
)
async def test_a_wrong_body_is_refused_and_costs_nothing(
    client: aiohttp.ClientSession, provider: OfflineProvider, body: dict[str, Any]
) -> None:
    answer, _ = await generate(client, body)
    said = await answer.json()
    assert answer.status == 400
    assert set(said) == {"message", "path", "requestId", "statusCode", "timestamp"}
    assert (said["statusCode"], said["path"]) == ("400", "/v1/images/generations")
    assert provider.calls == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic dGVzdA=="}])
@pytest.mark.parametrize("path", ["/v1/images/generations", "/v2/logs", "/v2/billing"])
async def test_nothing_is_told_without_a_key(
    provider: OfflineProvider, headers: dict[str, str], path: str
) -> None:
    method = "POST" if path.startswith("/v1") else "GET"
    async with (
        aiohttp.ClientSession(provider.base_url) as session,
        session.request(method, path, json=order(), headers=headers) as answer,
    ):
        assert answer.status == 401
        assert (await answer.json())["statusCode"] == "401"


@pytest.mark.parametrize("fault", ERROR_STATUSES)
async def test_an_error_status_costs_nothing(
    client: aiohttp.ClientSession, provider: OfflineProvider, fault: Fault
) -> None:
    provider.fail(fault)
    answer, body = await generate(client)
    assert answer.status == ERROR_STATUSES[fault][0]
    assert (provider.calls[0].status, provider.calls[0].charged) == (answer.status, False)
    if fault in PAGES:
        assert body.startswith(b"<!doctype html>")
    else:
        assert (await answer.json())["statusCode"] == str(answer.status)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.REFUSED_PROMPT, "InputTextSensitiveContentDetected"),
        (Fault.REFUSED_IMAGE, "InputImageSensitiveContentDetected"),
        (Fault.REAL_PERSON, "InputImageSensitiveContentDetected.PrivacyInformation"),
    ],
)
async def test_a_refusal_names_the_upstream_code(
    client: aiohttp.ClientSession, provider: OfflineProvider, fault: Fault, code: str
) -> None:
    provider.fail(fault)
    answer, _ = await generate(client)
    assert (await answer.json())["message"].startswith(f"{code}: ")


async def test_a_rate_limit_says_when_to_come_back(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    provider.fail(Fault.SLOW_DOWN)
    provider.fail(Fault.SLOW_DOWN_DATE)
    in_seconds, as_date = [(await generate(client))[0].headers["Retry-After"] for _ in range(2)]
    assert in_seconds == "2"
    assert (parsedate_to_datetime(as_date) - NOON).total_seconds() == 2


@pytest.mark.parametrize("fault", ITEM_ERRORS)
async def test_a_failed_item_inside_a_200_costs_nothing(
    client: aiohttp.ClientSession, provider: OfflineProvider, fault: Fault
) -> None:
    provider.fail(fault)
    answer, _ = await generate(client)
    assert answer.status == 200
    assert (await answer.json())["data"][0]["error"]["code"] == ITEM_ERRORS[fault][0]
    assert "x-aimlapi-credits-used" not in answer.headers
    assert not provider.calls[0].charged


@pytest.mark.parametrize("fault", CHARGED_WITHOUT_PICTURE)
async def test_a_damaged_answer_was_charged(
    client: aiohttp.ClientSession, provider: OfflineProvider, fault: Fault
) -> None:
    provider.fail(fault)
    answer, _ = await generate(client)
    assert answer.status == 200
    assert provider.calls[0].charged


async def test_each_damage_looks_as_announced(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    bodies: dict[Fault, bytes] = {}
    for fault in CHARGED_WITHOUT_PICTURE:
        provider.fail(fault)
        _, bodies[fault] = await generate(client)
    assert bodies[Fault.TRUNCATED].startswith(b'{"created"')
    assert not bodies[Fault.TRUNCATED].endswith(b"}")
    assert bodies[Fault.HTML].startswith(b"<!doctype html>")
    assert b'"data": []' in bodies[Fault.EMPTY]
    assert b"@@@" in bodies[Fault.BAD_BASE64]
    assert base64.b64encode(b"this is no picture") in bodies[Fault.NOT_A_PICTURE]
    assert len(bodies[Fault.GIANT]) > 3_000_000
    assert b"https://pictures.example.net/" in bodies[Fault.URL_ELSEWHERE]


async def test_a_dropped_connection_was_charged(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    provider.fail(Fault.DROP)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await generate(client)
    assert provider.calls[0].charged


async def test_a_hanging_call_was_charged_and_ends_with_the_provider() -> None:
    async with aiohttp.ClientSession(headers=KEY) as session:
        async with OfflineProvider(latency_s=0, paint_fast=True) as provider:
            provider.fail(Fault.HANG)
            url = f"{provider.base_url}/v1/images/generations"
            waiting = asyncio.create_task(session.post(url, json=order()), name="hanging call")
            await provider.wait_decided(1)
            assert (waiting.done(), provider.calls[0].charged) == (False, True)
        assert (await waiting).status == 503


async def test_a_drip_arrives_whole_in_the_end(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    provider.fail(Fault.DRIP)
    answer, _ = await generate(client)
    assert picture_in(await answer.json()).size == (2048, 2048)


async def test_a_slow_drip_begins_and_does_not_end() -> None:
    async with OfflineProvider(latency_s=0, paint_fast=True, drip_interval_s=60) as provider:
        provider.fail(Fault.DRIP)
        async with (
            aiohttp.ClientSession(provider.base_url, headers=KEY) as session,
            session.post("/v1/images/generations", json=order()) as answer,
        ):
            assert answer.status == 200
            assert (answer.content.at_eof(), provider.calls[0].charged) == (False, True)
            answer.close()


async def test_a_giant_stops_when_the_client_has_enough() -> None:
    async with OfflineProvider(latency_s=0, paint_fast=True, giant_bytes=1 << 40) as provider:
        provider.fail(Fault.GIANT)
        async with (
            aiohttp.ClientSession(provider.base_url, headers=KEY) as session,
            session.post("/v1/images/generations", json=order()) as answer,
        ):
            assert len(await answer.content.readexactly(2_000_000)) == 2_000_000
            answer.close()


async def test_a_fault_named_in_the_prompt_meets_that_call_only(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    marked, _ = await generate(client, order(prompt="a fox [fault:out_of_credit]"))
    plain, _ = await generate(client)
    assert (marked.status, plain.status) == (403, 200)


async def test_the_mark_is_not_in_the_revised_prompt(client: aiohttp.ClientSession) -> None:
    answer, _ = await generate(client, order(prompt="a fox [fault:none]"))
    assert "fault" not in (await answer.json())["data"][0]["revised_prompt"]


async def test_logs_tell_what_each_request_id_cost(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    await generate(client, request_id="paid")
    provider.fail(Fault.UNAVAILABLE)
    await generate(client, request_id="free")
    async with client.get("/v2/logs", params={"period": "24h", "limit": "100", "offset": "0"}) as answer:
        rows = (await answer.json())["data"]
    assert [(row["client_request_id"], row["status"]) for row in rows] == [
        ("free", "failed"),
        ("paid", "succeeded"),
    ]
    assert [row["cost"] for row in rows] == [{"usd": 0, "credits": 0}, {"usd": 0.042, "credits": 84_000}]
    assert all(row["model"] and row["request_id"] and row["inference_id"] for row in rows)


async def test_logs_are_narrowed_by_time_model_and_status(client: aiohttp.ClientSession) -> None:
    await generate(client, request_id="paid")

    async def found(*query: tuple[str, str]) -> int:
        async with client.get("/v2/logs", params=query) as answer:
            return len((await answer.json())["data"])

    assert await found(("start", "2026-01-02T11:59:00Z"), ("end", "2026-01-02T12:01:00Z")) == 1
    assert await found(("start", "2026-01-02T12:00:01Z"), ("end", "2026-01-02T12:01:00Z")) == 0
    assert await found(("start", "2026-01-02T11:00:00Z"), ("end", "2026-01-02T11:59:00Z")) == 0
    assert await found(("model", "other"), ("model", "bytedance/seedream-4-5")) == 1
    assert await found(("model", "other")) == 0
    assert await found(("status", "failed")) == 0


async def test_the_free_questions_agree_with_the_last_call(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    async def balance() -> float:
        async with client.get("/v2/billing") as answer:
            return (await answer.json())["current_balance"]

    async def models() -> set[str]:
        async with client.get("/v1/models", headers={"Authorization": ""}) as answer:
            return {model["id"] for model in (await answer.json())["data"]}

    provider.fail(Fault.OUT_OF_CREDIT)
    provider.fail(Fault.CREDIT_LIE)
    provider.fail(Fault.MODEL_GONE)
    await generate(client)
    assert await balance() == 0
    await generate(client)
    assert await balance() == 10
    assert "bytedance/seedream-4-5" in await models()
    await generate(client)
    assert "bytedance/seedream-4-5" not in await models()
    await generate(client)
    assert "bytedance/seedream-4-5" in await models()


async def test_logs_come_in_pages(client: aiohttp.ClientSession) -> None:
    for number in range(3):
        await generate(client, request_id=f"job-{number}")
    pages: list[dict[str, Any]] = []
    for offset in ("0", "2"):
        async with client.get("/v2/logs", params={"limit": "2", "offset": offset}) as answer:
            pages.append(await answer.json())
    assert [[row["client_request_id"] for row in page["data"]] for page in pages] == [
        ["job-2", "job-1"],
        ["job-0"],
    ]
    assert [page["pagination"]["has_more"] for page in pages] == [True, False]


@pytest.mark.parametrize("limit", ["0", "101", "many"])
async def test_logs_refuse_a_wrong_limit(client: aiohttp.ClientSession, limit: str) -> None:
    async with client.get("/v2/logs", params={"limit": limit}) as answer:
        assert answer.status == 400


async def test_the_balance_sinks_with_each_charged_call(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    provider.fail(Fault.SERVER_ERROR)
    for _ in range(3):
        await generate(client)
    async with client.get("/v2/billing") as answer:
        assert await answer.json() == {"current_balance": pytest.approx(10 - 2 * 0.042), "currency": "USD"}


async def test_a_held_call_waits_for_release(
    client: aiohttp.ClientSession, provider: OfflineProvider
) -> None:
    provider.hold()
    waiting = asyncio.create_task(generate(client), name="held call")
    await provider.wait_arrived(1)
    assert (provider.calls, waiting.done()) == ([], False)
    provider.release()
    answer, _ = await waiting
    assert answer.status == 200


async def test_a_client_that_leaves_a_held_call_is_charged_all_the_same(provider: OfflineProvider) -> None:
    provider.hold()
    async with aiohttp.ClientSession(provider.base_url, headers=KEY) as session:
        waiting = asyncio.create_task(generate(session), name="abandoned call")
        await provider.wait_arrived(1)
        waiting.cancel()
        await asyncio.wait([waiting])
    provider.release()
    await provider.wait_decided(1)
    assert [(call.client_request_id, call.charged) for call in provider.calls] == [("job-1", True)]


async def test_an_illustration_is_painted_with_the_references_in_it() -> None:
    async with (
        OfflineProvider(latency_s=0) as provider,
        aiohttp.ClientSession(provider.base_url, headers=KEY) as session,
    ):
        body = order(image_size={"width": 1920, "height": 1920}, image_urls=[data_uri()], seed=1)
        edited, _ = await generate(session, body)
        painted, _ = await generate(session, {**body, "image_urls": [data_uri(), data_uri()]})
        one, two = picture_in(await edited.json()), picture_in(await painted.json())
    assert one.size == (1920, 1920)
    assert one.tobytes() != two.tobytes()


async def test_a_reference_that_is_no_picture_is_refused() -> None:
    async with (
        OfflineProvider(latency_s=0) as provider,
        aiohttp.ClientSession(provider.base_url, headers=KEY) as session,
    ):
        answer, _ = await generate(session, order(image_urls=[data_uri(b"no picture")]))
        assert (answer.status, provider.calls[0].charged) == (400, False)


def test_a_base_url_exists_only_while_running() -> None:
    with pytest.raises(RuntimeError):
        _ = OfflineProvider().base_url


def test_revised_prompts_are_the_same_each_time_and_sometimes_unchanged() -> None:
    prompts = [f"fox number {number}" for number in range(40)]
    assert [revise(prompt) for prompt in prompts] == [revise(prompt) for prompt in prompts]
    unchanged = sum(revise(prompt) == prompt for prompt in prompts)
    assert 0 < unchanged < len(prompts)


def test_what_is_charged_and_what_is_not() -> None:
    free = {fault for fault in Fault if not is_charged(fault)}
    assert free == {*ERROR_STATUSES, *ITEM_ERRORS, Fault.VIDEO_ERROR, Fault.VIDEO_REFUSED}
