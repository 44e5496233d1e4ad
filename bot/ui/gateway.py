"""What the running client offers to commands and buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

import discord

from bot.services.privacy import Privacy
from bot.services.submissions import Submissions

Interaction = discord.Interaction[Any]
Press = Callable[[Interaction, str], Awaitable[None]]


class Gateway(Protocol):
    """`presses` maps the action in a button's `custom_id` to what it does with the id that follows."""

    submissions: Submissions
    privacy: Privacy
    presses: Mapping[str, Press]


def gateway_of(interaction: Interaction) -> Gateway:
    return cast(Gateway, interaction.client)
