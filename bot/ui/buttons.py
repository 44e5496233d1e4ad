"""Buttons that outlive the process: everything they know is in their `custom_id`."""

from __future__ import annotations

import re
from typing import Any, Final, Self

import discord
from discord import ui

from bot.domain.jobs import JOB_ID_LENGTH
from bot.ui.failures import answer_error
from bot.ui.gateway import gateway_of
from bot.ui.i18n import _

JOB: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}})"
PICTURE: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}}\.[0-9])"  # of a job, by its render's index
JOB_OR_PICTURE: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}}(?:\.[0-9])?)"
_PERSON: Final = r"(?P<id>[0-9]{1,20})"  # 64 bits


class LastingButton(ui.DynamicItem[ui.Button[Any]], template=r"easel:[a-z]+:(?P<id>[0-9a-z.]+)"):
    """A button about what its id names; what a press does is the client's to know. Whatever that raises is
    answered."""

    action = ""
    style = discord.ButtonStyle.secondary

    def __init__(self, subject_id: str) -> None:
        self.subject_id = subject_id
        super().__init__(
            ui.Button(label=self.label(), style=self.style, custom_id=f"easel:{self.action}:{subject_id}")
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        try:
            await gateway_of(interaction).presses[self.action](interaction, self.subject_id)
        except Exception as error:  # noqa: BLE001  # discord.py would log it and leave the person without an answer
            await answer_error(interaction, error)

    def label(self) -> str:
        raise NotImplementedError


class CancelButton(LastingButton, template=rf"easel:cancel:{JOB}"):
    """On queued and painting cards."""

    action = "cancel"

    def label(self) -> str:
        return _("Cancel")


class DropButton(LastingButton, template=rf"easel:drop:{JOB}"):
    """On one's own list of jobs: cancels, and the list stays a list."""

    action = "drop"

    def label(self) -> str:
        return _("Cancel")


class AgainButton(LastingButton, template=rf"easel:again:{JOB}"):
    """On failures where another try makes sense."""

    action = "again"
    style = discord.ButtonStyle.primary

    def label(self) -> str:
        return _("Try again")


class ForgetButton(LastingButton, template=rf"easel:forget:{_PERSON}"):
    """On the answer to `/mydata delete`."""

    action = "forget"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Delete my data")


BUTTONS: Final = (CancelButton, DropButton, AgainButton, ForgetButton)
