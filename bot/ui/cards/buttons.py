"""The rows of buttons below a result: to go on from it, and to make its missing pictures."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import may_enlarge
from bot.domain.jobs import MAX_COUNT, Job, JobState
from bot.ui.base.access import check_picture, check_result, payload_of
from bot.ui.base.components import JOB_ID, JOB_OR_PICTURE, PICTURE, PersistentButton, PersistentSelect, row_of
from bot.ui.base.i18n import _
from bot.ui.cards.text import missing_scenes, own_line

REGENERATE: Final = PersistentButton("anew", JOB_ID, _("Again"), check=check_result)
VARY: Final = PersistentButton("vary", JOB_ID, _("Vary"), check=check_result)
VARY_ONE: Final = PersistentButton("vary", PICTURE, check=check_picture)
EDIT_ONE: Final = PersistentButton("edit", PICTURE, check=check_picture)
EDIT: Final = PersistentButton(
    "edit", JOB_ID, _("Edit"), style=discord.ButtonStyle.primary, check=check_picture
)
LARGER: Final = PersistentButton("larger", JOB_OR_PICTURE, _("4K"), check=check_picture)
MORE: Final = PersistentButton("more", JOB_OR_PICTURE, _("More…"), check=check_result)
USE_REVISED: Final = PersistentButton("revised", PICTURE, _("Paint with these words"), check=check_result)
REPAINT_SCENE: Final = PersistentButton("scene", PICTURE, _("Paint again"), check=check_result)
SCENES: Final = PersistentSelect("scene", JOB_ID, _("Paint a missing picture again"), check=check_result)

ButtonRow = ui.ActionRow[Any]


def result_row(job: Job, images: Sized) -> list[ButtonRow]:
    """Return the rows of buttons of a result; none where no picture is shown."""
    if not images:
        return []
    if job.request.video is not None:
        return [row_of(VARY.button(job.id), REGENERATE.button(job.id), MORE.button(job.id))]
    larger = [LARGER.button(job.id)] if may_enlarge(job) else []
    buttons = (
        EDIT.button(job.id),
        VARY.button(job.id),
        REGENERATE.button(job.id),
        *larger,
        MORE.button(job.id),
    )
    return [row_of(*buttons), *_picture_rows(job), *_scene_row(job)]


def _picture_rows(job: Job) -> list[ButtonRow]:
    """Return the rows that vary or edit one of several pictures by one press; albums of more have forms that ask."""
    numbers = [(payload_of(job.id, one.index), one.index + 1) for one in job.pictures]
    if not 1 < len(numbers) <= MAX_COUNT:
        return []
    vary = (VARY_ONE.button(payload, _("Vary {n}").format(n=n)) for payload, n in numbers)
    edit = (EDIT_ONE.button(payload, _("Edit {n}").format(n=n)) for payload, n in numbers)
    return [row_of(*vary), row_of(*edit)]


def _scene_row(job: Job) -> list[ButtonRow]:
    """Return the row for missing pictures; a cancelled job has none, as nobody waits for its pictures."""
    missing = missing_scenes(job) if job.state in {JobState.DELIVERING, JobState.DONE} else []
    match missing:
        case []:
            return []
        case [index]:
            return [row_of(REPAINT_SCENE.button(payload_of(job.id, index)))]
        case _:
            return [row_of(SCENES.select(job.id, [_option(job, index) for index in missing]))]


def _option(job: Job, index: int) -> discord.SelectOption:
    label = _("Picture {n}").format(n=index + 1)
    return discord.SelectOption(label=label, value=str(index), description=own_line(job, index))
