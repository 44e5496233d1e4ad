"""From a result to the next job: asked for by whoever pressed, on their own account."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.iterating import Next
from bot.domain.jobs import Wish
from bot.ui.gateway import Gateway, Interaction, gateway_of
from bot.ui.intake import take


async def take_next(interaction: Interaction, following: Next) -> bool:
    """Whether it was accepted; a refusal was answered."""
    return await take(
        interaction, as_of_today(gateway_of(interaction), following.wish), parent=following.parent
    )


def as_of_today(gateway: Gateway, wish: Wish) -> Wish:
    """With what Easel has now: a result may be older than its model, or than a switched off rewriting."""
    return replace(wish, model=gateway.model, enhance=wish.enhance and gateway.submissions.can_enhance)
