"""/mydata: export and deletion of the data that Easel keeps about a person, for that person alone."""

from __future__ import annotations

from typing import Final

import discord
from discord import ui

from bot.domain.ports.stores import Forgotten, StoredDataSummary
from bot.services.personal_data import Export, written
from bot.ui.base.access import check_nothing
from bot.ui.base.components import (
    DISCORD_ID,
    MemoryFile,
    PersistentButton,
    PersistentItem,
    box_of,
    redraw,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import RED, SLATE, TEAL
from bot.ui.base.units import made

EXPORT_FILE_NAME: Final = "easel-mydata.json"
FORGET: Final = PersistentButton(
    "forget", DISCORD_ID, _("Delete my data"), style=discord.ButtonStyle.danger, check=check_nothing
)


@FORGET.on_press
async def on_forget(interaction: Interaction, user_id: str) -> None:
    """Delete the data of the person who was asked, if it is they who press."""
    if str(interaction.user.id) != user_id:
        await reply_privately(
            interaction, _("This is someone else's. Use `/mydata delete` for your own data.")
        )
        return
    await acknowledge(interaction)
    forgotten = await services_of(interaction).personal_data.forget(interaction.user.id)
    await redraw(interaction, after_deleting(forgotten, interaction.user.id))


def export_file(export: Export) -> discord.File:
    """Return one JSON file, which begins with a description of itself."""
    return MemoryFile(written(export, about=_about(export)), EXPORT_FILE_NAME)


def export_text(export: Export) -> str:
    """Return the text of the message with the file."""
    return f"{_jobs(len(export.records))}. {_about(export)}"


def before_deleting(held: StoredDataSummary, user_id: int) -> ui.LayoutView:
    """Draw the question: what is deleted and what stays, with the button to delete if there is anything."""
    if not held.is_known:
        return _view(SLATE, _("Easel stores nothing about you"))
    lines = [_goes(held.jobs), _stays(held.images, held.videos)]
    if held.decisions:
        lines.append(_decided(held.decisions))
    if held.unfinished:
        lines.append(_unfinished_first(held.unfinished))
    return _view(
        RED, _("Delete everything Easel stores about you?"), *lines, button=FORGET.button(str(user_id))
    )


def after_deleting(forgotten: Forgotten, user_id: int) -> ui.LayoutView:
    """Draw what was deleted, with the button again if something is left."""
    done = n_("{n} job was deleted.", "{n} jobs were deleted.", len(forgotten.job_ids))
    lines = [done.format(n=len(forgotten.job_ids)), _stays(forgotten.images, forgotten.videos)]
    if not forgotten.unfinished:
        return _view(TEAL, _("Deleted"), *lines)
    lines.append(_not_included(forgotten.unfinished))
    return _view(SLATE, _("Almost done"), *lines, button=FORGET.button(str(user_id)))


def _view(colour: int, title: str, *lines: str, button: PersistentItem | None = None) -> ui.LayoutView:
    box = box_of(colour, "\n".join([f"### {title}", *lines]))
    if button is not None:
        box.add_item(row_of(button))
    return view_of(box)


def _about(export: Export) -> str:
    text = _("This is everything Easel stores about you. It doesn't include pictures; those are on Discord.")
    if export.is_complete:
        return text
    return (
        text + " " + _("Your oldest jobs are left out, because the file would be too large for Discord here.")
    )


def _jobs(number: int) -> str:
    return n_("{n} job", "{n} jobs", number).format(n=number)


def _goes(jobs: int) -> str:
    text = _(
        "**Will be deleted:** {jobs}, with their prompts, options, attachment details, channels and "
        "times. This can't be undone."
    )
    return text.format(jobs=_jobs(jobs))


def _stays(images: int, videos: int) -> str:
    cost = _(
        "**Kept:** what the jobs cost, without your name, and the cards on Discord, which you can "
        "delete there."
    )
    if not images and not videos:
        return cost
    text = _("{cost} For up to 31 days, also that you made {made}, so deleting can't reset your limits.")
    return text.format(cost=cost, made=made(images, videos))


def _decided(decisions: int) -> str:
    return n_(
        "{n} decision of moderators about you stays as well (a block, a limit, extra pictures): it is the "
        "server's. Reports you wrote lose your name. The file of `/mydata export` has them all.",
        "{n} decisions of moderators about you stay as well (blocks, limits, extra pictures): they are the "
        "server's. Reports you wrote lose your name. The file of `/mydata export` has them all.",
        decisions,
    ).format(n=decisions)


def _unfinished_first(jobs: int) -> str:
    return n_(
        "{n} job is still in progress and is cancelled first. If it's a video that's already being made, it can't "
        "be cancelled: it won't be shown, and you can delete it once it's ready.",
        "{n} jobs are still in progress and are cancelled first. Videos that are already being made can't be "
        "cancelled: they won't be shown, and you can delete them once they're ready.",
        jobs,
    ).format(n=jobs)


def _not_included(jobs: int) -> str:
    return n_(
        "{n} job isn't finished yet and wasn't included. Press again in a minute, or use `/mydata delete` again. "
        "A video can take some minutes more.",
        "{n} jobs aren't finished yet and weren't included. Press again in a minute, or use `/mydata delete` "
        "again. A video can take some minutes more.",
        jobs,
    ).format(n=jobs)
