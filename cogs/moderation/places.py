"""/channels and /modlog: where pictures may be asked for, and where moderators read what happens."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.moderation import Applied, Proposal, SetChannel, SetModLog
from bot.ui.changing import make_change
from bot.ui.channels import (
    channel_list,
    is_public,
    missing_permissions,
    missing_text,
    modlog_place,
    public_warning,
)
from bot.ui.failures import whisper
from bot.ui.i18n import _
from bot.ui.limits.changes import answer_change, colour_of, outcome_text
from bot.ui.limits.parts import box_of, say, view_of
from bot.ui.look import AMBER
from bot.ui.moderators import as_moderator
from bot.ui.modlog.changes import SHOWN, changes_card

Interaction = discord.Interaction[EaselClient]
# As Discord describes them with the command: a thread may be unknown to us
Somewhere = app_commands.AppCommandChannel | app_commands.AppCommandThread
_GUILDS = app_commands.AppInstallationType(guild=True, user=False)
_HINT = discord.Permissions(manage_guild=True)


class Places(commands.Cog):
    """A server's channels."""

    channels = app_commands.Group(
        name="channels",
        description=_("Where pictures may be asked for"),
        guild_only=True,
        allowed_installs=_GUILDS,
        default_permissions=_HINT,
    )
    modlog = app_commands.Group(
        name="modlog",
        description=_("Where moderators read what happens"),
        guild_only=True,
        allowed_installs=_GUILDS,
        default_permissions=_HINT,
    )

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @channels.command(description=_("Open a channel; all that are not opened are closed then"))
    @app_commands.describe(channel=_("A channel, a thread, or a category with all its channels"))
    async def allow(self, interaction: Interaction, channel: Somewhere) -> None:
        await self._set(interaction, channel, is_open=True)

    @channels.command(description=_("Close a channel"))
    @app_commands.describe(channel=_("A channel, a thread, or a category with all its channels"))
    async def deny(self, interaction: Interaction, channel: Somewhere) -> None:
        await self._set(interaction, channel, is_open=False)

    @channels.command(description=_("Take back what was said of a channel"))
    @app_commands.describe(channel=_("A channel, a thread or a category"))
    async def clear(self, interaction: Interaction, channel: Somewhere) -> None:
        await self._set(interaction, channel, is_open=None)

    @channels.command(description=_("Which channels are open, and which are closed"))
    async def show(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await say(interaction, view_of(channel_list(await self.moderation.settings(guild_id))))

    async def _set(self, interaction: Interaction, channel: Somewhere, *, is_open: bool | None) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        change = SetChannel(channel_id=channel.id, is_open=is_open)
        outcome = await self.moderation.change(guild_id, change, by=interaction.user.id)
        if not isinstance(outcome, Applied):
            await answer_change(interaction, outcome, change)
            return
        done = box_of(colour_of(outcome), await outcome_text(self.moderation, guild_id, outcome))
        await say(interaction, view_of(done, channel_list(await self.moderation.settings(guild_id))))

    @modlog.command(description=_("What moderators changed lately"))
    async def changes(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await say(interaction, changes_card(await self.moderation.audit(guild_id, limit=SHOWN)))

    @modlog.command(description=_("Where the mod-log is; or put it somewhere else"))
    @app_commands.describe(
        channel=_("A channel that only moderators see; leave it out to see where it is"),
        off=_("Write no mod-log"),
    )
    async def channel(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, off: bool = False
    ) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        if channel is None and not off:
            settings = await self.moderation.settings(guild_id)
            await say(interaction, modlog_place(settings.modlog_channel_id, interaction.guild))
            return
        if channel is None or off:
            await make_change(interaction, SetModLog(channel_id=None))
            return
        missing = missing_permissions(channel)
        if missing:
            await whisper(interaction, missing_text(channel.id, missing))
            return
        await self._put_modlog(interaction, guild_id, channel)

    async def _put_modlog(
        self, interaction: Interaction, guild_id: int, channel: discord.TextChannel
    ) -> None:
        change = SetModLog(channel_id=channel.id)
        outcome = await self.moderation.change(guild_id, change, by=interaction.user.id)
        if isinstance(outcome, Proposal) or not is_public(channel):
            await answer_change(interaction, outcome, change)
            return
        text = await outcome_text(self.moderation, guild_id, outcome)
        await say(interaction, view_of(box_of(AMBER, text, public_warning(channel.id))))
