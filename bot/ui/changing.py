"""A command that changes one thing: checked, made, answered."""

from __future__ import annotations

import discord

from bot.domain.moderation import Change
from bot.services.moderation import ChangeOutcome
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.limits.changes import answer_change
from bot.ui.moderators import as_moderator
from bot.ui.standpoint import roles_of


async def make_change(
    interaction: Interaction, change: Change, *, about: discord.User | discord.Member | None = None
) -> ChangeOutcome | None:
    """What became of it, as the moderator was told; None when the person is none, and was told so.

    `about` is the member whose limits change.
    """
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return None
    role_ids = frozenset[int]() if about is None else roles_of(about)
    moderation = gateway_of(interaction).moderation
    outcome = await moderation.change(guild_id, change, by=interaction.user.id, role_ids=role_ids)
    await answer_change(interaction, outcome, change)
    return outcome
