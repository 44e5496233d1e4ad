"""What is kept of jobs after their delivery, so that their pictures are found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.references import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobMeta:
    """What must survive beside the bytes: the result of the call that brought them."""

    mime: str
    facts: dict[str, str | int | None] = field(default_factory=dict[str, str | int | None])


class BlobStore(Protocol):
    """Keys are `folder/name`; the folder is a job's id, or a tray's.

    `put` returns once the bytes and their meta survive a power cut.
    """

    async def put(self, key: str, data: bytes, meta: BlobMeta) -> None: ...

    async def get(self, key: str) -> bytes:
        """Raises KeyError when there is no such blob."""
        ...

    async def find(self, key: str) -> BlobMeta | None:
        """The meta of a blob that was completely put, else None."""
        ...

    async def drop(self, key: str) -> None:
        """Forget one blob; nothing happens when there is none."""
        ...

    async def drop_job(self, job_id: str) -> None:
        """Forget every blob of a job; nothing happens when there is none."""
        ...

    async def jobs(self) -> frozenset[str]:
        """The jobs that have blobs, for sweeping up after a crash."""
        ...


class ImageCacheStore(Protocol):
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
