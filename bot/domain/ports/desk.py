"""The front desk: where a job is shown to its requester. `bot/ui` implements it with Discord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain.fairness import Standing
from bot.domain.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One file to upload. `index` is the render's, from 0."""

    index: int
    filename: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where the card ended up. `called` says that showing it notified the requester by itself."""

    card_id: int | None
    called: bool


class Desk(Protocol):
    """Shows cards. Each call is idempotent: showing the same job twice changes nothing."""

    async def show(
        self, job: Job, pictures: tuple[Picture, ...], *, standing: Standing | None = None
    ) -> Shown:
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
