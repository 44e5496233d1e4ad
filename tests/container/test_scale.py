"""The profile `scale` of compose.yaml: its passwords, and its gateway and worker on PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.sandbox.provider import OfflineProvider
from tests.conftest import postgres_address
from tests.container.engine import Container, run_once
from tests.databases import fresh_postgres
from tests.wire.discord_server import DiscordServer
from tools.image import ROOT

pytestmark = [pytest.mark.container, pytest.mark.timeout(300)]
PATIENCE_S: Final = 90
SERVICES: Final[dict[str, dict[str, Any]]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


async def test_its_passwords_are_made_and_easel_may_read_them(tmp_path: Path) -> None:
    service = SERVICES["passwords"]
    options = [f"--user={service['user']}", f"--volume={ROOT}/deploy/passwords.py:/passwords.py:ro"]
    folders = {name: tmp_path / name for name in ("database", "grafana")}
    for name, folder in folders.items():
        folder.mkdir()
        options.append(f"--volume={folder}:/run/{name}")
    program, *words = [*service["entrypoint"], *service["command"]]
    made = await run_once(*words, entrypoint=program, options=options)
    assert (made.status, made.output) == (0, "")
    mount = f"--volume={folders['database']}:/run/passwords:ro"
    read = await run_once("/run/passwords/url", entrypoint="cat", options=[mount])
    password = (folders["database"] / "password").read_text()
    assert (read.status, read.output) == (0, f"postgresql://easel:{password}@database/easel")


async def test_a_gateway_and_a_worker_paint_a_job_together(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(fresh_postgres(postgres_address()))
        folder = tmp_path / "passwords"
        folder.mkdir()  # `tmp_path` itself is closed to the image's user
        (folder / "url").write_text(url)
        server = await stack.enter_async_context(DiscordServer())
        provider = await stack.enter_async_context(OfflineProvider(latency_s=0, paint_fast=True))
        ada, art = server.add_user("ada"), server.add_channel(server.add_guild("Studio"), "art")
        parts = [_part(name, server, provider, folder) for name in ("gateway", "worker")]
        for part in parts:
            stack.push_async_callback(part.remove)
        await asyncio.gather(*(part.start() for part in parts))
        try:
            await server.connected(timeout_s=PATIENCE_S)
            asked = await server.slash(ada, art, "imagine", {"prompt": "a red fox"})
            await server.wait_for(lambda: asked.message and asked.message.attachments, timeout_s=PATIENCE_S)
        except TimeoutError as error:
            raise AssertionError([await part.log() for part in parts]) from error
        assert [await part.stop(30) for part in parts] == [0, 0]


def _part(name: str, server: DiscordServer, provider: OfflineProvider, folder: Path) -> Container:
    environ = {
        "DISCORD_TOKEN": server.token,
        "AIMLAPI_API_KEY": "offline",
        "AIMLAPI_BASE_URL": provider.base_url,
        "DATABASE_URL_FILE": SERVICES[name]["environment"]["DATABASE_URL_FILE"],
        "EASEL_HEALTH_BIND": "",
    }
    words, mount = [SERVICES[name]["command"]], f"--volume={folder}:/run/passwords:ro"
    return Container(environ, server.rest_base, server.gateway_url, words=words, options=[mount])
