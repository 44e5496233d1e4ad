"""What every process works out once, worked out before the server of the forks makes any: patterns and statements."""

from __future__ import annotations

import asyncio
import gc
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.client import COGS, persistent_items
from bot.domain.content.safety import danger
from bot.domain.policy.rules import Scope
from bot.domain.ports.stores import WorkerHeartbeat
from bot.services.worker import LEASE_S
from bot.storage.engine import SqliteStore
from bot.storage.stores import SqlJobStore, SqlKeyValueStore, SqlModerationStore
from tests.contract.store_material import FREELY, LATER, NOW, PRICE, painted, rendering
from tests.databases import empty_sqlite
from tests.extensions import load_cogs_once

SERVER = 8  # where `rendering` asks


async def _work(path: Path) -> None:
    """One job from its command to its end in the mod-log, which compiles what most jobs ask the database."""
    store = SqliteStore(path)
    jobs, moderation = SqlJobStore(store), SqlModerationStore(store)
    job, lease = await rendering(jobs)
    await jobs.keep([lease], now=NOW, lease_s=LEASE_S)
    await SqlKeyValueStore(store).record_heartbeat(
        WorkerHeartbeat(name="warm", seen_at=NOW, slots=1, running=1)
    )
    await jobs.set_size(lease, None, ())
    await painted(jobs, lease)
    await jobs.finish_rendering(lease, None, now=NOW)
    await jobs.deliver(lease, card_id=1, pinged=False, now=NOW)
    await jobs.get(job.id)
    await jobs.expire(now=NOW)
    await jobs.abandon_leases("warm", now=NOW)
    await jobs.open_calls(before=NOW)
    await moderation.settings(SERVER, now=NOW)
    await moderation.rule(SERVER, Scope.SERVER, None)
    await moderation.watch_budgets(FREELY, price_micro_usd=PRICE, now=NOW)
    await moderation.next_entry(now=NOW + LATER, lease_s=LEASE_S)
    await moderation.forget_old(now=NOW)
    await jobs.forget_counts(now=NOW)
    await store.close()


def _warm_up() -> None:
    for cog in COGS:
        import_module(cog)
    load_cogs_once(pytest.MonkeyPatch())  # for good: every process of this server is a child of a test
    persistent_items()
    danger("a red fox in snow", references=1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "easel.db"
        path.write_bytes(empty_sqlite())
        asyncio.run(_work(path))
    gc.collect()
    gc.freeze()  # a child that walks through all this copies its pages
    gc.set_threshold(20_000, 20, 20)


_warm_up()
