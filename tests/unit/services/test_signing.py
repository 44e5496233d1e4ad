"""Operators are told of results without a signature, and of nothing while all is well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.clock import SystemClock
from bot.domain.pictures import Mark
from bot.errors import StoreUnavailableError
from bot.services import signing
from bot.services.signing import SigningWatch


@dataclass(slots=True)
class Signer:
    has_failed: bool = False
    room_bytes: int = 0

    def sign(self, data: bytes, mime: str, mark: Mark) -> bytes:
        return data


@dataclass(slots=True)
class Store:
    """Notes what it was told; is away at first, as long as `away` says."""

    away: int = 0
    noted: list[bool] = field(default_factory=list[bool])

    async def note_unsigned(self, *, is_failing: bool, now: datetime) -> bool:
        if self.away:
            self.away -= 1
            raise StoreUnavailableError
        self.noted.append(is_failing)
        return is_failing


async def test_the_first_look_notes_a_start_and_later_ones_failures_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also after the store was away: neither is forgotten."""
    signer, store = Signer(), Store(away=1)
    rests = iter(
        [
            lambda: None,
            lambda: None,
            lambda: setattr(signer, "has_failed", True),
            lambda: setattr(store, "away", 1),
            lambda: None,
        ]
    )

    async def rest(_seconds: float) -> None:
        do = next(rests, None)
        if do is None:
            raise InterruptedError
        do()

    monkeypatch.setattr(signing.asyncio, "sleep", rest)
    with pytest.raises(InterruptedError):
        await SigningWatch(signer=signer, store=store, clock=SystemClock()).run()

    assert store.noted == [False, True, True]


async def test_a_failure_before_the_first_look_is_told() -> None:
    store = Store()

    await SigningWatch(signer=Signer(has_failed=True), store=store, clock=SystemClock()).look()

    assert store.noted == [False, True]
