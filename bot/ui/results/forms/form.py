"""What all forms about a result share: they look at it once more, and lose nobody's words."""

from __future__ import annotations

from typing import Any, Final

from discord import ui

from bot.domain.jobs import Job
from bot.ui.failures import answer_error
from bot.ui.gateway import Interaction
from bot.ui.results.returned import give_back
from bot.ui.seeing import seen_result

TIMEOUT_S: Final = 3600.0  # forms that were closed unsent are forgotten then


class ResultForm(ui.Modal):
    """About a result. Whoever is refused gets back what they typed; whatever it raises is answered."""

    def __init__(self, job_id: str, title: str) -> None:
        super().__init__(title=title, timeout=TIMEOUT_S)
        self.job_id = job_id

    def put(self, text: str, component: ui.Item[Any], hint: str | None = None) -> None:
        """A component with its label: 45 characters, and 100 of `hint`."""
        self.add_item(ui.Label(text=text, component=component, description=hint))

    async def on_submit(self, interaction: Interaction, /) -> None:
        job = await seen_result(
            interaction, self.job_id
        )  # it may have been removed since the form was opened
        if job is None or not await self.ask(interaction, job):
            await give_back(interaction, self.typed())

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:
        await answer_error(interaction, error)
        await give_back(interaction, self.typed())

    async def ask(self, interaction: Interaction, job: Job) -> bool:
        """Ask for what was filled in; False when that was refused."""
        raise NotImplementedError

    def typed(self) -> str:
        """The words to give back."""
        return ""
