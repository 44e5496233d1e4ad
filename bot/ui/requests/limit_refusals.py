"""Limits as members read them: which one denied the request, whose rule it is, and when it opens or what helps."""

from __future__ import annotations

from typing import Final, assert_never

from bot.domain.policy.quota import IMAGE_WINDOWS, VIDEO_WINDOWS, LimitExceeded
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Rule, Scope
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import window_words
from bot.ui.base.units import duration, stamp, usd

_BUDGETS: Final = {
    Limit.USD_PER_DAY: _("your budget for a day"),
    Limit.USD_PER_MONTH: _("your budget for a month"),
    Limit.SERVER_USD_PER_DAY: _("this server's budget for a day"),
    Limit.SERVER_USD_PER_MONTH: _("this server's budget for a month"),
}
# For a limit that allows none at all: what is not allowed, and the next step; with '' the text says whom to ask.
_FORBIDDEN: Final = {
    **dict.fromkeys(
        (*IMAGE_WINDOWS, Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND),
        (_("You can't make pictures here."), ""),
    ),
    **dict.fromkeys(VIDEO_WINDOWS, (_("You can't make videos here."), "")),
    Limit.MAY_IMAGINE: (_("You can't use `/imagine` here."), ""),
    Limit.MAY_EDIT: (_("You can't use `/edit` here."), ""),
    Limit.MAY_ANIMATE: (_("You can't use `/animate` here."), ""),
    Limit.MAY_BE_PRIVATE: (
        _("You can't make private results here."),
        _("Try again with `private: False`."),
    ),
    Limit.MODELS: (_("You can't use this model here."), ""),
    Limit.RESOLUTION: (_("You can't make 4K pictures here."), _("Try again in 2K.")),
    Limit.REFERENCES_PER_EDIT: (_("You can't attach pictures here."), _("Try again without pictures.")),
}
_VIDEOS_CLOSED: Final = (
    _("Videos aren't open in this server yet."),
    _("A moderator can open them with `/setup`."),
)


def limit_refusal(exceeded: LimitExceeded) -> str:
    """Return a few sentences: which limit, whose rule, and what to do next or when it opens."""
    what, next_step = _words(exceeded)
    if not next_step and exceeded.is_operators:
        return f"{what} {_whom_to_ask(exceeded.by)}"  # which also says whose rule it is
    return " ".join(
        sentence for sentence in (what, _whose(exceeded), next_step or _whom_to_ask(exceeded.by)) if sentence
    )


def _words(exceeded: LimitExceeded) -> tuple[str, str]:
    """Return what is not allowed, and the next step or ''. Raises ValueError for a limit that denies nothing."""
    if exceeded.is_forbidden:
        return _VIDEOS_CLOSED if exceeded.are_videos_closed else _FORBIDDEN[exceeded.limit]
    match exceeded.limit:
        case Limit.IMAGES_PER_HOUR | Limit.IMAGES_PER_DAY | Limit.IMAGES_PER_WEEK | Limit.IMAGES_PER_MONTH:
            return _window(exceeded)
        case Limit.VIDEOS_PER_DAY | Limit.VIDEOS_PER_WEEK | Limit.VIDEOS_PER_MONTH:
            return _videos(exceeded)
        case Limit.USD_PER_DAY | Limit.USD_PER_MONTH | Limit.SERVER_USD_PER_DAY | Limit.SERVER_USD_PER_MONTH:
            return _money(exceeded)
        case Limit.JOBS_AT_ONCE:
            return _jobs(exceeded.used)
        case Limit.COOLDOWN_S:
            return _cooldown(exceeded)
        case Limit.REFERENCES_PER_EDIT:
            return _references(exceeded.allowed or 0)
        case Limit.IMAGES_PER_COMMAND:
            return _images_at_once(exceeded.allowed or 0)
        case (
            Limit.RESOLUTION
            | Limit.MAY_IMAGINE
            | Limit.MAY_EDIT
            | Limit.MAY_ANIMATE
            | Limit.MAY_BE_PRIVATE
            | Limit.MODELS
            | Limit.WEIGHT
        ):
            raise ValueError(f"{exceeded.limit} has no number that a request could exceed")
        case _:
            assert_never(exceeded.limit)


def _window(exceeded: LimitExceeded) -> tuple[str, str]:
    allowed, span = exceeded.allowed or 0, window_words(exceeded.limit).within
    if exceeded.opens_at is None:
        text = n_(
            "This is more than the {n} picture you can make {span}.",
            "This is more than the {n} pictures you can make {span}.",
            allowed,
        )
    elif exceeded.left == 0:
        text = n_(
            "You've used the {n} picture you can make {span}.",
            "You've used all {n} pictures you can make {span}.",
            allowed,
        )
    else:
        text = n_(
            "You have {left} of {n} picture {span} left, and this needs more.",
            "You have {left} of {n} pictures {span} left, and this needs more.",
            allowed,
        )
    return text.format(n=f"{allowed:,}", span=span, left=f"{exceeded.left:,}"), _what_fits(exceeded)


def _videos(exceeded: LimitExceeded) -> tuple[str, str]:
    """Return the texts for a window of videos: a command asks for one, so it fits once the window opens."""
    allowed, opens_at = exceeded.allowed or 0, exceeded.opens_at
    text = n_(
        "You've used the {n} video you can make {span}.",
        "You've used all {n} videos you can make {span}.",
        allowed,
    )
    next_step = "" if opens_at is None else _("You can make this {when}.").format(when=stamp(opens_at))
    return text.format(n=f"{allowed:,}", span=window_words(exceeded.limit).within), next_step


def _what_fits(exceeded: LimitExceeded) -> str:
    """Return the most that this limit leaves; another limit that opens sooner may leave less."""
    number = f"{exceeded.left:,}"
    if exceeded.opens_at is None:
        if exceeded.left == 0:
            return _("Ask for fewer later. `/me` shows when.")
        return _("Ask for at most {n}.").format(n=number)
    if exceeded.left == 0:
        return _("You can make this {when}.").format(when=stamp(exceeded.opens_at))
    return _("Ask for at most {n} now, or for all of them {when}.").format(
        n=number, when=stamp(exceeded.opens_at)
    )


def _money(exceeded: LimitExceeded) -> tuple[str, str]:
    allowed, name = exceeded.allowed or 0, _BUDGETS[exceeded.limit]
    if allowed == 0:
        text = _("{budget} is $0.").format(budget=name[:1].upper() + name[1:])
        return text, "" if exceeded.is_operators else _("Moderators can raise it.")
    if exceeded.opens_at is None:
        text = _("This would cost more than {budget}, {amount}.").format(budget=name, amount=usd(allowed))
        if exceeded.is_operators:
            return text, _("Only they can raise it. Asking for less may fit.")
        return text, _("Moderators can raise it. Asking for less may fit.")
    text = _("This costs more than what's left of {budget}: {used} of {amount} is spent or reserved.")
    starts = _("It resets {when}.").format(when=stamp(exceeded.opens_at))
    return text.format(budget=name, amount=usd(allowed), used=usd(exceeded.used)), starts


def _references(allowed: int) -> tuple[str, str]:
    text = n_("You can attach {n} picture at a time.", "You can attach {n} pictures at a time.", allowed)
    next_step = _("Try again with one.") if allowed == 1 else _("Try again with fewer.")
    return text.format(n=allowed), next_step


def _images_at_once(allowed: int) -> tuple[str, str]:
    text = n_("You can ask for {n} picture at a time.", "You can ask for {n} pictures at a time.", allowed)
    return text.format(n=allowed), _("Try again with fewer.")


def _jobs(under_way: int) -> tuple[str, str]:
    text = n_(
        "You have {n} job in progress, the most you can have at once.",
        "You have {n} jobs in progress, the most you can have at once.",
        under_way,
    )
    next_step = n_(
        "Try again when it's done. `/queue` shows it.",
        "Try again when one is done. `/queue` shows them.",
        under_way,
    )
    return text.format(n=under_way), next_step


def _cooldown(exceeded: LimitExceeded) -> tuple[str, str]:
    text = _("You have to wait {n} between commands.").format(n=duration(exceeded.allowed or 0))
    if exceeded.opens_at is None:
        return text, ""
    return text, _("You can send the next one {when}.").format(when=stamp(exceeded.opens_at))


def _whose(exceeded: LimitExceeded) -> str:
    match exceeded.by.scope:
        case Scope.OPERATOR:
            return _("This bot's operator set this limit.")
        case Scope.SERVER if exceeded.limit in OF_THE_SERVER:
            return ""
        case Scope.SERVER:
            return _("It's this server's default.")
        case Scope.CHANNEL:
            return _("It's set for <#{id}>.").format(id=exceeded.by.subject_id)
        case Scope.ROLE:
            return _("It's set for your role <@&{id}>.").format(id=exceeded.by.subject_id)
        case Scope.MEMBER:
            return _("Moderators set it for you.")
        case Scope.FREE:
            return ""


def _whom_to_ask(rule: Rule) -> str:
    match rule.scope:
        case Scope.OPERATOR:
            return _("Only this bot's operator can change this.")
        case Scope.CHANNEL:
            return _("Try another channel, or ask a moderator.")
        case _:
            return _("Ask a moderator if you think you should be able to.")
