"""`ShelfStore` on a `Store`: each method is one operation in one transaction."""

from __future__ import annotations

from datetime import datetime

from bot.domain.jobs import Wish
from bot.domain.ports import Defaults, Saved, TrayPicture, Whose
from bot.domain.presets import Preset
from bot.domain.references import Stored
from bot.storage.engine import Store
from bot.storage.ops.shelf import defaults as standing
from bot.storage.ops.shelf import drafts, presets, tray


class SqlShelfStore:
    """See `bot.domain.ports.ShelfStore`."""

    def __init__(self, store: Store) -> None:
        self._tx = store.tx

    async def tray(self, user_id: int) -> tuple[TrayPicture, ...]:
        return await self._tx(tray.pictures, user_id)

    async def announce_on_tray(self, user_id: int, picture: TrayPicture) -> None:
        await self._tx(tray.announce, user_id, picture)

    async def put_on_tray(self, user_id: int, picture: TrayPicture) -> bool:
        return await self._tx(tray.put, user_id, picture)

    async def take_off_tray(self, user_id: int, names: tuple[str, ...], *, now: datetime) -> None:
        await self._tx(tray.take_off, user_id, names, now=now)

    async def move_on_tray(self, user_id: int, name: str, *, to: int) -> None:
        await self._tx(tray.move, user_id, name, to=to)

    async def left_over(
        self, *, before: datetime, limit: int, user_id: int | None = None
    ) -> tuple[Stored, ...]:
        return await self._tx(tray.left_over, before=before, limit=limit, user_id=user_id)

    async def strike_left_over(self, pictures: tuple[Stored, ...]) -> None:
        await self._tx(tray.strike_left_over, pictures)

    async def presets(self, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
        return await self._tx(presets.all_for, user_id, guild_id)

    async def preset(self, whose: Whose, owner_id: int, name: str) -> Preset | None:
        return await self._tx(presets.one, whose, owner_id, name)

    async def save_preset(self, whose: Whose, owner_id: int, preset: Preset, *, most: int) -> Saved:
        return await self._tx(presets.save, whose, owner_id, preset, most=most)

    async def drop_preset(self, whose: Whose, owner_id: int, name: str) -> bool:
        return await self._tx(presets.drop, whose, owner_id, name)

    async def defaults(self, user_id: int) -> Defaults:
        return await self._tx(standing.of_person, user_id)

    async def defaults_in(self, user_id: int, guild_id: int | None) -> tuple[Defaults, bool]:
        return await self._tx(standing.in_server, user_id, guild_id)

    async def set_defaults(self, user_id: int, defaults: Defaults) -> None:
        await self._tx(standing.set_for_person, user_id, defaults)

    async def server_enhances(self, guild_id: int) -> bool:
        return await self._tx(standing.server_enhances, guild_id)

    async def set_server_enhances(self, guild_id: int, is_on: bool) -> None:
        await self._tx(standing.set_server_enhances, guild_id, is_on)

    async def put_draft(self, draft_id: str, user_id: int, wish: Wish, *, until: datetime) -> None:
        await self._tx(drafts.put, draft_id, user_id, wish, until=until)

    async def take_draft(self, draft_id: str, user_id: int, *, now: datetime) -> Wish | None:
        return await self._tx(drafts.take, draft_id, user_id, now=now)
