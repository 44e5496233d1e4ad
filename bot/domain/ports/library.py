"""What people keep at hand: their reference tray, presets, defaults, and wishes that wait for a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.jobs import ImageRequest, Job
from bot.domain.presets import Preset
from bot.domain.references import Stored, folder_of_tray
from bot.domain.sizes import Aspect, Resolution, Size


class ResultKind(StrEnum):
    """What history can be narrowed down to."""

    IMAGINE = "imagine"
    EDIT = "edit"
    SERIES = "series"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Whose results, seen by whom. Somebody else's are those shown to everybody in `channel_id`.

    Without pictures, or taken down, a job is not part of it. `search` is matched anywhere in the prompts, without
    regard to case.
    """

    user_id: int
    viewer_id: int
    channel_id: int
    search: str = ""
    sort: ResultKind | None = None

    @property
    def is_own(self) -> bool:
        return self.user_id == self.viewer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """Some results, newest first, of `total`."""

    jobs: tuple[Job, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """One picture of a job; `index` from 0."""

    job: Job
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FavouritePage:
    """The newest first, of `total`."""

    favourites: tuple[Favourite, ...]
    total: int


class HistoryStore(Protocol):
    """Reads of the gateway, and what a requester may change about a result."""

    async def by_card(self, message_id: int) -> Job | None:
        """Return the job shown in this message; None if it is not a card."""
        ...

    async def past(self, wanted: HistoryQuery, *, offset: int, limit: int) -> ResultPage: ...

    async def family(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        """The job, its ancestors as far as they are on record, and all their descendants, oldest first: at most
        `limit`, the nearest to the job first where there are more. Empty when the job is not on record."""
        ...

    async def children(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        """Made directly of this job, oldest first."""
        ...

    async def remove(self, job_id: str, *, by: int) -> Job | None:
        """The requester takes their result down; the job as it is then. None unless it is theirs and over."""
        ...

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        """A private result was shown to everybody in this message: from now on that is its card. False, and
        nothing changed, unless it is theirs, private, not removed, and its end was shown to them."""
        ...

    async def favour(self, user_id: int, job_id: str, index: int, *, is_on: bool, now: datetime) -> None:
        """Twice changes nothing."""
        ...

    async def is_favourite(self, user_id: int, job_id: str, index: int) -> bool: ...

    async def favourites(self, user_id: int, *, offset: int, limit: int) -> FavouritePage:
        """Those whose job is on record and not taken down, and is theirs or shown to everybody."""
        ...


MAX_TRAY: Final = 14  # as many as the model takes
MAX_OFF: Final = 3 * MAX_TRAY  # taken off and not gone yet: who fills and empties a tray fills no disk


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


class PresetOwner(StrEnum):
    """Presets belong to a person, or to a server."""

    MEMBER = "member"
    SERVER = "server"


class PresetSaved(StrEnum):
    """What became of a preset that was to be saved."""

    NEW = "new"
    REPLACED = "replaced"
    FULL = "full"  # nothing was saved


class LibraryStore(Protocol):
    """Everything here is one person's, but for the presets of servers and whether they enhance by default."""

    async def tray(self, user_id: int) -> tuple[TrayPicture, ...]:
        """Return the tray in its order: the first is “image 1”."""
        ...

    async def announce_on_tray(self, user_id: int, picture: TrayPicture) -> None:
        """Register an image before its bytes are put; if it is never put on the tray, `left_over` returns it."""
        ...

    async def put_on_tray(self, user_id: int, picture: TrayPicture) -> bool:
        """Append an image; return False and change nothing if `MAX_TRAY` are there already."""
        ...

    async def take_off_tray(self, user_id: int, names: tuple[str, ...], *, now: datetime) -> None:
        """Take images off. Their bytes stay for queued jobs until `left_over` returns them."""
        ...

    async def move_on_tray(self, user_id: int, name: str, *, to: int) -> None:
        """Move an image to a place, from 1; do nothing if it is not on the tray."""
        ...

    async def left_over(
        self, *, before: datetime, limit: int, user_id: int | None = None
    ) -> tuple[Stored, ...]:
        """What was taken off before then, and of what a person took off since all but the latest `MAX_OFF`; but
        nothing that a job which waits may be made of. Of one person, or of everybody."""
        ...

    async def forget_left_over(self, pictures: tuple[Stored, ...]) -> None:
        """Forget these images; their bytes are deleted."""
        ...

    async def presets(self, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
        """Return the person's own presets, then the server's, each by name."""
        ...

    async def preset(self, whose: PresetOwner, owner_id: int, name: str) -> Preset | None: ...

    async def save_preset(
        self, whose: PresetOwner, owner_id: int, preset: Preset, *, most: int
    ) -> PresetSaved:
        """Save a preset under its name, replacing an earlier one; at most `most` per owner."""
        ...

    async def drop_preset(self, whose: PresetOwner, owner_id: int, name: str) -> bool: ...

    async def defaults(self, user_id: int) -> Defaults: ...

    async def defaults_in(self, user_id: int, guild_id: int | None) -> tuple[Defaults, bool]:
        """A person's, and whether the server enhances: read at once, as every command waits for it."""
        ...

    async def set_defaults(self, user_id: int, wanted: Defaults) -> None: ...

    async def server_enhances(self, guild_id: int) -> bool: ...

    async def set_server_enhances(self, guild_id: int, is_on: bool) -> None: ...

    async def put_draft(self, draft_id: str, user_id: int, request: ImageRequest, *, until: datetime) -> None:
        """`until` is at most an hour away. Those of anybody whose time was over long before go."""
        ...

    async def take_draft(self, draft_id: str, user_id: int, *, now: datetime) -> ImageRequest | None:
        """Take out a draft; None if it was taken, expired, or belongs to somebody else."""
        ...
