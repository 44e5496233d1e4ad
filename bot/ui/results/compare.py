"""Compare: a picture and the picture it was made from, side by side."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import Job, Origin
from bot.domain.pictures import PictureError, PictureProblem
from bot.ui.base.access import check_picture, index_of
from bot.ui.base.components import PICTURE, MemoryFile, PersistentButton, box_of, complete_deferred, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_ALT_TEXT
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import TEAL, dots
from bot.ui.cards.facts import origin
from bot.ui.cards.text import alt_text
from bot.ui.history.entries import is_fresh
from bot.ui.history.tree import shown_entries

MAX_GENERATIONS: Final = 40  # further back, nobody compares
# With these origins, the parent's picture is the first reference.
_OF_THE_PICTURE: Final = frozenset({Origin.EDIT, Origin.ENLARGE})


class Comparison(Enum):
    """Whether the person can compare a result with its source."""

    POSSIBLE = auto()
    NOTHING = auto()
    NOT_YOURS = auto()  # a picture that its requester attached and nobody else was shown
    GONE = auto()


async def comparison_for(interaction: Interaction, job: Job) -> Comparison:
    """Return whether the person may compare: they see only pictures that are theirs or were shown to them before."""
    source = await _source_of(interaction, job)
    if source is None:
        return Comparison.GONE
    is_theirs = source.user_id == interaction.user.id
    if source.parent is None:
        if not source.request.references:
            return Comparison.NOTHING
        return Comparison.POSSIBLE if is_theirs else Comparison.NOT_YOURS
    parent = await services_of(interaction).history.job(source.parent.job_id)
    if parent is None or parent.removed_by is not None:
        return Comparison.GONE
    return Comparison.POSSIBLE if is_theirs or shown_entries(interaction, [parent]) else Comparison.NOT_YOURS


async def _source_of(interaction: Interaction, job: Job) -> Job | None:
    """Return the job that the first reference was attached to; None where it is no longer on record.

    A variation uses the pictures attached to its parent, but they stay those of the parent's requester.
    """
    source: Job | None = job
    for _generation in range(MAX_GENERATIONS):
        if source is None or source.removed_by is not None:
            return None
        parent = source.parent
        if parent is None or not source.request.references or parent.origin in _OF_THE_PICTURE:
            return source
        source = await services_of(interaction).history.job(parent.job_id)
    return None


COMPARE: Final = PersistentButton("compare", PICTURE, _("Compare"), check=check_picture)


@COMPARE.on_press
async def on_compare(interaction: Interaction, job: Job, index: int | None) -> None:
    """Show both as one picture."""
    before = await comparison_for(interaction, job)
    if before is not Comparison.POSSIBLE:
        await reply_privately(interaction, _why_not_text(before))
        return
    await acknowledge(interaction, thinking=True)
    try:
        await _show(interaction, job, index_of(job, index))
    except PictureError as error:
        is_early = is_fresh(job, interaction.created_at)
        await reply_privately(interaction, _failure_text(error, is_early=is_early))


async def _show(interaction: Interaction, job: Job, index: int) -> None:
    data = await services_of(interaction).history.side_by_side(
        job, index, before_label=_("Before"), after_label=_("After")
    )
    alt = f"{_('Before and after:')} {alt_text(job, index)}"[:MAX_ALT_TEXT]
    name = f"before-and-after-{job.id}-{index + 1}.jpg"
    item = discord.MediaGalleryItem(f"attachment://{name}", description=alt, spoiler=job.request.spoiler)
    box = box_of(TEAL, f"### {_('Before and after')}")
    box.add_item(ui.MediaGallery(item))
    if (came_from := origin(job)) is not None:
        box.add_item(ui.TextDisplay(dots(came_from)))
    file = MemoryFile(data, name, description=alt)
    await complete_deferred(interaction, view_of(box), [file])


def _why_not_text(before: Comparison) -> str:
    match before:
        case Comparison.NOT_YOURS:
            return _(
                "Only the person who requested this can compare it, because only they can see the original."
            )
        case Comparison.GONE:
            return _("The original was deleted, so there's nothing to compare this with.")
        case _:
            return _("This was made from a prompt alone, so there's nothing to compare it with.")


def _failure_text(error: PictureError, *, is_early: bool) -> str:
    if is_early:
        return _("Easel is still saving this picture. Compare it in a moment.")
    if error.problem is PictureProblem.UNREACHABLE:
        return _("Easel couldn't get the pictures from Discord. Try again in a moment.")
    return _("One of the two pictures is gone, so they can't be compared.")
