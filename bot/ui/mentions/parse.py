"""Turn a message into a submission: its prompt, its images, and where to answer."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import replace
from typing import Any, Final

import discord

from bot.domain.jobs import ReplyScope, ReplyTarget
from bot.domain.prompts import clean_prompt, draws, is_blank
from bot.domain.references import Posted, Reference
from bot.services.requests import MentionRequest, ShownResult
from bot.services.submissions import Submission
from bot.ui.base.access import address_in
from bot.ui.base.attachments import reference_of
from bot.ui.base.channels import context_in, is_for_adults
from bot.ui.base.context import Services
from bot.ui.base.i18n import _
from bot.ui.base.mentioned import words_of
from bot.ui.mentions.source import MentionSource
from bot.ui.mentions.writing import REPLY_TIMEOUT_S

_HELP: Final = frozenset({"help", _("help")})


def names_us(content: str, me: int) -> bool:
    """Return whether the text mentions the bot with the id `me`; the mention that a reply adds is not in the text."""
    return re.search(rf"<@!?{me}>", content) is not None


def instruction_of(content: str, me: int) -> str:
    """Return the words without the mention, as a prompt; may be empty."""
    words = re.sub(rf"^\s*(?:<@!?{me}>[\s,:;]*)+", "", content)
    return clean_prompt(re.sub(rf"[^\S\n]*<@!?{me}>", "", words))


def asks_for_help(text: str) -> bool:
    """Return whether the text asks for help, or holds nothing that could be painted; an emoji alone can be."""
    if text.casefold().strip(" ?!.") in _HELP:
        return True
    return is_blank(text) or not any(_is_meaningful(char) for char in text)


def _is_meaningful(char: str) -> bool:
    """Return whether the character is a letter, a digit or a symbol, or unassigned as new emoji are in this Python."""
    category = unicodedata.category(char)
    return draws(char) and (category[0] in "LNS" or category == "Cn")


async def request_of_mention(
    services: Services, message: discord.Message, text: str, source: MentionSource
) -> MentionRequest:
    """Return what a message asks for: an edit of the images it replies to and those attached, if any."""
    job = source.job if source.job is not None and source.job.pictures else None
    urls = {one.index: address_in(source.card, job, one.index) for one in job.pictures} if job else {}
    return await services.requests.from_message(
        text,
        (*source.references, *_attached(message)),
        user_id=message.author.id,
        guild_id=message.guild.id if message.guild is not None else None,
        result=None if job is None else ShownResult(job=job, urls=urls),
    )


async def submission_of_message(
    client: discord.Client, message: discord.Message, task: MentionRequest
) -> Submission:
    """Return the submission of a request. Its id is the message's, so a message that arrives twice is accepted once."""
    channel = await _channel_of(client, message)
    return Submission(
        request=replace(task.request, prompt=words_of(message, client, task.request.prompt)),
        user_id=message.author.id,
        reply_target=_reply_place(message),
        interaction_id=message.id,
        application_id=client.application_id or 0,
        token=None,
        context=context_in(message.author, channel, message.channel.id),
        age_restricted=is_for_adults(channel),
        parent=task.parent,
    )


def _attached(message: discord.Message) -> tuple[Reference, ...]:
    """Return all attached files; a file that is no picture is refused later, by its number."""
    return tuple(
        replace(
            reference_of("", file),
            posted=Posted(channel_id=message.channel.id, message_id=message.id, attachment_id=file.id),
        )
        for file in message.attachments
    )


async def _channel_of(client: discord.Client, message: discord.Message) -> Any:
    """Return the message's channel, fetched if Discord has not sent it, because rules need a thread's parent."""
    if not isinstance(message.channel, discord.PartialMessageable):
        return message.channel
    async with asyncio.timeout(REPLY_TIMEOUT_S):
        return await client.fetch_channel(message.channel.id)


def _reply_place(message: discord.Message) -> ReplyTarget:
    guild = message.guild
    return ReplyTarget(
        scope=ReplyScope.DIRECT if guild is None else ReplyScope.GUILD,
        channel_id=message.channel.id,
        guild_id=guild.id if guild is not None else None,
        upload_limit_bytes=(
            discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
        ),
    )
