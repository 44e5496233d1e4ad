"""What is kept about one person, and what is left of it once it was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.limits import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store has about a person. `unfinished` of the `jobs` are not over, or their end was not shown.

    `counted` are the images that still count against some window, oldest first. `decisions` are those moderators
    made about the person, and reports by them. `is_known` says that anything at all is kept, be it a preset, or a
    place in the fair order alone.
    """

    jobs: int
    unfinished: int
    counted: tuple[Entry, ...]
    decisions: int
    is_known: bool

    @property
    def images(self) -> int:
        return sum(entry.images for entry in self.counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something kept about a person beside their jobs, as plain JSON.

    `what` is a rule, block, grant, reset or report, what was refused or spent; or, of what they keep at hand, a
    preset, favourite or draft, their defaults, or a picture on their tray. `guild_id` of a preset is the server's
    they made it for.
    """

    what: str
    guild_id: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """`job_ids` are gone; `unfinished` jobs were not touched; `counted` images stay until their window ends.

    Gone is also all they kept at hand. The bytes of these jobs and of their tray are the caller's to drop.
    """

    job_ids: tuple[str, ...]
    unfinished: int
    counted: int
