"""/mydata: what Easel keeps about the person who asks."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.ui.i18n import _
from bot.ui.mydata import before_deleting, export_file, export_text

Interaction = discord.Interaction[EaselClient]


class MyData(commands.Cog):
    """One's own data."""

    mydata = app_commands.Group(name="mydata", description=_("What Easel keeps about you"))

    def __init__(self, client: EaselClient) -> None:
        self.client = client

    @mydata.command(description=_("Get it as a file"))
    async def export(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        export = await self.client.privacy.export(interaction.user.id, max_bytes=interaction.filesize_limit)
        file = await asyncio.to_thread(export_file, export)  # megabytes of JSON for whoever paints much
        await interaction.edit_original_response(content=export_text(export), attachments=[file])

    @mydata.command(description=_("Delete it; you are asked once more"))
    async def delete(self, interaction: Interaction) -> None:
        held = await self.client.privacy.held(interaction.user.id)
        view = before_deleting(held, interaction.user.id)
        nobody = discord.AllowedMentions.none()
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=nobody)


async def setup(client: EaselClient) -> None:
    await client.add_cog(MyData(client))
