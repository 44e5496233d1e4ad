"""Why there is no picture, in words: five kinds, each saying what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import Failure, FailureKind
from bot.domain.pictures import MAX_REFERENCE_BYTES, MAX_REFERENCE_PIXELS, MIN_REFERENCE_SIDE, PictureProblem
from bot.domain.policy.decision import DenialReason
from bot.domain.policy.rules import Limit
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import limit_name
from bot.ui.base.markdown import inert


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureText:
    """`title` names the kind, `why` the cause, `next_step` what helps; `again` offers to try again."""

    title: str
    why: str
    next_step: str
    again: bool = False


TITLES: Final = {
    FailureKind.CHECK: _("Easel could not use this"),
    FailureKind.REFUSED: _("The model's provider refused this"),
    FailureKind.CREDIT: _("The provider's account is empty"),
    FailureKind.BUSY: _("The provider is too busy"),
    FailureKind.FAULT: _("Something broke"),
}

# What the rules of a server, or its operator, say no to: of the five kinds, those three.
DENIED: Final = "denied:"
DENIED_TITLES: Final = {
    FailureKind.CHECK: _("Not allowed here"),
    FailureKind.CREDIT: _("The budget does not allow this"),
    FailureKind.BUSY: _("A limit is reached"),
}

_CHANGED: Final = _("The rules changed while this waited: {what}")
_DENIED_LATER: Final[Mapping[str, tuple[str, str, bool]]] = {
    DenialReason.PAUSED: (_("moderators paused Easel here."), _("Try again when they resume it."), True),
    DenialReason.BLOCKED: (
        _("this is not allowed here any more."),  # the card is for everybody's eyes
        _("`/me` tells you why."),
        False,
    ),
    DenialReason.CHANNEL: (_("this channel was closed for pictures."), _("Ask in another channel."), False),
    DenialReason.FILTER: (
        _("a filter stops this prompt."),
        _("Word it differently, then send it again."),
        False,
    ),
    DenialReason.LIMIT: (_("a limit says no."), _("`/me` shows what is left, and when there is more."), True),
}
_DENIED_UNKNOWN: Final = (_("this is not allowed any more."), _("`/me` shows what you may do here."), False)

_PICTURES: Final = {
    PictureProblem.UNKNOWN_FORMAT: (
        _("{name} is not a picture Easel can read."),
        _("Attach a JPEG, PNG, WebP or GIF."),
    ),
    PictureProblem.TRUNCATED: (
        _("{name} is cut off: part of the file is missing."),
        _("Upload it once more."),
    ),
    PictureProblem.TOO_MANY_BYTES: (
        _("{name} is a larger file than Easel takes."),
        _("Use one under {mib} MiB.").format(mib=MAX_REFERENCE_BYTES // 1024 // 1024),
    ),
    PictureProblem.TOO_MANY_PIXELS: (
        _("{name} has more pixels than the model takes."),
        _("Use one under {mp} megapixels.").format(mp=MAX_REFERENCE_PIXELS // 1_000_000),
    ),
    PictureProblem.TOO_SMALL: (
        _("{name} is too small to work from."),
        _("Use one of at least {px} pixels a side.").format(px=MIN_REFERENCE_SIDE),
    ),
    PictureProblem.WRONG_RATIO: (
        _("{name} is too long and thin for the model."),
        _("Crop it: the long side may be 16 times the short one."),
    ),
    PictureProblem.UNREADABLE: (
        _("{name} is damaged and cannot be opened."),
        _("Save it anew and upload that."),
    ),
    PictureProblem.UNREACHABLE: (
        _("{name} could not be fetched from Discord."),
        _("Try again in a moment."),
    ),
    PictureProblem.GONE: (
        _("{name} is no longer where Discord kept it."),
        _("Attach it again with a new command."),
    ),
}

_REFUSED: Final = {
    "refused_prompt": (_("It objects to the prompt."), _("Word it differently, then send it again."), False),
    "refused_reference": (_("It objects to a picture you attached."), _("Try another picture."), False),
    "refused_real_person": (
        _("It takes a picture you attached for one of a real person."),
        _("Try another picture."),
        False,
    ),
    "refused_result": (
        _("It stopped the finished picture before we could see it."),
        _("Another try may come out differently; so may other words."),
        True,
    ),
    "refused_unknown": (_("It did not say what it objects to."), _("Try other words or pictures."), False),
}

_FAULTS: Final = {
    "bad_key": (
        _("The provider does not accept this bot's key."),
        _("Only the bot's operator can mend this; please tell them."),
        True,
    ),
    "bad_request": (
        _("The provider did not understand the request."),
        _("This is a bug of ours: please tell the bot's operator the job number below."),
        False,
    ),
    "provider_down": (_("The provider failed several times in a row."), _("Try again in a while."), True),
    "provider_fault": (_("The provider reported a fault of its own."), _("Try again in a while."), True),
    "reference_unreachable": (
        _("A picture you attached could not be fetched from Discord."),
        _("Try again in a moment."),
        True,
    ),
    "answer_lost": (
        _("The provider painted something, but it was lost on its way, twice."),
        _("Try again; what was lost does not count against you."),
        True,
    ),
    "gave_up": (_("Easel tried this many times, and each time it broke."), _("Try again later."), True),
}


def picture_failure_text(problem: PictureProblem, name: str | None) -> tuple[str, str]:
    """The cause and what helps, for the option called `name`."""
    why, next_step = _PICTURES[problem]
    return why.format(name=f"`{name}`" if name else _("The picture")), next_step


def failure_text(failure: Failure) -> FailureText:
    """The words for a stored failure."""
    if failure.code.startswith(DENIED):
        return _denied_reason(failure)
    title = TITLES[failure.kind]
    match failure.kind:
        case FailureKind.CHECK:
            why, next_step = picture_failure_text(PictureProblem(failure.code), failure.subject)
            return FailureText(title=title, why=why, next_step=next_step)
        case FailureKind.REFUSED:
            why, next_step, again = _REFUSED.get(failure.code, _REFUSED["refused_unknown"])
        case FailureKind.CREDIT:
            why = _("There is no money left to paint with.")
            next_step, again = _("The bot's operator has to top it up; then try again."), True
        case FailureKind.BUSY:
            why, next_step, again = _("It asked us to slow down."), _("Try again in a few minutes."), True
        case FailureKind.FAULT:
            why, next_step, again = _FAULTS.get(
                failure.code, (_("The answer held no usable picture."), _("Try again."), True)
            )
    return FailureText(title=title, why=why, next_step=next_step, again=again)


def _denied_reason(failure: Failure) -> FailureText:
    """Of a job that waited, and was no longer allowed when its turn came."""
    title = DENIED_TITLES.get(failure.kind, TITLES[failure.kind])
    if failure.kind is FailureKind.CREDIT:
        why = _("It was lowered or used up while this waited.")
        return FailureText(title=title, why=why, next_step=_("`/me` shows when it starts anew."), again=True)
    stop = failure.code.removeprefix(DENIED)
    what, next_step, again = _DENIED_LATER.get(stop, _DENIED_UNKNOWN)
    if failure.subject:
        what = _denied_more(stop, failure.subject) or what
    return FailureText(title=title, why=_CHANGED.format(what=what), next_step=next_step, again=again)


def _denied_more(stop: str, subject: str) -> str | None:
    """What is said where it is known which limit it is, or what moderators say of the pause."""
    if stop == DenialReason.PAUSED:
        said = inert(" ".join(subject.split()))
        return _("moderators paused Easel here. They say: “{text}”.").format(text=said)
    if stop == DenialReason.LIMIT and subject in set(Limit):
        return _("a limit says no, “{name}”.").format(name=limit_name(Limit(subject)))
    return None
