"""A scrape: figures of the database, few and not too often, then the text of all metrics."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from bot.domain.ports.observer import CacheFigures, Figures, FiguresStore
from bot.domain.ports.outside import Clock
from bot.errors import StoreUnavailableError
from bot.metrics import catalogue
from bot.metrics.meter import UNKNOWN, Meter

T = TypeVar("T")
_DATABASE: Final = "database"
FRESH_S: Final = 5.0  # figures are read at most this often, however many scrapes come
CACHE_FRESH_S: Final = 300.0  # cached pictures are counted at most this often
SCRAPE_PATIENCE_S: Final = 2.0  # with the database and the disk: Prometheus gives up after ten seconds


@dataclass(slots=True, kw_only=True)
class Scrape:
    """Answers scrapes of one process. `ready` checks its parts; the database is ready if its figures could be read."""

    meter: Meter
    store: FiguresStore
    clock: Clock
    data_dir: Path
    ready: Mapping[str, Callable[[], Awaitable[bool]]]
    steady: Callable[[], float] = time.monotonic
    _figures: Figures | None = None
    _cache: CacheFigures | None = None
    _read_at: float | None = None
    _counted_at: float | None = None
    _asking_disk: asyncio.Task[float] | None = None
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def text(self) -> bytes:
        """Return the metrics in Prometheus's text format, within some seconds even if database or disk hang."""
        async with self._one:
            await self._read()
        self.meter.show_figures(self._figures)
        self.meter.show_cache(self._cache)
        self.meter.show(catalogue.READY, self._figures is not None, _DATABASE)
        for part, check in self.ready.items():
            if part != _DATABASE:
                self.meter.show(catalogue.READY, await check(), part)
        return self.meter.text()

    async def _read(self) -> None:
        now = self.steady()
        if self._read_at is not None and now - self._read_at < FRESH_S:
            return
        self._read_at = now
        self._figures = await _patiently(self.store.figures(now=self.clock.now()))
        is_due = self._counted_at is None or now - self._counted_at >= CACHE_FRESH_S
        if self._figures is not None and is_due:
            self._cache = await _patiently(self.store.cache_figures())
            if self._cache is not None:
                self._counted_at = now
        self.meter.show(catalogue.DISK_FREE, await self._disk_free())

    async def _disk_free(self) -> float:
        """Ask the disk in a thread, which nothing can end where the disk hangs: then no second one is begun."""
        if self._asking_disk is None:
            self._asking_disk = asyncio.create_task(
                asyncio.to_thread(_free_share, self.data_dir), name="easel-disk-free"
            )
        done, _ = await asyncio.wait({self._asking_disk}, timeout=SCRAPE_PATIENCE_S)
        if not done:
            return UNKNOWN
        asked, self._asking_disk = self._asking_disk, None
        return asked.result()


async def _patiently(read: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(SCRAPE_PATIENCE_S):
            return await read
    except (StoreUnavailableError, TimeoutError):
        return None


def _free_share(folder: Path) -> float:
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return UNKNOWN
    return disk.free / disk.total
