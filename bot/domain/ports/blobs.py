"""Stores of image bytes, and the register of cached images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.references import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobMeta:
    """The media type of a blob, and facts about the paid call that made it."""

    mime: str
    facts: dict[str, str | int | None] = field(default_factory=dict[str, str | int | None])


class BlobStore(Protocol):
    """Stores bytes by key, `folder/name`; the folder is a job's id, or a tray's.

    `put` returns once the bytes and their meta survive a power cut.
    """

    async def put(self, key: str, data: bytes, meta: BlobMeta) -> None: ...

    async def get(self, key: str) -> bytes:
        """Return the bytes. Raises `KeyError` when there is no such blob."""
        ...

    async def find(self, key: str) -> BlobMeta | None:
        """Return the meta of a blob that was put completely; None if there is none."""
        ...

    async def size(self, key: str) -> int:
        """Return the number of its bytes. Raises `KeyError`."""
        ...

    def file(self, key: str) -> Path | None:
        """Return where the bytes lie, or would lie, if this store keeps each blob in a file of its own."""
        ...

    async def take(self, key: str, source: BlobStore, source_key: str) -> None:
        """Put a copy of another store's blob; where both keep them alike, no byte is read or written.

        Raises `KeyError` when the other store has no such blob.
        """
        ...

    async def drop(self, key: str) -> None:
        """Delete one blob, if it exists."""
        ...

    async def drop_job(self, job_id: str) -> None:
        """Delete every blob in a job's or tray's folder, if there are any."""
        ...

    async def keys(self) -> frozenset[str]:
        """Return the keys of all blobs."""
        ...

    async def jobs(self) -> frozenset[str]:
        """Return the folders that have blobs, for cleaning up after a crash."""
        ...


class ImageCacheStore(Protocol):
    """The register of cached images; their bytes are in a `BlobStore` of their own, under the same key."""

    async def register(self, picture: Stored, *, bytes_: int, now: datetime) -> None:
        """Register an image before its bytes are put, so that no bytes are ever unregistered.

        Registering it again only renews its time."""
        ...

    async def surplus(self, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
        """Return images to delete, oldest first: older than `before`, or above `max_bytes` in total.

        Images that a queued or running job may need are left out."""
        ...

    async def copies(self, folders: Sequence[str]) -> tuple[Stored, ...]:
        """Return the copies that other jobs hold of these jobs' images, and copies of those copies."""
        ...

    async def unneeded(self, folders: Sequence[str]) -> frozenset[str]:
        """Return the folders that can be deleted: their job is gone or removed, or their tray is empty."""
        ...

    async def unregister(self, pictures: tuple[Stored, ...]) -> None:
        """Remove images from the register; their bytes are deleted."""
        ...

    async def unregister_folder(self, folder: str) -> None:
        """Remove every image of a folder from the register."""
        ...
