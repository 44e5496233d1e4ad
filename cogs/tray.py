"""/tray: the reference tray, pictures that a person collects to make new ones from."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.followups import numbered
from bot.domain.references import option_name
from bot.ui.base.i18n import _
from bot.ui.base.options import Upload, references_of
from bot.ui.library.tray import ask_to_clear, put_on_tray, show_tray

Interaction = discord.Interaction[EaselClient]


class TrayCog(commands.Cog):
    """The commands for a person's own tray, which nobody else can see."""

    tray = app_commands.Group(name="tray", description=_("Pictures you collect, to make new ones of"))

    @tray.command(description=_("Put pictures on your tray"))
    @app_commands.describe(
        image=_("A picture to keep at hand"),
        **{option_name(number): _("Another picture") for number in range(2, 6)},
    )
    async def add(
        self,
        interaction: Interaction,
        image: Upload,
        image2: Upload | None = None,
        image3: Upload | None = None,
        image4: Upload | None = None,
        image5: Upload | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        references = references_of(image=image, image2=image2, image3=image3, image4=image4, image5=image5)
        await put_on_tray(interaction, numbered(references))

    @tray.command(description=_("Your pictures with their numbers; move them, remove them, edit with them"))
    async def show(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_tray(interaction)

    @tray.command(description=_("Take all pictures off your tray"))
    async def clear(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await ask_to_clear(interaction)


async def setup(client: EaselClient) -> None:
    await client.add_cog(TrayCog())
