"""The store of the circuit before the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.circuit import CallOutcome, Circuit
from bot.domain.provider import Balance, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitChange:
    """The circuit before and after a transaction; the same where nothing changed."""

    before: Circuit
    after: Circuit


class CircuitStore(Protocol):
    """Stores the circuit of all workers."""

    async def circuit(self) -> Circuit: ...

    async def restart(self, *, now: datetime) -> None:
        """Make a probe due: a worker has started, perhaps with another key."""
        ...

    async def record_outcome(
        self, request_id: str, job_id: str, outcome: CallOutcome, *, now: datetime
    ) -> CircuitChange:
        """Count what a call shows about the provider."""
        ...

    async def end_trouble(self, trouble: Trouble) -> CircuitChange:
        """Close the circuit if it is open for this trouble, which is over."""
        ...

    async def begin_probe(self, *, now: datetime) -> bool:
        """Take a probe that is due, so that no other worker does; return whether there was one."""
        ...

    async def end_probe(
        self, balance: Balance | None, *, price_micro_usd: int, now: datetime
    ) -> CircuitChange:
        """Record the answer to a probe, None if there was none. `price_micro_usd` is that of one picture."""
        ...

    async def announce(self, *, balance_micro_usd: int | None, now: datetime) -> None:
        """Tell operators, and servers whose jobs wait, of the trouble, each of them once."""
        ...
