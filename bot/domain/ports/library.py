"""Stores of past results, and of people's trays, presets, defaults and drafts."""

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
    """A kind of result that a history can be filtered by."""

    IMAGINE = "imagine"
    EDIT = "edit"
    SERIES = "series"
    ANIMATE = "animate"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """A search for the results of `user_id` by `viewer_id`, who sees another user's public results in `channel_id`.

    Jobs without pictures and removed results are left out. `search` matches anywhere in the prompts, in any case.
    """

    user_id: int
    viewer_id: int
    channel_id: int
    search: str = ""
    kind: ResultKind | None = None

    @property
    def is_own(self) -> bool:
        return self.user_id == self.viewer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """One page of results, newest first, of `total`."""

    jobs: tuple[Job, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """A favourite picture of a job; `index` from 0."""

    job: Job
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FavouritePage:
    """One page of favourites, newest first, of `total`."""

    favourites: tuple[Favourite, ...]
    total: int


class HistoryStore(Protocol):
    """Reads past results, and changes them for their requesters."""

    async def by_card(self, message_id: int) -> Job | None:
        """Return the job shown in this message; None if it is not a card."""
        ...

    async def past(self, wanted: HistoryQuery, *, offset: int, limit: int) -> ResultPage: ...

    async def family(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        """Return the job, its stored ancestors and all descendants, oldest first; at most the nearest `limit`.

        Empty if the job is not stored.
        """
        ...

    async def children(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        """Return the jobs made directly from this one, oldest first."""
        ...

    async def remove(self, job_id: str, *, by: int) -> Job | None:
        """Remove the result for its requester; return the job, or None if it is not theirs or not over."""
        ...

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        """Record that a private result was posted publicly in a message, which is its card from now on.

        Return False and change nothing unless it is the user's, private, shown to them and not removed.
        """
        ...

    async def favour(self, user_id: int, job_id: str, index: int, *, is_on: bool, now: datetime) -> None:
        """Add or remove a favourite; repeating it changes nothing."""
        ...

    async def is_favourite(self, user_id: int, job_id: str, index: int) -> bool: ...

    async def favourites(self, user_id: int, *, offset: int, limit: int) -> FavouritePage:
        """Return favourites whose result is stored, not removed, and the user's own or public."""
        ...


MAX_TRAY: Final = 14  # as many as the model takes
# Removed but not deleted yet: filling and emptying a tray must not fill the disk.
MAX_OFF: Final = 3 * MAX_TRAY


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayPicture:
    """A picture on a tray, stored cleaned as `name` in its person's folder; `filename` is its original name.

    `is_spoiler` says that it was behind a spoiler.
    """

    name: str
    filename: str
    size: Size
    bytes: int
    added_at: datetime
    is_spoiler: bool = False

    def stored(self, user_id: int) -> Stored:
        return Stored(folder=folder_of_tray(user_id), name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """A person's defaults for omitted options; None leaves the choice to Easel."""

    aspect: Aspect | None = None
    resolution: Resolution | None = None
    private: bool = False
    spoiler: bool = False


class PresetOwner(StrEnum):
    """The kind of owner of a preset."""

    MEMBER = "member"
    SERVER = "server"


class PresetSaved(StrEnum):
    """The outcome of saving a preset."""

    NEW = "new"
    REPLACED = "replaced"
    FULL = "full"  # nothing was saved


class LibraryStore(Protocol):
    """Stores people's trays, presets, defaults and drafts, and servers' presets and their default for rewriting."""

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
        """Return pictures removed before `before`, and each person's later removed ones but the latest `MAX_OFF`.

        Pictures that a queued job may need are left out. Without `user_id`, everybody's are returned.
        """
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
        """Return a person's defaults, and whether the server rewrites prompts by default, in one transaction."""
        ...

    async def set_defaults(self, user_id: int, wanted: Defaults) -> None: ...

    async def server_enhances(self, guild_id: int) -> bool: ...

    async def set_server_enhances(self, guild_id: int, is_on: bool) -> None: ...

    async def put_draft(self, draft_id: str, user_id: int, request: ImageRequest, *, until: datetime) -> None:
        """Store a draft until `until`, at most an hour away; long expired drafts of everybody are deleted."""
        ...

    async def find_draft(self, draft_id: str, user_id: int, *, now: datetime) -> ImageRequest | None:
        """Return a draft and leave it stored; None if it was taken, expired, or belongs to somebody else."""
        ...

    async def take_draft(self, draft_id: str, user_id: int, *, now: datetime) -> ImageRequest | None:
        """Take out a draft; None if it was taken, expired, or belongs to somebody else."""
        ...
