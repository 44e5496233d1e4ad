"""/history, /show and /favourites: past results."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.ports.library import ResultKind
from bot.ui.base.i18n import _
from bot.ui.base.options import within_completion_time
from bot.ui.history.job import show_job
from bot.ui.history.lists import RESULT_KINDS, show_favourites, show_history
from bot.ui.history.pages import MAX_SEARCH, Query, job_choices, search_words

Interaction = discord.Interaction[EaselClient]
Search = Range[str, 1, MAX_SEARCH]

_KINDS = [Choice(name=name, value=kind.value) for kind, name in RESULT_KINDS.items()]


class HistoryCog(commands.Cog):
    """The commands for a person's own results, and for those that others made public."""

    @app_commands.command(description=_("Search your pictures and videos"))
    @app_commands.rename(person="from")
    @app_commands.describe(
        search=_("Words in the prompt"),
        person=_("Someone else's results that everyone could see in this channel"),
        kind=_("Only results made this way"),
    )
    @app_commands.choices(kind=_KINDS)
    async def history(
        self,
        interaction: Interaction,
        search: Search | None = None,
        person: discord.User | None = None,
        kind: str | None = None,
    ) -> None:
        query = Query(
            user_id=(person or interaction.user).id,
            kind=ResultKind(kind) if kind else None,
            words=search_words(search or ""),
        )
        await show_history(interaction, query)

    @app_commands.command(description=_("Show one of your results again"))
    @app_commands.describe(job=_("Type words from its prompt, or paste its ID"))
    async def show(self, interaction: Interaction, job: str) -> None:
        await show_job(interaction, job)

    @show.autocomplete("job")
    async def _jobs(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        return await within_completion_time(job_choices(interaction, current), current)

    @app_commands.command(description=_("Show your favourites"))
    async def favourites(self, interaction: Interaction) -> None:
        await show_favourites(interaction)


async def setup(client: EaselClient) -> None:
    await client.add_cog(HistoryCog())
