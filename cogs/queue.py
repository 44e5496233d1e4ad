"""/queue: where one's jobs stand."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.ui.i18n import _
from bot.ui.lineup import lineup_of


class Queue(commands.Cog):
    """The line."""

    def __init__(self, client: EaselClient) -> None:
        self.client = client

    @app_commands.command(description=_("Your jobs, and the line"))
    async def queue(self, interaction: discord.Interaction[EaselClient]) -> None:
        view = await lineup_of(interaction)
        nobody = discord.AllowedMentions.none()
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=nobody)


async def setup(client: EaselClient) -> None:
    await client.add_cog(Queue(client))
