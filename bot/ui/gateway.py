"""What the running client offers to commands and buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

import discord

from bot.domain.ports import Plotter
from bot.services.gallery import Gallery
from bot.services.moderation import Moderation
from bot.services.privacy import Privacy
from bot.services.shelf import Shelf
from bot.services.submissions import Submissions

Interaction = discord.Interaction[Any]
Press = Callable[[Interaction, str], Awaitable[None]]


class Gateway(Protocol):
    """`presses` maps the action in a button's `custom_id` to what it does with the id that follows.

    `model` is the one new wishes are for. `command_ids` are Discord's of our commands, by name: what a clickable
    mention needs. `moderator_roles` are those the operator named, beside everybody with Manage Server.
    """

    submissions: Submissions
    privacy: Privacy
    moderation: Moderation
    gallery: Gallery
    shelf: Shelf
    plotter: Plotter
    moderator_roles: frozenset[int]
    presses: Mapping[str, Press]
    model: str
    command_ids: Mapping[str, int]


def gateway_of(interaction: Interaction) -> Gateway:
    return cast(Gateway, interaction.client)
