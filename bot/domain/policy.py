"""The limits in force for one person in one place, and the reasons why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(hours=24)  # rolling, so that nobody waits for midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits for one submit. `images_per_day` None means no limit, 0 means none at all."""

    jobs_at_once: int
    images_per_day: int | None


@dataclass(frozen=True, slots=True)
class Spent:
    """Images reserved or delivered at one moment inside the window."""

    at: datetime
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a person has under way and has used; `spent` is oldest first."""

    open_jobs: int
    spent: Sequence[Spent]

    @property
    def images(self) -> int:
        return sum(entry.images for entry in self.spent)


class DeniedReason(StrEnum):
    """Which limit said no."""

    JOBS_AT_ONCE = "jobs_at_once"
    IMAGES_PER_DAY = "images_per_day"
    NO_IMAGES = "no_images"
    TOO_MANY_FOR_LIMIT = "too_many_for_limit"
    RETRIED_ALREADY = "retried_already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Not accepted; nothing was stored. `opens_at` is when the same wish fits, where time alone helps."""

    reason: DeniedReason
    limit: int = 0
    used: int = 0
    opens_at: datetime | None = None


def judge(policy: Policy, usage: Usage, *, images: int) -> Denied | None:
    """None when `images` more fit into `policy`; else the first limit that says no."""
    if usage.open_jobs >= policy.jobs_at_once:
        return Denied(reason=DeniedReason.JOBS_AT_ONCE, limit=policy.jobs_at_once, used=usage.open_jobs)
    limit = policy.images_per_day
    if limit is None or usage.images + images <= limit:
        return None
    if limit == 0:
        return Denied(reason=DeniedReason.NO_IMAGES)
    if images > limit:
        return Denied(reason=DeniedReason.TOO_MANY_FOR_LIMIT, limit=limit, used=usage.images)
    opens_at = _opens_at(usage, room_needed=usage.images + images - limit)
    return Denied(reason=DeniedReason.IMAGES_PER_DAY, limit=limit, used=usage.images, opens_at=opens_at)


def _opens_at(usage: Usage, *, room_needed: int) -> datetime | None:
    """When enough of the oldest entries have left the window."""
    freed = 0
    for entry in usage.spent:
        freed += entry.images
        if freed >= room_needed:
            return entry.at + WINDOW
    return None
