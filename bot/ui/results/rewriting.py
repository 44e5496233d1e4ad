"""What is said of a prompt that a chat model was to rewrite."""

from __future__ import annotations

from typing import Final

from bot.domain.enhanced import RewriteFault
from bot.domain.jobs import Job, Stage
from bot.ui.i18n import _

_WHY: Final = {
    RewriteFault.BUSY: _("the model that rewrites was too busy"),
    RewriteFault.FAULT: _("the model that rewrites could not be reached"),
    RewriteFault.CREDIT: _("there is no money left to rewrite with"),
    RewriteFault.REFUSED: _("the model that rewrites would not"),
    RewriteFault.UNCERTAIN: _("the rewriting was lost on its way"),
    RewriteFault.EMPTY: _("the rewriting was empty"),
    RewriteFault.TOO_LONG: _("the rewriting was too long"),
    RewriteFault.LOST_QUOTES: _("the words in quotation marks were lost in the rewriting"),
    RewriteFault.DANGER: _("the rewriting said what is never painted"),
    RewriteFault.FILTERED: _("a filter of this server stops the rewriting"),
}


def is_rewriting(job: Job) -> bool:
    """Whether its words are still to be rewritten: what was called for already keeps its own."""
    is_over = job.rewriting is not None and job.rewriting.is_over
    is_due = any(render.stage is Stage.WAITING for render in job.renders)
    return job.wish.enhance and is_due and not is_over


def why_own_words(job: Job) -> str | None:
    """Why it was painted with the person's own words, where rewriting was asked for; None otherwise."""
    if job.rewriting is None or job.rewriting.fault is None:
        return None
    return _("{why}: your own words were used").format(why=_WHY[job.rewriting.fault])
