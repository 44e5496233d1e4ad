"""A real Prometheus scrapes Easel while people ask for pictures, with our rules."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import pytest

from bot.metrics import scrape as scraping
from tests.conftest import absent
from tests.scraping import ask, free_address
from tests.wire.app import Scene
from tests.wire.state import User
from tools.alerts import ALERTS
from tools.dashboards import ROOT, RULES

JOBS: Final = 6
PATIENCE_S: Final = 30.0


class Prometheus:
    """A running Prometheus."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def tells(self, path: str) -> Any:
        _status, text = await ask(self.address, f"/api/v1/{path}")
        return json.loads(text)["data"]

    async def value(self, query: str) -> float | None:
        found = (await self.tells(f"query?query={quote(query)}"))["result"]
        return float(found[0]["value"][1]) if found else None

    async def until(self, query: str, value: float) -> None:
        """Wait until it answers at all, and has scraped this value."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    if await self.value(query) == value:
                        return
                except (aiohttp.ClientError, json.JSONDecodeError):  # it is still starting
                    pass
                await asyncio.sleep(0.05)


@asynccontextmanager
async def prometheus(target: str, folder: Path) -> AsyncGenerator[Prometheus]:
    program = shutil.which("prometheus") or absent("Prometheus (Debian's package prometheus)")
    config = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "500ms"},
        "rule_files": [str(ROOT / RULES)],
        "scrape_configs": [{"job_name": "easel", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    address = free_address()
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield Prometheus(address)
    finally:
        process.kill()
        await process.wait()


async def test_prometheus_scrapes_easel_while_it_paints(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scraping, "FRESH_S", 0.1)
    target = free_address()
    scene.change_settings(easel_health_bind=target)
    await scene.start()
    async with prometheus(target, tmp_path) as running:
        await running.until("up", 1)
        for _ in range(JOBS // 2):
            await asyncio.gather(paint(scene, scene.ada), paint(scene, scene.ben))
        await running.until('easel_jobs_ended_total{state="done"}', JOBS)

        assert await running.value("easel_job_wait_seconds_count") == JOBS
        assert await running.value('easel_provider_calls_total{outcome="ok", kind="picture"}') == JOBS
        assert await running.value('max(easel_jobs{state="queued"})') == 0
        rules = (await running.tells("rules"))["groups"][0]["rules"]
        assert [(rule["name"], rule["health"]) for rule in rules] == [(one.name, "ok") for one in ALERTS]
        firing = [one for one in (await running.tells("alerts"))["alerts"] if one["state"] == "firing"]
        assert firing == []


async def paint(scene: Scene, user: User) -> None:
    await scene.done(await scene.imagine(user=user))
