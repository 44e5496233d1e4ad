"""Who descends from whom, for the drawing of it: always a forest, whatever was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Keys in their order, each with its parent or None. `children` are in the same order."""

    parents: Mapping[str, str | None]
    children: Mapping[str, tuple[str, ...]]

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(key for key, parent in self.parents.items() if parent is None)

    def line_of(self, key: str) -> list[str]:
        """`key` and those it comes from, up to the root."""
        line = [key]
        while (parent := self.parents[line[-1]]) is not None:
            line.append(parent)
        return line


def family_of(said: Mapping[str, str | None]) -> Family:
    """A parent that is not there is none, and whoever descends from itself has none."""
    parents = {
        key: None if parent not in said or _is_looped(key, said) else parent for key, parent in said.items()
    }
    found: dict[str, list[str]] = {key: [] for key in parents}
    for key, parent in parents.items():
        if parent is not None:
            found[parent].append(key)
    return Family(parents=parents, children={key: tuple(keys) for key, keys in found.items()})


def _is_looped(key: str, said: Mapping[str, str | None]) -> bool:
    seen = {key}
    at = said.get(key)
    while at is not None and at not in seen:
        seen.add(at)
        at = said.get(at)
    return at == key
