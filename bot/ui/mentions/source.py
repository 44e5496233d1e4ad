"""The source of a mention: the images of the message that it replies to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import discord

from bot.domain.jobs import Job
from bot.domain.references import Reference
from bot.services.history import History
from bot.ui.base.attachments import is_blank, pictures_in


class MentionProblem(StrEnum):
    """The reason why the message that somebody replies to has no usable picture."""

    HIDDEN = "hidden"  # Discord does not send its content
    DELETED = "deleted"
    TAKEN_DOWN = "taken_down"  # a result of Easel's
    EMPTY = "empty"  # a card of Easel's without a picture
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


NOTHING: Final = MentionSource()


async def mention_source(history: History, message: discord.Message, me: int) -> MentionSource:
    """Return the source in the message replied to; NOTHING if this is no reply, or a reply to text alone.

    Discord sends the message replied to, but without its content if it is another person's and does not mention Easel.
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
    return MentionSource(job=job, card=card)


def _others(replied: discord.Message) -> MentionSource:
    references = pictures_in(replied)
    if references:
        return MentionSource(references=references)
    if is_blank(replied):
        return MentionSource(trouble=MentionProblem.HIDDEN)
    has_more = any((replied.attachments, replied.embeds, replied.components, replied.stickers))
    return (
        MentionSource(trouble=MentionProblem.UNUSABLE) if has_more or replied.message_snapshots else NOTHING
    )
