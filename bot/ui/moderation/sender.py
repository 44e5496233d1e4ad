"""The mod-log on Discord: one message for each entry, over REST."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final

import discord

from bot.domain.jobs import Job
from bot.domain.moderation import LogEntry, Topic
from bot.errors import EaselError, ShowLaterError, UnreachableError
from bot.services.history import History
from bot.ui.base.components import MemoryFile
from bot.ui.base.discord_errors import DISCORD_FAILURES, translated
from bot.ui.base.discord_limits import MAX_NONCE
from bot.ui.cards.text import small_name
from bot.ui.moderation.modlog import can_be_removed, entry_card

Operators = Callable[[], Awaitable[Sequence[int]]]


def operators_of(client: discord.Client, named: Collection[int] = ()) -> Operators:
    """Return a function that finds the operators' user ids: `named`, or else the owner of the application or its team.

    It asks Discord for the owner once.
    """
    known = sorted(named)

    async def find() -> Sequence[int]:
        if not known:
            application = await client.application_info()
            team_owner = application.team.owner_id if application.team is not None else None
            known.append(application.owner.id if team_owner is None else team_owner)
        return known

    return find


log = logging.getLogger(__name__)
# For all messages of an entry. It is short, because little is uploaded and a stopping process waits for it.
MODLOG_POST_TIMEOUT_S: Final = 15.0
PREVIEWS_TIMEOUT_S: Final = 5.0  # a report without them is better than a late one
Previews = Mapping[int, bytes]  # JPEGs by the index of the picture they show
NONE: Final[Previews] = {}


class DiscordModLogPublisher:
    """Implements `bot.domain.ports.outside.ModLogPublisher`. The client must be logged in, but needs no gateway."""

    def __init__(self, client: discord.Client, operators: Operators, history: History) -> None:
        self._client = client
        self._operators = operators
        self._history = history

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        """Send the entry to its channel, or to the operators; return the message's id, None if the job is gone."""
        if entry.topic is Topic.JOB and job is None:
            return None  # the requester deleted the job, and the card would be a copy of it
        try:
            async with asyncio.timeout(MODLOG_POST_TIMEOUT_S):
                if entry.channel_id is None:
                    return await self._tell_operators(entry, job)
                channel = self._client.get_partial_messageable(entry.channel_id, guild_id=entry.guild_id)
                previews = await self._previews(entry, job)
                return await _send_with(channel, entry, job, f"easel-log-{entry.id}", previews)
        except DISCORD_FAILURES as error:
            raise translated(error) from error

    async def _previews(self, entry: LogEntry, job: Job | None) -> Previews:
        """Return previews of a reported result that the server sees and its moderators may delete."""
        if entry.topic is not Topic.REPORT or job is None or not can_be_removed(job):
            return {}
        indexes = [render.index for render in job.pictures]
        try:
            async with asyncio.timeout(PREVIEWS_TIMEOUT_S):
                found = await self._history.thumbnails([(job, index) for index in indexes])
        except TimeoutError:
            log.info("job %s: its report shows no previews, as fetching them took too long", job.id)
            return {}
        return {index: data for index, data in zip(indexes, found, strict=True) if data is not None}

    async def _tell_operators(self, entry: LogEntry, job: Job | None) -> int:
        """Send the entry to each operator; return the id of the first message, or raise if none was sent."""
        arrived: list[int] = []
        errors: list[EaselError] = []
        for number, user_id in enumerate(await self._operators()):
            try:
                channel = await self._client.create_dm(discord.Object(user_id))
                arrived.append(await _send(channel, entry, job, f"easel-log-{entry.id}-{number}"))
            except DISCORD_FAILURES as error:
                errors.append(translated(error))
        if arrived:
            return arrived[0]
        later = next((error for error in errors if isinstance(error, ShowLaterError)), None)
        raise later or UnreachableError("no operator can be written to")


async def _send_with(
    channel: discord.abc.Messageable, entry: LogEntry, job: Job | None, nonce: str, previews: Previews
) -> int:
    """Send an entry with previews, or without them where Easel may not attach files."""
    try:
        return await _send(channel, entry, job, nonce, previews)
    except discord.Forbidden:
        if not previews:
            raise
        log.info("mod-log entry %s has no previews, as the channel may take no files", entry.id)
        return await _send(channel, entry, job, nonce)


async def _send(
    channel: discord.abc.Messageable, entry: LogEntry, job: Job | None, nonce: str, previews: Previews = NONE
) -> int:
    files = (
        [] if job is None else [MemoryFile(data, small_name(job, index)) for index, data in previews.items()]
    )
    message = await channel.send(
        view=entry_card(entry, job, shown=list(previews)),
        files=files,
        nonce=nonce[:MAX_NONCE],
        allowed_mentions=discord.AllowedMentions.none(),
    )
    return message.id
