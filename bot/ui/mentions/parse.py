"""Turn a message into a submission: its prompt, the images of what it replies to, and where to answer."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import discord

from bot.domain.followups import result_of
from bot.domain.jobs import Job, Origin, Parent, ReplyScope, ReplyTarget
from bot.domain.prompts import clean_prompt, draws, is_blank
from bot.domain.references import MAX_FRAMES, Posted, Reference
from bot.services.history import History
from bot.services.requests import MentionRequest, ShownResult, VideoOptions, named_pictures
from bot.services.submissions import Submission
from bot.ui.base.access import address_in
from bot.ui.base.attachments import is_hidden, pictures_in, reference_of
from bot.ui.base.channels import context_in, is_for_adults
from bot.ui.base.context import Services
from bot.ui.base.i18n import _
from bot.ui.base.mentioned import plain_words

REPLY_TIMEOUT_S: Final = 60.0  # Discord lets five messages into a channel in five seconds: the others wait


class MentionProblem(StrEnum):
    """The reason why the message that somebody replies to has no usable picture."""

    HIDDEN = "hidden"  # Discord does not send its content
    DELETED = "deleted"
    TAKEN_DOWN = "taken_down"  # a result of Easel's
    EMPTY = "empty"  # a card of Easel's without a picture
    VIDEO = "video"  # a result of Easel's that is no picture
    UNUSABLE = "unusable"  # it has content, but no picture that can be used


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionSource:
    """The pictures that a mention starts from. `references` are those of a message that is no card; their names mean
    nothing. For a card, `job` is its job and `card` the message that shows its pictures, None if it is not known.
    """

    references: tuple[Reference, ...] = ()
    job: Job | None = None
    card: discord.Message | None = None
    trouble: MentionProblem | None = None


_NOTHING: Final = MentionSource()


async def mention_source(history: History, message: discord.Message, me: int) -> MentionSource:
    """Return the source in the message replied to, which is empty if this is no reply, or a reply to text alone.

    Discord sends the message replied to, but without its content if it is another person's and does not mention Easel.
    """
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None or reference.message_id is None:
        return _NOTHING
    match reference.resolved:
        case discord.Message() as replied if replied.author.id == me:
            return await _ours(history, replied, message.author.id)
        case discord.Message() as replied:
            return _others(replied)
        case discord.DeletedReferencedMessage():
            return MentionSource(trouble=MentionProblem.DELETED)
        case None:  # Discord did not send the message
            job = await _on_card(history, reference.message_id, message.channel.id)
            return (
                MentionSource(trouble=MentionProblem.HIDDEN)
                if job is None
                else _card(job, None, message.author.id)
            )


async def _ours(history: History, replied: discord.Message, user_id: int) -> MentionSource:
    """Return the source in a message of Easel's: a card, or the notice that a card is ready, which replies to it."""
    job = await _on_card(history, replied.id, replied.channel.id)
    card_id = replied.reference.message_id if replied.reference is not None else None
    if job is None and card_id is not None and not replied.attachments:
        job = await _on_card(history, card_id, replied.channel.id)
    if job is not None:
        return _card(job, replied, user_id)
    return MentionSource(references=pictures_in(replied))


async def _on_card(history: History, message_id: int, channel_id: int) -> Job | None:
    """Return the job of a card in this channel. The author chose the message, so its id alone proves no right."""
    job = await history.by_card(message_id)
    return job if job is not None and job.reply_target.channel_id == channel_id else None


def _card(job: Job, card: discord.Message | None, user_id: int) -> MentionSource:
    """Return the source in a card. Its job need not be the author's, unless it is private."""
    if job.removed_by is not None or (job.request.private and job.user_id != user_id):
        return MentionSource(job=job, trouble=MentionProblem.TAKEN_DOWN)
    if job.request.video is not None and job.pictures:
        return MentionSource(job=job, trouble=MentionProblem.VIDEO)
    return MentionSource(job=job, card=card)


def _others(replied: discord.Message) -> MentionSource:
    references = pictures_in(replied)
    if references:
        return MentionSource(references=references)
    if is_hidden(replied):
        return MentionSource(trouble=MentionProblem.HIDDEN)
    has_more = any((replied.attachments, replied.embeds, replied.components, replied.stickers))
    return (
        MentionSource(trouble=MentionProblem.UNUSABLE) if has_more or replied.message_snapshots else _NOTHING
    )


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


_ANIMATE: Final = re.compile(r"animate\b[\s,:]*", re.IGNORECASE)


def words_to_animate(text: str) -> str | None:
    """Return what is to happen in a video, which may be empty; None if the text does not ask for a video."""
    found = _ANIMATE.match(text)
    return None if found is None else text[found.end() :]


async def video_of_mention(
    services: Services, message: discord.Message, words: str, source: MentionSource
) -> MentionRequest:
    """Return the video that a message asks for: it goes from the first picture to the second, if there are any.

    Those are the picture it replies to, the first one unless the words name another, and those attached.
    """
    guild_id = message.guild.id if message.guild is not None else None
    pictures, parent = (*source.references, *_attached(message)), None
    job = source.job if source.job is not None and source.job.pictures else None
    if job is not None:
        named = named_pictures(words, len(job.pictures))
        index = job.pictures[named[0] - 1 if named else 0].index
        parent = Parent(job_id=job.id, origin=Origin.ANIMATE, index=index)
        pictures = (result_of(job, index, url=address_in(source.card, job, index)), *pictures)
    first, last, *_none = (*pictures, None, None)
    request = await services.requests.build_video(
        VideoOptions(prompt=words, first=first, last=last), user_id=message.author.id, guild_id=guild_id
    )
    request = replace(request, private=request.private and guild_id is not None)
    return MentionRequest(request=request, parent=parent, unused=max(0, len(pictures) - MAX_FRAMES))


async def submission_of_message(
    client: discord.Client, message: discord.Message, task: MentionRequest
) -> Submission:
    """Return the submission of a request. Its id is the message's, so a message that arrives twice is accepted once."""
    channel = await _channel_of(client, message)
    return Submission(
        request=replace(task.request, prompt=plain_words(message, client, task.request.prompt)),
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
