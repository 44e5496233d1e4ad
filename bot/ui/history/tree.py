"""The family of a result as one picture, with a select to open each of its members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import discord
from discord import ui

from bot.domain.followups import new_words, own_words, without_instructions
from bot.domain.jobs import ImageRequest, Job, Origin
from bot.domain.pictures import PictureError
from bot.domain.sizes import Aspect
from bot.services.history import Relative
from bot.ui.base.access import check_result, may_see
from bot.ui.base.components import (
    JOB_ID,
    Box,
    MemoryFile,
    PersistentButton,
    box_of,
    complete_deferred,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTIONS
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import TEAL, dots, picture_count, quality_text
from bot.ui.cards.text import flat, own_line
from bot.ui.history.entries import ORIGINS, job_option
from bot.ui.history.pages import BESIDE, OPEN_RESULT

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


TREE_FILE_NAME: Final = "family-tree.jpg"
TITLE_ROOM: Final = 60  # characters; the composer cuts what does not fit under a picture


TREE: Final = PersistentButton("tree", JOB_ID, _("Show tree"), check=check_result)


@TREE.on_press
async def on_tree(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Show the family as one picture, as far as this person may see it."""
    await acknowledge(interaction, thinking=True)
    history = services_of(interaction).history
    family = shown_entries(interaction, await history.family(job.id))
    if len(family) < 2:
        await reply_privately(
            interaction, _("This result isn't based on another one, and no other one is based on it.")
        )
        return
    try:
        picture = await history.tree(_relatives(family), here=job.id)
    except PictureError:
        await reply_privately(interaction, _("Easel couldn't draw the tree. Try again in a moment."))
        return
    file = MemoryFile(picture, TREE_FILE_NAME, description=_alt(family))
    await complete_deferred(interaction, view_of(_box(job, family)), [file])


def _relatives(family: Sequence[Job]) -> list[Relative]:
    known = {job.id: job for job in family}
    captions = [caption_of(job, known.get(job.parent.job_id) if job.parent else None) for job in family]
    return [
        Relative(job=job, title=f"{number}. {flat(title, TITLE_ROOM)}", note=note)
        for number, (job, (title, note)) in enumerate(zip(family, captions, strict=True), start=1)
    ]


def caption_of(job: Job, parent: Job | None) -> tuple[str, str]:
    """Return a title and a note of what differs from the parent that is shown; the title is never empty."""
    made = job.parent
    if made is None:
        return own_words(job), ""
    words, facts = _words(job), [ORIGINS[made.origin]]
    if parent is not None:
        if made.index is not None and len(parent.pictures) > 1:
            facts.append(_("picture {n}").format(n=made.index + 1))
        if made.origin is Origin.VARY:
            words = _changed_words(words, _words(parent))
            facts += [] if made.index is not None else _changed_settings(job.request, parent.request)
        elif made.origin not in {Origin.EDIT, Origin.ANIMATE}:
            scene = own_line(parent, made.index or 0) if made.origin is Origin.SCENE else None
            words = without_instructions(scene or "")
    note = " · ".join(facts)
    return (words, note) if words else (note, "")


def _words(job: Job) -> str:
    return without_instructions(own_words(job))


def _changed_words(words: str, before: str) -> str:
    gone = new_words(before, than=words)
    return new_words(words, than=before) or (gone and _("without “{words}”").format(words=gone))


def _changed_settings(request: ImageRequest, before: ImageRequest) -> list[str]:
    """Return what a form changed beside the words."""
    settings = (
        (quality_text(request), quality_text(before)),
        (request.aspect or "", before.aspect or ""),
        (picture_count(request.count), picture_count(before.count)),
    )
    return [now for now, then in settings if now != then and now and now != Aspect.AUTO]


def _box(job: Job, family: Sequence[Job]) -> Box:
    number = next(number for number, one in enumerate(family, start=1) if one.id == job.id)
    results = n_("{n} result", "{n} results", len(family)).format(n=len(family))
    box = box_of(
        TEAL, lines(f"### {_('Family tree')}", dots(results, _("this one is number {n}").format(n=number)))
    )
    item = discord.MediaGalleryItem(
        f"attachment://{TREE_FILE_NAME}",
        description=_alt(family),
        spoiler=any(one.request.spoiler for one in family),
    )
    box.add_item(ui.Separator(visible=False))  # without it the facts touch the picture
    box.add_item(ui.MediaGallery(item))
    box.add_item(row_of(OPEN_RESULT.select(BESIDE, _options(family))))
    return box


def _options(family: Sequence[Job]) -> list[discord.SelectOption]:
    """Return the family as options of a select; the newest, where there are more than it takes."""
    numbered = [
        job_option(job, value=job.id, mark=f"{number}. ") for number, job in enumerate(family, start=1)
    ]
    return numbered[-MAX_OPTIONS:]


def _alt(family: Sequence[Job]) -> str:
    text = n_("A family tree of {n} result", "A family tree of {n} results", len(family))
    return text.format(n=len(family))
