"""A command that changes one thing: checked, made, answered."""

from __future__ import annotations

from bot.domain.moderation import Change
from bot.services.moderation import ChangeOutcome
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.limits.changes import answer_change
from bot.ui.moderators import as_moderator


async def make_change(interaction: Interaction, change: Change) -> ChangeOutcome | None:
    """What became of it, as the moderator was told; None when the person is none, and was told so."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return None
    outcome = await gateway_of(interaction).moderation.change(guild_id, change, by=interaction.user.id)
    await answer_change(interaction, outcome)
    return outcome
