"""What is kept of jobs after their delivery, so that their pictures are found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.references import Stored


class OriginalStore(Protocol):
    """The register of kept pictures; their bytes lie in a `BlobStore` of their own, under the same key."""

    async def register(self, picture: Stored, *, bytes_: int, now: datetime) -> None:
        """Before the bytes are put, so that none lie where nobody looks for them. Twice changes nothing but the
        time."""
        ...

    async def surplus(self, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
        """Those older than `before`, and the oldest of those that are together more than `max_bytes`; but none
        that a job which waits, or is being painted, may be made of."""
        ...

    async def copies(self, folders: Sequence[str]) -> tuple[Stored, ...]:
        """Where other jobs keep what they took of these jobs' results and references, to be made of it; and where
        others keep what they took of that."""
        ...

    async def needless(self, folders: Sequence[str]) -> frozenset[str]:
        """Of these folders those of jobs that are gone or were taken down, and of trays that have no pictures."""
        ...

    async def strike(self, pictures: tuple[Stored, ...]) -> None:
        """They are gone."""
        ...

    async def strike_folder(self, folder: str) -> None: ...
