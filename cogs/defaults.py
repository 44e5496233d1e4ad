"""/defaults: options that apply unless a command sets them."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.moderation import SetEnhance
from bot.ui.base.access import as_moderator
from bot.ui.base.components import say
from bot.ui.base.context import served_guild_of
from bot.ui.base.i18n import _
from bot.ui.base.options import ASPECTS, RESOLUTIONS, VISIBILITY, resolution_of, shape_of
from bot.ui.base.replies import reply_privately
from bot.ui.library.defaults import PARTS, changed, defaults_card, enhancing_is_off, no_option_text, without
from bot.ui.limits.changes import make_change

Interaction = discord.Interaction[EaselClient]
_PARTS = [Choice(name=name, value=part) for part, name in PARTS.items()]
_ON, _OFF = "on", "off"
_SWITCH = [Choice(name=_("on"), value=_ON), Choice(name=_("off"), value=_OFF)]


class DefaultsCog(commands.Cog):
    """The commands for a person's own defaults and the server's."""

    defaults = app_commands.Group(
        name="defaults", description=_("What you want unless a command says otherwise")
    )

    def __init__(self, client: EaselClient) -> None:
        self.library = client.library
        self.submissions = client.submissions

    @defaults.command(name="set", description=_("Choose what you want unless you say otherwise"))
    @app_commands.describe(
        aspect=_("Shape of your pictures"), resolution=_("How fine they are"), **VISIBILITY
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def set_(
        self,
        interaction: Interaction,
        aspect: str | None = None,
        resolution: str | None = None,
        private: bool | None = None,
        spoiler: bool | None = None,
    ) -> None:
        if aspect is None and resolution is None and private is None and spoiler is None:
            await reply_privately(interaction, no_option_text())
            return
        user_id = interaction.user.id
        wanted = changed(
            await self.library.defaults(user_id),
            aspect=shape_of(aspect),
            resolution=resolution_of(resolution),
            private=private,
            spoiler=spoiler,
        )
        await self.library.set_defaults(user_id, wanted)
        await say(interaction, defaults_card(wanted))

    @defaults.command(description=_("What holds for you now"))
    async def show(self, interaction: Interaction) -> None:
        guild_id = served_guild_of(interaction)
        defaults, enhances = await self.library.defaults_in(interaction.user.id, guild_id)
        await say(interaction, defaults_card(defaults, enhances=enhances and self.submissions.can_enhance))

    @defaults.command(description=_("Forget your defaults, or one of them"))
    @app_commands.describe(what=_("Which one; all of them unless you say"))
    @app_commands.choices(what=_PARTS)
    async def clear(self, interaction: Interaction, what: str | None = None) -> None:
        user_id = interaction.user.id
        left = without(await self.library.defaults(user_id), what)
        await self.library.set_defaults(user_id, left)
        await say(interaction, defaults_card(left))

    @defaults.command(description=_("What holds for everybody in this server; for moderators"))
    @app_commands.describe(enhance=_("Let a chat model write prompts out first where nobody says otherwise"))
    @app_commands.choices(enhance=_SWITCH)
    async def server(self, interaction: Interaction, enhance: str) -> None:
        if await as_moderator(interaction) is None:
            return
        if enhance == _ON and not self.submissions.can_enhance:
            await reply_privately(interaction, enhancing_is_off())
            return
        await make_change(interaction, SetEnhance(is_on=enhance == _ON))


async def setup(client: EaselClient) -> None:
    await client.add_cog(DefaultsCog(client))
