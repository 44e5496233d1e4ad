"""What is wrong with a change, before the store is asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from bot.domain.limits import OF_THE_SERVER, Limit, Scope, is_value
from bot.domain.moderation import (
    MAX_GRANT,
    MAX_PAUSE_TEXT,
    MAX_REASON,
    AddFilter,
    BlockMember,
    Change,
    DropServerPreset,
    GiveImages,
    PauseServer,
    SetLimit,
    SharePreset,
)
from bot.domain.presets import clean_name, preset_problem
from bot.domain.prompts import clean_prompt
from bot.domain.words import check_filter
from bot.services.moderation.outcomes import Improper, Mistake

MOST: Final = 10**12  # a million dollars; far above any sensible number, far below what a column holds
HIGHEST: Final = {Limit.COOLDOWN_S: 7 * 86_400, Limit.JOBS_AT_ONCE: 1_000, Limit.IMAGES_PER_COMMAND: 1_000}
HIGHEST_WEIGHT: Final = Fraction(100)
OWN: Final = frozenset({Scope.ROLE, Scope.CHANNEL, Scope.MEMBER})


def cleaned(change: Change) -> Change:
    """Texts as everything else treats them: without what cannot be seen, nor stored."""
    match change:
        case GiveImages(reason=reason) | BlockMember(reason=reason):
            return replace(change, reason=clean_prompt(reason))
        case PauseServer(text=text):
            return replace(change, text=clean_prompt(text))
        case AddFilter(text=text):
            return replace(change, text=clean_prompt(text))
        case SharePreset(name=name, text=text):
            return replace(change, name=clean_name(name), text=clean_prompt(text))
        case DropServerPreset(name=name):
            return replace(change, name=clean_name(name))
        case _:
            return change


def look_at(change: Change, *, models: Collection[str], now: datetime) -> Improper | None:
    """The first mistake in a cleaned change; `models` are the ids of those there are."""
    match change:
        case SetLimit():
            return _look_at_limit(change, models)
        case GiveImages(images=images) if not 1 <= images <= MAX_GRANT:
            return Improper(mistake=Mistake.OUT_OF_RANGE, most=MAX_GRANT)
        case GiveImages(reason=reason, expires_at=until) | BlockMember(reason=reason, until=until):
            if until is not None and until <= now:
                return Improper(mistake=Mistake.IN_THE_PAST)
            return _look_at_text(reason, MAX_REASON)
        case PauseServer(text=text) if len(text) > MAX_PAUSE_TEXT:
            return Improper(mistake=Mistake.TEXT_TOO_LONG, most=MAX_PAUSE_TEXT)
        case AddFilter(kind=kind, text=text):
            problem = check_filter(kind, text)
            return None if problem is None else Improper(mistake=Mistake.FILTER, filter_problem=problem)
        case SharePreset(name=name, text=text):
            wrong = preset_problem(name, text)
            return None if wrong is None else Improper(mistake=Mistake.PRESET, preset_problem=wrong)
        case _:
            return None


def _look_at_limit(change: SetLimit, models: Collection[str]) -> Improper | None:
    speaks = change.scope is Scope.SERVER or (change.scope in OWN and change.limit not in OF_THE_SERVER)
    if not speaks:
        return Improper(mistake=Mistake.NOT_HERE)
    value, most = change.value, HIGHEST.get(change.limit, MOST)
    if not is_value(change.limit, value):
        return Improper(mistake=Mistake.OUT_OF_RANGE, most=most)
    if isinstance(value, frozenset):
        return None if value <= set(models) else Improper(mistake=Mistake.UNKNOWN_MODEL)
    if isinstance(value, Fraction):
        is_sane = HIGHEST_WEIGHT >= value >= 1 / HIGHEST_WEIGHT
        return None if is_sane else Improper(mistake=Mistake.OUT_OF_RANGE, most=int(HIGHEST_WEIGHT))
    if isinstance(value, int) and not 0 <= value <= most:
        return Improper(mistake=Mistake.OUT_OF_RANGE, most=most)
    return None


def _look_at_text(text: str, most: int) -> Improper | None:
    if not text.strip():
        return Improper(mistake=Mistake.NO_TEXT)
    return Improper(mistake=Mistake.TEXT_TOO_LONG, most=most) if len(text) > most else None
