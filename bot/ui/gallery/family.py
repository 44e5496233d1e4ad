"""What a result was made of and what was made of it, as far as somebody may see that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import Job
from bot.domain.lineage import Origin
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.seeing import may_see

MAX_CHILDREN: Final = 25  # Discord: options of a select
# How a result came to be: a word or two, for a line of facts and under a picture.
ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.AGAIN: _("again"),
    Origin.VARY: _("varied"),
    Origin.EDIT: _("edited"),
    Origin.ENLARGE: _("in 4K"),
    Origin.REVISED: _("model's words"),
    Origin.SCENE: _("one scene"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """The nearest relatives, as far as this person may see them."""

    parent: Job | None
    children: tuple[Job, ...]

    @property
    def is_any(self) -> bool:
        return self.parent is not None or bool(self.children)


async def kin_of(interaction: Interaction, job: Job) -> Kin:
    return Kin(parent=await parent_of(interaction, job), children=await children_of(interaction, job))


async def parent_of(interaction: Interaction, job: Job) -> Job | None:
    """The result it was made of; None where there is none, or none for this person's eyes."""
    if job.parent is None:
        return None
    parent = await gateway_of(interaction).gallery.job(job.parent.job_id)
    return next(iter(shown(interaction, [parent] if parent is not None else [])), None)


async def children_of(interaction: Interaction, job: Job) -> tuple[Job, ...]:
    """What was made directly of it, oldest first."""
    children = await gateway_of(interaction).gallery.children(job.id, limit=MAX_CHILDREN)
    return shown(interaction, children)


def shown(interaction: Interaction, jobs: Iterable[Job]) -> tuple[Job, ...]:
    """Of `jobs`, the results this person may see."""
    return tuple(job for job in jobs if job.pictures and job.removed_by is None and may_see(interaction, job))
