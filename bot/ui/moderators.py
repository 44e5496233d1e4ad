"""Who counts as a moderator. Asked in every command, button, select and modal: Discord's own settings are a hint."""

from __future__ import annotations

import discord

from bot.ui.failures import whisper
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.standpoint import served_guild_of


def is_moderator(interaction: Interaction) -> bool:
    """Manage Server, or a role the operator named; and in a server that invited the bot itself."""
    if served_guild_of(interaction) is None:
        return False  # a person who brought the bot along speaks for no server
    if interaction.permissions.manage_guild or interaction.permissions.administrator:
        return True
    user = interaction.user
    if not isinstance(user, discord.Member):
        return False
    return any(role.id in gateway_of(interaction).moderator_roles for role in user.roles)


async def as_moderator(interaction: Interaction) -> int | None:
    """The server's id; None when the person may not, and was told so."""
    if is_moderator(interaction):
        return interaction.guild_id
    if served_guild_of(interaction) is None:
        await whisper(interaction, _("This works in a server that has invited Easel."))
    else:
        await whisper(
            interaction, _("This is for this server's moderators: it needs the permission Manage Server.")
        )
    return None
