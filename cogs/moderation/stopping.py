"""/block, /unblock, /pause, /resume: who may use Easel at all, and when."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from discord.utils import utcnow

from bot.client import EaselClient
from bot.domain.moderation import (
    MAX_PAUSE_TEXT,
    MAX_REASON,
    BlockMember,
    PauseServer,
    ResumeServer,
    UnblockMember,
)
from bot.ui.blocking import block_list, span_problem, why_not_blocked
from bot.ui.changing import make_change
from bot.ui.durations import is_until_lifted, parse_span, span_suggestions
from bot.ui.failures import whisper
from bot.ui.i18n import _
from bot.ui.limits.parts import say
from bot.ui.moderators import as_moderator

Interaction = discord.Interaction[EaselClient]
Reason = Range[str, 1, MAX_REASON]
PauseText = Range[str, 1, MAX_PAUSE_TEXT]


class Stopping(commands.Cog):
    """Stopping one member, or everybody."""

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @app_commands.command(description=_("Stop a member from using Easel here"))
    @app_commands.describe(
        member=_("Who"),
        reason=_("They and other moderators will read it"),
        span=_("Such as 12 h, 3 d, 2 weeks; until somebody lifts it unless you say"),
    )
    @app_commands.rename(span="for")
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def block(
        self, interaction: Interaction, member: discord.User, reason: Reason, span: str | None = None
    ) -> None:
        if await as_moderator(interaction) is None:
            return
        until = None
        problem = why_not_blocked(interaction, member)
        if problem is None and span is not None and not is_until_lifted(span):
            length = parse_span(span)
            until = None if length is None else utcnow() + length
            problem = span_problem() if length is None else None
        if problem is not None:
            await whisper(interaction, problem)
        else:
            await make_change(interaction, BlockMember(user_id=member.id, until=until, reason=reason))

    @block.autocomplete("span")
    async def spans(self, _interaction: Interaction, typed: str) -> list[Choice[str]]:
        return [Choice(name=span, value=span) for span in span_suggestions(typed)]

    @app_commands.command(description=_("Lift a block, or see who is blocked"))
    @app_commands.describe(member=_("Whose block to lift; leave it out to see them all"))
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def unblock(self, interaction: Interaction, member: discord.User | None = None) -> None:
        if member is not None:
            await make_change(interaction, UnblockMember(user_id=member.id))
            return
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            settings = await self.moderation.settings(guild_id)
            blocks = await self.moderation.blocks(guild_id)
            await say(interaction, block_list(blocks, total=max(settings.blocks, len(blocks))))

    @app_commands.command(description=_("Take no new commands in this server until you resume"))
    @app_commands.describe(text=_("What members see beside that"))
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def pause(self, interaction: Interaction, text: PauseText | None = None) -> None:
        await make_change(interaction, PauseServer(text=text or ""))

    @app_commands.command(description=_("End the pause"))
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.default_permissions(manage_guild=True)
    async def resume(self, interaction: Interaction) -> None:
        await make_change(interaction, ResumeServer())
