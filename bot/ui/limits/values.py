"""From what people type to the value of a limit. Generous, and exact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bot.domain.limits import MONEY, ORDERS, Limit, Value
from bot.domain.limits.kinds import CHOICE, CLASS, LEAVE, SHARE, WAIT
from bot.domain.sizes import Resolution
from bot.errors import EaselError
from bot.ui.i18n import _
from bot.ui.limits.money import parse_usd
from bot.ui.limits.names import limit_hint

MAX_TYPED: Final = 200
_NO_LIMIT: Final = frozenset({"no limit", "nolimit", "none", "unlimited", "infinite", "∞", "-", "–", "any"})
_YES: Final = frozenset({"yes", "y", "on", "allow", "allowed", "true", "1", "ok"})
_NO: Final = frozenset({"no", "n", "off", "deny", "denied", "false", "0", "never"})
_NO_WAIT: Final = frozenset({"no wait", "no", "off", "0", *_NO_LIMIT})
_ANY_MODEL: Final = (_NO_LIMIT | {"all"}) - {"none", "-", "–"}  # these could mean that no model is allowed
_WHOLE: Final = re.compile(r"\d{1,12}|\d{1,3}([,. ']\d{3}){1,3}", re.ASCII)
_NUMBER: Final = r"\d{1,7}(?:[.,]\d{1,3})?"
_SPANS: Final = re.compile(rf"(?:{_NUMBER}\s*[a-z]+[\s,]*(?:and\s+)?)+", re.ASCII)
_SPAN: Final = re.compile(rf"({_NUMBER})\s*([a-z]+)", re.ASCII)
_SECONDS: Final = re.compile(r"\d{1,9}", re.ASCII)
_SHARE: Final = re.compile(rf"[x×*]?\s*({_NUMBER})(?:\s*/\s*(\d{{1,4}}))?\s*(?:[x×*]|times)?", re.ASCII)
_SHARES: Final = {"half": Fraction(1, 2), "twice": Fraction(2), "double": Fraction(2), "usual": Fraction(1)}
UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400),
}


class ValueNotUnderstoodError(EaselError):
    """What was typed is no value of this limit; `hint` says how to write one."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


def parse_value(limit: Limit, text: str, *, models: Sequence[str]) -> Value:
    """The value that `text` means for `limit`; `models` are the ids there are.

    Money comes as micro USD, a wait as seconds. Raises `ValueNotUnderstoodError`.
    """
    bare = plainly(text)
    if len(bare) > MAX_TYPED:
        raise ValueNotUnderstoodError(limit_hint(limit))
    order = ORDERS[limit]
    if order is CHOICE:
        return _choice(bare, models)
    if order is LEAVE:
        value = True if bare in _YES else False if bare in _NO else None
    elif order is CLASS:
        value = _resolution(bare)
    elif order is WAIT:
        value = 0 if bare in _NO_WAIT else seconds(bare)
    elif order is SHARE:
        value = _share(bare)
    elif bare in _NO_LIMIT:
        return None
    else:
        value = parse_usd(bare) if limit in MONEY else _whole(bare)
    if value is None:
        raise ValueNotUnderstoodError(limit_hint(limit))
    return value


def plainly(text: str) -> str:
    """What was typed in small letters, plain digits and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u2044", "/").casefold().split())


def seconds(bare: str) -> int | None:
    """`90`, `90 s`, `5 min`, `1 h 30 min`, `1.5h`, `2 weeks`; None where that is no whole number of seconds."""
    if _SECONDS.fullmatch(bare):
        return int(bare)
    if not _SPANS.fullmatch(bare):
        return None
    total = Decimal(0)
    for number, unit in _SPAN.findall(bare):
        if unit not in UNITS:
            return None
        total += Decimal(number.replace(",", ".")) * UNITS[unit]
    return int(total) if total == int(total) else None


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


def _choice(bare: str, models: Sequence[str]) -> frozenset[str] | None:
    if bare in _ANY_MODEL:
        return None
    chosen = [_model(name.strip(), models) for name in bare.split(",")]
    known = frozenset(one for one in chosen if one is not None)
    if len(known) < len(set(chosen)) or not known:
        names = ", ".join(models)
        raise ValueNotUnderstoodError(_("Write “any”, or some of: {names}.").format(names=names))
    return known


def _model(name: str, models: Sequence[str]) -> str | None:
    """The id written in full, or the only one that contains what was written."""
    exact = [one for one in models if one.casefold() == name]
    similar = exact or [one for one in models if name and name in one.casefold()]
    return similar[0] if len(similar) == 1 else None
