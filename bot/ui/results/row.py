"""The row under a result: always the same one, whether there is one picture or eight."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

import discord
from discord import ui

from bot.domain.iterating import may_enlarge
from bot.domain.jobs import Job, JobState
from bot.ui.i18n import _
from bot.ui.limits.parts import row_of
from bot.ui.results.buttons import (
    AnewButton,
    EditButton,
    LargerButton,
    MoreButton,
    SceneButton,
    SceneSelect,
    VaryButton,
)
from bot.ui.results.words import missing_scenes, own_line
from bot.ui.subjects import subject_of

Row = ui.ActionRow[Any]


def result_row(job: Job, shots: Sized) -> list[Row]:
    """What can be made of a result, and of what is missing in it; nothing where no picture is shown."""
    if not shots:
        return []
    larger = [LargerButton(job.id)] if may_enlarge(job) else []
    buttons = (AnewButton(job.id), VaryButton(job.id), EditButton(job.id), *larger, MoreButton(job.id))
    return [row_of(*buttons), *_scene_row(job)]


def _scene_row(job: Job) -> list[Row]:
    """A cancelled job misses what nobody waits for."""
    missing = missing_scenes(job) if job.state in {JobState.DELIVERING, JobState.DONE} else []
    match missing:
        case []:
            return []
        case [index]:
            return [row_of(SceneButton(subject_of(job.id, index)))]
        case _:
            return [row_of(SceneSelect(job.id, [_option(job, index) for index in missing]))]


def _option(job: Job, index: int) -> discord.SelectOption:
    label = _("Picture {n}").format(n=index + 1)
    return discord.SelectOption(label=label, value=str(index), description=own_line(job, index))
