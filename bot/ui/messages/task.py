"""From words and pictures to a wish: the same as the commands would make of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final

import discord

from bot.domain.iterating import edit, numbered, result_of
from bot.domain.jobs import Job, Kind, Place, Reach, Wish
from bot.domain.lineage import Parent
from bot.domain.references import Posted, Reference
from bot.domain.variables import unescaped
from bot.services.submissions import Ask
from bot.ui.gateway import Gateway
from bot.ui.intake import reference_of
from bot.ui.messages.instruction import named_pictures
from bot.ui.messages.source import Source
from bot.ui.messages.speaking import CALL_TIMEOUT_S
from bot.ui.results.taking import as_of_today
from bot.ui.seeing import address_in
from bot.ui.standpoint import is_for_adults, standpoint_in
from bot.ui.wishing import Said, Standard, standard_for, wish_of

SPOILER: Final = "SPOILER_"  # how Discord calls files that are behind a spoiler


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a message asks for; `parent` is the result it starts from, if any."""

    wish: Wish
    parent: Parent | None = None


async def task_of(gateway: Gateway, message: discord.Message, text: str, source: Source) -> Task:
    """An edit of the pictures replied to, then those attached; where there are none, a picture of words alone.

    In the direct message with the bot nothing has to be private. What was hidden behind a spoiler stays so.
    """
    prompt, more = unescaped(text), _attached(message)
    if source.job is not None and source.job.pictures:
        task = _edit_of_card(source.job, source.card, prompt, more)
        task = replace(task, wish=as_of_today(gateway, task.wish))
    else:
        task = await _like_a_command(gateway, message, prompt, (*source.references, *more))
    wish = task.wish
    is_hidden = wish.spoiler or any(one.filename.startswith(SPOILER) for one in wish.references)
    is_private = wish.private and message.guild is not None
    return replace(task, wish=replace(wish, private=is_private, spoiler=is_hidden))


async def ask_of(client: discord.Client, message: discord.Message, task: Task) -> Ask:
    """With who asks from where. By the message's id, one that Discord delivers twice is taken once."""
    channel = await _channel_of(client, message)
    return Ask(
        wish=task.wish,
        user_id=message.author.id,
        place=_place_of(message),
        interaction_id=message.id,
        application_id=client.application_id or 0,
        token=None,
        standpoint=standpoint_in(message.author, channel, message.channel.id),
        age_restricted=is_for_adults(channel),
        parent=task.parent,
    )


def _edit_of_card(job: Job, card: discord.Message | None, prompt: str, more: tuple[Reference, ...]) -> Task:
    """Its first picture is image 1, and what was attached follows. Where the words name another one of several,
    all of them are there in their order, so that “image 2” is the second on the card."""
    named = named_pictures(prompt, len(job.pictures))
    first, *rest = (
        result_of(job, render.index, url=address_in(card, job, render.index)) for render in job.pictures
    )
    index = job.pictures[0].index
    if not set(named) - {1}:
        following = edit(job, index, prompt=prompt, more=more, url=first.url)
        return Task(wish=following.wish, parent=following.parent)
    following = edit(job, index, prompt=prompt, more=(*rest, *more), url=first.url)
    chosen = job.pictures[named[0] - 1].index if len(named) == 1 else None
    return Task(wish=following.wish, parent=replace(following.parent, index=chosen))


async def _like_a_command(
    gateway: Gateway, message: discord.Message, prompt: str, references: tuple[Reference, ...]
) -> Task:
    """An edit takes the shape of its first picture; everything else is as this person likes it."""
    said = Said(
        kind=Kind.EDIT if references else Kind.IMAGINE,
        prompt=prompt,
        references=numbered(references),
        is_like_first=bool(references),
    )
    guild_id = message.guild.id if message.guild is not None else None
    standard = await standard_for(gateway, said, user_id=message.author.id, guild_id=guild_id)
    return Task(wish=wish_of(said, standard or Standard(), model=gateway.model))


def _attached(message: discord.Message) -> tuple[Reference, ...]:
    """Whatever it is: of a file that is no picture the person is told, by its number."""
    return tuple(
        replace(
            reference_of("", file),
            posted=Posted(channel_id=message.channel.id, message_id=message.id, attachment_id=file.id),
        )
        for file in message.attachments
    )


async def _channel_of(client: discord.Client, message: discord.Message) -> Any:
    """As the rules need it: of a thread that Discord has not told us of yet, with the channel it belongs to."""
    if not isinstance(message.channel, discord.PartialMessageable):
        return message.channel
    async with asyncio.timeout(CALL_TIMEOUT_S):
        return await client.fetch_channel(message.channel.id)


def _place_of(message: discord.Message) -> Place:
    guild = message.guild
    return Place(
        reach=Reach.DIRECT if guild is None else Reach.GUILD,
        channel_id=message.channel.id,
        guild_id=guild.id if guild is not None else None,
        upload_limit_bytes=(
            discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
        ),
    )
