"""Wake-ups between gateway and workers. The stored job is the truth: a lost signal only costs time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Signal:
    """Something changed. `job_id` is set for a cancellation, None when there is work."""

    job_id: str | None = None


class Signals(Protocol):
    """Broadcast to every process on the same database."""

    async def send(self, signal: Signal) -> None: ...

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Signal]]:
        """Signals sent from here on. Bursts may be merged; none is promised to arrive."""
        ...
