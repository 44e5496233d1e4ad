"""The buttons on every result. They work as long as the job is on record, whatever became of the process."""

from __future__ import annotations

from typing import Any, Final

from discord import ui

from bot.ui.buttons import JOB, JOB_OR_PICTURE, PICTURE, LastingButton
from bot.ui.i18n import _
from bot.ui.selects import LastingSelect


class AnewButton(LastingButton, template=rf"easel:anew:{JOB}"):
    """The same once more, with another seed."""

    action = "anew"

    def label(self) -> str:
        return _("Again")


class VaryButton(LastingButton, template=rf"easel:vary:{JOB}"):
    """Opens the wish as a form, to be changed."""

    action = "vary"

    def label(self) -> str:
        return _("Vary")


class EditButton(LastingButton, template=rf"easel:edit:{JOB_OR_PICTURE}"):
    """Asks what to change about the picture; which one, where several are there and none was chosen."""

    action = "edit"

    def label(self) -> str:
        return _("Edit")


class LargerButton(LastingButton, template=rf"easel:larger:{JOB_OR_PICTURE}"):
    """On 2K results."""

    action = "larger"

    def label(self) -> str:
        return _("4K")


class RevisedButton(LastingButton, template=rf"easel:revised:{PICTURE}"):
    """Beside the words that the model used instead: paints with them."""

    action = "revised"

    def label(self) -> str:
        return _("Use it")


class MoreButton(LastingButton, template=rf"easel:more:{JOB_OR_PICTURE}"):
    """Everything else that can be done with a result."""

    action = "more"

    def label(self) -> str:
        return _("More…")


class SceneButton(LastingButton, template=rf"easel:scene:{PICTURE}"):
    """Where one scene of a series failed."""

    action = "scene"

    def label(self) -> str:
        return _("Paint again")


class SceneSelect(LastingSelect, template=rf"easel:scene:{JOB}"):
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
