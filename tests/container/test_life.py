"""A container's life: from a start without secrets over a job to its end."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from typing import Any, Final

import pytest

from bot.sandbox.provider import OfflineProvider
from tests.container.engine import Container, Ended, command, run_once
from tests.wire.discord_server import DiscordServer
from tools.image import health_check

pytestmark = [pytest.mark.container, pytest.mark.timeout(300)]
PATIENCE_S: Final = 90  # the tests run beside it, before it
GRACE_S: Final = 20
ASKED_AT_MOST: Final = 20  # about a second each; a client counts as connected once its servers have arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What was seen of a container that painted one picture."""

    pictures: int
    charged: int
    first_process: dict[str, Any]
    is_read_only: bool
    health: Ended
    health_after_discord: Ended
    status: int
    stopped_in_s: float
    log: str


@pytest.fixture(scope="module")
def life() -> Life:
    return asyncio.run(_live())


async def _live() -> Life:
    async with DiscordServer() as server, OfflineProvider(latency_s=0, paint_fast=True) as provider:
        settings = {
            "DISCORD_TOKEN": server.token,
            "AIMLAPI_API_KEY": "offline",
            "AIMLAPI_BASE_URL": provider.base_url,
            "EASEL_HEALTH_BIND": f"127.0.0.1:{_free_port()}",
            "EASEL_SHUTDOWN_GRACE_S": str(GRACE_S),
        }
        container = Container(settings, server.rest_base, server.gateway_url)
        try:
            return await _observe(container, server, provider)
        finally:
            await container.remove()


async def _observe(container: Container, server: DiscordServer, provider: OfflineProvider) -> Life:
    ada, art = server.add_user("ada"), server.add_channel(server.add_guild("Studio"), "art")
    await container.start()
    try:
        await server.connected(timeout_s=PATIENCE_S)
        asked = await server.slash(ada, art, "imagine", {"prompt": "a red fox"})
        card = await server.wait_for(
            lambda: asked.message if asked.message and asked.message.attachments else None,
            timeout_s=PATIENCE_S,
        )
    except TimeoutError as error:
        raise AssertionError(await container.log()) from error
    assert card is not None
    health = await _health(container, 0)
    first = await container.ask("{'uid': os.stat('/proc/1').st_uid, 'words': open('/proc/1/cmdline').read()}")
    is_read_only = await container.ask("bool(os.statvfs('/').f_flag & os.ST_RDONLY)")
    server.fail("*", "/*", status=503, times=None)
    await server.drop_gateways(4000)
    health_after_discord = await _health(container, 1)
    began = time.monotonic()
    status = await container.stop(GRACE_S + 10)
    return Life(
        pictures=len(card.attachments),
        charged=sum(call.charged for call in provider.calls),
        first_process=first,
        is_read_only=is_read_only,
        health=health,
        health_after_discord=health_after_discord,
        status=status,
        stopped_in_s=time.monotonic() - began,
        log=await container.log(),
    )


async def _health(container: Container, status: int) -> Ended:
    """Ask as an engine does, again and again, until the check ends so or there were enough."""
    check = health_check()
    health = await container.exec(*check)
    for _ in range(ASKED_AT_MOST):
        if health.status == status:
            break
        health = await container.exec(*check)
    return health


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_job_is_painted_and_paid_once(life: Life) -> None:
    assert (life.pictures, life.charged) == (1, 1), life.log


def test_easel_is_process_1_and_the_fixed_user(life: Life) -> None:
    words = life.first_process["words"].split("\0")
    assert words[0].endswith("python")
    assert words[1:4] == ["-m", "bot", "run"]
    assert life.first_process["uid"] == 10001


def test_the_root_is_read_only(life: Life) -> None:
    assert life.is_read_only


def test_the_health_check_passes_while_all_is_well(life: Life) -> None:
    assert life.health.status == 0, life.health.output


def test_the_health_check_fails_without_discord(life: Life) -> None:
    assert life.health_after_discord.status == 1, life.health_after_discord.output


def test_sigterm_ends_it_in_order_and_within_the_grace_period(life: Life) -> None:
    assert life.status == 0, life.log
    assert life.stopped_in_s < GRACE_S
    assert "Traceback" not in life.log


async def test_the_health_check_fails_where_no_easel_runs() -> None:
    ended = await run_once("health")
    assert ended.status == 1
    assert ended.output.startswith("no answer at ")


async def test_a_start_without_secrets_is_status_2_and_a_line_for_each_problem() -> None:
    ended = await run_once()
    assert ended.status == 2
    heading, *problems = ended.output.splitlines()
    assert heading == "easel: these settings need a look:"
    assert [line.partition(" is not set: ")[0] for line in problems] == [
        "  - DISCORD_TOKEN",
        "  - AIMLAPI_API_KEY",
    ]


async def test_the_doctor_finds_nothing_wrong_with_a_container_before_its_first_start() -> None:
    secrets = ["--env=DISCORD_TOKEN=a.token.for-nobody", "--env=AIMLAPI_API_KEY=a-key-for-nobody"]
    ended = await run_once("doctor", "--offline", options=secrets)
    assert ended.status == 0, ended.output
    assert ended.output.splitlines()[-1].endswith("0 !  0 ✗"), ended.output


async def test_no_container_of_the_proof_is_left() -> None:
    listed = await command("ps", "--all", "--quiet", "--filter=name=easel-proof-")
    assert listed.output.strip() == ""
