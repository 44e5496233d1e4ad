"""/limits and /setup: how many images members may make, where, and for how much money."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.jobs import RequestContext
from bot.domain.moderation import MAX_GRANT, MAX_REASON, ClearLimits, GiveImages, ResetMember, SetLimit
from bot.domain.policy.rules import Limit, Scope
from bot.ui.base.access import as_moderator, is_moderator
from bot.ui.base.channels import roles_of
from bot.ui.base.components import send_private_card
from bot.ui.base.gone import look_for_gone
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import ValueNotUnderstoodError, limit_named, parse_value
from bot.ui.base.options import (
    EVERYTHING,
    Anywhere,
    Person,
    Target,
    for_moderators,
    limit_choices,
    moderators_group,
    one_at_a_time,
    places_of,
    target_of,
    unknown_limit,
    value_choices,
    value_problem,
)
from bot.ui.base.replies import reply_privately
from bot.ui.base.units import (
    MAX_TYPED,
    ExpiryNotUnderstoodError,
    expiry_hint,
    expiry_suggestions,
    parse_expiry,
)
from bot.ui.limits.changes import make_change
from bot.ui.limits.member import explain_card
from bot.ui.limits.panel import draw_panel
from bot.ui.limits.setup import open_setup
from bot.ui.limits.show import scope_card, server_card

Interaction = discord.Interaction[EaselClient]
_SCOPES = {
    "member": _("One member's own limits"),
    "role": _("The limits of everyone with a role"),
    "channel": _("The limits in a channel or category"),
}


class Limits(commands.Cog):
    """The commands of /limits, and /setup."""

    limits = moderators_group("limits", _("Set what members can make, how often and for how much"))

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @limits.command(description=_("Show the limits of the server, a member, a role or a channel"))
    @app_commands.describe(**_SCOPES)
    async def show(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        channel: Anywhere | None = None,
    ) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        target = await _target(interaction, member, role, channel)
        if target is None:
            return
        ceiling, models = self.moderation.ceiling, self.moderation.model_names
        if target.scope is Scope.SERVER:
            settings, notes = await look_for_gone(interaction)
            video = self.moderation.video
            card = server_card(settings, ceiling=ceiling, models=models, video=video, above=notes)
            await send_private_card(interaction, card)
            return
        rule = await self.moderation.rule(guild_id, target.scope, target.subject_id)
        await send_private_card(interaction, scope_card(rule, ceiling=ceiling, models=models))

    @limits.command(name="set", description=_("Set one limit, for the server, a member, a role or a channel"))
    @app_commands.describe(
        limit=_("Which limit"), value=_("Such as 20, “no limit”, $5, 4K, yes, 5 min"), **_SCOPES
    )
    async def set_(
        self,
        interaction: Interaction,
        limit: str,
        value: Range[str, 1, MAX_TYPED],
        member: discord.User | None = None,
        role: discord.Role | None = None,
        channel: Anywhere | None = None,
    ) -> None:
        if await as_moderator(interaction) is None:
            return
        target = await _target(interaction, member, role, channel)
        which = await _limit(interaction, limit) if target is not None else None
        if target is None or which is None:
            return
        try:
            wanted = parse_value(which, value, models=self.moderation.model_names)
        except ValueNotUnderstoodError as error:
            await reply_privately(interaction, value_problem(which, value, error.hint))
            return
        change = SetLimit(scope=target.scope, subject_id=target.subject_id, limit=which, value=wanted)
        await make_change(interaction, change, about=member)

    @limits.command(description=_("Remove one or all limits of the server, a member, a role or a channel"))
    @app_commands.describe(limit=_("Which limit, or “everything”"), **_SCOPES)
    async def clear(
        self,
        interaction: Interaction,
        limit: str,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        channel: Anywhere | None = None,
    ) -> None:
        if await as_moderator(interaction) is None:
            return
        target = await _target(interaction, member, role, channel)
        if target is None:
            return
        which: Limit | None = None
        if limit.strip().casefold() != EVERYTHING:
            which = await _limit(interaction, limit)
            if which is None:
                return
        change = ClearLimits(scope=target.scope, subject_id=target.subject_id, limit=which)
        await make_change(interaction, change, about=member)

    @limits.command(
        description=_("Explain why a member can or can't make a picture, and what they have left")
    )
    @app_commands.describe(member=_("Which member"), channel=_("Where. This channel by default"))
    async def explain(
        self, interaction: Interaction, member: discord.User, channel: Anywhere | None = None
    ) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        places = places_of(channel, interaction)
        context = RequestContext(role_ids=roles_of(member), channel_ids=places)
        report = await self.moderation.member_report(member.id, guild_id, context)
        is_member = isinstance(member, discord.Member)
        await send_private_card(
            interaction, explain_card(report, member.id, channel_id=places[0], is_member=is_member)
        )

    @limits.command(description=_("Give a member extra pictures on top of their limits"))
    @app_commands.describe(
        member=_("Which member"),
        images=_("How many pictures"),
        reason=_("The member and other moderators will see it"),
        expires=_("Such as 3 d, 2 weeks or 2026-12-24. Never by default"),
    )
    async def grant(
        self,
        interaction: Interaction,
        member: discord.User,
        images: Range[int, 1, MAX_GRANT],
        reason: Range[str, 1, MAX_REASON],
        expires: str | None = None,
    ) -> None:
        if await as_moderator(interaction) is None:
            return
        try:
            until = parse_expiry(expires, now=interaction.created_at)
        except ExpiryNotUnderstoodError:
            await reply_privately(interaction, expiry_hint())
            return
        change = GiveImages(user_id=member.id, images=images, expires_at=until, reason=reason)
        await make_change(interaction, change, about=member)

    @limits.command(description=_("Reset a member's usage: pictures and videos (money spent still counts)"))
    @app_commands.describe(member=_("Which member"))
    async def reset(self, interaction: Interaction, member: discord.User) -> None:
        await make_change(interaction, ResetMember(user_id=member.id))

    @limits.command(description=_("See and change all settings of this server"))
    async def panel(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            _settings, notes = await look_for_gone(interaction)
            await send_private_card(interaction, await draw_panel(self.moderation, guild_id, above=notes))

    @app_commands.command(
        name="setup",
        description=_("Set the budget, pictures and videos a day, mod-log and who can use Easel in one form"),
    )
    @for_moderators
    async def set_up(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await open_setup(interaction, guild_id)

    @set_.autocomplete("limit")
    async def limits_to_set(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return limit_choices(typed) if is_moderator(interaction) else []

    @clear.autocomplete("limit")
    async def limits_to_clear(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        return limit_choices(typed, everything=True) if is_moderator(interaction) else []

    @set_.autocomplete("value")
    async def values(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        limit = limit_named(str(interaction.namespace.limit or ""))
        if limit is None or not is_moderator(interaction):
            return []
        return value_choices(limit, typed, models=self.moderation.model_names)

    @grant.autocomplete("expires")
    async def expiries(self, _interaction: Interaction, typed: str) -> list[Choice[str]]:
        return [Choice(name=one, value=one) for one in expiry_suggestions(typed)]


async def _target(
    interaction: Interaction, member: Person | None, role: discord.Role | None, channel: Anywhere | None
) -> Target | None:
    target = target_of(member, role, channel)
    if target is None:
        await reply_privately(interaction, one_at_a_time())
    return target


async def _limit(interaction: Interaction, typed: str) -> Limit | None:
    limit = limit_named(typed)
    if limit is None:
        await reply_privately(interaction, unknown_limit())
    return limit


async def setup(client: EaselClient) -> None:
    await client.add_cog(Limits(client))
