"""Refusals as members read them: the limit or check that said no, whose rule it is, and what helps."""

from __future__ import annotations

from typing import Final

from bot.domain.content.filters import Match
from bot.domain.content.safety import SafetyConcern
from bot.domain.jobs import FailureKind
from bot.domain.policy.decision import Block, DenialReason, Denied, Pause, kind_of
from bot.domain.policy.quota import WINDOWS, LimitExceeded
from bot.domain.policy.rules import MONEY, OF_THE_SERVER, Limit, Rule, Scope
from bot.services.submissions import InvalidRequest, RequestProblem
from bot.ui.base import markdown
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import dots
from bot.ui.base.units import duration, stamp, usd
from bot.ui.cards.failures import DENIED_TITLES, TITLES, picture_failure_text

_SPANS: Final = {
    Limit.IMAGES_PER_HOUR: _("in an hour"),
    Limit.IMAGES_PER_DAY: _("in 24 hours"),
    Limit.IMAGES_PER_WEEK: _("in 7 days"),
    Limit.IMAGES_PER_MONTH: _("in 30 days"),
}
_BUDGETS: Final = {
    Limit.USD_PER_DAY: _("your budget for a day"),
    Limit.USD_PER_MONTH: _("your budget for a month"),
    Limit.SERVER_USD_PER_DAY: _("this server's budget for a day"),
    Limit.SERVER_USD_PER_MONTH: _("this server's budget for a month"),
}
# Permissions: what is not allowed, and what helps; with '' the text says whom to ask.
_FORBIDDEN: Final = {
    Limit.MAY_IMAGINE: (_("You may not use `/imagine` here."), ""),
    Limit.MAY_EDIT: (_("You may not use `/edit` here."), ""),
    Limit.MAY_BE_PRIVATE: (
        _("You may not make private pictures here."),
        _("Ask again with `private: False`."),
    ),
    Limit.MODELS: (_("You may not use this model here."), ""),
    Limit.RESOLUTION: (_("4K is more than you may ask for here."), _("Ask again with 2K.")),
    Limit.REFERENCES_PER_EDIT: (_("You may not attach pictures here."), _("Ask again with words alone.")),
}
_SWITCHED_OFF: Final = (_("You may make no pictures here."), "")


def limit_refusal(no: LimitExceeded) -> str:
    """Return a few sentences: which limit, whose rule, and what to do next or when it opens."""
    what, next_step = _words(no)
    if not next_step and no.is_operators:
        return f"{what} {_whom_to_ask(no.by)}"  # which says whose it is, too
    return " ".join(sentence for sentence in (what, _whose(no), next_step or _whom_to_ask(no.by)) if sentence)


def _words(no: LimitExceeded) -> tuple[str, str]:
    if no.is_forbidden:
        return _FORBIDDEN.get(no.limit, _SWITCHED_OFF)
    if no.limit in WINDOWS:
        return _window(no)
    if no.limit in MONEY:
        return _money(no)
    return _amount(no)


def _window(no: LimitExceeded) -> tuple[str, str]:
    allowed, span = no.allowed or 0, _SPANS[no.limit]
    if no.opens_at is None:
        text = n_(
            "This is more than the {n} picture you may make {span}.",
            "This is more than the {n} pictures you may make {span}.",
            allowed,
        )
    elif no.left == 0:
        text = n_(
            "You have used the {n} picture you may make {span}.",
            "You have used all {n} pictures you may make {span}.",
            allowed,
        )
    else:
        text = n_(
            "You have {left} of your {n} picture {span} left, and this asks for more.",
            "You have {left} of your {n} pictures {span} left, and this asks for more.",
            allowed,
        )
    return text.format(n=f"{allowed:,}", span=span, left=f"{no.left:,}"), _what_fits(no)


def _what_fits(no: LimitExceeded) -> str:
    """At most what this limit leaves: another one that opens sooner may leave less."""
    number = f"{no.left:,}"
    if no.opens_at is None:
        if no.left == 0:
            return _("Ask for fewer, later: `/me` shows when.")
        return _("Ask for {n} at most.").format(n=number)
    if no.left == 0:
        return _("There is room for this again {when}.").format(when=stamp(no.opens_at))
    return _("Ask for {n} at most now, or for all {when}.").format(n=number, when=stamp(no.opens_at))


def _money(no: LimitExceeded) -> tuple[str, str]:
    allowed, name = no.allowed or 0, _BUDGETS[no.limit]
    if allowed == 0:
        text = _("{budget} is $0.").format(budget=name[:1].upper() + name[1:])
        return text, "" if no.is_operators else _("Moderators can raise it.")
    if no.opens_at is None:
        text = _("This would cost more than {budget}, {amount}.").format(budget=name, amount=usd(allowed))
        if no.is_operators:
            return text, _("Only they can raise it; fewer pictures at a time may fit.")
        return text, _("Moderators can raise it; fewer pictures at a time may fit.")
    text = _("This would cost more than is left of {budget}: {used} of {amount} is spent or set aside.")
    starts = _("It starts anew {when}.").format(when=stamp(no.opens_at))
    return text.format(budget=name, amount=usd(allowed), used=usd(no.used)), starts


def _amount(no: LimitExceeded) -> tuple[str, str]:
    """Limits that count what one asks for, or has under way."""
    allowed = no.allowed or 0
    match no.limit:
        case Limit.JOBS_AT_ONCE:
            return _jobs(no.used)
        case Limit.COOLDOWN_S:
            return _cooldown(no, allowed)
        case Limit.REFERENCES_PER_EDIT:
            text = n_(
                "You may attach {n} picture at a time.", "You may attach {n} pictures at a time.", allowed
            )
            next_step = _("Ask again with one.") if allowed == 1 else _("Ask again with fewer.")
        case _:
            text = n_(
                "You may ask for {n} picture at a time.", "You may ask for {n} pictures at a time.", allowed
            )
            next_step = _("Ask again for fewer.")
    return text.format(n=allowed), next_step


def _jobs(under_way: int) -> tuple[str, str]:
    text = n_(
        "You have {n} job under way, and may have no more at once.",
        "You have {n} jobs under way, and may have no more at once.",
        under_way,
    )
    next_step = n_(
        "Ask again when it is done; `/queue` shows it.",
        "Ask again when one is done; `/queue` shows them.",
        under_way,
    )
    return text.format(n=under_way), next_step


def _cooldown(no: LimitExceeded, wait_s: int) -> tuple[str, str]:
    text = _("Between two commands you have to wait {n}.").format(n=duration(wait_s))
    if no.opens_at is None:
        return text, ""
    return text, _("You can send the next one {when}.").format(when=stamp(no.opens_at))


def _whose(no: LimitExceeded) -> str:
    match no.by.scope:
        case Scope.OPERATOR:
            return _("This bot's operator set that.")
        case Scope.SERVER if no.limit in OF_THE_SERVER:
            return ""
        case Scope.SERVER:
            return _("That is this server's default.")
        case Scope.CHANNEL:
            return _("That is set for <#{id}>.").format(id=no.by.subject_id)
        case Scope.ROLE:
            return _("That is set for your role <@&{id}>.").format(id=no.by.subject_id)
        case Scope.MEMBER:
            return _("Moderators set that for you.")
        case Scope.FREE:
            return ""


def _whom_to_ask(rule: Rule) -> str:
    match rule.scope:
        case Scope.OPERATOR:
            return _("Only this bot's operator can change that.")
        case Scope.CHANNEL:
            return _("Try another channel, or ask a moderator.")
        case _:
            return _("Ask a moderator if you should be able to.")


# Answers to what was not accepted: only the person sees them, nothing was stored, nothing costs.
#
# Each begins with the name of its kind (see `FailureKind`), says whose rule it is, and what to do next.

NEVER: Final = _("Not allowed anywhere")
QUOTE_ROOM: Final = 700
MATCH_ROOM: Final = 120
_NOTHING_COUNTED: Final = dots(_("Nothing was counted."))
_WHERE_YOU_STAND: Final = dots(_("Nothing was counted. `/me` shows where you stand."))
_SHOWN_BY_ME: Final = frozenset({DenialReason.LIMIT, DenialReason.BLOCKED})
_DANGERS: Final = {
    SafetyConcern.MINORS: (
        _("Easel makes no sexual pictures of minors, in any server or channel."),
        _("If you meant something harmless, word it so that it cannot be read differently."),
    ),
    SafetyConcern.UNDRESSING: (
        _("Easel makes no nude or sexual pictures of people who may be real, in any server or channel."),
        _("With a picture attached, it takes everybody for real. Ask for something else."),
    ),
    SafetyConcern.ADULT: (
        _("This asks for adult content, and this channel is not age-restricted."),
        _("Ask in a channel that Discord marks as age-restricted, or word it differently."),
    ),
}


def invalid_text(invalid: InvalidRequest) -> str:
    """Return the refusal of a request that our own check found invalid. Raises ValueError if it lacks its cause."""
    here = DENIED_TITLES[FailureKind.CHECK]
    match invalid.problem:
        case RequestProblem.DANGER:
            if invalid.danger is None:
                raise ValueError("a danger problem without its danger")
            title = here if invalid.danger is SafetyConcern.ADULT else NEVER
            return with_title(title, " ".join(_DANGERS[invalid.danger]))
        case RequestProblem.PLACE_NOT_SERVED:
            text = _("This bot paints only in the servers its operator chose, and this is not one of them.")
            return with_title(here, text + " " + _("Use it in one of those."))
        case _:
            return with_title(TITLES[FailureKind.CHECK], _unusable(invalid))


def denied_text(denied: Denied) -> str:
    """Return the refusal for a denied request. Raises ValueError if `denied` lacks what its reason needs."""
    if denied.reason is DenialReason.RETRIED_ALREADY:
        text = _("This was tried again already. Send the command anew for one more.")
        return with_title(TITLES[FailureKind.CHECK], text)
    end = _WHERE_YOU_STAND if denied.reason in _SHOWN_BY_ME else _NOTHING_COUNTED
    return with_title(DENIED_TITLES[kind_of(denied)], _cause(denied), end)


def with_title(title: str, text: str, end: str = _NOTHING_COUNTED) -> str:
    """Return a refusal: its title, what it says, and a quiet last line."""
    return f"**{title}**\n{text}\n{end}"


def _unusable(invalid: InvalidRequest) -> str:
    match invalid.problem:
        case RequestProblem.NO_PROMPT:
            return _("There is nothing to paint in this prompt. Describe the picture in a few words.")
        case RequestProblem.PROMPT_TOO_LONG:
            return _("This prompt is too long. Keep it within {n} characters.").format(n=invalid.limit)
        case RequestProblem.TOO_MANY_REFERENCES:
            return _("The model takes {n} pictures at most. Attach fewer.").format(n=invalid.limit)
        case RequestProblem.ENHANCE_OFF:
            return _("This bot's operator has switched `enhance` off. Ask again without it.")
        case RequestProblem.ENHANCE_MANY:
            text = _("`enhance` writes out one prompt, and this asks for several.")
            return text + " " + _("Take the braces out, or ask again without `enhance`.")
        case _:
            if invalid.picture is None:
                raise ValueError("a reference problem without its picture problem")
            return " ".join(picture_failure_text(invalid.picture, invalid.subject))


def _cause(denied: Denied) -> str:
    match denied:
        case Denied(reason=DenialReason.PAUSED, pause=Pause() as pause):
            return _paused(pause)
        case Denied(reason=DenialReason.BLOCKED, block=Block() as block):
            return _blocked(block)
        case Denied(reason=DenialReason.FILTER, match=Match() as match):
            return _filtered(match)
        case Denied(reason=DenialReason.LIMIT, exceeded=LimitExceeded() as no):
            return limit_refusal(no)
        case Denied(reason=DenialReason.CHANNEL):
            return _("Easel is not open in this channel. Use another one, or ask a moderator which.")
        case _:
            raise ValueError(f"{denied.reason} without what says no")


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
    return f"{text}\n{markdown.quote(said, QUOTE_ROOM)}\n" if said.strip() else text


def _filtered(match: Match) -> str:
    found = " ".join(match.found.split())[:MATCH_ROOM]
    text = _("This server does not allow “{found}” in prompts (filter #{n}).")
    helps = _("Word it differently, or ask a moderator.")
    return f"{text.format(n=match.filter.id, found=markdown.inert(found))} {helps}"
