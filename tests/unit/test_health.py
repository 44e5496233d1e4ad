from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from bot.errors import SetupError
from bot.health import Finding, HealthCheck, ask_health, serve_health


def a_part(*, is_well: bool, note: str = "fine") -> HealthCheck:
    async def check() -> Finding:
        return Finding(is_well=is_well, note=note)

    return check


async def asked(checks: Mapping[str, HealthCheck]) -> tuple[int, Any]:
    async with serve_health("127.0.0.1:0", checks) as address:
        assert address is not None
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            return response.status, await response.json()


async def test_all_is_well_when_each_part_is() -> None:
    status, body = await asked({"database": a_part(is_well=True), "worker": a_part(is_well=True)})

    assert (status, body["status"]) == (200, "ok")


async def test_one_part_that_fails_fails_the_whole_and_the_parts_are_told_apart() -> None:
    status, body = await asked(
        {"database": a_part(is_well=True), "gateway": a_part(is_well=False, note="not connected")}
    )

    assert (status, body["status"]) == (503, "failing")
    assert body["parts"] == {
        "database": {"status": "ok", "note": "fine"},
        "gateway": {"status": "failing", "note": "not connected"},
    }


async def test_each_answer_looks_anew() -> None:
    state = {"is_well": True}

    async def check() -> Finding:
        return Finding(is_well=state["is_well"], note="")

    async with serve_health("127.0.0.1:0", {"worker": check}) as address, aiohttp.ClientSession() as session:
        assert address is not None
        statuses: list[int] = []
        for state["is_well"] in (True, False, True):
            async with session.get(address) as response:
                statuses.append(response.status)

    assert statuses == [200, 503, 200]


async def test_nothing_else_is_served() -> None:
    async with serve_health("127.0.0.1:0", {}) as address, aiohttp.ClientSession() as session:
        assert address is not None
        async with session.get(address.replace("/healthz", "/")) as response:
            assert response.status == 404


async def test_an_empty_address_serves_nothing() -> None:
    async with serve_health("", {}) as address:
        assert address is None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_an_address_in_use_is_told_by_its_setting() -> None:
    bind = f"127.0.0.1:{free_port()}"
    async with serve_health(bind, {}):
        with pytest.raises(SetupError, match=f"EASEL_HEALTH_BIND: cannot listen on {bind}"):
            async with serve_health(bind, {}):
                pass


@pytest.mark.parametrize("is_well", [True, False])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_a_container_can_ask_how_easel_is(is_well: bool, host: str) -> None:
    bind = f"{host}:{free_port()}"
    async with serve_health(bind, {"worker": a_part(is_well=is_well, note="3 running")}):
        answer = await ask_health(bind)

    assert answer[0] is is_well
    assert "3 running" in answer[1]


async def test_when_nobody_answers_all_is_not_well() -> None:
    bind = f"127.0.0.1:{free_port()}"
    said = f"no answer at {bind}: is Easel running? (ClientConnectorError)"
    assert await ask_health(bind) == (False, said)


async def test_readiness_and_metrics_are_answered_beside_health() -> None:
    async def metrics() -> bytes:
        return b"easel_jobs 3\n"

    ready = {"gateway": a_part(is_well=False, note="not connected")}
    async with (
        serve_health(
            "127.0.0.1:0", {"database": a_part(is_well=True)}, ready=ready, metrics=metrics
        ) as address,
        aiohttp.ClientSession() as session,
    ):
        assert address is not None
        async with session.get(address.replace("/healthz", "/readyz")) as response:
            assert response.status == 503
            assert (await response.json())["parts"] == {
                "gateway": {"status": "failing", "note": "not connected"}
            }
        async with session.get(address.replace("/healthz", "/metrics")) as response:
            assert (response.status, await response.text()) == (200, "easel_jobs 3\n")
            assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        async with session.get(address) as response:
            assert response.status == 200
