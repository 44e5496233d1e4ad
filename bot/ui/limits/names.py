"""What limits and their values are called, and how people may write a value."""

from __future__ import annotations

import math
from datetime import datetime
from fractions import Fraction
from typing import Final, cast

from bot.domain.limits import MONEY, ORDERS, Limit, Rule, Scope, Value
from bot.domain.limits.kinds import CHOICE, CLASS, LEAVE, SHARE, WAIT
from bot.domain.sizes import Resolution
from bot.ui.i18n import _, n_
from bot.ui.limits.money import usd

_NAMES: Final = {
    Limit.IMAGES_PER_HOUR: _("Pictures per hour"),
    Limit.IMAGES_PER_DAY: _("Pictures per day"),
    Limit.IMAGES_PER_WEEK: _("Pictures per week"),
    Limit.IMAGES_PER_MONTH: _("Pictures per month"),
    Limit.JOBS_AT_ONCE: _("Jobs at once"),
    Limit.IMAGES_PER_COMMAND: _("Pictures per command"),
    Limit.REFERENCES_PER_EDIT: _("Reference pictures per edit"),
    Limit.RESOLUTION: _("Largest resolution"),
    Limit.COOLDOWN_S: _("Wait between commands"),
    Limit.MAY_IMAGINE: _("May use /imagine"),
    Limit.MAY_EDIT: _("May use /edit"),
    Limit.MAY_BE_PRIVATE: _("Private results"),
    Limit.MODELS: _("Models"),
    Limit.WEIGHT: _("Share of the queue"),
    Limit.USD_PER_DAY: _("Member budget per day"),
    Limit.USD_PER_MONTH: _("Member budget per month"),
    Limit.SERVER_USD_PER_DAY: _("Server budget per day"),
    Limit.SERVER_USD_PER_MONTH: _("Server budget per month"),
}
_AMOUNT_HINT: Final = _("A number such as 20. 0 allows none; “no limit” allows any number.")
_MONEY_HINT: Final = _("Dollars such as 5 or 0.50. 0 allows nothing; “no limit” allows any amount.")
_HINTS: Final = {
    LEAVE: _("“yes” or “no”."),
    WAIT: _("A time such as 90 s, 5 min or 2 h. 0 is no wait."),
    CLASS: _("“2K” or “4K”."),
    CHOICE: _("“any”, or the models allowed, with commas between them."),
    SHARE: _("“2” paints for them twice as often as for others, “1/2” half as often. 1 is usual."),
}
_SUGGESTIONS: Final = {
    LEAVE: ("yes", "no"),
    WAIT: ("no wait", "30 s", "1 min", "5 min", "1 h"),
    CLASS: ("2K", "4K"),
    CHOICE: ("any",),
    SHARE: ("1/2", "1", "2", "3", "5"),
}
_AMOUNTS: Final = ("1", "3", "5", "10", "20", "50", "100")
_SMALL_AMOUNTS: Final = ("1", "2", "3", "4")
_SMALL: Final = frozenset({Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND, Limit.REFERENCES_PER_EDIT})
_MONEY: Final = ("$1", "$5", "$10", "$25", "$100")
_UNITS: Final = ((86_400, _("{n} d")), (3_600, _("{n} h")), (60, _("{n} min")), (1, _("{n} s")))


def limit_name(limit: Limit) -> str:
    return _NAMES[limit]


def limit_named(text: str) -> Limit | None:
    """The limit that is stored or called like this."""
    bare = text.strip().casefold()
    return next((limit for limit in Limit if bare in {limit.value, _NAMES[limit].casefold()}), None)


def limits_like(text: str) -> list[Limit]:
    """Those whose name holds every word typed so far."""
    words = text.casefold().split()
    return [limit for limit in Limit if all(word in _NAMES[limit].casefold() for word in words)]


def limit_hint(limit: Limit) -> str:
    """How to write a value, in at most 100 characters."""
    return _MONEY_HINT if limit in MONEY else _HINTS.get(ORDERS[limit], _AMOUNT_HINT)


def suggestions(limit: Limit) -> tuple[str, ...]:
    """Values to offer; `parse_value` takes each of them."""
    if ORDERS[limit] in _SUGGESTIONS:
        return _SUGGESTIONS[ORDERS[limit]]
    amounts = _MONEY if limit in MONEY else _SMALL_AMOUNTS if limit in _SMALL else _AMOUNTS
    return (*amounts, "no limit")


def value_text(limit: Limit, value: Value) -> str:
    """`20`, `no limit`, `$5.00`, `up to 4K`, `yes`, `5 min`, `×2`, … `parse_value` takes each of them."""
    order = ORDERS[limit]
    if order is LEAVE:
        return _("yes") if value else _("no")
    if order is WAIT:
        return duration(cast(int, value)) if value else _("no wait")
    if order is CLASS:
        return _("up to {size}").format(size=cast(Resolution, value).value)
    if order is SHARE:
        return f"×{cast(Fraction, value)}"
    if order is CHOICE:
        return _models(cast(frozenset[str] | None, value))
    if value is None:
        return _("no limit")
    return usd(cast(int, value)) if limit in MONEY else f"{cast(int, value):,}"


def _models(value: frozenset[str] | None) -> str:
    return _("any") if value is None else ", ".join(sorted(value)) or _("not one")


def duration(seconds: int) -> str:
    """`90 s` is `1 min 30 s`."""
    parts: list[str] = []
    for length, words in _UNITS:
        number, seconds = divmod(seconds, length)
        if number:
            parts.append(words.format(n=number))
    return " ".join(parts)


def images(number: int) -> str:
    return n_("{n} picture", "{n} pictures", number).format(n=f"{number:,}")


def rule_name(rule: Rule, *, yours: bool = False) -> str:
    """Whose rule it is; `yours` when its member reads it."""
    match rule.scope:
        case Scope.OPERATOR:
            return _("the operator's ceiling")
        case Scope.SERVER:
            return _("the server's default")
        case Scope.CHANNEL:
            return _("channel <#{id}>").format(id=rule.subject_id)
        case Scope.ROLE:
            return _("role <@&{id}>").format(id=rule.subject_id)
        case Scope.MEMBER:
            return _("your own rule") if yours else _("their own rule")
        case Scope.FREE:
            return _("no rule")


def stamp(at: datetime, style: str = "R") -> str:
    """A moment as Discord shows it in everybody's own time; never before it is there."""
    return f"<t:{math.ceil(at.timestamp())}:{style}>"
