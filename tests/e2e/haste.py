"""An event loop and a clock that run ten times as fast: what waits ten seconds waits one.

A busy machine needs less haste: EASEL_HASTE is how many times as fast.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import time
from datetime import UTC, datetime, timedelta
from typing import Final

SPEED: Final = float(os.environ.get("EASEL_HASTE") or 10)


class HastyClock:
    """Aware UTC time since `began` (of `time.time()`), SPEED times as fast; the same in every process."""

    def __init__(self, began: float) -> None:
        self._began = began

    def now(self) -> datetime:
        passed_s = (time.time() - self._began) * SPEED
        return datetime.fromtimestamp(self._began, UTC) + timedelta(seconds=passed_s)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)  # of a loop in haste


class _HastySelector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / SPEED)


class HastyLoop(asyncio.SelectorEventLoop):
    """Every `sleep`, timeout and `call_later` on it takes a SPEED-th of its time; so do those of libraries."""

    def __init__(self) -> None:
        super().__init__(_HastySelector())

    def time(self) -> float:
        return super().time() * SPEED
