"""/filter: the words and patterns that this server does not want in prompts."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.client import EaselClient
from bot.domain.jobs import MAX_PROMPT
from bot.domain.moderation import AddFilter, RemoveFilter
from bot.domain.words import MAX_FILTER_TEXT, FilterKind
from bot.ui.changing import make_change
from bot.ui.filtering import KIND_NAMES, filter_choice, filter_choices, filter_list, prompt_test
from bot.ui.i18n import _
from bot.ui.limits.parts import say
from bot.ui.moderators import as_moderator, is_moderator

Interaction = discord.Interaction[EaselClient]
_KINDS = [Choice(name=name, value=kind.value) for kind, name in KIND_NAMES.items()]


class Filters(commands.Cog):
    """A server's own filters."""

    group = app_commands.Group(
        name="filter",
        description=_("Words and patterns that stop a prompt in this server"),
        guild_only=True,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        default_permissions=discord.Permissions(manage_guild=True),
    )

    def __init__(self, client: EaselClient) -> None:
        self.moderation = client.moderation

    @group.command(description=_("Stop prompts with a word, a phrase or a pattern"))
    @app_commands.describe(
        kind=_("How to read the text"),
        text=_("Pattern: * any letters, ? one letter, (a|b) either, ... a few words between"),
    )
    @app_commands.choices(kind=_KINDS)
    async def add(self, interaction: Interaction, kind: str, text: Range[str, 1, MAX_FILTER_TEXT]) -> None:
        await make_change(interaction, AddFilter(kind=FilterKind(kind), text=text))

    @group.command(description=_("Take a filter away"))
    @app_commands.describe(number=_("Its number; type a part of its text to find it"))
    async def remove(self, interaction: Interaction, number: Range[int, 1]) -> None:
        await make_change(interaction, RemoveFilter(number=number))

    @remove.autocomplete("number")
    async def numbers(self, interaction: Interaction, typed: str) -> list[Choice[int]]:
        if interaction.guild_id is None or not is_moderator(interaction):
            return []
        found = filter_choices(await self.moderation.filters(interaction.guild_id), str(typed))
        return [Choice(name=filter_choice(one), value=one.id) for one in found]

    @group.command(name="list", description=_("This server's filters"))
    async def show(self, interaction: Interaction) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await say(interaction, filter_list(await self.moderation.filters(guild_id)))

    @group.command(description=_("See whether a prompt would pass, and what stops it"))
    @app_commands.describe(prompt=_("The prompt; nothing is painted"))
    async def test(self, interaction: Interaction, prompt: Range[str, 1, MAX_PROMPT]) -> None:
        guild_id = await as_moderator(interaction)
        if guild_id is not None:
            await say(interaction, prompt_test(prompt, await self.moderation.test_prompt(guild_id, prompt)))
