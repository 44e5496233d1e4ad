"""Where paid bytes live until they are delivered, and in another place what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


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
