"""Ports to the world outside the database: the clock, Discord messages and attachments, and wake-ups."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry
from bot.domain.references import Posted, Reference

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Tells the time as aware UTC, and sleeps."""

    def now(self) -> datetime: ...

    async def sleep(self, delay_s: float) -> None: ...


JUMP: Final = timedelta(seconds=2)  # a larger step of a clock is no adjustment of its speed


def steady_s() -> float:
    """Return the seconds since some moment, by a clock that nobody sets; where possible it counts while suspended."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)  # not on every system
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def wall_time() -> datetime:
    """Return the time that the machine shows, which may be set at any moment."""
    return datetime.now(UTC)


class SystemClock:
    """The `Clock` of the machine. When the machine's time jumps, it goes on steadily by itself, and says so once.

    What is stored was written by the time before the jump: followed, it would expire, or never come.
    """

    def __init__(
        self, wall: Callable[[], datetime] = wall_time, steady: Callable[[], float] = steady_s
    ) -> None:
        self._wall, self._steady = wall, steady
        self._shown, self._shown_at_s = wall(), steady()
        self._apart = timedelta()

    def now(self) -> datetime:
        steady_now_s, wall_now = self._steady(), self._wall()
        now = self._shown + timedelta(seconds=steady_now_s - self._shown_at_s)
        apart = wall_now - now
        if abs(apart) <= JUMP:
            now, apart = wall_now, timedelta()
        if abs(apart - self._apart) > JUMP:
            log.warning(
                "the machine's clock jumped: it is %+.0f s from Easel's, which goes on steadily until a restart",
                apart.total_seconds(),
            )
            self._apart = apart
        self._shown, self._shown_at_s = now, steady_now_s
        return now

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


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
