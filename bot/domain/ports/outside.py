"""Ports to the world outside the database: the clock, Discord messages and attachments, and wake-ups."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry
from bot.domain.references import Posted, Reference


class Clock(Protocol):
    """Tells the time as aware UTC, and sleeps."""

    def now(self) -> datetime: ...

    async def sleep(self, delay_s: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPicture:
    """A file to upload. `index` is that of its render, from 0."""

    index: int
    filename: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """The result of showing a card: its message id, None if it has none to edit later.

    `called` is True if showing the card already notified the requester.
    """

    card_id: int | None
    called: bool


class CardPresenter(Protocol):
    """Shows cards. Each call is idempotent: showing the same job twice changes nothing."""

    async def show(self, job: Job, pictures: tuple[CardPicture, ...], *, waited_s: float = 0.0) -> ShownCard:
        """Create or update the job's card, by the first way that still works.

        `waited_s` is the time since the first call that raised `ShowLaterError`: a way that keeps failing is passed
        over in the end.
        With fewer pictures than the job has, the card says where the others are.

        Raises `UnreachableError` if no way works, `ShowLaterError` if Discord is unavailable for now, and
        `TooLargeError` if only the size of the files prevents it.
        """
        ...

    async def show_apart(self, job: Job, picture: CardPicture) -> None:
        """Post one picture in a message of its own, as its card takes no more bytes. A failure is only logged."""
        ...

    async def call(self, job: Job) -> None:
        """Send a short message that notifies the requester, because an edit does not. At most one arrives.

        This is best effort: the only error raised is `ShowLaterError`.
        """
        ...


class ReferenceFetcher(Protocol):
    """Downloads attachments, only from Discord."""

    async def fetch(self, reference: Reference) -> bytes:
        """Return the attachment's bytes.

        Raises `PictureError`: GONE if it was deleted, UNREACHABLE if it cannot be fetched for now, and
        TOO_MANY_BYTES if it exceeds the cap.
        """
        ...


class ModLogPublisher(Protocol):
    """Posts entries of the mod-log. An entry that is sent again within a few minutes is posted once."""

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        """Post the entry and return the id of its message; None if there is nothing to post any more.

        `job` is the entry's job; None if it has none or the requester deleted it. Raises `ShowLaterError` if
        Discord is unavailable for now, `UnreachableError` if the channel is deleted or closed to the bot.
        """
        ...


class PostedPictures(Protocol):
    """Looks up posted pictures. Discord signs a new address each time it returns a message."""

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        """Return a new address; None if the message or picture was deleted or the bot may not see it.

        Raises `PictureError`: UNREACHABLE if Discord is unavailable for now.
        """
        ...


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A hint to workers. `job_id` names a cancelled job; None means that there may be new work."""

    job_id: str | None = None


class WakeUps(Protocol):
    """Broadcasts wake-ups to every process on the same database."""

    async def send(self, wake_up: WakeUp) -> None:
        """Wake every listener. Raises `StoreUnavailableError`; the change that is announced stays stored."""
        ...

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[WakeUp]]:
        """Iterate over the wake-ups sent from now on. Bursts may be merged, and delivery is not guaranteed."""
        ...
