"""/series: the form for one description and its scenes."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.jobs import Kind
from bot.ui.i18n import _
from bot.ui.options import (
    ASPECTS,
    COMMON,
    REFERENCES,
    RESOLUTIONS,
    SHAPE,
    TRAY,
    VISIBILITY,
    Picture,
    PresetName,
    references_of,
    resolution_of,
    shape_of,
)
from bot.ui.presets.completion import complete_preset
from bot.ui.series import SeriesForm
from bot.ui.wishing import Said

Interaction = discord.Interaction[EaselClient]


class Series(commands.Cog):
    """Albums."""

    @app_commands.command(
        description=_("2 to 8 pictures that belong together: one description, several scenes")
    )
    @app_commands.describe(
        tray=TRAY,
        preset=COMMON["preset"],
        **(SHAPE | {"aspect": _("Shape of all pictures")}),
        **VISIBILITY,
        **REFERENCES,
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def series(
        self,
        interaction: Interaction,
        aspect: str | None = None,
        resolution: str | None = None,
        preset: PresetName | None = None,
        reference: Picture | None = None,
        reference2: Picture | None = None,
        reference3: Picture | None = None,
        reference4: Picture | None = None,
        tray: bool = False,
        private: bool | None = None,
        spoiler: bool | None = None,
    ) -> None:
        given = {
            "reference": reference,
            "reference2": reference2,
            "reference3": reference3,
            "reference4": reference4,
        }
        said = Said(
            kind=Kind.IMAGINE,
            prompt="",
            references=references_of(given),
            aspect=shape_of(aspect),
            resolution=resolution_of(resolution),
            private=private,
            spoiler=spoiler,
            enhance=False,
            preset=preset,
        )
        await interaction.response.send_modal(SeriesForm(said, tray=tray))

    @series.autocomplete("preset")
    async def presets(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return await complete_preset(interaction, typed)


async def setup(client: EaselClient) -> None:
    await client.add_cog(Series())
