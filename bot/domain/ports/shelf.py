"""What people keep at hand: their reference tray, presets, defaults, and wishes that wait for a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.jobs import Wish
from bot.domain.presets import Preset
from bot.domain.references import Stored, folder_of_tray
from bot.domain.sizes import Aspect, Resolution, Size

MAX_TRAY: Final = 14  # as many as the model takes


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayPicture:
    """A picture on the tray: cleaned, and kept under `name` in its person's folder. `filename` is what it was
    called, for people to know it again."""

    name: str
    filename: str
    size: Size
    bytes: int
    added_at: datetime

    def stored(self, user_id: int) -> Stored:
        return Stored(folder=folder_of_tray(user_id), name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a person wants unless a command says otherwise; None is what Easel does by itself."""

    aspect: Aspect | None = None
    resolution: Resolution | None = None
    private: bool = False
    spoiler: bool = False


class Whose(StrEnum):
    """Presets belong to a person, or to a server."""

    MEMBER = "member"
    SERVER = "server"


class Saved(StrEnum):
    """What became of a preset that was to be saved."""

    NEW = "new"
    REPLACED = "replaced"
    FULL = "full"  # nothing was saved


class ShelfStore(Protocol):
    """Everything here is one person's, but for the presets of servers and whether they enhance by default."""

    async def tray(self, user_id: int) -> tuple[TrayPicture, ...]:
        """In their order: the first is “image 1”."""
        ...

    async def put_on_tray(self, user_id: int, picture: TrayPicture) -> bool:
        """At the end; False, and nothing changed, when there are `MAX_TRAY` already."""
        ...

    async def take_off_tray(self, user_id: int, names: tuple[str, ...], *, now: datetime) -> None:
        """The others close up. The bytes stay for jobs that wait, until `left_over` tells of them."""
        ...

    async def move_on_tray(self, user_id: int, name: str, *, to: int) -> None:
        """To a place from 1; the others make room. Nothing happens when it is not there."""
        ...

    async def left_over(self, *, before: datetime, limit: int) -> tuple[Stored, ...]:
        """What was taken off before then; the rows are gone, the bytes are the caller's to drop."""
        ...

    async def presets(self, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
        """One's own, then the server's, each by name."""
        ...

    async def preset(self, whose: Whose, owner_id: int, name: str) -> Preset | None: ...

    async def save_preset(self, whose: Whose, owner_id: int, preset: Preset, *, most: int) -> Saved:
        """Under its name, whatever was there before."""
        ...

    async def drop_preset(self, whose: Whose, owner_id: int, name: str) -> bool: ...

    async def defaults(self, user_id: int) -> Defaults: ...

    async def set_defaults(self, user_id: int, defaults: Defaults) -> None: ...

    async def server_enhances(self, guild_id: int) -> bool: ...

    async def set_server_enhances(self, guild_id: int, is_on: bool) -> None: ...

    async def put_draft(self, draft_id: str, user_id: int, wish: Wish, *, until: datetime) -> None:
        """`until` is at most an hour away. Those of anybody whose time was over long before go."""
        ...

    async def take_draft(self, draft_id: str, user_id: int, *, now: datetime) -> Wish | None:
        """Once: the second time, for somebody else, or too late there is none."""
        ...
