"""What a limit says to whoever meets it: how much there is, whose it is, and when there is room again."""

from __future__ import annotations

from typing import Final

from bot.domain.limits import MONEY, OF_THE_SERVER, WINDOWS, Limit, No, Rule, Scope
from bot.ui.i18n import _, n_
from bot.ui.limits.money import usd
from bot.ui.limits.names import duration, stamp

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
# What is a matter of leave; an empty second sentence is one about whom to ask.
_FORBIDDEN: Final = {
    Limit.MAY_IMAGINE: (_("You may not use `/imagine` here."), ""),
    Limit.MAY_EDIT: (_("You may not use `/edit` here."), ""),
    Limit.MAY_BE_PRIVATE: (_("You may not make private pictures here."), _("Ask again without `private`.")),
    Limit.MODELS: (_("You may not use this model here."), ""),
    Limit.RESOLUTION: (_("4K is more than you may ask for here."), _("Ask again with 2K.")),
    Limit.REFERENCES_PER_EDIT: (_("You may not attach pictures here."), _("Ask again with words alone.")),
}
_SWITCHED_OFF: Final = (_("You may make no pictures here."), "")


def objection(no: No) -> str:
    """A few sentences that say all a person needs to plan by: what, whose, and what to do next."""
    what, next_step = _words(no)
    return " ".join(sentence for sentence in (what, _whose(no), next_step or _whom_to_ask(no.by)) if sentence)


def _words(no: No) -> tuple[str, str]:
    if no.allowed is None or (no.allowed == 0 and no.limit not in MONEY):
        return _FORBIDDEN.get(no.limit, _SWITCHED_OFF)
    if no.limit in WINDOWS:
        return _window(no)
    if no.limit in MONEY:
        return _money(no)
    return _amount(no)


def _window(no: No) -> tuple[str, str]:
    allowed, span = no.allowed or 0, _SPANS[no.limit]
    left = max(0, allowed - no.used)
    if no.opens_at is None:
        text = n_(
            "This is more than the {n} picture you may make {span}.",
            "This is more than the {n} pictures you may make {span}.",
            allowed,
        )
    elif left == 0:
        text = n_(
            "You have used the {n} picture you may make {span}.",
            "You have used all {n} pictures you may make {span}.",
            allowed,
        )
    else:
        text = n_(
            "You may make {n} pictures {span}. {left} is left, and this asks for more.",
            "You may make {n} pictures {span}. {left} are left, and this asks for more.",
            left,
        )
    return text.format(n=f"{allowed:,}", span=span, left=f"{left:,}"), _room_again(no)


def _money(no: No) -> tuple[str, str]:
    allowed, name = no.allowed or 0, _BUDGETS[no.limit]
    if allowed == 0:
        return _("{budget} is $0.").format(budget=name[:1].upper() + name[1:]), ""
    if no.opens_at is None:
        text = _("This would cost more than {budget}, {amount}.")
        return text.format(budget=name, amount=usd(allowed)), _("Ask for less at a time.")
    text = _("This would cost more than is left of {budget}: {used} of {amount} is spent or set aside.")
    starts = _("It starts anew {when}.").format(when=stamp(no.opens_at))
    return text.format(budget=name, amount=usd(allowed), used=usd(no.used)), starts


def _amount(no: No) -> tuple[str, str]:
    """Limits that count what one asks for, or has under way."""
    allowed = no.allowed or 0
    match no.limit:
        case Limit.JOBS_AT_ONCE:
            text = n_("You may have {n} job under way.", "You may have {n} jobs under way.", allowed)
            next_step = _("Ask again when one is done; `/queue` shows how far they are.")
        case Limit.COOLDOWN_S:
            text = _("You may send one command every {n}.").format(n=duration(allowed))
            next_step = _room_again(no)
        case Limit.REFERENCES_PER_EDIT:
            text = n_("You may attach {n} picture.", "You may attach {n} pictures at a time.", allowed)
            next_step = _("Ask again with fewer.")
        case _:
            text = n_(
                "You may ask for {n} picture at a time.", "You may ask for {n} pictures at a time.", allowed
            )
            next_step = _("Ask again with a smaller `count`.")
    return text.format(n=allowed), next_step


def _room_again(no: No) -> str:
    if no.opens_at is None:
        return _("Ask for fewer.")
    return _("There is room for this again {when}.").format(when=stamp(no.opens_at))


def _whose(no: No) -> str:
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
            return _("Only they can change it.")
        case Scope.CHANNEL:
            return _("Try another channel, or ask a moderator.")
        case _:
            return _("Ask a moderator if you need it.")
