"""What is offered while somebody types a limit or its value, and what is said where that was none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from discord.app_commands import Choice

from bot.domain.limits import ORDERS, Limit
from bot.domain.limits.kinds import CHOICE
from bot.ui.i18n import _
from bot.ui.limits.names import limit_hint, limit_name, limits_like, suggestions, value_text
from bot.ui.limits.parts import inline
from bot.ui.limits.values import ValueNotUnderstoodError, parse_value

EVERYTHING: Final = "everything"
MAX_CHOICES: Final = 25  # Discord
MAX_CHOICE: Final = 100  # Discord: characters of a choice
_SHOWN: Final = 60


def limit_choices(typed: str, *, everything: bool = False) -> list[Choice[str]]:
    """Limits by name; with `everything`, that one first."""
    first = [Choice(name=_("Everything"), value=EVERYTHING)] if everything else []
    fitting = [one for one in first if typed.strip().casefold() in one.name.casefold()]
    named = [Choice(name=limit_name(limit), value=limit.value) for limit in limits_like(typed)]
    return [*fitting, *named][:MAX_CHOICES]


def value_choices(limit: Limit, typed: str, *, models: Sequence[str]) -> list[Choice[str]]:
    """What was typed as it is understood; else values to choose from."""
    offered = (*suggestions(limit), *(models if ORDERS[limit] is CHOICE else ()))
    begun = [one for one in offered if typed.strip().casefold() in one.casefold()]
    understood: list[str] = []
    if typed.strip():
        try:
            understood = [value_text(limit, parse_value(limit, typed, models=models))]
        except ValueNotUnderstoodError:
            begun = begun or list(offered)
    names = dict.fromkeys(one for one in (*understood, *begun) if len(one) <= MAX_CHOICE)
    return [Choice(name=one, value=one) for one in names][:MAX_CHOICES]


def unknown_limit() -> str:
    return _("There is no limit of this name. Choose one from the list that appears as you type.")


def value_problem(limit: Limit, typed: str, hint: str | None = None) -> str:
    """What was typed is no value of this limit."""
    text = _("“{typed}” is no value for **{limit}**. Write it like this: {hint}")
    return text.format(typed=inline(typed, _SHOWN), limit=limit_name(limit), hint=hint or limit_hint(limit))
