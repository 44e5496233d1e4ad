"""`OriginalStore` on a `Store`: each method is one operation in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.references import Stored
from bot.storage.engine import Store
from bot.storage.ops import copies, originals


class SqlOriginalStore:
    """See `bot.domain.ports.OriginalStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def register(self, picture: Stored, *, bytes_: int, now: datetime) -> None:
        await self._tx(originals.register, picture, bytes_=bytes_, now=now)

    async def surplus(self, *, before: datetime, max_bytes: int, limit: int) -> tuple[Stored, ...]:
        return await self._tx(originals.surplus, before=before, max_bytes=max_bytes, limit=limit)

    async def copies(self, folders: Sequence[str]) -> tuple[Stored, ...]:
        return await self._tx(copies.copies, folders)

    async def needless(self, folders: Sequence[str]) -> frozenset[str]:
        return await self._tx(copies.needless, folders)

    async def strike(self, pictures: tuple[Stored, ...]) -> None:
        await self._tx(originals.strike, pictures)

    async def strike_folder(self, folder: str) -> None:
        await self._tx(originals.strike_folders, folder)
