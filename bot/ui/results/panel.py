"""The More… panel: further actions on a picture, for the one person who opened it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import own_words
from bot.domain.jobs import Job, ReplyScope
from bot.ui.base import markdown
from bot.ui.base.access import check_result, index_of, is_moderator, payload_of
from bot.ui.base.components import (
    JOB_ID,
    PICTURE,
    MemoryFile,
    PersistentButton,
    PersistentSelect,
    box_of,
    chosen,
    complete_deferred,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_ROW_BUTTONS
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge
from bot.ui.base.theme import TEAL, dots
from bot.ui.base.units import stamp
from bot.ui.cards.text import own_line, small_name
from bot.ui.history.entries import no_thumbnail_text, picture_options, thumbnail_of
from bot.ui.history.tree import TREE, kin_of
from bot.ui.moderation.modlog_actions import REPORT
from bot.ui.results.animate import ANIMATE
from bot.ui.results.compare import COMPARE, Comparison, comparison_for
from bot.ui.results.describe import DESCRIBE

PANEL_PROMPT_ROOM: Final = 300

INFO: Final = PersistentButton(
    "info", PICTURE, _("Info"), style=discord.ButtonStyle.primary, check=check_result
)
SHARE: Final = PersistentButton("share", PICTURE, _("Share"), check=check_result)
DELETE: Final = PersistentButton(
    "delete", PICTURE, _("Delete"), style=discord.ButtonStyle.danger, check=check_result
)
PICK: Final = PersistentSelect("morepick", JOB_ID, _("Which picture?"), check=check_result)
FAVOURITE: Final = PersistentButton("favour", PICTURE, _("Favourite"), check=check_result)
UNFAVOURITE: Final = PersistentButton("unfavour", PICTURE, _("Unfavourite"), check=check_result)


@PICK.on_press
async def on_pick(interaction: Interaction, job: Job, _index: int | None) -> None:
    """Show the panel about the picture that was chosen."""
    choice = chosen(interaction)
    await redraw_panel(interaction, job, int(choice) if choice.isdecimal() else None)


@FAVOURITE.on_press
async def on_favourite(interaction: Interaction, job: Job, index: int | None) -> None:
    """Add the picture to the person's favourites, and show that on the panel."""
    await _favour(interaction, job, index, is_on=True)


@UNFAVOURITE.on_press
async def on_unfavourite(interaction: Interaction, job: Job, index: int | None) -> None:
    """Take the picture out of the person's favourites, and show that on the panel."""
    await _favour(interaction, job, index, is_on=False)


async def _favour(interaction: Interaction, job: Job, index: int | None, *, is_on: bool) -> None:
    await acknowledge(interaction)
    index = index_of(job, index)
    await services_of(interaction).history.favour(interaction.user.id, job.id, index, is_on=is_on)
    await draw_result_panel(interaction, job, index)


async def redraw_panel(interaction: Interaction, job: Job, index: int | None) -> None:
    """Draw the panel in place of the pressed message, about the first picture where `index` is None."""
    await acknowledge(interaction)
    await draw_result_panel(interaction, job, index_of(job, index))


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The actions one person may take on one picture; `small` is None where it could not be had `at` that moment."""

    job: Job
    index: int
    at: datetime
    is_own: bool
    small: bytes | None = None
    is_favourite: bool = False
    can_compare: bool = False
    has_family: bool = False
    can_describe: bool = False
    can_animate: bool = False
    can_share: bool = False
    can_delete: bool = False


async def draw_result_panel(interaction: Interaction, job: Job, index: int, *, note: str = "") -> None:
    """Draw the panel in place of the deferred answer or of the panel that was pressed. `note` stands on top."""
    panel = await _panel(interaction, job, index)
    files = [] if panel.small is None else [_file(panel, panel.small)]
    await complete_deferred(interaction, panel_view(panel, note=note), files)


async def _panel(interaction: Interaction, job: Job, index: int) -> Panel:
    services, user_id = services_of(interaction), interaction.user.id
    history, is_picture = services.history, job.request.video is None
    return Panel(
        job=job,
        index=index,
        at=interaction.created_at,
        is_own=job.user_id == user_id,
        small=await history.thumbnail(job, index),
        is_favourite=await history.is_favourite(user_id, job.id, index),
        can_compare=is_picture and await comparison_for(interaction, job) is Comparison.POSSIBLE,
        has_family=(await kin_of(interaction, job)).is_any,
        can_describe=is_picture and services.describing.is_on,
        can_animate=is_picture and bool(services.submissions.videos),
        can_share=may_share(interaction, job),
        can_delete=job.user_id == user_id or may_moderate(interaction, job),
    )


def may_share(interaction: Interaction, job: Job) -> bool:
    """Return whether the person may share the job; a direct message has nobody to share it with."""
    return (
        job.user_id == interaction.user.id
        and job.request.private
        and job.reply_target.scope is not ReplyScope.DIRECT
    )


def may_moderate(interaction: Interaction, job: Job) -> bool:
    """Return whether the person moderates the server that saw the result."""
    is_public = job.reply_target.scope is ReplyScope.GUILD and not job.request.private
    is_here = job.reply_target.guild_id is not None and job.reply_target.guild_id == interaction.guild_id
    return is_public and is_here and is_moderator(interaction)


def panel_view(panel: Panel, *, note: str = "") -> ui.LayoutView:
    """Draw a picture's panel, below `note`."""
    box = box_of(TEAL, note)
    box.add_item(_head(panel))
    if len(panel.job.pictures) > 1:
        box.add_item(row_of(PICK.select(panel.job.id, picture_options(panel.job, chosen=panel.index))))
    looking, changing = _looking(panel), _changing(panel)
    is_one_row = len(looking) + len(changing) <= MAX_ROW_BUTTONS
    for items in ([*looking, *changing],) if is_one_row else (looking, changing):
        box.add_item(row_of(*items))
    return view_of(box)


def picture_title(job: Job, index: int) -> str:
    number = len(job.pictures)
    if job.request.video is not None:
        return _("This video")
    return _("Picture {n} of {all}").format(n=index + 1, all=number) if number > 1 else _("This picture")


def _head(panel: Panel) -> ui.Item[Any]:
    job, index = panel.job, panel.index
    facts = dots(
        str(job.renders[index].size or "") or None,
        stamp(job.created_at),
        None if panel.is_own else f"<@{job.user_id}>",
        _("only you can see it") if job.request.private else None,
        no_thumbnail_text(job, panel.at) if panel.small is None and job.request.video is None else None,
    )
    words = markdown.quote(own_line(job, index) or own_words(job), PANEL_PROMPT_ROOM)
    text = f"### {picture_title(job, index)}\n{words}"
    if panel.small is None:
        return ui.TextDisplay(f"{text}\n{facts}")
    return ui.Section[Any](text, facts, accessory=thumbnail_of(job, index))


def _looking(panel: Panel) -> list[ui.Item[Any]]:
    payload = payload_of(panel.job.id, panel.index)
    items: list[ui.Item[Any]] = [INFO.button(payload)]
    items.append(UNFAVOURITE.button(payload) if panel.is_favourite else FAVOURITE.button(payload))
    if panel.can_compare:
        items.append(COMPARE.button(payload))
    if panel.has_family:
        items.append(TREE.button(panel.job.id))
    if panel.can_describe:
        items.append(DESCRIBE.button(payload))
    return items


def _changing(panel: Panel) -> list[ui.Item[Any]]:
    payload = payload_of(panel.job.id, panel.index)
    items: list[ui.Item[Any]] = []
    if panel.can_animate:
        items.append(ANIMATE.button(payload))
    if panel.can_share:
        items.append(SHARE.button(payload))
    if not panel.is_own:
        items.append(REPORT.button(panel.job.id))
    if panel.can_delete:
        items.append(DELETE.button(payload))
    return items


def _file(panel: Panel, small: bytes) -> discord.File:
    return MemoryFile(small, small_name(panel.job, panel.index))
