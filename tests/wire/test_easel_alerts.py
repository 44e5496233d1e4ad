"""Every alert fires when the thing it is about is broken, and is silent before.

Easel runs, is scraped, is broken and scraped again; promtool judges a past made of the two scrapes.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest
from sqlalchemy import Connection, text

from bot.metrics import listening
from bot.metrics import scrape as scraping
from bot.sandbox.faults import Fault
from bot.storage.stores import SqlJobStore
from tests.scraping import Scraped, free_address, promtool_says, sample, scrape
from tests.wire.app import ORIGINAL, Scene
from tools.alerts import ALERTS
from tools.dashboards import ROOT, RULES

EVERY_S: Final = 15  # Prometheus scrapes so often
BLOCKED_EVERY_S: Final = 5  # by the blocks of `loop_blocked`


class Broken:
    """Easel at work, and what breaks it."""

    def __init__(self, scene: Scene, patch: pytest.MonkeyPatch) -> None:
        self.scene = scene
        self.patch = patch
        self.bind = free_address()
        self.stack = ExitStack()
        scene.change_settings(easel_health_bind=self.bind, easel_jobs_per_member=100)
        patch.setattr(scraping, "FRESH_S", 0.0)
        patch.setattr(scraping, "SCRAPE_PATIENCE_S", 0.2)
        patch.setattr(listening, "LAG_LOOK_S", 0.01)

    async def until(self, holds: Callable[[Scraped], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds(await scrape(self.bind)):  # noqa: ASYNC110  # asks from outside
                await asyncio.sleep(0.05)

    async def stopped(self) -> None:
        await self.scene.stop()

    async def stopping(self) -> None:
        self.scene.provider.hold()
        await self.scene.imagine()
        await self.scene.provider.wait_arrived(1)
        self.scene.ask_to_stop()
        await self.until(lambda seen: seen[sample("easel_ready", part="worker")] == 0)

    async def database_away(self) -> None:
        """Another program holds it, and does not let go."""
        holder = sqlite3.connect(self.scene.settings.data_dir / "easel.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        self.stack.callback(holder.close)

    async def database_slow(self) -> None:
        store = self.scene.app.base.store

        def rest(_conn: Connection) -> None:
            time.sleep(1.1)

        slow = asyncio.create_task(store.tx(rest), name="slow")
        await asyncio.gather(slow, *(self.scene.app.base.key_values.ping() for _ in range(40)))

    async def claims_fail(self) -> None:
        async def claim(*_: object, **__: object) -> None:
            raise RuntimeError("broken")

        self.patch.setattr(SqlJobStore, "claim", claim)
        await self.scene.accepted(await self.scene.imagine())
        await self.until(lambda seen: seen[sample("easel_jobs", state="queued")] == 1)

    async def waits_long(self) -> None:
        await self.claims_fail()
        await self.scene.pass_time(301)

    async def calls_end_in(self, fault: Fault, trouble: str | None = None) -> None:
        self.scene.provider.fail(fault, times=None)
        for user in (self.scene.ada, self.scene.ben):
            await self.scene.accepted(await self.scene.imagine(user=user))
        if trouble is not None:
            await self.until(lambda seen: seen[sample("easel_circuit_trouble", trouble=trouble)] == 1)

    async def provider_down(self) -> None:
        await self.calls_end_in(Fault.SERVER_ERROR, "faults")

    async def no_credit(self) -> None:
        await self.calls_end_in(Fault.OUT_OF_CREDIT, "no_credit")

    async def key_refused(self) -> None:
        await self.calls_end_in(Fault.BAD_KEY, "bad_key")

    async def jobs_fail(self) -> None:
        self.scene.provider.fail(Fault.BAD_REQUEST)
        await self.scene.done(await self.scene.imagine())

    async def discord_fails(self) -> None:
        self.scene.server.fail("PATCH", ORIGINAL, status=503, times=7)
        await self.scene.done(await self.scene.imagine())

    async def lease_stolen(self) -> None:
        self.scene.provider.hold()
        job = await self.scene.accepted(await self.scene.imagine())
        await self.scene.provider.wait_arrived(1)

        def steal(conn: Connection) -> None:
            conn.execute(text("UPDATE jobs SET attempt = attempt + 1, worker = 'another'"))

        await self.scene.app.base.store.tx(steal)
        await self.until(lambda seen: seen[sample("easel_leases_lost_total")] == 1)
        assert (await self.scene.job(job.id)).attempt == 2

    async def loop_blocked(self) -> None:
        for _ in range(3):
            time.sleep(0.25)  # noqa: ASYNC251  # that is what it is about
            await asyncio.sleep(0.02)

    async def disk_full(self) -> None:
        def usage(_folder: Path) -> SimpleNamespace:
            return SimpleNamespace(total=100, free=4)

        self.patch.setattr(scraping.shutil, "disk_usage", usage)


Break = Callable[[Broken], Awaitable[None]]
BREAKS: Final[dict[str, Break]] = {
    "EaselDown": Broken.stopped,
    "EaselNoGateway": Broken.stopped,
    "EaselNotReady": Broken.stopping,
    "EaselDatabaseAway": Broken.database_away,
    "EaselDatabaseSlow": Broken.database_slow,
    "EaselNothingClaimed": Broken.claims_fail,
    "EaselWaitsLong": Broken.waits_long,
    "EaselCircuitOpen": Broken.provider_down,
    "EaselNoCredit": Broken.no_credit,
    "EaselKeyRefused": Broken.key_refused,
    "EaselProviderErrors": Broken.provider_down,
    "EaselJobsFail": Broken.jobs_fail,
    "EaselDiscordErrors": Broken.discord_fails,
    "EaselLeasesLost": Broken.lease_stolen,
    "EaselLoopLags": Broken.loop_blocked,
    "EaselDiskFull": Broken.disk_full,
}


def test_every_alert_has_what_breaks_its_thing() -> None:
    assert BREAKS.keys() == {alert.name for alert in ALERTS}


@pytest.mark.parametrize("breaks", dict.fromkeys(BREAKS.values()), ids=lambda breaks: breaks.__name__)
async def test_an_alert_fires_when_its_thing_is_broken(
    breaks: Break,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    broken = Broken(scene, monkeypatch)
    await scene.start(heartbeat_s=0.05)
    await broken.until(lambda seen: all(seen[one] == 1 for one in seen if one[0] == "easel_ready"))

    well = await scrape(broken.bind)
    with broken.stack:
        await breaks(broken)
        after = await scrape(broken.bind)

    for alert in (each for each in ALERTS if BREAKS[each.name] is breaks):
        with subtests.test(alert.name):
            every_s = BLOCKED_EVERY_S if alert.name == "EaselLoopLags" else EVERY_S
            said = await promtool_says(
                ROOT / RULES, alert.name, alert.expr, well, after, every_s=every_s, folder=tmp_path
            )
            assert said == ""
