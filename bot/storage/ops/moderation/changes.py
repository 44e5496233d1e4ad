"""Changes ↔ JSON: the name of the change under "what", then its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast, get_args

import msgspec

from bot.domain.limits import Limit, Scope, decode, encode
from bot.domain.moderation import Change, SetLimit

_KINDS: Final[dict[str, type[Change]]] = {kind.__name__: kind for kind in get_args(Change)}


def change_json(change: Change) -> dict[str, Any]:
    """Times as ISO texts, enums by their values, the value of a limit encoded."""
    what = {"what": type(change).__name__}
    if isinstance(change, SetLimit):
        fields = msgspec.to_builtins(replace(change, value=None))
        return what | fields | {"value": encode(change.value)}
    return what | cast(dict[str, Any], msgspec.to_builtins(change))


def change_of(stored: Mapping[str, Any]) -> Change:
    """The opposite of `change_json`."""
    kind = _KINDS[stored["what"]]
    if kind is SetLimit:
        limit = Limit(stored["limit"])
        return SetLimit(
            scope=Scope(stored["scope"]),
            subject_id=stored["subject_id"],
            limit=limit,
            value=decode(limit, stored["value"]),
        )
    return msgspec.convert({name: value for name, value in stored.items() if name != "what"}, kind)
