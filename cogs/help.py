"""/help: what there is."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.ui.helping import help_for
from bot.ui.i18n import _
from bot.ui.limits.parts import say


class Help(commands.Cog):
    """Where to begin."""

    @app_commands.command(description=_("What Easel can do, and what to type first"))
    async def help(self, interaction: discord.Interaction[EaselClient]) -> None:
        await say(interaction, help_for(interaction))


async def setup(client: EaselClient) -> None:
    await client.add_cog(Help())
