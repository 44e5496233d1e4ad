"""What the metrics hear and read: events as they happen, and figures of the whole database."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from bot.domain.circuit import Circuit
from bot.domain.jobs import Job
from bot.domain.ports.stores import SpendReport
from bot.domain.provider import ProviderError

T = TypeVar("T")


class CallKind(StrEnum):
    """What a paid call is for."""

    PICTURE = "picture"
    VIDEO = "video"  # the order; asking whether it is ready is free
    CHAT = "chat"


class Observer(Protocol):
    """Counts what happens in this process. No method raises or waits."""

    def claimed(self, job: Job, *, now: datetime) -> None:
        """Note a claim of this process's worker."""
        ...

    def ended(self, job: Job, *, is_shown: bool, now: datetime) -> None:
        """Note the end of a job, and whether somebody could be shown it."""
        ...

    def lost_lease(self) -> None:
        """Note that another worker has a job which this one still worked on, or that it was cancelled meanwhile."""
        ...

    def called(self, kind: CallKind, error: ProviderError | None, *, seconds: float) -> None:
        """Note a paid call that ended with `error`, None for an answer."""
        ...

    def asked_database(self, *, seconds: float, answered: bool) -> None:
        """Note a transaction, with its wait for a connection, and whether the database answered."""
        ...


class Unobserved:
    """An `Observer` that counts nothing, for processes that serve no metrics."""

    def claimed(self, job: Job, *, now: datetime) -> None: ...

    def ended(self, job: Job, *, is_shown: bool, now: datetime) -> None: ...

    def lost_lease(self) -> None: ...

    def called(self, kind: CallKind, error: ProviderError | None, *, seconds: float) -> None: ...

    def asked_database(self, *, seconds: float, answered: bool) -> None: ...


UNOBSERVED: Final = Unobserved()


async def observed(observer: Observer, kind: CallKind, call: Awaitable[T]) -> T:
    """Make a paid call, and report how it ended and how long it took. Raises what the call raises."""
    began_s = time.monotonic()
    try:
        answer = await call
    except ProviderError as error:
        observer.called(kind, error, seconds=time.monotonic() - began_s)
        raise
    observer.called(kind, None, seconds=time.monotonic() - began_s)
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of all processes together. `jobs` by state are those whose end is still to be shown.

    `waiting_pictures` are those of queued jobs, `oldest_waiting_s` the age of the oldest such job, 0 without one.
    """

    jobs: Mapping[str, int]
    waiting_pictures: int
    oldest_waiting_s: float
    circuit: Circuit
    spent: SpendReport


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheFigures:
    """The cached pictures, without their thumbnails."""

    pictures: int
    bytes: int


class FiguresStore(Protocol):
    """Reads figures for the metrics."""

    async def figures(self, *, now: datetime) -> Figures:
        """Read what changes by the second; the money is that of the last hour. Raises `StoreUnavailableError`."""
        ...

    async def cache_figures(self) -> CacheFigures:
        """Count all cached pictures: as much work as there are. Raises `StoreUnavailableError`."""
        ...
