"""The roles and channels a request is judged by, and what a channel lets Easel do."""

from __future__ import annotations

import logging
from typing import Any

import discord

from bot.domain.jobs import ReplyTarget, RequestContext
from bot.ui.base.context import Interaction
from bot.ui.base.discord_errors import DISCORD_FAILURES
from bot.ui.base.i18n import _

log = logging.getLogger(__name__)


def request_context(interaction: Interaction) -> RequestContext:
    """Return the roles and channels that Discord sent with this interaction."""
    return context_in(interaction.user, interaction.channel, interaction.channel_id)


def context_in(person: discord.User | discord.Member, channel: Any, channel_id: int | None) -> RequestContext:
    """Return the person's roles, and the channel with those it lies in."""
    return RequestContext(role_ids=roles_of(person), channel_ids=channels_of(channel, channel_id))


def roles_of(person: discord.User | discord.Member) -> frozenset[int]:
    """Return the ids of a member's roles, @everyone included; none for a person who is not a member."""
    return frozenset(role.id for role in person.roles) if isinstance(person, discord.Member) else frozenset()


def channels_of(channel: Any, channel_id: int | None) -> tuple[int, ...]:
    """Return the ids of the channel, of a thread's parent channel and of the category, nearest first."""
    found: list[int | None] = [channel_id]
    if isinstance(channel, discord.Thread):
        found.append(channel.parent_id)
        channel = channel.parent
    found.append(getattr(channel, "category_id", None))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def is_age_restricted(interaction: Interaction) -> bool:
    """Return whether the interaction's channel is age-restricted."""
    return is_for_adults(interaction.channel)


def is_for_adults(channel: Any) -> bool:
    """Return whether Discord marks the channel, or a thread's parent, as age-restricted; False outside servers."""
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    if isinstance(channel, discord.abc.GuildChannel):
        return bool(getattr(channel, "nsfw", False))
    return False


async def was_for_adults(client: discord.Client, target: ReplyTarget) -> bool:
    """Return whether a result was made in a channel that is age-restricted, and ask Discord of one not known here.

    A direct message comes to the gateway with shard 0, whichever one has the server. What Discord does not say now is
    taken for age-restricted, a deleted channel is not.
    """
    channel: Any = client.get_channel(target.channel_id)
    try:
        if channel is None and target.served_guild_id is not None:
            channel = await client.fetch_channel(target.channel_id)
        if isinstance(channel, discord.Thread) and channel.parent is None:
            channel = await client.fetch_channel(channel.parent_id)
    except discord.NotFound:
        return False
    except (discord.InvalidData, *DISCORD_FAILURES) as error:
        log.info("channel %s is not known (%s)", target.channel_id, type(error).__name__)
        return True
    return is_for_adults(channel)


def missing_permissions(channel: Any) -> list[str]:
    """Return the names of permissions Easel lacks to write in `channel`; empty where that is not known."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return []
    has = channel.permissions_for(channel.guild.me)
    send = has.send_messages_in_threads if isinstance(channel, discord.Thread) else has.send_messages
    send_name = _("Send Messages in Threads") if isinstance(channel, discord.Thread) else _("Send Messages")
    return [name for name, given in ((_("View Channel"), has.view_channel), (send_name, send)) if not given]


def missing_text(channel_id: int, missing: list[str]) -> str:
    """Say which permissions Easel lacks in a channel that was chosen."""
    names = _(" and ").join(f"**{name}**" for name in missing)
    text = _(
        "Easel can't send messages in <#{id}>. Give it {names} in the channel's settings, then try "
        "again. Nothing changed."
    )
    return text.format(id=channel_id, names=names)


def is_public(channel: Any) -> bool:
    """Return whether everybody in the server can read the channel, as far as is known."""
    if not isinstance(channel, discord.abc.GuildChannel):
        return False
    return channel.permissions_for(channel.guild.default_role).view_channel


def public_warning(channel_id: int) -> str:
    """Warn that everybody can read the chosen mod-log."""
    text = _(
        "⚠️ Everyone in this server can see <#{id}>. The mod-log shows prompts, reports and who's "
        "blocked, so choose a channel only moderators can see."
    )
    return text.format(id=channel_id)
