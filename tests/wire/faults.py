"""Faults a test orders: answers that are errors, lost outcomes, cut lines and requests held back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.wire.state import JsonDict


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """What happens to the next `times` matching requests (None: to all of them).

    `status` None leaves the answer alone. `before` False performs the operation first, so that only its
    outcome is lost. `cuts_line` closes the socket in place of any answer. A request waits while `gate`
    is there and not set. `raw` replaces the JSON body. `only_files` spares requests that upload nothing.
    """

    method: str
    pattern: str
    status: int | None = None
    body: JsonDict = field(default_factory=dict[str, Any])
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    times: int | None = 1
    before: bool = True
    cuts_line: bool = False
    has_via: bool = True
    only_files: bool = False
    gate: asyncio.Event | None = None
    on_hit: Callable[[str], None] = lambda path: None
    hits: int = 0

    def matches(self, method: str, path: str, *, has_files: bool = False) -> bool:
        is_left = (self.times is None or self.hits < self.times) and (has_files or not self.only_files)
        return is_left and self.method in ("*", method) and fnmatchcase(path, self.pattern)

    def release(self) -> None:
        """Let held requests go on, and hold no more."""
        self.times = self.hits
        if self.gate is not None:
            self.gate.set()


class Faults:
    """The faults in force; the earliest that matches is used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        for fault in self._faults:
            fault.release()
        self._faults.clear()

    def take(self, method: str, path: str, *, has_files: bool) -> Fault | None:
        for fault in self._faults:
            if fault.matches(method, path, has_files=has_files):
                fault.hits += 1
                fault.on_hit(path)
                return fault
        return None


def rate_limited(
    method: str, pattern: str, *, retry_after_s: float, times: int | None, is_global: bool, has_via: bool
) -> Fault:
    """A 429 as Discord sends it; without `Via` it looks like Cloudflare's and discord.py gives up."""
    headers = {"Retry-After": str(max(1, round(retry_after_s)))}
    if is_global:
        headers |= {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
    else:
        headers |= {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset-After": str(retry_after_s),
            "X-RateLimit-Scope": "user",
        }
    body: JsonDict = {
        "message": "You are being rate limited.",
        "retry_after": retry_after_s,
        "global": is_global,
    }
    return Fault(
        method=method,
        pattern=pattern,
        status=429,
        body=body,
        headers=headers,
        times=times,
        has_via=has_via,
    )
