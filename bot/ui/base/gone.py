"""Settings about channels and roles that Discord no longer has: they are found and taken back."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final, cast

import discord

from bot.domain.moderation import Applied, Change, ClearLimits, SetChannel, SetModLog
from bot.domain.policy.decision import DenialReason, Denied
from bot.domain.policy.rules import Scope
from bot.domain.ports.moderation import ServerSettings
from bot.errors import StoreUnavailableError
from bot.ui.base.components import Box, box_of, lines
from bot.ui.base.context import Interaction, Services, services_of
from bot.ui.base.discord_errors import DISCORD_FAILURES
from bot.ui.base.discord_limits import UNKNOWN_CHANNEL
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge
from bot.ui.base.theme import AMBER

log = logging.getLogger(__name__)
MAX_LOOK_UPS: Final = 20  # channels that Discord is asked about at once
SHOWN_GONE: Final = 20


def channels_named(settings: ServerSettings) -> frozenset[int]:
    """Return every channel, thread and category that a setting is about."""
    ruled = {rule.subject_id for rule in settings.rules if rule.scope is Scope.CHANNEL}
    named = {*ruled, *settings.open_channels, *settings.closed_channels, settings.modlog_channel_id}
    return frozenset(one for one in named if one is not None)


def roles_named(settings: ServerSettings) -> frozenset[int]:
    """Return every role that has limits."""
    ruled = (rule.subject_id for rule in settings.rules if rule.scope is Scope.ROLE)
    return frozenset(one for one in ruled if one is not None)


async def gone_in(guild: discord.Guild, settings: ServerSettings) -> frozenset[int]:
    """Return the channels and roles of the settings that Discord says it no longer has.

    What is not known to us is asked for: a hidden channel or an archived thread is not gone, nor is anything whose
    look-up fails.
    """
    channels = [one for one in channels_named(settings) if guild.get_channel_or_thread(one) is None]
    gone = {one for one in sorted(channels)[:MAX_LOOK_UPS] if await _is_channel_gone(guild, one)}
    roles = [one for one in roles_named(settings) if guild.get_role(one) is None]
    if roles and (existing := await _roles_of(guild)):
        gone.update(one for one in roles if one not in existing)
    return frozenset(gone)


async def _is_channel_gone(guild: discord.Guild, channel_id: int) -> bool:
    try:
        await guild.fetch_channel(channel_id)
    except discord.NotFound as error:
        return error.code == UNKNOWN_CHANNEL
    except (discord.InvalidData, *DISCORD_FAILURES) as error:
        log.info("server %s: channel %s is not known (%s)", guild.id, channel_id, type(error).__name__)
    return False


async def _roles_of(guild: discord.Guild) -> frozenset[int]:
    """Return the ids of the server's roles; none where Discord does not list them now."""
    try:
        return frozenset(role.id for role in await guild.fetch_roles())
    except DISCORD_FAILURES as error:
        log.info("server %s: its roles are not known (%s)", guild.id, type(error).__name__)
        return frozenset()


def changes_about(settings: ServerSettings, gone: Collection[int]) -> list[Change]:
    """Return the changes that take back the settings about these; the mod-log is last, to report the others."""
    listed = (*settings.open_channels, *settings.closed_channels)
    changes: list[Change] = [SetChannel(channel_id=one, is_open=None) for one in listed if one in gone]
    changes += [
        ClearLimits(scope=rule.scope, subject_id=rule.subject_id, limit=None)
        for rule in settings.rules
        if rule.subject_id in gone and rule.scope in {Scope.CHANNEL, Scope.ROLE}
    ]
    if settings.modlog_channel_id in gone:
        changes.append(SetModLog(channel_id=None))
    return changes


async def take_back(client: discord.Client, guild_id: int, *ids: int) -> None:
    """Take back every setting about channels and roles that Discord said it deleted. Never raises."""
    moderation = cast(Services, client).moderation
    try:
        await _take_back(client, guild_id, await moderation.settings(guild_id), ids)
    except StoreUnavailableError as error:  # they are found again when they are used
        log.warning("server %s: settings about what is gone stay (%s)", guild_id, type(error).__name__)


async def _take_back(
    client: discord.Client, guild_id: int, settings: ServerSettings, gone: Collection[int]
) -> bool:
    moderation = cast(Services, client).moderation
    by = client.user.id if client.user is not None else 0
    done = [await moderation.take_back(guild_id, one, by=by) for one in changes_about(settings, gone)]
    return any(isinstance(one, Applied) for one in done)


async def is_opened_by_now(client: discord.Client, guild: discord.Guild | None, denied: Denied) -> bool:
    """Return whether a denial came from a list of open channels that are all gone, and are off the list now.

    The request may be tried again then: a channel that no longer exists closes nobody out.
    """
    if guild is None or denied.reason is not DenialReason.CHANNEL:
        return False
    settings = await cast(Services, client).moderation.settings(guild.id)
    if any(guild.get_channel_or_thread(one) is not None for one in settings.open_channels):
        return False
    return await _take_back(client, guild.id, settings, await gone_in(guild, settings))


async def look_for_gone(interaction: Interaction) -> tuple[ServerSettings, list[Box]]:
    """Take back what is gone; return the settings as they are now, and a box that says so where there was any.

    The answer is deferred, for the person alone, where Discord has to be asked.
    """
    guild_id, guild = interaction.guild_id or 0, interaction.guild
    moderation = services_of(interaction).moderation
    settings = await moderation.settings(guild_id)
    if guild is None or all(
        (
            *(guild.get_channel_or_thread(one) is not None for one in channels_named(settings)),
            *(guild.get_role(one) is not None for one in roles_named(settings)),
        )
    ):
        return settings, []
    await acknowledge(interaction, thinking=True)
    gone = await gone_in(guild, settings)
    if not await _take_back(interaction.client, guild_id, settings, gone):
        return settings, []
    names = [_("channel gone (`{id}`)").format(id=one) for one in sorted(gone & channels_named(settings))]
    names += [_("role gone (`{id}`)").format(id=one) for one in sorted(gone & roles_named(settings))]
    shown = names[:SHOWN_GONE]
    if len(names) > SHOWN_GONE:
        shown.append(_("and {n} more").format(n=len(names) - SHOWN_GONE))
    text = _("Discord no longer has these, so their settings were removed:")
    note = box_of(AMBER, lines(f"### {_('Deleted in Discord')}", text, *(f"- {one}" for one in shown)))
    return await moderation.settings(guild_id), [note]
