"""What a change makes of the rules, and whether spending may become ten times what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from bot.domain.limits import FREE, MONEY, WINDOWS, Limit, Rule, Ruling, Scope, Value, combine
from bot.domain.limits.money import is_tenfold
from bot.domain.moderation import ClearLimits, SetLimit

# More of these is more money.
SPENDING: Final = (*WINDOWS, *sorted(MONEY))


def before_and_after(
    rule: Rule, change: SetLimit | ClearLimits, *, others: Sequence[Rule], ceiling: Rule
) -> tuple[Ruling, Ruling]:
    """What holds under `rule`, and what would once `change` has been made to it."""
    changed = replace(rule, says=_says_after(rule, change))
    return in_force(rule, others=others, ceiling=ceiling), in_force(changed, others=others, ceiling=ceiling)


def in_force(rule: Rule, *, others: Sequence[Rule], ceiling: Rule) -> Ruling:
    """What holds for whom `rule` is about. `others` have the server's own rule among them."""
    by_scope = {scope: [one for one in (rule, *others) if one.scope is scope] for scope in Scope}
    return combine(
        ceiling=ceiling,
        server=by_scope[Scope.SERVER][0],  # the rule itself, where it is the server's
        roles=by_scope[Scope.ROLE],
        member=next(iter(by_scope[Scope.MEMBER]), FREE),
        channels=by_scope[Scope.CHANNEL],
    )


def may_spend_tenfold(before: Ruling, after: Ruling) -> bool:
    return any(is_tenfold(amount(before, limit), amount(after, limit)) for limit in SPENDING)


def is_large_grant(images: int, ruling: Ruling) -> bool:
    """Whether so many free pictures are ten times what the narrowest window lets through."""
    windows = [value for limit in WINDOWS if (value := amount(ruling, limit)) is not None]
    return bool(windows) and images >= 10 * max(min(windows), 1)


def amount(ruling: Ruling, limit: Limit) -> int | None:
    """Of one of `SPENDING`: a number of pictures, or micro USD; None where nothing limits it."""
    return cast(int | None, ruling.value(limit))


def _says_after(rule: Rule, change: SetLimit | ClearLimits) -> dict[Limit, Value]:
    if isinstance(change, SetLimit):
        return {**rule.says, change.limit: change.value}
    kept = () if change.limit is None else (limit for limit in rule.says if limit is not change.limit)
    return {limit: rule.says[limit] for limit in kept}
