"""From words and pictures to a request: the same as the commands would make of them."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import discord

from bot.domain.followups import edit_of, numbered, result_of
from bot.domain.jobs import ImageRequest, Job, JobKind, Parent, ReplyScope, ReplyTarget
from bot.domain.prompts import clean_prompt, unescaped
from bot.domain.references import Posted, Reference
from bot.services.history import History
from bot.services.submissions import Submission
from bot.ui.base.access import address_in
from bot.ui.base.attachments import is_blank, pictures_in, reference_of
from bot.ui.base.channels import context_in, is_for_adults
from bot.ui.base.context import Services
from bot.ui.base.i18n import _
from bot.ui.mentions.writing import REPLY_TIMEOUT_S
from bot.ui.requests.request import CommandOptions, RequestDefaults, request_defaults, request_of
from bot.ui.requests.submit import as_of_today

_HELP: Final = frozenset({"help", _("help")})
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NOUN: Final = r"(?:images?|pictures?|photos?|pics?)"
_AND: Final = r"(?:\s*(?:,|&|\+|\band\b|\bor\b|\bwith\b))+\s*"
_NUMBER: Final = r"(?:#\s*|no\.?\s*|number\s+)?[0-9]+"
_NUMBERED: Final = re.compile(rf"\b{_NOUN}\s*({_NUMBER}(?:{_AND}{_NUMBER})*)\b", re.IGNORECASE)
_COUNTED: Final = re.compile(
    rf"\b(?:([0-9]+)(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}|last))\s+(?:one\b|{_NOUN}\b)", re.IGNORECASE
)


def names_us(content: str, me: int) -> bool:
    """Whether the mention was typed: that of a reply, which Discord adds by itself, does not stand in the text."""
    return re.search(rf"<@!?{me}>", content) is not None


def instruction_of(content: str, me: int) -> str:
    """The words without the mention, as a prompt; may be empty."""
    words = re.sub(rf"^\s*(?:<@!?{me}>[\s,:;]*)+", "", content)
    return clean_prompt(re.sub(rf"[^\S\n]*<@!?{me}>", "", words))


def asks_for_help(text: str) -> bool:
    """Whether there is nothing in it that could be painted; an emoji alone can."""
    if text.casefold().strip(" ?!.") in _HELP:
        return True
    return not any(_says_something(char) for char in text)


def named_pictures(text: str, most: int) -> tuple[int, ...]:
    """The pictures that the words name, of as many as there are: “image 2”, “photos 1 and 3”, “the second one”.
    Each once, in order, from 1."""
    numbers = {
        _number(digits) for found in _NUMBERED.finditer(text) for digits in re.findall(r"[0-9]+", found[1])
    }
    for found in _COUNTED.finditer(text):
        numbers.add(_number(found[1]) if found[1] else _place_of(found[2].casefold(), most))
    return tuple(sorted(number for number in numbers if 1 <= number <= most))


def _number(digits: str) -> int:
    """Python refuses to read very many digits; a few are more than there are pictures."""
    return int(digits[:9])


def _place_of(ordinal: str, most: int) -> int:
    return most if ordinal == "last" else _ORDINALS.index(ordinal) + 1


def _says_something(char: str) -> bool:
    """A letter, a digit or a symbol; the newest emoji may be unknown to this Python."""
    category = unicodedata.category(char)
    return category[0] in "LNS" or category == "Cn"


class MentionProblem(StrEnum):
    """Why there is nothing to start from in a message that somebody replies to."""

    HIDDEN = "hidden"  # Discord does not show us what is in it
    DELETED = "deleted"
    TAKEN_DOWN = "taken_down"  # a result of ours
    EMPTY = "empty"  # a card of ours without a picture
    UNUSABLE = "unusable"  # it holds something, and no picture that can be used


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionSource:
    """`references` are the pictures of a message that is no card; their names are of no meaning.

    `job` is set where it is a card of ours, and `card` then where its pictures stand at this moment, if anywhere.
    """

    references: tuple[Reference, ...] = ()
    job: Job | None = None
    card: discord.Message | None = None
    trouble: MentionProblem | None = None


NOTHING: Final = MentionSource()


async def mention_source(history: History, message: discord.Message, me: int) -> MentionSource:
    """Of a message that is no reply, or a reply to mere words: nothing.

    Discord sends what is replied to along, and leaves out what is in messages of others unless they mention us.
    """
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None or reference.message_id is None:
        return NOTHING
    match reference.resolved:
        case discord.Message() as replied if replied.author.id == me:
            return await _ours(history, replied, message.author.id)
        case discord.Message() as replied:
            return _others(replied)
        case discord.DeletedReferencedMessage():
            return MentionSource(trouble=MentionProblem.DELETED)
        case None:  # Discord did not look for it
            job = await _on_card(history, reference.message_id, message.channel.id)
            return (
                MentionSource(trouble=MentionProblem.HIDDEN)
                if job is None
                else _card(job, None, message.author.id)
            )


async def _ours(history: History, replied: discord.Message, user_id: int) -> MentionSource:
    """A card, or the message that tells its requester it is ready, which is a reply to it."""
    job = await _on_card(history, replied.id, replied.channel.id)
    called_for = replied.reference.message_id if replied.reference is not None else None
    if job is None and called_for is not None and not replied.attachments:
        job = await _on_card(history, called_for, replied.channel.id)
    if job is not None:
        return _card(job, replied, user_id)
    return MentionSource(references=_references(replied))


async def _on_card(history: History, message_id: int, channel_id: int) -> Job | None:
    """What is shown there, and nowhere else: what was replied to is named by whoever replied."""
    job = await history.by_card(message_id)
    return job if job is not None and job.reply_target.channel_id == channel_id else None


def _card(job: Job, card: discord.Message | None, user_id: int) -> MentionSource:
    """Whoever replies to a card has it before their eyes; what only somebody else was shown stays theirs all the
    same."""
    if job.removed_by is not None or (job.request.private and job.user_id != user_id):
        return MentionSource(job=job, trouble=MentionProblem.TAKEN_DOWN)
    return MentionSource(job=job, card=card)


def _others(replied: discord.Message) -> MentionSource:
    references = _references(replied)
    if references:
        return MentionSource(references=references)
    if is_blank(replied):
        return MentionSource(trouble=MentionProblem.HIDDEN)
    has_more = any((replied.attachments, replied.embeds, replied.components, replied.stickers))
    return (
        MentionSource(trouble=MentionProblem.UNUSABLE) if has_more or replied.message_snapshots else NOTHING
    )


def _references(replied: discord.Message) -> tuple[Reference, ...]:
    return tuple(
        picture.reference(
            "",
            Posted(channel_id=replied.channel.id, message_id=replied.id, attachment_id=picture.attachment_id)
            if picture.attachment_id is not None
            else None,
        )
        for picture in pictures_in(replied)
    )


SPOILER: Final = "SPOILER_"  # how Discord calls files that are behind a spoiler


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRequest:
    """What a message asks for; `parent` is the result it starts from, if any."""

    request: ImageRequest
    parent: Parent | None = None


async def request_of_mention(
    gateway: Services, message: discord.Message, text: str, source: MentionSource
) -> MentionRequest:
    """An edit of the pictures replied to, then those attached; where there are none, a picture of words alone.

    In the direct message with the bot nothing has to be private. What was hidden behind a spoiler stays so.
    """
    prompt, more = unescaped(text), _attached(message)
    if source.job is not None and source.job.pictures:
        task = _edit_of_card(source.job, source.card, prompt, more)
        task = replace(task, request=as_of_today(gateway, task.request))
    else:
        task = await _like_a_command(gateway, message, prompt, (*source.references, *more))
    request = task.request
    is_hidden = request.spoiler or any(one.filename.startswith(SPOILER) for one in request.references)
    is_private = request.private and message.guild is not None
    return replace(task, request=replace(request, private=is_private, spoiler=is_hidden))


async def submission_of_message(
    client: discord.Client, message: discord.Message, task: MentionRequest
) -> Submission:
    """With who asks from where. By the message's id, one that Discord delivers twice is taken once."""
    channel = await _channel_of(client, message)
    return Submission(
        request=task.request,
        user_id=message.author.id,
        reply_target=_reply_place(message),
        interaction_id=message.id,
        application_id=client.application_id or 0,
        token=None,
        context=context_in(message.author, channel, message.channel.id),
        age_restricted=is_for_adults(channel),
        parent=task.parent,
    )


def _edit_of_card(
    job: Job, card: discord.Message | None, prompt: str, more: tuple[Reference, ...]
) -> MentionRequest:
    """Its first picture is image 1, and what was attached follows. Where the words name another one of several,
    all of them are there in their order, so that “image 2” is the second on the card."""
    named = named_pictures(prompt, len(job.pictures))
    first, *rest = (
        result_of(job, render.index, url=address_in(card, job, render.index)) for render in job.pictures
    )
    index = job.pictures[0].index
    if not set(named) - {1}:
        following = edit_of(job, index, prompt=prompt, more=more, url=first.url)
        return MentionRequest(request=following.request, parent=following.parent)
    following = edit_of(job, index, prompt=prompt, more=(*rest, *more), url=first.url)
    chosen = job.pictures[named[0] - 1].index if len(named) == 1 else None
    return MentionRequest(request=following.request, parent=replace(following.parent, index=chosen))


async def _like_a_command(
    gateway: Services, message: discord.Message, prompt: str, references: tuple[Reference, ...]
) -> MentionRequest:
    """An edit takes the shape of its first picture; everything else is as this person likes it."""
    said = CommandOptions(
        kind=JobKind.EDIT if references else JobKind.IMAGINE,
        prompt=prompt,
        references=numbered(references),
        is_like_first=bool(references),
    )
    guild_id = message.guild.id if message.guild is not None else None
    standard = await request_defaults(gateway, said, user_id=message.author.id, guild_id=guild_id)
    return MentionRequest(request=request_of(said, standard or RequestDefaults(), model=gateway.model))


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
