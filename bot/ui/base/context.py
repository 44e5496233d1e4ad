"""The services behind an interaction, and the server that answers for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol, cast

import discord

from bot.domain.ports.drawing import SpendingChart
from bot.services.describing import Describing
from bot.services.history import History
from bot.services.library import Library
from bot.services.marks import MarkLookup
from bot.services.moderation import Moderation
from bot.services.personal_data import PersonalData
from bot.services.requests import Requests
from bot.services.submissions import Submissions

Interaction = discord.Interaction[Any]


class Services(Protocol):
    """The services that commands, buttons and forms use; the client has all of them.

    `command_ids` are Discord's ids of our commands, by name, for clickable mentions. `moderator_roles` are the roles
    that the operator named, beside everybody with Manage Server. `submitting` has a slot for each request that is being
    accepted.
    """

    submissions: Submissions
    describing: Describing
    marks: MarkLookup
    personal_data: PersonalData
    moderation: Moderation
    history: History
    library: Library
    requests: Requests
    chart: SpendingChart
    moderator_roles: frozenset[int]
    command_ids: Mapping[str, int]
    submitting: asyncio.Semaphore


def services_of(interaction: Interaction) -> Services:
    return cast(Services, interaction.client)


def served_guild_of(interaction: Interaction) -> int | None:
    """Return the server whose moderators answer for what is asked here; None where a person installed the bot."""
    is_user_install = interaction.is_user_integration() and not interaction.is_guild_integration()
    return None if is_user_install else interaction.guild_id
