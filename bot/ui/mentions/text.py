"""What people read in answer to a mention, beside the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import FailureKind
from bot.domain.policy.decision import Denied
from bot.services.submissions import InvalidRequest
from bot.ui.base.i18n import _
from bot.ui.base.theme import dots
from bot.ui.cards.failures import DENIED_TITLES, TITLES
from bot.ui.mentions.source import MentionProblem
from bot.ui.requests.refusals import denied_text, invalid_text, with_title

_NOT_HERE: Final = _("I cannot do this here. `/me` tells you why.")
_NOT_THIS: Final = _("I cannot do this from a message. `/imagine` and `/edit` can.")
_TROUBLES: Final = {
    MentionProblem.HIDDEN: _(
        "Discord does not show Easel the message you replied to. Open that message's menu and choose Apps → "
        "Edit image, or attach the picture to your own message."
    ),
    MentionProblem.DELETED: _(
        "The message you replied to is gone. Attach its picture to your own message, if you have it."
    ),
    MentionProblem.TAKEN_DOWN: _(
        "The result you replied to was taken down. It cannot be worked with any more."
    ),
    MentionProblem.EMPTY: _(
        "There is no picture on the card you replied to. Wait until it is painted, or attach a picture."
    ),
    MentionProblem.UNUSABLE: _(
        "There is no picture in the message you replied to that Easel can use. It takes JPEG, PNG, WebP and GIF "
        "files that were uploaded to Discord."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRefusal:
    """`text` is for the person alone; `hint` for everybody, where the person cannot be written to. It gives no
    reasons, and is None where nothing can be said there either."""

    text: str
    hint: str | None


def refusal_of(outcome: InvalidRequest | Denied) -> MentionRefusal:
    """The same sentences as a command is refused with."""
    text = denied_text(outcome) if isinstance(outcome, Denied) else invalid_text(outcome)
    return MentionRefusal(text=text, hint=_NOT_HERE)


def problem_refusal(trouble: MentionProblem) -> MentionRefusal:
    return MentionRefusal(text=with_title(TITLES[FailureKind.CHECK], _TROUBLES[trouble]), hint=_NOT_THIS)


def variables_refusal() -> MentionRefusal:
    """A command shows the price first, and waits for a yes."""
    text = _(
        "Braces with commas, like {example}, ask for several pictures, and a mention cannot tell you the price "
        "first. Use `/imagine` for that. If the braces are part of your words, write {escaped}."
    )
    text = text.format(example="`{red,blue}`", escaped="`\\{red,blue\\}`")
    return MentionRefusal(text=with_title(TITLES[FailureKind.CHECK], text), hint=_NOT_THIS)


def private_refusal() -> MentionRefusal:
    text = _(
        "You want your pictures to be private, and everybody here would see the answer to a mention. Use `/imagine` "
        "or `/edit`, or write to Easel directly."
    )
    return MentionRefusal(text=with_title(TITLES[FailureKind.CHECK], text), hint=_NOT_THIS)


def closed_refusal(channel_id: int) -> MentionRefusal:
    text = _("Easel may not write in {channel}. Ask a moderator to let it, or use another channel.")
    title = DENIED_TITLES[FailureKind.CHECK]
    return MentionRefusal(text=with_title(title, text.format(channel=f"<#{channel_id}>")), hint=None)


def broken_refusal(number: str) -> MentionRefusal:
    text = _(
        "Something broke on our side, and nothing was counted. If it happens again, tell the operator: {n}."
    )
    text = text.format(n=f"`{number}`")
    return MentionRefusal(text=text, hint=text)


def about(link: str) -> str:
    """Under what is said in another place than it was asked in."""
    return dots(_("About your message: {link}").format(link=link))


def help_text(me: int) -> str:
    """What a mention can do, in short."""
    text = _(
        "Say what to paint, like “{me} a red fox in snow”. To change a picture, reply to it or attach it, and say "
        "what to change. `/imagine` and `/edit` offer more, and `/help` tells about all of it."
    )
    return text.format(me=f"<@{me}>")
