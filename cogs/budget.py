"""/budget: what this server has spent, and where that is heading."""

from __future__ import annotations

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.services.moderation import BudgetReport
from bot.ui.budget import PLOT_FILE, budget_card, plot_words
from bot.ui.i18n import _
from bot.ui.limits.parts import NOBODY
from bot.ui.moderators import as_moderator

Interaction = discord.Interaction[EaselClient]


class Budget(commands.Cog):
    """A server's money."""

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation
        self.plotter = client.plotter

    @app_commands.command(description=_("What this server has spent, and where that is heading"))
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def budget(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        report = await self.moderation.budget(guild_id)
        settings = await self.moderation.settings(guild_id)
        files = await self._plot(report)
        picture = PLOT_FILE if files else None
        view = budget_card(report, settings, self.moderation.ceiling, picture=picture)
        await interaction.edit_original_response(view=view, attachments=files, allowed_mentions=NOBODY)

    async def _plot(self, report: BudgetReport) -> list[discord.File]:
        """Nothing where nothing was spent: the card says so."""
        if not report.month.total:
            return []
        words = plot_words(report.month)
        data = await self.plotter.month(report.month, forecast_micro_usd=report.forecast, words=words)
        return [discord.File(io.BytesIO(data), PLOT_FILE)]


async def setup(client: EaselClient) -> None:
    await client.add_cog(Budget(client))
