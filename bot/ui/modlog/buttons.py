"""The buttons of the mod-log, and Report on every result."""

from __future__ import annotations

from typing import Final

import discord

from bot.ui.buttons import JOB, LastingButton
from bot.ui.i18n import _


class RemoveButton(LastingButton, template=rf"easel:remove:{JOB}"):
    """Takes the pictures of a public result off its card."""

    action = "remove"
    style = discord.ButtonStyle.danger

    def label(self) -> str:
        return _("Delete result")


class BlockButton(LastingButton, template=rf"easel:block24:{JOB}"):
    """Blocks whoever asked for the job."""

    action = "block24"

    def label(self) -> str:
        return _("Block 24 h")


class StandingButton(LastingButton, template=rf"easel:standing:{JOB}"):
    """Where whoever asked for the job stands."""

    action = "standing"

    def label(self) -> str:
        return _("Show limits")


class ReportButton(LastingButton, template=rf"easel:report:{JOB}"):
    """On results, for anybody who sees them."""

    action = "report"

    def label(self) -> str:
        return _("Report")


MODLOG_BUTTONS: Final = (RemoveButton, BlockButton, StandingButton, ReportButton)
