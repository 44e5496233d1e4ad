"""What is kept about one person, and what is left of it once it was deleted."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.policy import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store has about a person. `unfinished` of the `jobs` are not over, or their end was not shown.

    `is_known` says that anything at all is kept, be it a place in the fair order alone.
    """

    jobs: int
    unfinished: int
    usage: Usage
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """`job_ids` are gone; `unfinished` jobs were not touched; `counted` images stay until their window ends."""

    job_ids: tuple[str, ...]
    unfinished: int
    counted: int
