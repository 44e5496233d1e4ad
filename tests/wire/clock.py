"""Time, ids and waiting, as the stand-in keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import pytest

PATIENCE_S = 40.0  # only what is broken takes so long, even on a busy machine
LOOK_AGAIN_S = 0.05
DISCORD_EPOCH_MS = 1_420_070_400_000  # the first second of 2015; docs: reference#snowflakes

T = TypeVar("T")


class Clock(Protocol):
    """Anything that tells an aware time."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ServerClock:
    """`base`'s time, moved on by what `advance` was given."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._base.now() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Snowflakes:
    """Discord's ids: unique, growing, and telling when they were made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        made_ms = int(self._clock.now().timestamp() * 1000) - DISCORD_EPOCH_MS
        self._last = max(self._last + 1, made_ms << 22)
        return self._last


class Changes:
    """Wakes those who wait for a state. `notify` is synchronous, so any handler may call it."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def until(self, predicate: Callable[[], T], *, timeout_s: float) -> T:
        """The first true value of `predicate`, asked again after each change, and now and then for what is none.

        Raises `TimeoutError`.
        """
        async with asyncio.timeout(timeout_s):
            while not (value := predicate()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiting.add(waiter)
                try:
                    await asyncio.wait({waiter}, timeout=LOOK_AGAIN_S)
                finally:
                    self._waiting.discard(waiter)
        return value


class Watch:
    """Lets those who wait for what is kept look again whenever it may have changed, and only then."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._changed = 0  # times
        self._lookers: set[asyncio.Task[Any] | None] = set()

    def over(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        """Take the end of every call of this method for a change, but for the calls of a look."""
        original = getattr(owner, name)

        async def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                return await original(*args, **kwargs)
            finally:
                if asyncio.current_task() not in self._lookers:
                    self._changed += 1
                    self._changes.notify()

        monkeypatch.setattr(owner, name, watched)

    async def until(self, look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
        """What one look shows, as soon as `holds` is true of it. Raises `TimeoutError`."""
        me = asyncio.current_task()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                before = self._changed
                self._lookers.add(me)
                try:
                    seen = await look()
                finally:
                    self._lookers.discard(me)
                if holds(seen):
                    return seen
                await self._changes.until(lambda before=before: self._changed > before, timeout_s=PATIENCE_S)
