"""Names of limits and of their values, how to parse a typed value, and what is left of a limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Final, NamedTuple, cast

from bot.domain.policy.decision import LimitReport
from bot.domain.policy.quota import IMAGE_WINDOWS, VIDEO_WINDOWS, WINDOWS
from bot.domain.policy.rules import (
    DURATION,
    LIMIT_TYPES,
    MODELS,
    MONEY,
    PERMISSION,
    RESOLUTION,
    WEIGHT,
    Limit,
    Rule,
    Scope,
    Value,
)
from bot.domain.sizes import Resolution
from bot.errors import EaselError
from bot.ui.base.i18n import _, n_
from bot.ui.base.units import MAX_TYPED, NUMBER, duration, parse_seconds, parse_usd, plainly, usd

_NAMES: Final = {
    Limit.IMAGES_PER_HOUR: _("Pictures per hour"),
    Limit.IMAGES_PER_DAY: _("Pictures per day"),
    Limit.IMAGES_PER_WEEK: _("Pictures per week"),
    Limit.IMAGES_PER_MONTH: _("Pictures per month"),
    Limit.VIDEOS_PER_DAY: _("Videos per day"),
    Limit.VIDEOS_PER_WEEK: _("Videos per week"),
    Limit.VIDEOS_PER_MONTH: _("Videos per month"),
    Limit.JOBS_AT_ONCE: _("Jobs at once"),
    Limit.IMAGES_PER_COMMAND: _("Pictures per command"),
    Limit.REFERENCES_PER_EDIT: _("Reference pictures per edit"),
    Limit.RESOLUTION: _("Largest resolution"),
    Limit.COOLDOWN_S: _("Wait between commands"),
    Limit.MAY_IMAGINE: _("May use /imagine"),
    Limit.MAY_EDIT: _("May use /edit"),
    Limit.MAY_ANIMATE: _("May use /animate"),
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
    PERMISSION: _("“yes” or “no”."),
    DURATION: _("A time such as 90 s, 5 min or 2 h. 0 means no wait."),
    RESOLUTION: _("“2K” or “4K”."),
    MODELS: _("“any”, or the allowed models, separated by commas."),
    WEIGHT: _("“2” gives them twice the share of others, “1/2” half. 1 is normal."),
}
_SUGGESTIONS: Final = {
    PERMISSION: ("yes", "no"),
    DURATION: ("no wait", "30 s", "1 min", "5 min", "1 h"),
    RESOLUTION: ("2K", "4K"),
    MODELS: ("any",),
    WEIGHT: ("1/2", "1", "2", "3", "5"),
}
_AMOUNTS: Final = ("1", "3", "5", "10", "20", "50", "100")
_SMALL_AMOUNTS: Final = ("1", "2", "3", "4")
_SMALL: Final = frozenset({Limit.JOBS_AT_ONCE, Limit.IMAGES_PER_COMMAND, Limit.REFERENCES_PER_EDIT})
_MONEY: Final = ("$1", "$5", "$10", "$25", "$100")


def limit_name(limit: Limit) -> str:
    return _NAMES[limit]


def limit_named(text: str) -> Limit | None:
    """Return the limit with this stored value or shown name; None if there is none."""
    bare = text.strip().casefold()
    return next((limit for limit in Limit if bare in {limit.value, _NAMES[limit].casefold()}), None)


def limits_like(text: str) -> list[Limit]:
    """Return the limits whose names contain every word that was typed."""
    words = text.casefold().split()
    return [limit for limit in Limit if all(word in _NAMES[limit].casefold() for word in words)]


def limit_hint(limit: Limit) -> str:
    """Return how to write a value of the limit, in at most 100 characters."""
    return _MONEY_HINT if limit in MONEY else _HINTS.get(LIMIT_TYPES[limit], _AMOUNT_HINT)


def suggestions(limit: Limit) -> tuple[str, ...]:
    """Return values to offer for the limit; `parse_value` accepts each of them."""
    if LIMIT_TYPES[limit] in _SUGGESTIONS:
        return _SUGGESTIONS[LIMIT_TYPES[limit]]
    amounts = _MONEY if limit in MONEY else _SMALL_AMOUNTS if limit in _SMALL else _AMOUNTS
    return (*amounts, "no limit")


ModelNames = Mapping[str, str]  # by their ids
NO_NAMES: Final[ModelNames] = {}


def value_text(limit: Limit, value: Value, *, models: ModelNames = NO_NAMES) -> str:
    """Return a value as text: `20`, `no limit`, `$5.00`, `up to 4K`, `5 min`, `×2`, … `parse_value` accepts it.

    A model without a name in `models` is shown by its id: the log keeps ids, and a model may be on offer no more.
    """
    order = LIMIT_TYPES[limit]
    if order is PERMISSION:
        return _("yes") if value else _("no")
    if order is DURATION:
        return duration(cast(int, value)) if value else _("no wait")
    if order is RESOLUTION:
        return _("up to {size}").format(size=cast(Resolution, value).value)
    if order is WEIGHT:
        return f"×{cast(Fraction, value)}"
    if order is MODELS:
        return _models(cast(frozenset[str] | None, value), models)
    if value is None:
        return _("no limit")
    return usd(cast(int, value)) if limit in MONEY else f"{cast(int, value):,}"


def _models(value: frozenset[str] | None, models: ModelNames) -> str:
    if value is None:
        return _("any")
    return ", ".join(sorted(models.get(one, one) for one in value)) or _("not one")


def rule_name(rule: Rule, *, yours: bool = False) -> str:
    """Return whose rule it is; with `yours` the text speaks to its member."""
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
            return _("Easel's default")


_NO_LIMIT: Final = frozenset({"no limit", "nolimit", "none", "unlimited", "infinite", "∞", "-", "–", "any"})
_YES: Final = frozenset({"yes", "y", "on", "allow", "allowed", "true", "1", "ok"})
_NO: Final = frozenset({"no", "n", "off", "deny", "denied", "false", "0", "never"})
_NO_WAIT: Final = frozenset({"no wait", "no", "off", "0", *_NO_LIMIT})
_ANY_MODEL: Final = (_NO_LIMIT | {"all"}) - {"none", "-", "–"}  # these could mean that no model is allowed
_WHOLE: Final = re.compile(r"\d{1,12}|\d{1,3}([,. ']\d{3}){1,3}", re.ASCII)
_SHARE: Final = re.compile(rf"[x×*]?\s*({NUMBER})(?:\s*/\s*(\d{{1,4}}))?\s*(?:[x×*]|times)?", re.ASCII)
_SHARES: Final = {"half": Fraction(1, 2), "twice": Fraction(2), "double": Fraction(2), "usual": Fraction(1)}


class ValueNotUnderstoodError(EaselError):
    """The typed text is no value of the limit; `hint` says how to write one."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


def parse_value(limit: Limit, text: str, *, models: ModelNames) -> Value:
    """Return the value that `text` means for `limit`; `models` are those on offer.

    Money is in micro USD, a wait in seconds. Raises `ValueNotUnderstoodError`.
    """
    bare = plainly(text)
    if len(bare) > MAX_TYPED:
        raise ValueNotUnderstoodError(limit_hint(limit))
    order = LIMIT_TYPES[limit]
    if order is MODELS:
        return _choice(bare, models)
    if order is PERMISSION:
        value = True if bare in _YES else False if bare in _NO else None
    elif order is RESOLUTION:
        value = _resolution(bare)
    elif order is DURATION:
        value = 0 if bare in _NO_WAIT else parse_seconds(bare)
    elif order is WEIGHT:
        value = _share(bare)
    elif bare in _NO_LIMIT:
        return None
    else:
        value = parse_usd(bare) if limit in MONEY else _whole(bare)
    if value is None:
        raise ValueNotUnderstoodError(limit_hint(limit))
    return value


def _whole(bare: str) -> int | None:
    return int(re.sub(r"\D", "", bare)) if _WHOLE.fullmatch(bare) else None


def _resolution(bare: str) -> Resolution | None:
    if bare in _NO_LIMIT:
        return Resolution.FOUR_K
    name = bare.removeprefix("up to ").removesuffix("k").strip()
    return next((one for one in Resolution if one.value.casefold().removesuffix("k") == name), None)


def _share(bare: str) -> Fraction | None:
    bare = bare.removesuffix("the share").removesuffix("share").removesuffix("the").strip()
    if bare in _SHARES:
        return _SHARES[bare]
    found = _SHARE.fullmatch(bare)
    if found is None:
        return None
    divisor = int(found[2] or 1)
    share = Fraction(found[1].replace(",", ".")) / divisor if divisor else Fraction()
    return share if share > 0 else None


def _choice(bare: str, models: ModelNames) -> frozenset[str] | None:
    if bare in _ANY_MODEL:
        return None
    chosen = [_model(name.strip(), models) for name in bare.split(",")]
    known = frozenset(one for one in chosen if one is not None)
    if len(known) < len(set(chosen)) or not known:
        names = ", ".join(models.values())
        raise ValueNotUnderstoodError(_("Write “any”, or some of: {names}.").format(names=names))
    return known


def _model(text: str, models: ModelNames) -> str | None:
    """Return the id of the model whose id or name is written in full, or else of the only one that contains `text`."""
    known = {id_: (plainly(id_), plainly(name)) for id_, name in models.items()}
    exact = [id_ for id_, both in known.items() if text in both]
    similar = exact or [id_ for id_, both in known.items() if text and any(text in one for one in both)]
    return similar[0] if len(similar) == 1 else None


class WindowWords(NamedTuple):
    """How a window is named: after a number, after what happened in it, and where it rolls on with the clock."""

    per: str
    within: str
    rolling: str


_WINDOW_WORDS: Final = {
    timedelta(hours=1): WindowWords(_("per hour"), _("in an hour"), _("per hour")),
    timedelta(days=1): WindowWords(_("per day"), _("in 24 hours"), _("rolling 24 h")),
    timedelta(days=7): WindowWords(_("per week"), _("in 7 days"), _("rolling 7 days")),
    timedelta(days=30): WindowWords(_("per month"), _("in 30 days"), _("rolling 30 days")),
}


def window_words(limit: Limit) -> WindowWords:
    """Return how the window of a limit of `WINDOWS` is named."""
    return _WINDOW_WORDS[WINDOWS[limit]]


def left_here(report: LimitReport, *, of_videos: bool = False) -> list[str]:
    """Return how many pictures or videos the fullest window has left, when it opens, and where to read the rest."""
    wanted = VIDEO_WINDOWS if of_videos else IMAGE_WINDOWS
    windows = [usage for usage in report.usages if usage.limit in wanted]
    if not windows:
        return [_("no limit on videos") if of_videos else _("no limit on pictures"), "`/me`"]
    usage = min(windows, key=lambda one: one.left)
    if of_videos:
        left = n_(
            "{left} of {limit} video left ({window})",
            "{left} of {limit} videos left ({window})",
            usage.allowed,
        )
    else:
        left = n_(
            "{left} of {limit} picture left ({window})",
            "{left} of {limit} pictures left ({window})",
            usage.allowed,
        )
    facts = [left.format(left=usage.left, limit=usage.allowed, window=window_words(usage.limit).rolling)]
    if usage.left == 0 and usage.opens_at is not None:
        opens_at = usage.opens_at + timedelta(seconds=1)
        facts.append(_("next one {when}").format(when=f"<t:{int(opens_at.timestamp())}:R>"))
    return [*facts, "`/me`"]
