"""One past job: its card, and buttons to the results it was made of and those made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import picture_name
from bot.domain.jobs import JOB_ID_LENGTH, Job
from bot.domain.pictures import PictureError
from bot.domain.ports.outside import CardPicture
from bot.ui.base.access import check_result, seen_result
from bot.ui.base.components import JOB_ID, Box, PersistentButton, box_of, complete_deferred, lines, row_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_errors import is_too_large
from bot.ui.base.discord_limits import MAX_MESSAGE_BYTES, MAX_MESSAGE_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.markdown import card_address
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import SLATE, dots
from bot.ui.base.units import stamp
from bot.ui.cards.card import draw_card
from bot.ui.cards.text import small_name
from bot.ui.history.entries import is_fresh, job_option, no_thumbnail_text
from bot.ui.history.pages import HERE, OPEN_RESULT
from bot.ui.history.tree import MAX_CHILDREN, TREE, Kin, kin_of

# Shows another job in place of this one.
STEP_BUTTON: Final = PersistentButton("step", JOB_ID, check=check_result)


async def show_job(interaction: Interaction, typed: str) -> None:
    """Answer /show with the job whose id was typed, or say how to find one."""
    job_id = typed.strip().lower()
    if len(job_id) != JOB_ID_LENGTH or not job_id.isalnum():
        await reply_privately(
            interaction, _("Choose a job from the list that appears as you type, or paste its id.")
        )
        return
    job = await seen_result(interaction, job_id)
    if job is not None:
        await _open(interaction, job, beside=True)


@OPEN_RESULT.on_press
async def on_open(interaction: Interaction, job: Job, where: str) -> None:
    """Show the job chosen in a list, a tree, or among the children of a result."""
    await _open(interaction, job, beside=where != HERE)


@STEP_BUTTON.on_press
async def on_step(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Show the job in place of the one that is shown."""
    await _open(interaction, job, beside=False)


async def _open(interaction: Interaction, job: Job, *, beside: bool) -> None:
    """Show a job that has ended, as a new message or in place of the pressed one; or tell the person why not.

    A video gives way to its preview, and pictures to small ones, where the place takes no larger files.
    """
    if not job.is_over:
        await reply_privately(interaction, _("This isn't finished yet. Its card shows the progress."))
        return
    await acknowledge(interaction, thinking=beside)
    kin, at = await kin_of(interaction, job), interaction.created_at
    shown, pictures = await _pictures(interaction, job)
    is_there = await _fill_in(interaction, *job_view(shown, pictures, kin, at=at))
    if not is_there and shown is not job:
        _job, pictures = await _pictures(interaction, job, plays=False)
        is_there = await _fill_in(interaction, *job_view(job, pictures, kin, at=at))
    if not is_there:
        small = [await _small(interaction, job, render.index) for render in job.pictures]
        there = [one for one in small if one is not None]
        await complete_deferred(interaction, *job_view(job, there, kin, at=at))


async def _fill_in(interaction: Interaction, view: ui.LayoutView, files: list[discord.File]) -> bool:
    """Show a view in the answer; return False if its files are too large for this place."""
    try:
        await complete_deferred(interaction, view, files)
    except discord.HTTPException as error:
        if not is_too_large(error):
            raise
        return False
    return True


def job_view(
    job: Job, pictures: Sequence[CardPicture], kin: Kin, *, at: datetime
) -> tuple[ui.LayoutView, list[discord.File]]:
    """Draw the card with the pictures there are `at` this moment, and below it the way to its relatives."""
    view, files = draw_card(job, pictures)
    room = MAX_MESSAGE_TEXT - view.content_length()
    view.add_item(_kin_box(job, kin, _note(job, pictures, at), room=room))
    return view, files


async def _pictures(
    interaction: Interaction, job: Job, *, plays: bool = True
) -> tuple[Job, list[CardPicture]]:
    """Return each picture as it was delivered, else its thumbnail; a picture with neither is left out.

    The job is returned as its card must show it: in place of a preview, if it `plays`, a video that fits here is shown.
    """
    history, found, total = services_of(interaction).history, list[CardPicture](), 0
    for render in job.pictures:
        room = min(interaction.filesize_limit, MAX_MESSAGE_BYTES - total)
        try:
            job, data = await history.in_full(job, render.index, max_bytes=room if plays else 0)
        except PictureError:
            data = b""
        if data and len(data) <= room:
            total += len(data)
            found.append(CardPicture(index=render.index, filename=picture_name(job, render.index), data=data))
        elif (small := await _small(interaction, job, render.index)) is not None:
            total += len(small.data)
            found.append(small)
    return job, found


async def _small(interaction: Interaction, job: Job, index: int) -> CardPicture | None:
    data = await services_of(interaction).history.thumbnail(job, index)
    return None if data is None else CardPicture(index=index, filename=small_name(job, index), data=data)


def _note(job: Job, pictures: Sequence[CardPicture], at: datetime) -> str | None:
    """Say in which way the pictures differ from the delivered ones; None where they do not."""
    missing = len(job.pictures) - len(pictures)
    if missing and (not pictures or is_fresh(job, at)):
        return no_thumbnail_text(job, at)
    if missing:
        text = n_("{n} picture is gone", "{n} pictures are gone", missing)
        return text.format(n=missing)
    if any(one.filename == small_name(job, one.index) for one in pictures):
        if job.request.video is not None:
            return _("only a still: the video is gone or too large for Discord here")
        return _("shown small: the original is gone or too large for Discord here")
    return None


def _kin_box(job: Job, kin: Kin, note: str | None, *, room: int) -> Box:
    address = card_address(job)
    facts = dots(
        stamp(job.created_at, "f"),
        f"[{_('open')}]({address})" if address is not None else None,
        _children_text(kin),
    )
    text = lines(facts, dots(note) if note is not None else None)
    box = box_of(SLATE, text if len(text) <= room else "")
    for row in _rows(job, kin):
        box.add_item(row)
    return box


def _children_text(kin: Kin) -> str | None:
    number = len(kin.children)
    if not number:
        return None
    if number >= MAX_CHILDREN:
        return _("more than {n} results are based on it").format(n=number)
    return n_("{n} result is based on it", "{n} results are based on it", number).format(n=number)


def _rows(job: Job, kin: Kin) -> list[ui.ActionRow[Any]]:
    if not kin.is_any:
        return []
    items: list[ui.Item[Any]] = []
    if kin.parent is not None:
        items.append(STEP_BUTTON.button(kin.parent.id, _("Step back")))
    if len(kin.children) == 1:
        items.append(STEP_BUTTON.button(kin.children[0].id, _("Step forward")))
    rows = [row_of(*items, TREE.button(job.id))]
    if len(kin.children) > 1:
        options = [job_option(child, value=child.id) for child in kin.children]
        rows.append(row_of(OPEN_RESULT.select(HERE, options, _("Results based on it…"))))
    return rows
