"""A thread pool with a memory budget for image work; excess work waits in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class ClosedError(RuntimeError):
    """Work was given to a closed pool: a bug in the shutdown order, never shown to a person."""


class Gate:
    """Admits work while there is a free slot and enough memory left; first come, first served.

    Work that costs more than the whole budget reserves all of it and runs alone, so nothing waits for ever.
    Not thread-safe: all calls come from one event loop.
    """

    def __init__(self, *, slots: int, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.reserved_bytes = 0
        self.running = 0
        self._slots = slots
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, cost_bytes: int) -> int:
        """Wait for a slot and memory, and return the bytes reserved, to be passed to `leave`."""
        cost = min(cost_bytes, self.budget_bytes)
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((cost, turn))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._admit()  # the one behind may fit where this one did not
            else:
                self.leave(cost)  # admitted and cancelled in the same moment
            raise
        return cost

    def leave(self, reserved_bytes: int) -> None:
        self.running -= 1
        self.reserved_bytes -= reserved_bytes
        self._admit()

    @property
    def is_idle(self) -> bool:
        return not self.running and not self._waiting

    def _admit(self) -> None:
        while self._waiting:
            cost, turn = self._waiting[0]
            if not turn.cancelled():
                if self.running >= self._slots or self.reserved_bytes + cost > self.budget_bytes:
                    return
                self.running += 1
                self.reserved_bytes += cost
                turn.set_result(None)
            self._waiting.popleft()


class Pool:
    """Runs functions in `workers` named threads behind a `Gate`."""

    def __init__(self, *, workers: int, budget_bytes: int) -> None:
        self._gate = Gate(slots=workers, budget_bytes=budget_bytes)
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="imaging")
        self._is_closed = False
        self._idle = asyncio.Event()

    async def run(self, work: Callable[[], T], *, cost_bytes: int) -> T:
        """Run `work` in a thread and return its result. Raises the error of `work`, and `ClosedError` after `close`.

        A cancelled caller returns at once; its memory stays reserved until the thread is done.
        """
        if self._is_closed:
            raise ClosedError("the imaging pool is closed")
        try:
            reserved = await self._gate.enter(cost_bytes)
        finally:
            self._note_idle()
        result = asyncio.get_running_loop().run_in_executor(self._threads, work)
        result.add_done_callback(lambda _: self._leave(reserved))
        return await asyncio.shield(result)

    async def close(self) -> None:
        """Refuse new work, wait for the accepted work, and end the threads. May be called twice."""
        self._is_closed = True
        self._note_idle()
        await self._idle.wait()
        self._threads.shutdown(wait=True)  # idle by now: returns at once

    def _leave(self, reserved_bytes: int) -> None:
        self._gate.leave(reserved_bytes)
        self._note_idle()

    def _note_idle(self) -> None:
        if self._is_closed and self._gate.is_idle:
            self._idle.set()
