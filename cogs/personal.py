"""/help, /me, /mydata, /queue and /verify: the commands that show something to the person who uses them."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.ui.base.attachments import reference_of
from bot.ui.base.channels import request_context
from bot.ui.base.components import send_private_card
from bot.ui.base.context import served_guild_of
from bot.ui.base.i18n import _
from bot.ui.base.options import Upload
from bot.ui.base.replies import acknowledge
from bot.ui.help import help_for
from bot.ui.limits.member import own_limits_card
from bot.ui.personal_data import before_deleting, export_file, export_text
from bot.ui.queue import queue_card_for
from bot.ui.verify import show_marks

Interaction = discord.Interaction[EaselClient]


class Personal(commands.Cog):
    """The commands whose answers only the person sees who uses them."""

    mydata = app_commands.Group(name="mydata", description=_("What Easel stores about you"))

    def __init__(self, client: EaselClient) -> None:
        self.client = client

    @app_commands.command(description=_("Learn what Easel can do and what to type first"))
    async def help(self, interaction: Interaction) -> None:
        await send_private_card(interaction, help_for(interaction))

    @app_commands.command(description=_("Show what you have left here and when you get more"))
    async def me(self, interaction: Interaction) -> None:
        guild_id, user_id = served_guild_of(interaction), interaction.user.id
        standing = await self.client.moderation.member_report(user_id, guild_id, request_context(interaction))
        queue = await self.client.submissions.queue(user_id)
        await send_private_card(interaction, own_limits_card(standing, queue))

    @app_commands.command(description=_("Show your jobs and the queue"))
    async def queue(self, interaction: Interaction) -> None:
        await send_private_card(interaction, await queue_card_for(interaction))

    @app_commands.command(
        description=_("Check what a picture's or video's marks say: made with AI, signed, changed")
    )
    @app_commands.describe(image=_("The picture or MP4. The original file tells most"))
    async def verify(self, interaction: Interaction, image: Upload) -> None:
        await show_marks(interaction, reference_of("image", image))

    @mydata.command(description=_("Download it as a file"))
    async def export(self, interaction: Interaction) -> None:
        await acknowledge(interaction, thinking=True)
        export = await self.client.personal_data.export(
            interaction.user.id, max_bytes=interaction.filesize_limit
        )
        file = await asyncio.to_thread(export_file, export)  # it may have megabytes of JSON
        await interaction.edit_original_response(content=export_text(export), attachments=[file])

    @mydata.command(description=_("Delete it. You'll be asked to confirm"))
    async def delete(self, interaction: Interaction) -> None:
        held = await self.client.personal_data.held(interaction.user.id)
        await send_private_card(interaction, before_deleting(held, interaction.user.id))


async def setup(client: EaselClient) -> None:
    await client.add_cog(Personal(client))
