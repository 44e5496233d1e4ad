"""Small facts the bot keeps about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPulse:
    """A worker that said it lives. `slots` is its number of paid calls at once."""

    name: str
    seen_at: datetime
    slots: int
    running: int


class NoteStore(Protocol):
    """Key and value, and the pulses of the workers."""

    async def note(self, key: str) -> str | None: ...

    async def write_note(self, key: str, value: str) -> None: ...

    async def beat(self, pulse: WorkerPulse) -> None: ...

    async def leave(self, name: str) -> None: ...

    async def pulses(self, since: datetime) -> tuple[WorkerPulse, ...]: ...

    async def ping(self) -> None:
        """One trip to the database; raises when it does not answer."""
        ...
