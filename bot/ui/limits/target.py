"""About whom or what a command speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from bot.domain.limits import Scope
from bot.ui.i18n import _
from bot.ui.standpoint import channels_of

Anywhere = app_commands.AppCommandChannel | app_commands.AppCommandThread
Person = discord.User | discord.Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whose rule; `subject_id` is None for the server's default."""

    scope: Scope
    subject_id: int | None = None


def target_of(member: Person | None, role: discord.Role | None, channel: Anywhere | None) -> Target | None:
    """None where more than one was named. @everyone is what the server's default is for."""
    if role is not None and role.is_default() and member is None and channel is None:
        return Target(scope=Scope.SERVER)
    named = {Scope.MEMBER: member, Scope.ROLE: role, Scope.CHANNEL: channel}
    targets = [Target(scope=scope, subject_id=one.id) for scope, one in named.items() if one is not None]
    if len(targets) > 1:
        return None
    return targets[0] if targets else Target(scope=Scope.SERVER)


def one_at_a_time() -> str:
    """Said where more than one was named."""
    return _("Name a member, a role or a channel: one at a time. Without any, it is about the whole server.")


def places_of(channel: Anywhere | None, interaction: discord.Interaction[Any]) -> tuple[int, ...]:
    """The place to look from: the channel named, else the current one; with what it lies in."""
    match channel:
        case None:
            return channels_of(interaction.channel, interaction.channel_id)
        case app_commands.AppCommandThread():
            guild = interaction.guild
            parent = guild.get_channel(channel.parent_id) if guild is not None else None
            return (channel.id, *channels_of(parent, channel.parent_id))
        case _:
            return channels_of(channel, channel.id)
