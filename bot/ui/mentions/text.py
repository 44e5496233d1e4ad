"""What answers a mention, apart from the card: replies that notify nobody, and their texts."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.domain.failures import FailureKind
from bot.domain.policy.decision import Denied
from bot.services.checks import InvalidRequest
from bot.ui.base.discord_errors import DISCORD_FAILURES
from bot.ui.base.discord_limits import NO_HISTORY
from bot.ui.base.i18n import _
from bot.ui.base.theme import dots
from bot.ui.cards.failures import DENIED_TITLES, TITLES
from bot.ui.mentions.parse import REPLY_TIMEOUT_S, MentionProblem
from bot.ui.requests.refusals import denied_refusal, invalid_refusal, with_title

_NOT_HERE: Final = _("I can't do this here. `/me` tells you why.")
_NOT_THIS: Final = _("I can't do this from a message. Use `/imagine` or `/edit`.")
_TROUBLES: Final = {
    MentionProblem.HIDDEN: _(
        "Discord doesn't let Easel see the message you replied to. Open that message's menu and choose "
        "Apps → Edit image, or attach the picture to your own message."
    ),
    MentionProblem.DELETED: _(
        "The message you replied to was deleted. If you have its picture, attach it to your own message."
    ),
    MentionProblem.TAKEN_DOWN: _("The result you replied to was removed, so it can't be edited."),
    MentionProblem.EMPTY: _(
        "The card you replied to has no picture yet. Wait until it's painted, or attach a picture."
    ),
    MentionProblem.VIDEO: _(
        "You replied to a video, but this starts from pictures. Reply to a picture or attach one."
    ),
    MentionProblem.UNUSABLE: _(
        "The message you replied to has no picture Easel can use. It takes JPEG, PNG, WebP and GIF files "
        "uploaded to Discord."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRefusal:
    """A refused mention. `text` goes to the person alone. `hint` is posted in the channel if the person cannot be
    written to: it gives no reason, and None means that the channel cannot be written to either. `may_reword` says that
    other words may help: the person may edit their message."""

    text: str
    hint: str | None
    may_reword: bool = False


def refusal_of(outcome: InvalidRequest | Denied) -> MentionRefusal:
    """Return the refusal in the same words as for a command."""
    refusal = denied_refusal(outcome) if isinstance(outcome, Denied) else invalid_refusal(outcome)
    return MentionRefusal(text=refusal.plain, hint=_NOT_HERE, may_reword=refusal.may_reword)


def picture_refusal(trouble: MentionProblem) -> MentionRefusal:
    """Return the refusal for a mention whose picture cannot be used."""
    return MentionRefusal(text=with_title(TITLES[FailureKind.CHECK], _TROUBLES[trouble]), hint=_NOT_THIS)


def variables_refusal() -> MentionRefusal:
    """Return the refusal of a prompt with variables: only a command can show the price first."""
    text = _(
        "Braces with commas, like {example}, ask for several pictures, and a mention can't show you the "
        "price first. Use `/imagine` for that. If the braces are part of your prompt, write {escaped}."
    )
    text = text.format(example="`{red,blue}`", escaped="`\\{red,blue\\}`")
    title = TITLES[FailureKind.CHECK]
    return MentionRefusal(text=with_title(title, text), hint=_NOT_THIS, may_reword=True)


def private_refusal() -> MentionRefusal:
    """Return the refusal for somebody whose pictures are private by default."""
    text = _(
        "Your pictures are private by default, and everyone here would see the answer to a mention. Use "
        "`/imagine` or `/edit`, or send Easel a direct message."
    )
    return MentionRefusal(text=with_title(TITLES[FailureKind.CHECK], text), hint=_NOT_THIS)


def closed_refusal(channel_id: int) -> MentionRefusal:
    """Return the refusal in a channel where the bot may not write."""
    text = _("Easel can't send messages in {channel}. Ask a moderator to allow it, or use another channel.")
    title = DENIED_TITLES[FailureKind.CHECK]
    return MentionRefusal(text=with_title(title, text.format(channel=f"<#{channel_id}>")), hint=None)


def broken_refusal(number: str) -> MentionRefusal:
    """Return the answer to an unexpected error; `number` finds it in the log."""
    text = _(
        "Something broke on our side. Nothing was counted. If it happens again, give the operator this "
        "number: {n}."
    )
    text = text.format(n=f"`{number}`")
    return MentionRefusal(text=text, hint=text)


def about(link: str, *, may_reword: bool) -> str:
    """Return a quiet line with the link to a mention, for an answer in another channel."""
    return dots(
        _("About your message: {link}").format(link=link),
        _("edit it within 15 minutes to try again") if may_reword else None,
    )


def reword_line() -> str:
    """Return a quiet line that says how to try again, for an answer beside the mention."""
    return dots(_("Edit your message within 15 minutes to try again"))


def help_text(me: int) -> str:
    """Return a short help on mentions; `me` is the bot's user id."""
    text = _(
        "Say what to paint, like “{me} a red fox in snow”. To change a picture, reply to it or attach it "
        "and say what to change. `/imagine` and `/edit` have more options, and `/help` explains "
        "everything."
    )
    return text.format(me=f"<@{me}>")


log = logging.getLogger(__name__)


async def reply(message: discord.Message, **fields: Any) -> discord.Message:
    """Send a reply that notifies nobody; a plain message if the other is deleted or may not be replied to.

    `fields` are the arguments of `send`, with a `nonce`. Raises the errors in `DISCORD_FAILURES`.
    """
    fields["allowed_mentions"] = discord.AllowedMentions.none()
    reference = message.to_reference(fail_if_not_exists=False)
    async with asyncio.timeout(REPLY_TIMEOUT_S):
        try:
            return await message.channel.send(reference=reference, **fields)
        except discord.Forbidden as error:
            if error.code != NO_HISTORY:
                raise
            return await message.channel.send(**fields)


async def take_away(own: discord.Message, *, within_s: float = REPLY_TIMEOUT_S) -> None:
    """Delete a message of Easel's. Never raises."""
    try:
        async with asyncio.timeout(within_s):
            await own.delete()
    except DISCORD_FAILURES as error:
        log.info("message %s of ours stays: %s", own.id, type(error).__name__)
