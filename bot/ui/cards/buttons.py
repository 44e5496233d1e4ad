"""The rows of buttons below a result: what can be made of it, and of what is missing in it."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import may_enlarge
from bot.domain.jobs import Job, JobState
from bot.ui.base.access import payload_of
from bot.ui.base.components import JOB_ID, JOB_OR_PICTURE, PICTURE, PersistentButton, PersistentSelect, row_of
from bot.ui.base.i18n import _
from bot.ui.cards.text import missing_scenes, own_line


class AnewButton(PersistentButton, template=rf"easel:anew:{JOB_ID}"):
    """The same once more, with another seed."""

    action = "anew"

    def label(self) -> str:
        return _("Again")


class VaryButton(PersistentButton, template=rf"easel:vary:{JOB_ID}"):
    """Opens the request as a form, to be changed."""

    action = "vary"

    def label(self) -> str:
        return _("Vary")


class EditButton(PersistentButton, template=rf"easel:edit:{JOB_OR_PICTURE}"):
    """Asks what to change about the picture; which one, where several are there and none was chosen."""

    action = "edit"

    def label(self) -> str:
        return _("Edit")


class LargerButton(PersistentButton, template=rf"easel:larger:{JOB_OR_PICTURE}"):
    """On 2K results."""

    action = "larger"

    def label(self) -> str:
        return _("4K")


class RevisedButton(PersistentButton, template=rf"easel:revised:{PICTURE}"):
    """Beside the words that the model used instead: paints with them."""

    action = "revised"

    def label(self) -> str:
        return _("Use it")


class MoreButton(PersistentButton, template=rf"easel:more:{JOB_OR_PICTURE}"):
    """Everything else that can be done with a result."""

    action = "more"

    def label(self) -> str:
        return _("More…")


class SceneButton(PersistentButton, template=rf"easel:scene:{PICTURE}"):
    """Where one scene of a series failed."""

    action = "scene"

    def label(self) -> str:
        return _("Paint again")


class SceneSelect(PersistentSelect, template=rf"easel:scene:{JOB_ID}"):
    """Where several scenes failed: for the one that is chosen, what a `SceneButton` does for its own."""

    action = SceneButton.action

    def placeholder(self) -> str:
        return _("Paint a missing picture again")


RESULT_BUTTONS: Final[tuple[type[ui.DynamicItem[Any]], ...]] = (
    AnewButton,
    VaryButton,
    EditButton,
    LargerButton,
    RevisedButton,
    MoreButton,
    SceneButton,
    SceneSelect,
)


ButtonRow = ui.ActionRow[Any]


def result_row(job: Job, shots: Sized) -> list[ButtonRow]:
    """What can be made of a result, and of what is missing in it; nothing where no picture is shown."""
    if not shots:
        return []
    larger = [LargerButton(job.id)] if may_enlarge(job) else []
    buttons = (AnewButton(job.id), VaryButton(job.id), EditButton(job.id), *larger, MoreButton(job.id))
    return [row_of(*buttons), *_scene_row(job)]


def _scene_row(job: Job) -> list[ButtonRow]:
    """A cancelled job misses what nobody waits for."""
    missing = missing_scenes(job) if job.state in {JobState.DELIVERING, JobState.DONE} else []
    match missing:
        case []:
            return []
        case [index]:
            return [row_of(SceneButton(payload_of(job.id, index)))]
        case _:
            return [row_of(SceneSelect(job.id, [_option(job, index) for index in missing]))]


def _option(job: Job, index: int) -> discord.SelectOption:
    label = _("Picture {n}").format(n=index + 1)
    return discord.SelectOption(label=label, value=str(index), description=own_line(job, index))
