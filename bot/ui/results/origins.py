"""Where a result comes from, in a few words."""

from __future__ import annotations

from typing import Final

from bot.domain.jobs import Job
from bot.domain.lineage import Origin, Parent
from bot.ui.i18n import _

_WHOLE: Final = {
    Origin.AGAIN: _("once more after {job}"),
    Origin.VARY: _("varied from {job}"),
    Origin.EDIT: _("edit of {job}"),
    Origin.ENLARGE: _("4K of {job}"),
    Origin.REVISED: _("with the model's words from {job}"),
    Origin.SCENE: _("a scene of {job}"),
}
_ONE: Final = _WHOLE | {
    Origin.EDIT: _("edit of picture {n} of {job}"),
    Origin.ENLARGE: _("4K of picture {n} of {job}"),
    Origin.SCENE: _("scene {n} of {job}"),
}


def origin(job: Job) -> str | None:
    """None of what was asked for with a command."""
    return origin_of(job.parent) if job.parent is not None else None


def origin_of(parent: Parent) -> str:
    """`edit of picture 2 of 7f3k2m9q1z`."""
    texts = _WHOLE if parent.index is None else _ONE
    return texts[parent.origin].format(job=parent.job_id, n=(parent.index or 0) + 1)
