"""The `ModLogPublisher` on Discord: one message for each entry, over REST."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

import discord

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry, Topic
from bot.errors import EaselError, ShowLaterError, UnreachableError
from bot.ui.base.discord_limits import MAX_NONCE
from bot.ui.base.replies import BROKEN_LINE
from bot.ui.moderation.modlog import entry_card

Operators = Callable[[], Awaitable[Sequence[int]]]


def operators_of(client: discord.Client, named: Collection[int] = ()) -> Operators:
    """Those `named` by their user ids; else the owner of the application, or of its team, asked for once."""
    known = sorted(named)

    async def find() -> Sequence[int]:
        if not known:
            known.append(_owner_of(await client.application_info()))
        return known

    return find


def _owner_of(application: discord.AppInfo) -> int:
    team = application.team
    if team is not None and team.owner_id is not None:
        return team.owner_id
    return application.owner.id


log = logging.getLogger(__name__)
MODLOG_POST_TIMEOUT_S: Final = (
    15.0  # for all of an entry: nothing is uploaded, and a stopping process waits for it
)
# https://docs.discord.com/developers/topics/opcodes-and-status-codes: the same request brings the same answer
CLOSED: Final = frozenset({400, 403, 404, 413})


class DiscordModLogPublisher:
    """See `bot.domain.ports.outside`. Works with a client that has logged in; it needs no gateway."""

    def __init__(self, client: discord.Client, operators: Operators) -> None:
        self._client = client
        self._operators = operators

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        """See the port."""
        if entry.topic is Topic.JOB and job is None:
            return None  # its requester deleted it meanwhile: this would be the last copy
        try:
            async with asyncio.timeout(MODLOG_POST_TIMEOUT_S):
                if entry.channel_id is None:
                    return await self._tell_operators(entry, job)
                channel = self._client.get_partial_messageable(entry.channel_id, guild_id=entry.guild_id)
                return await _send(channel, entry, job, f"easel-log-{entry.id}")
        except (discord.HTTPException, discord.RateLimited, *BROKEN_LINE) as error:
            raise _translated(error) from error

    async def _tell_operators(self, entry: LogEntry, job: Job | None) -> int:
        """To each of them; the first message that arrived, and only where none did the error."""
        arrived: list[int] = []
        errors: list[EaselError] = []
        for number, user_id in enumerate(await self._operators()):
            try:
                channel = await self._client.create_dm(discord.Object(user_id))
                arrived.append(await _send(channel, entry, job, f"easel-log-{entry.id}-{number}"))
            except (discord.HTTPException, discord.RateLimited, *BROKEN_LINE) as error:
                errors.append(_translated(error))
        if arrived:
            return arrived[0]
        later = next((error for error in errors if isinstance(error, ShowLaterError)), None)
        raise later or UnreachableError("no operator can be written to")


async def _send(channel: discord.abc.Messageable, entry: LogEntry, job: Job | None, nonce: str) -> int:
    message = await channel.send(
        view=entry_card(entry, job), nonce=nonce[:MAX_NONCE], allowed_mentions=discord.AllowedMentions.none()
    )
    return message.id


def _translated(error: Exception) -> EaselError:
    """Without the text of transport errors, which may hold an address."""
    if not isinstance(error, discord.HTTPException):
        return ShowLaterError(type(error).__name__)
    text = f"Discord answered {error.status} ({error.code})"
    return UnreachableError(text) if error.status in CLOSED else ShowLaterError(text)


__all__ = ["DiscordModLogPublisher", "operators_of"]
