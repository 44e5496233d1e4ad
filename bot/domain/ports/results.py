"""Results as people look for them: by their card, in the past, in their family."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.jobs import Job


class Sort(StrEnum):
    """What history can be narrowed down to."""

    IMAGINE = "imagine"
    EDIT = "edit"
    SERIES = "series"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Whose results, seen by whom. Somebody else's are those shown to everybody in `channel_id`.

    Without pictures, or taken down, a job is not part of it. `search` is matched anywhere in the prompts, without
    regard to case.
    """

    user_id: int
    viewer_id: int
    channel_id: int
    search: str = ""
    sort: Sort | None = None

    @property
    def is_own(self) -> bool:
        return self.user_id == self.viewer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
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


class ResultStore(Protocol):
    """Reads of the gateway, and what a requester may change about a result."""

    async def by_card(self, message_id: int) -> Job | None:
        """The job that is shown in this message."""
        ...

    async def past(self, past: Past, *, offset: int, limit: int) -> Page: ...

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
