"""Messages that mention Easel: from Discord's event to the answer."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final, cast

import discord

from bot.domain.policy.decision import Denied
from bot.domain.ports.stores import Accepted
from bot.domain.prompts import expand
from bot.outage import guard
from bot.services.checks import InvalidRequest
from bot.services.requests import Offer
from bot.ui.base.attachments import pictures_in
from bot.ui.base.context import Services
from bot.ui.base.gone import is_opened_by_now
from bot.ui.base.replies import log_broken
from bot.ui.mentions.parse import (
    MentionProblem,
    MentionSource,
    asks_for_help,
    instruction_of,
    mention_source,
    names_us,
    request_of_mention,
    submission_of_message,
    video_of_mention,
    words_to_animate,
)
from bot.ui.mentions.send import PrivateReplies, show_first, show_offer
from bot.ui.mentions.text import (
    MentionRefusal,
    broken_refusal,
    closed_refusal,
    help_text,
    picture_refusal,
    private_refusal,
    refusal_of,
    variables_refusal,
)

log = logging.getLogger(__name__)
_WRITTEN: Final = frozenset({discord.MessageType.default, discord.MessageType.reply})


async def answer_mention(client: discord.Client, asides: PrivateReplies, message: discord.Message) -> None:
    """Answer a message that is meant for Easel, and ignore all others. Never raises.

    In a server, the text must mention Easel: every reply to a card mentions it too, but most of those are talk among
    members. In a direct message no mention is needed if the message has pictures or replies to a card.
    """
    me = client.user
    if me is None or message.author.bot or message.webhook_id is not None or message.type not in _WRITTEN:
        return

    async def answer_broken(error: Exception) -> None:
        await asides.tell(message, broken_refusal(log_broken(f"message {message.id}", error)))

    await guard(partial(_answer, client, asides, message, me.id), answer_broken)


async def answer_edited(client: discord.Client, asides: PrivateReplies, message: discord.Message) -> None:
    """Answer a message that was refused and then edited as if it were new, and ignore all other edits. Never raises.

    Without its author's roles, which an event of Discord's might lack, it is ignored too.
    """
    is_known = message.guild is None or isinstance(message.author, discord.Member)
    if message.edited_at is not None and is_known and asides.take_refused(message.id):
        await answer_mention(client, asides, message)


async def _answer(client: discord.Client, asides: PrivateReplies, message: discord.Message, me: int) -> None:
    is_direct = isinstance(message.channel, discord.DMChannel)
    is_mentioned = _mentions(message, me)
    if not (is_mentioned or is_direct) or (message.guild is None and not is_direct):
        return  # the last case is a server that Discord has not sent, so nobody's roles are known
    source = await mention_source(cast(Services, client).history, message, me)
    if not (is_mentioned or source.job is not None or pictures_in(message)):
        return
    text = instruction_of(message.content, me)
    if asks_for_help(text):
        await asides.help(message, help_text(me))
        return
    refusal = await _submit(client, message, text, source)
    if refusal is not None:
        await asides.tell(message, refusal)


def _mentions(message: discord.Message, me: int) -> bool:
    """Return whether the text mentions Easel; in a code block it does not."""
    return names_us(message.content, me) and any(user.id == me for user in message.mentions)


async def _submit(
    client: discord.Client, message: discord.Message, text: str, source: MentionSource
) -> MentionRefusal | None:
    """Submit the request and answer with its card; return the refusal if it is not accepted."""
    gateway = cast(Services, client)
    trouble = source.trouble
    if trouble is None and source.job is not None and not source.job.pictures and not message.attachments:
        trouble = MentionProblem.EMPTY
    if trouble is not None:
        return picture_refusal(trouble)
    words = words_to_animate(text)
    if words is not None:
        return await _offer_video(client, message, words, source)
    if expand(text) is not None:
        return variables_refusal()
    task = await request_of_mention(gateway, message, text, source)
    if task.request.private:
        return private_refusal()
    submission = await submission_of_message(client, message, task)
    outcome = await gateway.submissions.submit(submission)
    if isinstance(outcome, Denied) and await is_opened_by_now(client, message.guild, outcome):
        outcome = await gateway.submissions.submit(submission)
    match outcome:
        case InvalidRequest() | Denied():
            return refusal_of(outcome)
        case Accepted(known=True):
            return None
        case Accepted():
            is_open = await show_first(message, gateway.submissions, outcome)
            return None if is_open else closed_refusal(message.channel.id)


async def _offer_video(
    client: discord.Client, message: discord.Message, words: str, source: MentionSource
) -> MentionRefusal | None:
    """Reply with the price of a video and a button for the author; return the refusal if it would be refused."""
    gateway = cast(Services, client)
    task = await video_of_mention(gateway, message, words, source)
    if task.request.private:
        return private_refusal()
    submission = await submission_of_message(client, message, task)
    outcome = await gateway.requests.offer(submission)
    if isinstance(outcome, Denied) and await is_opened_by_now(client, message.guild, outcome):
        outcome = await gateway.requests.offer(submission)
    if not isinstance(outcome, Offer):
        return refusal_of(outcome)
    is_open = await show_offer(message, outcome, unused=task.unused)
    return None if is_open else closed_refusal(message.channel.id)
