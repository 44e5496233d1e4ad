"""The results that a result was made of, or that were made of it, as far as a person may see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import Job
from bot.ui.base.access import may_see
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTIONS

MAX_CHILDREN: Final = MAX_OPTIONS  # one of them is chosen in a select


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """The nearest relatives of a result, as far as a person may see them."""

    parent: Job | None
    children: tuple[Job, ...]

    @property
    def is_any(self) -> bool:
        return self.parent is not None or bool(self.children)


async def kin_of(interaction: Interaction, job: Job) -> Kin:
    """Return the result's parent, and at most MAX_CHILDREN results made directly of it, oldest first."""
    children = await services_of(interaction).history.children(job.id, limit=MAX_CHILDREN)
    return Kin(parent=await parent_of(interaction, job), children=shown_entries(interaction, children))


async def parent_of(interaction: Interaction, job: Job) -> Job | None:
    """Return the result it was made of; None where there is none, or none that this person may see."""
    if job.parent is None:
        return None
    parent = await services_of(interaction).history.job(job.parent.job_id)
    return next(iter(shown_entries(interaction, [parent] if parent is not None else [])), None)


def shown_entries(interaction: Interaction, jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Return those of `jobs` that are results this person may see."""
    return tuple(job for job in jobs if job.pictures and job.removed_by is None and may_see(interaction, job))
