"""What a message starts from: the images of the message it replies to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import discord

from bot.domain.jobs import Job
from bot.domain.references import Posted, Reference
from bot.services.history import History
from bot.ui.base.attachments import is_blank, pictures_in


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
    """Return what a message replies to; NOTHING if it is no reply, or replies to words alone.

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
