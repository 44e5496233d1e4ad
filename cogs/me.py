"""/me: where one stands."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.ui.i18n import _
from bot.ui.limits.me import draw_standing_for_member
from bot.ui.limits.parts import say
from bot.ui.standpoint import served_guild_of, standpoint_of


class Me(commands.Cog):
    """One's own limits."""

    def __init__(self, client: EaselClient) -> None:
        self.client = client

    @app_commands.command(description=_("What you can still make here, and when more opens"))
    async def me(self, interaction: discord.Interaction[EaselClient]) -> None:
        guild_id = served_guild_of(interaction)
        user_id = interaction.user.id
        standing = await self.client.moderation.standing(user_id, guild_id, standpoint_of(interaction))
        line = await self.client.submissions.line(user_id)
        await say(interaction, draw_standing_for_member(standing, line))


async def setup(client: EaselClient) -> None:
    await client.add_cog(Me(client))
