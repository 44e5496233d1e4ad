"""What is kept of jobs after their delivery, so that their pictures are found again."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.domain.references import Stored


class OriginalStore(Protocol):
    """The register of kept pictures; their bytes lie in a `BlobStore` of their own, under the same key."""

    async def register(self, picture: Stored, *, bytes_: int, now: datetime) -> None:
        """The bytes are there. Registering twice changes nothing but the time."""
        ...

    async def surplus(self, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
        """Those older than `before`, and the oldest of those that are together more than `max_bytes`."""
        ...

    async def strike(self, pictures: tuple[Stored, ...]) -> None:
        """They are gone."""
        ...

    async def strike_folder(self, folder: str) -> None: ...
