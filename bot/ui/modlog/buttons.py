"""The buttons of the mod-log, and Report on every result."""

from __future__ import annotations

from typing import Final

import discord

from bot.domain.jobs import JOB_ID_LENGTH
from bot.ui.buttons import LastingButton
from bot.ui.i18n import _

_JOB: Final = rf"(?P<id>[0-9a-z]{{{JOB_ID_LENGTH}}})"


class RemoveButton(LastingButton, template=rf"easel:remove:{_JOB}"):
    """Takes the pictures of a public result off its card."""

    action = "remove"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Delete result")


class BlockButton(LastingButton, template=rf"easel:block24:{_JOB}"):
    """Blocks whoever asked for the job."""

    action = "block24"

    def label(self) -> str:
        return _("Block 24 h")


class StandingButton(LastingButton, template=rf"easel:standing:{_JOB}"):
    """Where whoever asked for the job stands."""

    action = "standing"

    def label(self) -> str:
        return _("Show limits")


class ReportButton(LastingButton, template=rf"easel:report:{_JOB}"):
    """On results, for anybody who sees them."""

    action = "report"

    def label(self) -> str:
        return _("Report")


MODLOG_BUTTONS: Final = (RemoveButton, BlockButton, StandingButton, ReportButton)
