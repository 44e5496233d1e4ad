"""Answers to what was not accepted: only the person sees them, nothing was stored, nothing costs.

Each begins with the name of its kind (see `FailureKind`), says whose rule it is, and what to do next.
"""

from __future__ import annotations

from typing import Final

from bot.domain.jobs import FailureKind
from bot.domain.limits import Block, Denied, No, Pause, Stop, kind_of
from bot.domain.words import Danger, Match
from bot.services.submissions import Invalid, Problem
from bot.ui import plain
from bot.ui.i18n import _
from bot.ui.limits.names import stamp
from bot.ui.look import dots
from bot.ui.objections import objection
from bot.ui.reasons import DENIED_TITLES, TITLES, picture_reason

NEVER: Final = _("Not allowed anywhere")
QUOTE_ROOM: Final = 700
FOUND_ROOM: Final = 120
_NOTHING_COUNTED: Final = dots(_("Nothing was counted."))
_WHERE_YOU_STAND: Final = dots(_("Nothing was counted. `/me` shows where you stand."))
_SHOWN_BY_ME: Final = frozenset({Stop.LIMIT, Stop.BLOCKED})
_DANGERS: Final = {
    Danger.MINORS: (
        _("Easel makes no sexual pictures of minors, in any server or channel."),
        _("If you meant something harmless, word it so that it cannot be read differently."),
    ),
    Danger.UNDRESSING: (
        _("Easel makes no nude or sexual pictures of people who may be real, in any server or channel."),
        _("With a picture attached, it takes everybody for real. Ask for something else."),
    ),
    Danger.ADULT: (
        _("This asks for adult content, and this channel is not age-restricted."),
        _("Ask in a channel that Discord marks as age-restricted, or word it differently."),
    ),
}


def invalid_text(invalid: Invalid) -> str:
    """What our own check found, and what helps."""
    here = DENIED_TITLES[FailureKind.CHECK]
    match invalid.problem:
        case Problem.DANGER:
            if invalid.danger is None:
                raise ValueError("a danger problem without its danger")
            title = here if invalid.danger is Danger.ADULT else NEVER
            return _lines(title, " ".join(_DANGERS[invalid.danger]), _NOTHING_COUNTED)
        case Problem.PLACE_NOT_SERVED:
            text = _("This bot paints only in the servers its operator chose, and this is not one of them.")
            return _lines(here, text + " " + _("Use it in one of those."), _NOTHING_COUNTED)
        case _:
            return _lines(TITLES[FailureKind.CHECK], _unusable(invalid), _NOTHING_COUNTED)


def denied_text(denied: Denied) -> str:
    """Which rule said no, whose it is, and when it opens."""
    if denied.stop is Stop.RETRIED_ALREADY:
        text = _("This was tried again already. Send the command anew for one more.")
        return _lines(TITLES[FailureKind.CHECK], text, _NOTHING_COUNTED)
    end = _WHERE_YOU_STAND if denied.stop in _SHOWN_BY_ME else _NOTHING_COUNTED
    return _lines(DENIED_TITLES[kind_of(denied)], _cause(denied), end)


def _lines(title: str, text: str, end: str) -> str:
    return f"**{title}**\n{text}\n{end}"


def _unusable(invalid: Invalid) -> str:
    match invalid.problem:
        case Problem.NO_PROMPT:
            return _("There is nothing to paint in this prompt. Describe the picture in a few words.")
        case Problem.PROMPT_TOO_LONG:
            return _("This prompt is too long. Keep it within {n} characters.").format(n=invalid.limit)
        case Problem.TOO_MANY_REFERENCES:
            return _("The model takes {n} pictures at most. Attach fewer.").format(n=invalid.limit)
        case Problem.ENHANCE_OFF:
            return _("This bot's operator has switched `enhance` off. Ask again without it.")
        case Problem.ENHANCE_MANY:
            text = _("`enhance` writes out one prompt, and this asks for several.")
            return text + " " + _("Take the braces out, or ask again without `enhance`.")
        case _:
            if invalid.picture is None:
                raise ValueError("a reference problem without its picture problem")
            return " ".join(picture_reason(invalid.picture, invalid.subject))


def _cause(denied: Denied) -> str:
    match denied:
        case Denied(stop=Stop.PAUSED, pause=Pause() as pause):
            return _paused(pause)
        case Denied(stop=Stop.BLOCKED, block=Block() as block):
            return _blocked(block)
        case Denied(stop=Stop.FILTER, match=Match() as match):
            return _filtered(match)
        case Denied(stop=Stop.LIMIT, no=No() as no):
            return objection(no)
        case Denied(stop=Stop.CHANNEL):
            return _("Easel is not open in this channel. Use another one, or ask a moderator which.")
        case _:
            raise ValueError(f"{denied.stop} without what says no")


def _paused(pause: Pause) -> str:
    text = _("Moderators paused Easel in this server {when}. You can ask again when they resume it.")
    return _with_quote(text.format(when=stamp(pause.at)), pause.text)


def _blocked(block: Block) -> str:
    if block.until is None:
        text = _("Moderators blocked you from Easel in this server. Talk to them if you think this is wrong.")
    else:
        text = _("Moderators blocked you from Easel in this server. You can ask again {when}.")
        text = text.format(when=stamp(block.until))
    return _with_quote(text, block.reason)


def _with_quote(text: str, said: str) -> str:
    """An empty line parts the quote from what follows."""
    return f"{text}\n{plain.quote(said, QUOTE_ROOM)}\n" if said.strip() else text


def _filtered(match: Match) -> str:
    found = " ".join(match.found.split())[:FOUND_ROOM]
    text = _("This server does not allow “{found}” in prompts (filter #{n}).")
    helps = _("Word it differently, or ask a moderator.")
    return f"{text.format(n=match.filter.id, found=plain.inert(found))} {helps}"
