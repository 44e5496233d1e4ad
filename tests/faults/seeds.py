"""Every seed that ever failed, and what it found. The slice in the default suite runs them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.faults.kinds import Database, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A storm to repeat. `kinds` None is the seed's own choice; `found` says what broke."""

    number: int
    database: Database
    found: str
    kinds: frozenset[Kind] | None = None


FAILED_ONCE: Final[tuple[Seed, ...]] = ()
