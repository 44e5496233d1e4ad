"""Refusals as members read them: the limit or check that denied the request, whose rule it is, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import discord
from discord import ui

from bot.domain.content.filters import Match
from bot.domain.content.safety import SafetyConcern
from bot.domain.failures import FailureKind
from bot.domain.jobs import JobState, Origin, Parent
from bot.domain.policy.decision import Block, DenialReason, Denied, Pause, kind_of
from bot.domain.policy.quota import LimitExceeded
from bot.domain.prompts import clean_prompt
from bot.services.checks import InvalidRequest, RequestProblem
from bot.ui.base import markdown
from bot.ui.base.access import check_nothing
from bot.ui.base.components import JOB_ID, PersistentButton, box_of, code_block, row_of, view_of
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import COLOURS, dots
from bot.ui.base.units import stamp
from bot.ui.cards.failures import DENIED_TITLES, TITLES, picture_failure_text
from bot.ui.requests.limit_refusals import limit_refusal

_NO_WORDS_HELP: Final = frozenset({RequestProblem.NO_PROMPT, RequestProblem.VIDEO_OFF})
_NEVER: Final = _("Not allowed anywhere")
_QUOTE_ROOM: Final = 700
_PROMPT_ROOM: Final = 1000
MATCH_ROOM: Final = 120
_NOTHING_COUNTED: Final = dots(_("Nothing was counted."))
_WHERE_YOU_STAND: Final = dots(_("Nothing was counted. `/me` shows where you stand."))
_SHOWN_BY_ME: Final = frozenset({DenialReason.LIMIT, DenialReason.BLOCKED})
_DANGERS: Final = {
    SafetyConcern.MINORS: (
        _("Easel makes no sexual pictures of minors, in any server or channel."),
        _("If you meant something harmless, please reword it so it can't be misread."),
    ),
    SafetyConcern.UNDRESSING: (
        _("Easel makes no nude or sexual pictures of people who may be real, in any server or channel."),
        _("When a picture is attached, Easel treats everyone as real. Ask for something else."),
    ),
    SafetyConcern.ADULT: (
        _("This asks for adult content, and this channel isn't age-restricted."),
        _("Use an age-restricted channel, or reword it."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is refused, and what helps. `may_reword` says that other words or settings may."""

    title: str
    text: str
    end: str = _NOTHING_COUNTED
    may_reword: bool = True

    @property
    def plain(self) -> str:
        """The whole as the text of a plain message."""
        return with_title(self.title, self.text, self.end)


def invalid_refusal(invalid: InvalidRequest) -> Refusal:
    """Return the refusal of a request that our own check found invalid. Raises ValueError if it lacks its cause."""
    here = DENIED_TITLES[FailureKind.CHECK]
    match invalid.problem:
        case RequestProblem.DANGER:
            if invalid.danger is None:
                raise ValueError("a danger problem without its danger")
            title = here if invalid.danger is SafetyConcern.ADULT else _NEVER
            return Refusal(title=title, text=" ".join(_DANGERS[invalid.danger]))
        case RequestProblem.PLACE_NOT_SERVED:
            text = _("This bot only works in servers its operator chose, and this isn't one of them.")
            return Refusal(title=here, text=text + " " + _("Use it in one of those."), may_reword=False)
        case _:
            may_reword = invalid.problem not in _NO_WORDS_HELP
            title = TITLES[FailureKind.CHECK]
            return Refusal(title=title, text=_unusable(invalid), may_reword=may_reword)


def denied_refusal(denied: Denied) -> Refusal:
    """Return the refusal for a denied request. Raises ValueError if `denied` lacks what its reason needs."""
    if denied.reason is DenialReason.RETRIED_ALREADY:
        text = _("You've already tried this again. Use the command for another one.")
        return Refusal(title=TITLES[FailureKind.CHECK], text=text, may_reword=False)
    return Refusal(
        title=DENIED_TITLES[kind_of(denied)],
        text=_cause(denied),
        end=_WHERE_YOU_STAND if denied.reason in _SHOWN_BY_ME else _NOTHING_COUNTED,
        may_reword=denied.reason in {DenialReason.FILTER, DenialReason.LIMIT},
    )


def invalid_text(invalid: InvalidRequest) -> str:
    """Return the refusal of `invalid_refusal` as the text of a plain message."""
    return invalid_refusal(invalid).plain


def denied_text(denied: Denied) -> str:
    """Return the refusal of `denied_refusal` as the text of a plain message."""
    return denied_refusal(denied).plain


def with_title(title: str, text: str, end: str = _NOTHING_COUNTED) -> str:
    """Return a refusal: its title, its text, and a small last line."""
    return f"**{title}**\n{text}\n{end}"


DRAFT: Final = rf"[0-9a-f]{{16}}(?:\.{JOB_ID}\.[0-9]?\.(?:{'|'.join(Origin)}))?"
REWORD_DRAFT: Final = PersistentButton(
    "reword", DRAFT, _("Reword…"), style=discord.ButtonStyle.primary, check=check_nothing
)


def draft_payload(draft_id: str, parent: Parent | None) -> str:
    """Write a draft into a `custom_id`, with the result it was made of."""
    if parent is None:
        return draft_id
    index = "" if parent.index is None else parent.index
    return f"{draft_id}.{parent.job_id}.{index}.{parent.origin.value}"


def parse_draft_payload(payload: str) -> tuple[str, Parent | None]:
    """Read what `draft_payload` wrote."""
    draft_id, *of = payload.split(".")
    if not of:
        return draft_id, None
    job_id, index, origin = of
    return draft_id, Parent(job_id=job_id, origin=Origin(origin), index=int(index) if index else None)


def refusal_card(refusal: Refusal, prompt: str, draft: str | None = None) -> ui.LayoutView:
    """Draw a refusal as a failed job's card looks, with the prompt.

    `draft` is the payload of a request to reword; without it, the prompt is easy to copy.
    """
    words = clean_prompt(prompt)
    quoted = markdown.quote(words, _PROMPT_ROOM) if draft is not None else code_block(words, _PROMPT_ROOM)
    box = box_of(
        COLOURS[JobState.FAILED],
        f"### {refusal.title}\n{refusal.text.rstrip()}",
        quoted if words else "",
        refusal.end,
    )
    if draft is not None:
        box.add_item(row_of(REWORD_DRAFT.button(draft)))
    return view_of(box)


def _unusable(invalid: InvalidRequest) -> str:
    """Return what is wrong and what helps, another model too where one is on offer that can do it."""
    text = _wrong(invalid)
    if invalid.other is None:
        return text
    return _("{advice}, or set `model` to {model}.").format(
        advice=text.removesuffix("."), model=invalid.other
    )


def _wrong(invalid: InvalidRequest) -> str:
    match invalid.problem:
        case RequestProblem.NO_PROMPT:
            return _("This prompt is empty. Describe what you want in a few words.")
        case RequestProblem.PROMPT_TOO_LONG:
            return _("This prompt is too long. Use at most {n} characters.").format(n=invalid.limit)
        case RequestProblem.TOO_MANY_REFERENCES:
            text = n_(
                "{model} takes at most {n} picture. Attach fewer.",
                "{model} takes at most {n} pictures. Attach fewer.",
                invalid.limit or 0,
            )
            return text.format(model=invalid.model, n=invalid.limit)
        case RequestProblem.NO_MODEL:
            return _("This bot no longer offers the model you chose. Choose another one.")
        case RequestProblem.WORDS_ONLY:
            return _("{model} paints from words alone. Remove the pictures.").format(model=invalid.model)
        case RequestProblem.NO_REFERENCE:
            text = _("{model} only edits pictures. Attach one, or use `/edit`.")
            return text.format(model=invalid.model)
        case RequestProblem.RESOLUTION if invalid.resolution is not None:
            text = _("{model} can't make {size} pictures. Try again in {painted}.")
            return text.format(model=invalid.model, size=invalid.subject, painted=invalid.resolution.value)
        case RequestProblem.ENHANCE_OFF:
            return _("This bot's operator has turned `enhance` off. Try again without it.")
        case RequestProblem.ENHANCE_MANY:
            text = _("`enhance` works on one prompt, and this asks for several.")
            return text + " " + _("Remove the braces, or try again without `enhance`.")
        case (
            RequestProblem.VIDEO_OFF
            | RequestProblem.VIDEO_LENGTH
            | RequestProblem.VIDEO_TOO_SLOW
            | RequestProblem.NO_FIRST_FRAME
            | RequestProblem.NO_LAST_FRAME
        ):
            return _no_such_video(invalid)
        case _:
            if invalid.picture is None:
                raise ValueError("a reference problem without its picture problem")
            is_frame = invalid.problem is RequestProblem.FRAME
            return " ".join(picture_failure_text(invalid.picture, invalid.subject, is_frame=is_frame))


def _no_such_video(invalid: InvalidRequest) -> str:
    match invalid.problem:
        case RequestProblem.VIDEO_OFF:
            return _("This bot's operator has turned videos off. Make a picture with `/imagine` instead.")
        case RequestProblem.VIDEO_LENGTH:
            text = _("{model} makes no videos of {n} seconds in this quality.")
            helps = _("Set `seconds` to 6 or `quality` to 768P.")
            return f"{text.format(model=invalid.model, n=invalid.limit)} {helps}"
        case RequestProblem.VIDEO_TOO_SLOW:
            text = _("Easel isn't a member here, so it has only 15 minutes to show you a video.")
            helps = _("Set `seconds` to {n}, or use a server that has added Easel.")
            return f"{text} {helps.format(n=invalid.limit)}"
        case RequestProblem.NO_FIRST_FRAME:
            return _("This video needs a picture to begin with. Attach one as `image`.")
        case _:
            text = _("{model} can't end a video with a picture you choose. Remove `last`.")
            return text.format(model=invalid.model)


def _cause(denied: Denied) -> str:
    match denied:
        case Denied(reason=DenialReason.PAUSED, pause=Pause() as pause):
            return _paused(pause)
        case Denied(reason=DenialReason.BLOCKED, block=Block() as block):
            return _blocked(block)
        case Denied(reason=DenialReason.FILTER, match=Match() as match):
            return _filtered(match)
        case Denied(reason=DenialReason.LIMIT, exceeded=LimitExceeded() as exceeded):
            return limit_refusal(exceeded)
        case Denied(reason=DenialReason.CHANNEL):
            return _("You can't use Easel in this channel. Use another one, or ask a moderator which.")
        case _:
            raise ValueError(f"{denied.reason} without what says no")


def _paused(pause: Pause) -> str:
    text = _("Moderators paused Easel {when}. Try again once they resume it.")
    return _with_quote(text.format(when=stamp(pause.at)), pause.text)


def _blocked(block: Block) -> str:
    if block.until is None:
        text = _(
            "Moderators blocked you from using Easel in this server. Talk to them if you think this is a "
            "mistake."
        )
    else:
        text = _("Moderators blocked you from using Easel in this server. You can use it again {when}.")
        text = text.format(when=stamp(block.until))
    return _with_quote(text, block.reason)


def _with_quote(text: str, quoted: str) -> str:
    """Add the quote, if any, and an empty line that separates it from what follows."""
    return f"{text}\n{markdown.quote(quoted, _QUOTE_ROOM)}\n" if quoted.strip() else text


def _filtered(match: Match) -> str:
    found = " ".join(match.found.split())[:MATCH_ROOM]
    text = _("This server doesn't allow “{found}” in prompts (filter #{n}).")
    helps = _("Reword it, or ask a moderator.")
    return f"{text.format(n=match.filter.id, found=markdown.inert(found))} {helps}"
