"""/budget, /filter, /channels, /modlog, /block, /unblock, /pause and /resume: moderation beside limits."""

from __future__ import annotations

import io

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.content.filters import MAX_FILTER_TEXT, FilterKind
from bot.domain.jobs import MAX_PROMPT
from bot.domain.moderation import (
    MAX_PAUSE_TEXT,
    MAX_REASON,
    AddFilter,
    Applied,
    BlockMember,
    PauseServer,
    Proposal,
    RemoveFilter,
    ResumeServer,
    SetChannel,
    SetModLog,
    UnblockMember,
)
from bot.services.moderation import BudgetReport
from bot.ui.base.access import as_moderator, is_moderator
from bot.ui.base.channels import is_public, missing_permissions, missing_text, public_warning
from bot.ui.base.components import NOBODY, box_of, send_private_card, view_of
from bot.ui.base.gone import look_for_gone
from bot.ui.base.i18n import _
from bot.ui.base.options import for_moderators, moderators_group
from bot.ui.base.replies import acknowledge, reply_privately
from bot.ui.base.theme import AMBER
from bot.ui.base.units import is_until_lifted, parse_span, span_suggestions
from bot.ui.limits.changes import answer_change, make_change, outcome_box, outcome_texts
from bot.ui.moderation.budget import PLOT_FILE, budget_card, plot_words
from bot.ui.moderation.filters import KIND_NAMES, filter_choice, filter_choices, filter_list, prompt_test
from bot.ui.moderation.modlog import SHOWN, changes_card
from bot.ui.moderation.places import block_list, channel_list, modlog_place, span_problem, why_not_blocked

Interaction = discord.Interaction[EaselClient]


class Budget(commands.Cog):
    """The command /budget: a server's spending so far, and its forecast."""

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation
        self.chart = client.chart

    @app_commands.command(description=_("Show what this server has spent, with a forecast"))
    @for_moderators
    async def budget(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        await acknowledge(interaction, thinking=True)
        report = await self.moderation.budget(guild_id)
        settings = await self.moderation.settings(guild_id)
        files = await self._plot(report)
        picture = PLOT_FILE if files else None
        view = budget_card(report, settings, self.moderation.ceiling, picture=picture)
        await interaction.edit_original_response(view=view, attachments=files, allowed_mentions=NOBODY)

    async def _plot(self, report: BudgetReport) -> list[discord.File]:
        """Draw the month's chart; no file if nothing was spent, because the card says so."""
        if not report.month.total:
            return []
        words = plot_words(report.month)
        data = await self.chart.month(report.month, forecast_micro_usd=report.forecast, words=words)
        return [discord.File(io.BytesIO(data), PLOT_FILE)]


_KINDS = [Choice(name=name, value=kind.value) for kind, name in KIND_NAMES.items()]


class Filters(commands.Cog):
    """The commands of /filter: the words and patterns that a server bans from prompts."""

    group = moderators_group("filter", _("Block prompts with certain words in this server"))

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @group.command(description=_("Block prompts with a word, phrase or pattern"))
    @app_commands.describe(
        kind=_("Word or pattern"),
        text=_("Pattern: * any letters, ? one letter, (a|b) either, ... a few words between"),
    )
    @app_commands.choices(kind=_KINDS)
    async def add(self, interaction: Interaction, kind: str, text: Range[str, 1, MAX_FILTER_TEXT]) -> None:
        await make_change(interaction, AddFilter(kind=FilterKind(kind), text=text))

    @group.command(description=_("Remove a filter"))
    @app_commands.describe(number=_("Its number. Type part of its text to find it"))
    async def remove(self, interaction: Interaction, number: Range[int, 1]) -> None:
        await make_change(interaction, RemoveFilter(number=number))

    @remove.autocomplete("number")
    async def numbers(self, interaction: Interaction, typed: str) -> list[Choice[int]]:
        if interaction.guild_id is None or not is_moderator(interaction):
            return []
        found = filter_choices(await self.moderation.filters(interaction.guild_id), str(typed))
        return [Choice(name=filter_choice(one), value=one.id) for one in found]

    @group.command(name="list", description=_("Show this server's filters"))
    async def show(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await send_private_card(interaction, filter_list(await self.moderation.filters(guild_id)))

    @group.command(description=_("Test whether a prompt would pass, and what blocks it"))
    @app_commands.describe(prompt=_("The prompt. Nothing is painted"))
    async def test(self, interaction: Interaction, prompt: Range[str, 1, MAX_PROMPT]) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await send_private_card(
                interaction, prompt_test(prompt, await self.moderation.test_prompt(guild_id, prompt))
            )


# A channel or thread as it comes with the command, because a thread may not be in the cache.
Somewhere = app_commands.AppCommandChannel | app_commands.AppCommandThread


class PlacesCog(commands.Cog):
    """The commands of /channels and /modlog: where members may make pictures, and what moderators changed."""

    channels = moderators_group("channels", _("Choose where Easel can be used"))
    modlog = moderators_group("modlog", _("Show moderators what happens"))

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @channels.command(description=_("Allow a channel. All channels you don't allow are then closed"))
    @app_commands.describe(channel=_("A channel, a thread, or a category with all its channels"))
    async def allow(self, interaction: Interaction, channel: Somewhere) -> None:
        await self._set(interaction, channel, is_open=True)

    @channels.command(description=_("Deny a channel"))
    @app_commands.describe(channel=_("A channel, a thread, or a category with all its channels"))
    async def deny(self, interaction: Interaction, channel: Somewhere) -> None:
        await self._set(interaction, channel, is_open=False)

    @channels.command(description=_("Remove a channel's rule"))
    @app_commands.describe(channel=_("A channel, a thread or a category"))
    async def clear(self, interaction: Interaction, channel: Somewhere) -> None:
        await self._set(interaction, channel, is_open=None)

    @channels.command(description=_("Show which channels are allowed and denied"))
    async def show(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            settings, notes = await look_for_gone(interaction)
            await send_private_card(interaction, view_of(*notes, channel_list(settings)))

    async def _set(self, interaction: Interaction, channel: Somewhere, *, is_open: bool | None) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        change = SetChannel(channel_id=channel.id, is_open=is_open)
        outcome = await self.moderation.change(guild_id, change, by=interaction.user.id)
        if not isinstance(outcome, Applied):
            await answer_change(interaction, outcome, change)
            return
        done = await outcome_box(self.moderation, guild_id, outcome)
        await send_private_card(
            interaction, view_of(done, channel_list(await self.moderation.settings(guild_id)))
        )

    @modlog.command(description=_("Show recent changes by moderators"))
    async def changes(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await send_private_card(
                interaction, changes_card(await self.moderation.audit(guild_id, limit=SHOWN))
            )

    @modlog.command(description=_("Show or set the mod-log channel"))
    @app_commands.describe(
        channel=_("A channel only moderators can see. Leave it out to see the current one"),
        off=_("Turn the mod-log off"),
    )
    async def channel(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, off: bool = False
    ) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        if channel is None and not off:
            settings = await self.moderation.settings(guild_id)
            await send_private_card(interaction, modlog_place(settings.modlog_channel_id, interaction.guild))
            return
        if channel is None or off:
            await make_change(interaction, SetModLog(channel_id=None))
            return
        missing = missing_permissions(channel)
        if missing:
            await reply_privately(interaction, missing_text(channel.id, missing))
            return
        await self._put_modlog(interaction, guild_id, channel)

    async def _put_modlog(
        self, interaction: Interaction, guild_id: int, channel: discord.TextChannel
    ) -> None:
        """Move the mod-log, with a warning if everybody can read its new channel."""
        change = SetModLog(channel_id=channel.id)
        outcome = await self.moderation.change(guild_id, change, by=interaction.user.id)
        if isinstance(outcome, Proposal) or not is_public(channel):
            await answer_change(interaction, outcome, change)
            return
        texts = await outcome_texts(self.moderation, guild_id, outcome)
        await send_private_card(interaction, view_of(box_of(AMBER, *texts, public_warning(channel.id))))


ReasonOption = Range[str, 1, MAX_REASON]
PauseText = Range[str, 1, MAX_PAUSE_TEXT]


class Stopping(commands.Cog):
    """The commands /block, /unblock, /pause and /resume: who may use Easel, and when."""

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @app_commands.command(description=_("Stop a member from using Easel here"))
    @app_commands.describe(
        member=_("Which member"),
        reason=_("The member and other moderators will see it"),
        span=_("Such as 12 h, 3 d or 2 weeks. Until you lift it by default"),
    )
    @app_commands.rename(span="for")
    @for_moderators
    async def block(
        self, interaction: Interaction, member: discord.User, reason: ReasonOption, span: str | None = None
    ) -> None:
        if await as_moderator(interaction) is None:
            return
        until = None
        problem = why_not_blocked(interaction, member)
        if problem is None and span is not None and not is_until_lifted(span):
            length = parse_span(span)
            until = None if length is None else interaction.client.history.clock.now() + length
            problem = span_problem() if length is None else None
        if problem is not None:
            await reply_privately(interaction, problem)
        else:
            await make_change(interaction, BlockMember(user_id=member.id, until=until, reason=reason))

    @block.autocomplete("span")
    async def spans(self, _interaction: Interaction, typed: str) -> list[Choice[str]]:
        return [Choice(name=span, value=span) for span in span_suggestions(typed)]

    @app_commands.command(description=_("Lift a block, or see who's blocked"))
    @app_commands.describe(member=_("Which member. Leave it out to see them all"))
    @for_moderators
    async def unblock(self, interaction: Interaction, member: discord.User | None = None) -> None:
        if member is not None:
            await make_change(interaction, UnblockMember(user_id=member.id))
            return
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            settings = await self.moderation.settings(guild_id)
            blocks = await self.moderation.blocks(guild_id)
            await send_private_card(
                interaction, view_of(block_list(blocks, total=max(settings.blocks, len(blocks))))
            )

    @app_commands.command(description=_("Stop Easel in this server until you resume it"))
    @app_commands.describe(text=_("A message for members"))
    @for_moderators
    async def pause(self, interaction: Interaction, text: PauseText | None = None) -> None:
        await make_change(interaction, PauseServer(text=text or ""))

    @app_commands.command(description=_("End the pause"))
    @for_moderators
    async def resume(self, interaction: Interaction) -> None:
        await make_change(interaction, ResumeServer())


async def setup(client: EaselClient) -> None:
    await client.add_cog(Budget(client))
    for cog in (Stopping, Filters, PlacesCog):
        await client.add_cog(cog(client))
