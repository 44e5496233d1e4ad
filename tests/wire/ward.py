"""All that the doctor looks at, as stand-ins, and well: a test breaks something."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.doctor.checkup import Checkup, read_settings
from bot.doctor.command_checks import described_commands
from bot.doctor.diagnosis import Diagnosis
from bot.sandbox.provider import OfflineProvider
from bot.settings import read_environment
from tests.contract.seedream_api import Answer, listening, saying
from tests.databases import empty_sqlite
from tests.extensions import load_cogs_once
from tests.wire.discord_server import DiscordServer
from tests.wire.state import Guild

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.a-token-that-nobody-may-read-on-a-screen"
KEY = "a-key-that-nobody-may-read"
PUBLISHED = {  # the pages that an application shows to members
    "privacy_policy_url": "https://example.com/privacy",
    "terms_of_service_url": "https://example.com/terms",
}
BILLING, LIMIT, MODELS = "/v2/billing", "/v1/key", "/v1/models"


@dataclass(slots=True, kw_only=True)
class Ward:
    """All that Easel needs, and well; a test breaks something. `answers` stand before the offline provider's."""

    server: DiscordServer
    studio: Guild
    folder: Path
    environ: dict[str, str]
    patch: pytest.MonkeyPatch
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    stack: AsyncExitStack

    @property
    def database(self) -> Path:
        return self.folder / "easel.db"

    def says(self, path: str, body: Any, *, status: int = 200, **headers: str) -> None:
        """Let the API answer with this."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = saying(content, status=status, headers=headers)

    def tells_of_key(self, **facts: Any) -> None:
        self.says(LIMIT, {"data": {"disabled": False, "prefix": KEY[:8], "monthly_usage": 0} | facts})

    def offers(self, *models: tuple[str, float, str]) -> None:
        """Let the list of models hold these alone: id, price and unit."""
        listed = [
            {
                "id": name,
                "pricing": {"kind": "variants", "variants": [{"price": usd * 10, "unit": unit, "per": 10}]},
            }
            for name, usd, unit in models
        ]
        self.says(MODELS, {"object": "list", "data": listed})

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as conn:
            conn.execute(statement)

    def commands(self) -> list[dict[str, Any]]:
        """What Discord knows, to be changed."""
        return self.server.commands.listed(None)

    async def examine(self, *, is_offline: bool = False) -> list[Diagnosis]:
        settings, lines = read_settings(self.environ)
        return [*lines, *await Checkup(settings=settings).examine(is_offline=is_offline)]


@asynccontextmanager
async def opened_ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Ward]:
    """Yield a ward in which Easel was started once, and is not running."""
    load_cogs_once(monkeypatch)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "easel.db").write_bytes(empty_sqlite())
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(DiscordServer(token=TOKEN))
        provider = await stack.enter_async_context(OfflineProvider())
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def answer(request: web.Request) -> web.StreamResponse:
            if request.path in ward.answers:
                return await ward.answers[request.path](request)
            headers = {"Authorization": request.headers.get("Authorization", "")}
            async with session.get(provider.base_url + str(request.rel_url), headers=headers) as reply:
                return web.Response(
                    body=await reply.read(), status=reply.status, content_type=reply.content_type
                )

        environ = {
            "DISCORD_TOKEN": TOKEN,
            "AIMLAPI_API_KEY": KEY,
            "AIMLAPI_BASE_URL": await stack.enter_async_context(listening(answer)),
            "DATA_DIR": str(folder),
            "EASEL_HEALTH_BIND": "127.0.0.1:1",
        }
        studio = server.add_guild("Studio")
        server.world.application |= PUBLISHED
        ward = Ward(
            server=server, studio=studio, folder=folder, environ=environ, patch=monkeypatch, stack=stack
        )
        ward.execute("PRAGMA journal_mode=WAL")
        stack.enter_context(server.patched())
        described = await described_commands(read_environment(environ)[0], session)
        server.commands.replace(None, json.loads(json.dumps(described)))
        yield ward
