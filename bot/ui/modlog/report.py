"""Report: a reason, and where it went."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import ui

from bot.domain.moderation import MAX_REPORT, ReportOutcome
from bot.ui.failures import answer_error, whisper
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _

TIMEOUT_S: Final = 3600.0  # forms that were closed unsent are forgotten then


class ReportModal(ui.Modal):
    """Asks for the reason. Whatever its answer raises is answered."""

    def __init__(self, job_id: str) -> None:
        super().__init__(title=_("Report this result"), timeout=TIMEOUT_S)
        self.job_id = job_id
        self.reason: ui.TextInput[Any] = ui.TextInput(
            style=discord.TextStyle.paragraph, custom_id="reason", min_length=1, max_length=MAX_REPORT
        )
        text = _("Those who look after Easel here will see your name, your reason and the result.")
        self.add_item(ui.TextDisplay(text))
        self.add_item(ui.Label(text=_("What is wrong with it?"), component=self.reason))

    async def on_submit(self, interaction: Interaction, /) -> None:
        reason = self.reason.value.strip()
        if not reason:
            await whisper(interaction, _("Please say in a few words what is wrong, then send it again."))
            return
        moderation = gateway_of(interaction).moderation
        outcome = await moderation.report(self.job_id, by=interaction.user.id, reason=reason)
        await whisper(interaction, report_text(outcome))

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:
        await answer_error(interaction, error)


def report_text(outcome: ReportOutcome) -> str:
    """What became of a report, for the person who made it."""
    match outcome:
        case ReportOutcome.TAKEN:
            return _("Thank you. Your report is on its way to those who look after Easel here.")
        case ReportOutcome.KNOWN:
            return _("You have reported this result before, and it was passed on then. Once is enough.")
        case ReportOutcome.TOO_MANY:
            return _(
                "You have sent many reports within the hour. Please wait a while, or speak to a moderator."
            )
        case ReportOutcome.UNKNOWN:
            return _("This job is not on record any more. Please tell a moderator what you saw.")


async def press_report(interaction: Interaction, job_id: str) -> None:
    """Anybody who sees the result."""
    await interaction.response.send_modal(ReportModal(job_id))
