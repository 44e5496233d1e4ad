"""Whence a command comes, as the rules of a server see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

import discord

from bot.domain.jobs import RequestContext
from bot.domain.ports.drawing import Plotter
from bot.services.history import History
from bot.services.library import Library
from bot.services.moderation import Moderation
from bot.services.personal_data import PersonalData
from bot.services.submissions import Submissions

Interaction = discord.Interaction[Any]


class Services(Protocol):
    """What commands, buttons and forms work with; the client has all of it.

    `model` is the one that new requests are for. `command_ids` are Discord's ids of our commands by name, which a
    clickable mention needs. `moderator_roles` are those the operator named, beside everybody with Manage Server.
    """

    submissions: Submissions
    personal_data: PersonalData
    moderation: Moderation
    history: History
    library: Library
    chart: Plotter
    moderator_roles: frozenset[int]
    model: str
    command_ids: Mapping[str, int]


def services_of(interaction: Interaction) -> Services:
    return cast(Services, interaction.client)


def served_guild_of(interaction: Interaction) -> int | None:
    """The server whose moderators answer for what is asked here: none where a person brought the bot along."""
    is_brought_along = interaction.is_user_integration() and not interaction.is_guild_integration()
    return None if is_brought_along else interaction.guild_id


def request_context(interaction: Interaction) -> RequestContext:
    """Roles and channels of this very command, as Discord sent them with it."""
    return context_in(interaction.user, interaction.channel, interaction.channel_id)


def context_in(person: discord.User | discord.Member, channel: Any, channel_id: int | None) -> RequestContext:
    """The person's roles and the channels around them, as Discord knows them at this moment."""
    return RequestContext(role_ids=roles_of(person), channel_ids=channels_of(channel, channel_id))


def roles_of(person: discord.User | discord.Member) -> frozenset[int]:
    """A member's roles, @everyone among them; none of a person who is no member."""
    return frozenset(role.id for role in person.roles) if isinstance(person, discord.Member) else frozenset()


def channels_of(channel: Any, channel_id: int | None) -> tuple[int, ...]:
    """The channel, for a thread its channel, and the category: the nearest first."""
    found: list[int | None] = [channel_id]
    if isinstance(channel, discord.Thread):
        found.append(channel.parent_id)
        channel = channel.parent
    found.append(getattr(channel, "category_id", None))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def is_age_restricted(interaction: Interaction) -> bool:
    """Where this command was used."""
    return is_for_adults(interaction.channel)


def is_for_adults(channel: Any) -> bool:
    """What Discord says of the channel; a thread is what its channel is. Elsewhere nobody vouches for anybody."""
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    if isinstance(channel, discord.abc.GuildChannel):
        return bool(getattr(channel, "nsfw", False))
    return False
