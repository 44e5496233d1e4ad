"""Texts for failures: five kinds, each with a title, the cause and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.pictures import (
    MAX_REFERENCE_BYTES,
    MAX_REFERENCE_PIXELS,
    MIN_REFERENCE_SIDE,
    PictureProblem,
    failure_codes,
)
from bot.domain.policy.rules import Limit
from bot.domain.provider import Trouble
from bot.domain.video import MAX_FRAME_RATIO, MIN_FRAME_RATIO, MIN_FRAME_SIDE
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import limit_name
from bot.ui.base.markdown import inert


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureText:
    """The words for a failure: `title` names the kind, `why` the cause, `next_step` what helps.

    `may_retry` offers to try again, `may_reword` to try other words.
    """

    title: str
    why: str
    next_step: str
    may_retry: bool = False
    may_reword: bool = False


TITLES: Final = {
    FailureKind.CHECK: _("Easel couldn't use this"),
    FailureKind.REFUSED: _("The model's provider refused this"),
    FailureKind.CREDIT: _("The provider's account is empty"),
    FailureKind.BUSY: _("The provider is too busy"),
    FailureKind.FAULT: _("Something broke"),
}

# The titles of denials by a rule of the server or its operator, for three of the five kinds.
DENIED_TITLES: Final = {
    FailureKind.CHECK: _("Not allowed here"),
    FailureKind.CREDIT: _("Over budget"),
    FailureKind.BUSY: _("Limit reached"),
}
_REJECTED_TITLE: Final = _("The provider couldn't use this")
_REFUSED: Final = (_("It didn't say why."), _("Try a different prompt or picture."), False)
_NO_MONEY: Final = (
    _("Easel can't pay for pictures right now."),
    _("Try again once the bot's operator has topped it up."),
    True,
)
_BUSY: Final = (_("It asked Easel to slow down."), _("Try again in a few minutes."), True)
_BAD_RESULT: Final = (_("Its answer had no usable picture."), _("Try again."), True)
_BUDGET: Final = (
    _("The budget was lowered or used up while this waited."),
    _("`/me` shows when it resets."),
    True,
)
_REFERENCE_PROBLEMS: Final = {failure_codes(problem).reference: problem for problem in PictureProblem}
_RESULT_PROBLEMS: Final = frozenset(failure_codes(problem).result for problem in PictureProblem)
# Failures that other words or settings may avoid.
_WORDS_HELP: Final = frozenset(
    {
        FailureCode.REFUSED_PROMPT,
        FailureCode.REFUSED_RESULT,
        FailureCode.REFUSED_UNKNOWN,
        FailureCode.REJECTED_PROMPT,
        FailureCode.REJECTED_PROMPT_LENGTH,
        FailureCode.MAY_OBJECT,
        FailureCode.VIDEO_FAILED,
        FailureCode.DENIED_FILTER,
        FailureCode.DENIED_LIMIT,
    }
)


def failure_text(failure: Failure, *, of_video: bool = False) -> FailureText:
    """Return the words for a stored failure of a job for pictures, or for a video."""
    title = TITLES[failure.kind]
    if failure.code.is_denied:
        title = DENIED_TITLES.get(failure.kind, title)
    elif failure.code.is_rejected:
        title = _REJECTED_TITLE
    why, next_step, may_retry = (of_video and _video_words(failure)) or _words(failure)
    may_reword = failure.code in _WORDS_HELP
    return FailureText(title=title, why=why, next_step=next_step, may_retry=may_retry, may_reword=may_reword)


def held_up_text(trouble: Trouble) -> str:
    """Return why calls wait, and until when, for the card of a job."""
    match trouble:
        case Trouble.FAULTS:
            return _("The provider isn't working right now. Your job continues as soon as it does.")
        case Trouble.NO_CREDIT:
            return _(
                "The provider's account is empty. Your job continues once the bot's operator has topped it up."
            )
        case Trouble.BAD_KEY:
            return _(
                "The provider doesn't accept this bot's key. Your job continues once the bot's operator has fixed that."
            )
        case Trouble.GARBAGE:
            return _(
                "The provider is sending unusable answers right now. Your job continues once that stops."
            )


def picture_failure_text(
    problem: PictureProblem, name: str | None, *, is_frame: bool = False
) -> tuple[str, str]:
    """Return the cause and what helps, for the picture of the option called `name`; a frame is one of a video."""
    why, next_step = (_frame_words if is_frame else _picture_words)(problem)
    return why.format(name=f"`{name}`" if name else _("The picture")), next_step


def _video_words(failure: Failure) -> tuple[str, str, bool] | None:
    """Return the cause, what helps, and whether to offer another try, where these differ for a video; else None."""
    problem = _REFERENCE_PROBLEMS.get(failure.code)
    if problem is not None:
        return *picture_failure_text(problem, failure.subject, is_frame=True), False
    if failure.code in _RESULT_PROBLEMS:
        return _("Its answer had no usable video."), _("Try again."), True
    match failure.code:
        case FailureCode.OUT_OF_CREDIT:
            return _("Easel can't pay for videos right now."), *_NO_MONEY[1:]
        case FailureCode.REFUSED_RESULT:
            return (
                _("It blocked the finished video."),
                _("Another try, or a different prompt, may work."),
                True,
            )
        case FailureCode.ANSWER_LOST:
            return (
                _("The provider made a video, but it got lost on the way."),
                _("Try again. What got lost doesn't count toward your limits."),
                True,
            )
        case FailureCode.OUTCOME_UNKNOWN:
            return (
                _(
                    "The connection to the provider broke, and the provider doesn't say whether it made a video."
                ),
                _("Try again. This doesn't count toward your limits."),
                True,
            )
        case _:
            return None


def _words(failure: Failure) -> tuple[str, str, bool]:
    """Return the cause, what helps, and whether to offer another try. A code without a case fails the type check."""
    match failure.code:
        case (
            FailureCode.UNKNOWN_FORMAT
            | FailureCode.TRUNCATED
            | FailureCode.TOO_MANY_BYTES
            | FailureCode.TOO_MANY_PIXELS
            | FailureCode.TOO_SMALL
            | FailureCode.WRONG_RATIO
            | FailureCode.UNREADABLE
            | FailureCode.UNREACHABLE
            | FailureCode.GONE
        ):
            return *picture_failure_text(_REFERENCE_PROBLEMS[failure.code], failure.subject), False
        case (
            FailureCode.RESULT_UNKNOWN_FORMAT
            | FailureCode.RESULT_TRUNCATED
            | FailureCode.RESULT_TOO_MANY_BYTES
            | FailureCode.RESULT_TOO_MANY_PIXELS
            | FailureCode.RESULT_TOO_SMALL
            | FailureCode.RESULT_WRONG_RATIO
            | FailureCode.RESULT_UNREADABLE
            | FailureCode.RESULT_UNREACHABLE
            | FailureCode.RESULT_GONE
        ):
            return _BAD_RESULT
        case FailureCode.REFUSED_UNKNOWN:
            return _REFUSED
        case FailureCode.OUT_OF_CREDIT:
            return _NO_MONEY
        case FailureCode.SLOW_DOWN:
            return _BUSY
        case FailureCode.REFUSED_PROMPT:
            return _("It rejected the prompt."), _("Reword it and try again."), False
        case FailureCode.REFUSED_REFERENCE:
            return _("It rejected a picture you attached."), _("Try another picture."), False
        case FailureCode.REFUSED_REAL_PERSON:
            return (
                _("It thinks a picture you attached shows a real person."),
                _("Try another picture."),
                False,
            )
        case FailureCode.REFUSED_RESULT:
            return (
                _("It blocked the finished picture."),
                _("Another try, or a different prompt, may work."),
                True,
            )
        case FailureCode.REJECTED_PROMPT:
            return _("It couldn't use the prompt."), _("Reword the prompt and try again."), False
        case FailureCode.REJECTED_PROMPT_LENGTH:
            return (
                _("The prompt is too long for the model."),
                _("Shorten it and try again; 600 words are plenty."),
                False,
            )
        case (
            FailureCode.REJECTED_REFERENCE
            | FailureCode.REJECTED_REFERENCE_RATIO
            | FailureCode.REJECTED_REFERENCE_UNREADABLE
            | FailureCode.REJECTED_REFERENCE_LARGE
            | FailureCode.REJECTED_REFERENCE_SMALL
        ):
            why, next_step = _rejected_words(failure.code)
            name = f"`{failure.subject}`" if failure.subject else _("A picture you attached")
            return why.format(name=name), next_step, False
        case FailureCode.MODEL_GONE:
            model = _("you asked for")
            if failure.subject:
                model = "`{}`".format(failure.subject.split()[0].replace("`", ""))
            return (
                _("The provider retired the model {model}.").format(model=model),
                _("The bot's operator has been told and can choose another model."),
                False,
            )
        case FailureCode.BAD_KEY:
            return (
                _("The provider doesn't accept this bot's key."),
                _("Only the bot's operator can fix this. Please let them know."),
                True,
            )
        case FailureCode.BAD_REQUEST:
            return (
                _("The provider didn't understand the request."),
                _("This is a bug in Easel. Please give the bot's operator the job number below."),
                False,
            )
        case FailureCode.PROVIDER_DOWN:
            return _("The provider failed several times in a row."), _("Try again later."), True
        case FailureCode.PROVIDER_FAULT:
            return _("The provider reported an error on its side."), _("Try again later."), True
        case FailureCode.MAY_OBJECT:
            return (
                _(
                    "The provider kept failing at this while other jobs worked, so it may be rejecting the prompt."
                ),
                _("Reword it and try again."),
                True,
            )
        case FailureCode.ANSWERS_UNUSABLE:
            return (
                _("The provider's answers are unusable right now, so Easel didn't pay for another one."),
                _("Try again later. This doesn't count toward your limits."),
                True,
            )
        case FailureCode.REFERENCE_UNREACHABLE:
            return (
                _("Easel couldn't download a picture you attached from Discord."),
                _("Try again in a moment."),
                True,
            )
        case FailureCode.ANSWER_LOST:
            return (
                _("The provider painted something, but it got lost on the way, twice."),
                _("Try again. What got lost doesn't count toward your limits."),
                True,
            )
        case FailureCode.OUTCOME_UNKNOWN:
            return (
                _(
                    "The connection to the provider broke twice, and the provider doesn't say whether it painted "
                    "anything."
                ),
                _("Try again. This doesn't count toward your limits."),
                True,
            )
        case FailureCode.GAVE_UP:
            return _("Easel tried this many times, and it broke each time."), _("Try again later."), True
        case FailureCode.VIDEO_FAILED:
            return (
                _("The provider couldn't make this video and charged nothing for it."),
                _("Try again, or reword it."),
                True,
            )
        case FailureCode.VIDEO_LATE:
            return (
                _("The provider hadn't finished this video after 20 minutes, so Easel stopped waiting."),
                _("Try again later. If the provider still charges for it, moderators see that in `/budget`."),
                True,
            )
        case FailureCode.DENIED_PAUSED:
            text = _("moderators paused Easel here.")
            if failure.subject:
                reason = inert(" ".join(failure.subject.split()))
                text = _("moderators paused Easel here. They say: “{text}”.").format(text=reason)
            return _changed(text), _("Try again when they resume it."), True
        case FailureCode.DENIED_BLOCKED:  # everybody sees the card, so it gives no reason
            return _changed(_("this is no longer allowed here.")), _("`/me` tells you why."), False
        case FailureCode.DENIED_CHANNEL:
            return (
                _changed(_("Easel is no longer allowed in this channel.")),
                _("Ask in another channel."),
                False,
            )
        case FailureCode.DENIED_FILTER:
            text, next_step = _("a filter blocks this prompt."), _("Reword it and try again.")
            return _changed(text), next_step, False
        case FailureCode.DENIED_LIMIT | FailureCode.DENIED_UNKNOWN if failure.kind is FailureKind.CREDIT:
            return _BUDGET
        case FailureCode.DENIED_LIMIT:
            text = _("it's over a limit.")
            if failure.subject in set(Limit):
                text = _("it's over the limit “{name}”.").format(name=limit_name(Limit(failure.subject)))
            return _changed(text), _("`/me` shows what you have left and when you get more."), True
        case FailureCode.DENIED_RETRIED_ALREADY | FailureCode.DENIED_UNKNOWN:
            return _changed(_("this is no longer allowed.")), _("`/me` shows what you may do here."), False
        case FailureCode.UNKNOWN:
            return _unknown_words(failure.kind)


def _changed(what: str) -> str:
    return _("The rules changed while this waited: {what}").format(what=what)


def _unknown_words(kind: FailureKind) -> tuple[str, str, bool]:
    """Return the most general words of `kind`, for a code that another version stored."""
    match kind:
        case FailureKind.CHECK:
            return _("It didn't pass one of Easel's checks."), _("Try a different prompt or picture."), False
        case FailureKind.REFUSED:
            return _REFUSED
        case FailureKind.CREDIT:
            return _NO_MONEY
        case FailureKind.BUSY:
            return _BUSY
        case FailureKind.FAULT:
            return _BAD_RESULT


def _rejected_words(code: FailureCode) -> tuple[str, str]:
    """Return the cause and what helps, for a reference that the provider could not use."""
    if code is FailureCode.REJECTED_REFERENCE_RATIO:
        return _("{name} is too long and thin for the model."), _("Crop it closer to a square and try again.")
    if code is FailureCode.REJECTED_REFERENCE_UNREADABLE:
        return _("It couldn't open {name}."), _("Save it again as a JPEG or PNG, or use another picture.")
    if code is FailureCode.REJECTED_REFERENCE_LARGE:
        return _("{name} is too large for the model."), _("Use fewer or smaller pictures.")
    if code is FailureCode.REJECTED_REFERENCE_SMALL:
        return _("{name} is too small for the model."), _("Use a larger version of it.")
    return _("It couldn't use {name}."), _("Try another picture.")


def _frame_words(problem: PictureProblem) -> tuple[str, str]:
    match problem:
        case PictureProblem.TOO_SMALL:
            return (
                _("{name} is too small for a video."),
                _("Use one with at least {px} pixels per side.").format(px=MIN_FRAME_SIDE),
            )
        case PictureProblem.WRONG_RATIO:
            return (
                _("{name} is too long and thin for a video."),
                _("Crop it to a shape between {tall} and {wide}.").format(
                    tall="{}:{}".format(*MIN_FRAME_RATIO), wide="{}:{}".format(*MAX_FRAME_RATIO)
                ),
            )
        case _:
            return _picture_words(problem)


def _picture_words(problem: PictureProblem) -> tuple[str, str]:
    match problem:
        case PictureProblem.UNKNOWN_FORMAT:
            return _("{name} isn't a picture Easel can read."), _("Attach a JPEG, PNG, WebP or GIF.")
        case PictureProblem.TRUNCATED:
            return _("{name} is cut off: part of the file is missing."), _("Upload it again.")
        case PictureProblem.TOO_MANY_BYTES:
            return (
                _("{name} is too large a file."),
                _("Use one under {mib} MiB.").format(mib=MAX_REFERENCE_BYTES // 1024 // 1024),
            )
        case PictureProblem.TOO_MANY_PIXELS:
            return (
                _("{name} has too many pixels for the model."),
                _("Use one under {mp} megapixels.").format(mp=MAX_REFERENCE_PIXELS // 1_000_000),
            )
        case PictureProblem.TOO_SMALL:
            return (
                _("{name} is too small to work from."),
                _("Use one with at least {px} pixels per side.").format(px=MIN_REFERENCE_SIDE),
            )
        case PictureProblem.WRONG_RATIO:
            return (
                _("{name} is too long and thin for the model."),
                _("Crop it: the long side can be at most 16 times the short one."),
            )
        case PictureProblem.UNREADABLE:
            return _("{name} is damaged and can't be opened."), _("Save it again and upload the new file.")
        case PictureProblem.UNREACHABLE:
            return _("Easel couldn't download {name} from Discord."), _("Try again in a moment.")
        case PictureProblem.GONE:
            return _("{name} is no longer on Discord."), _("Attach it again in a new command.")
