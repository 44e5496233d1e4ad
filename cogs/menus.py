"""The context menus of messages and people, under "Apps"."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.ui.base.i18n import _
from bot.ui.menus import add_to_tray, open_animate, open_blend, open_describe, open_edit, open_remix

Interaction = discord.Interaction[EaselClient]


class Menus(commands.Cog):
    """The context menus. It adds them to the command tree itself: discord.py does so only for slash commands."""

    def __init__(self, client: EaselClient) -> None:
        self.client = client
        self.menus: Final = (
            app_commands.ContextMenu(name=_("Edit image"), callback=self.edit_image),
            app_commands.ContextMenu(name=_("Add to references"), callback=self.add_to_references),
            app_commands.ContextMenu(name=_("Blend"), callback=self.blend),
            app_commands.ContextMenu(name=_("Describe"), callback=self.describe),
            app_commands.ContextMenu(name=_("Animate"), callback=self.animate),
            app_commands.ContextMenu(name=_("Remix avatar"), callback=self.remix_avatar),
        )

    async def cog_load(self) -> None:
        for menu in self.menus:
            self.client.tree.add_command(menu)

    async def cog_unload(self) -> None:
        for menu in self.menus:
            self.client.tree.remove_command(menu.name, type=menu.type)

    async def edit_image(self, interaction: Interaction, message: discord.Message) -> None:
        await open_edit(interaction, message)

    async def add_to_references(self, interaction: Interaction, message: discord.Message) -> None:
        await add_to_tray(interaction, message)

    async def blend(self, interaction: Interaction, message: discord.Message) -> None:
        await open_blend(interaction, message)

    async def describe(self, interaction: Interaction, message: discord.Message) -> None:
        await open_describe(interaction, message)

    async def animate(self, interaction: Interaction, message: discord.Message) -> None:
        await open_animate(interaction, message)

    async def remix_avatar(self, interaction: Interaction, person: discord.Member | discord.User) -> None:
        await open_remix(interaction, person)


async def setup(client: EaselClient) -> None:
    await client.add_cog(Menus(client))
