"""What stands in place of a result that a moderator took down."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.domain.jobs import Job
from bot.ui.i18n import _
from bot.ui.limits.parts import box_of, lines
from bot.ui.look import SLATE, dots


def removed_box(job: Job, by: int) -> ui.Container[Any]:
    """Nothing of the result is left, its words neither."""
    text = _("<@{id}> removed this result. What it counted stays counted.").format(id=by)
    asked = _("asked for by {who}").format(who=f"<@{job.user_id}>")
    facts = dots(asked, _("job {id}").format(id=job.id))
    return box_of(SLATE, lines(f"### {_('Removed')}", text), facts)
