"""The front desk: where a job is shown to its requester. `bot/ui` implements it with Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bot.domain.fairness import QueuePosition
from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry
from bot.domain.references import Posted, Reference


class Clock(Protocol):
    """Aware UTC time, and waiting in it."""

    def now(self) -> datetime: ...

    async def sleep(self, delay_s: float) -> None: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPicture:
    """One file to upload. `index` is the render's, from 0."""

    index: int
    filename: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """Where the card ended up. `called` says that showing it notified the requester by itself."""

    card_id: int | None
    called: bool


class CardPresenter(Protocol):
    """Shows cards. Each call is idempotent: showing the same job twice changes nothing."""

    async def show(
        self, job: Job, pictures: tuple[CardPicture, ...], *, standing: QueuePosition | None = None
    ) -> ShownCard:
        """Bring the card up to date, by the best way left.

        Raises `UnreachableError` when no way is left, `ShowLaterError` when Discord cannot just now,
        `TooLargeError` when smaller files would have found a way.
        """
        ...

    async def call(self, job: Job) -> None:
        """A short message that notifies the requester, as an edit does not. At most one arrives.

        Best effort: raises nothing but `ShowLaterError`.
        """
        ...


class ReferenceFetcher(Protocol):
    """Downloads what a person attached, from Discord and from nowhere else."""

    async def fetch(self, reference: Reference) -> bytes:
        """Raises `PictureError`: GONE when it is not there any more, UNREACHABLE when it could not be fetched
        just now, TOO_MANY_BYTES over the cap."""
        ...


class ModLogPublisher(Protocol):
    """Writes entries of the mod-log. Telling the same entry again within a few minutes writes it once."""

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        """The id of the message it became, None where nothing is left to tell.

        `job` is the entry's; None where it has none, or its requester deleted it. Raises `ShowLaterError` when
        Discord cannot just now, `UnreachableError` when it never will: the channel is gone, or closed to us.
        """
        ...


class PostedPictures(Protocol):
    """Asks Discord for a message again: it signs a fresh address with each answer."""

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        """A fresh address; None when the message or the picture is gone, or may not be seen.

        Raises `PictureError`: UNREACHABLE when Discord could not answer just now.
        """
        ...


@dataclass(frozen=True, slots=True)
class WakeUp:
    """Something changed. `job_id` is set for a cancellation, None when there is work."""

    job_id: str | None = None


class WakeUps(Protocol):
    """Broadcast to every process on the same database."""

    async def send(self, signal: WakeUp) -> None:
        """Wake every listener. Raises `StoreUnavailableError`; what it tells of is stored all the same."""
        ...

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[WakeUp]]:
        """Signals sent from here on. Bursts may be merged; none is promised to arrive."""
        ...
