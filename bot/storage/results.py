"""`ResultStore` on a `Store`: each method is one operation in one transaction."""

from __future__ import annotations

from datetime import datetime

from bot.domain.jobs import Job
from bot.domain.ports import FavouritePage, Page, Past
from bot.storage.engine import Store
from bot.storage.ops.results import family, favourites, removing
from bot.storage.ops.results import past as pages


class SqlResultStore:
    """See `bot.domain.ports.ResultStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def by_card(self, message_id: int) -> Job | None:
        return await self._tx(pages.by_card, message_id)

    async def past(self, past: Past, *, offset: int, limit: int) -> Page:
        return await self._tx(pages.past, past, offset=offset, limit=limit)

    async def family(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        return await self._tx(family.family, job_id, limit=limit)

    async def children(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        return await self._tx(family.children, job_id, limit=limit)

    async def remove(self, job_id: str, *, by: int) -> Job | None:
        return await self._tx(removing.remove, job_id, by=by)

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        return await self._tx(removing.share, job_id, by=by, channel_id=channel_id, card_id=card_id)

    async def favour(self, user_id: int, job_id: str, index: int, *, is_on: bool, now: datetime) -> None:
        await self._tx(favourites.favour, user_id, job_id, index, is_on=is_on, now=now)

    async def is_favourite(self, user_id: int, job_id: str, index: int) -> bool:
        return await self._tx(favourites.is_favourite, user_id, job_id, index)

    async def favourites(self, user_id: int, *, offset: int, limit: int) -> FavouritePage:
        return await self._tx(favourites.page, user_id, offset=offset, limit=limit)
