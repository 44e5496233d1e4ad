"""The store of what operators were told about prices and the balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class MoneyStore(Protocol):
    """Tells operators of money, each thing once. Told costs are compared where the outcome of a call is recorded."""

    async def note_balance(self, micro_usd: int, *, warn_micro_usd: int, now: datetime) -> bool:
        """Tell operators of a balance below `warn_micro_usd`, once until it was above; return whether that is news.

        They aren't told of it while they know that the account is empty.
        """
        ...

    async def forget_told_prices(self, models: Sequence[str]) -> None:
        """Let operators be notified again of costs that differ: these models have new prices."""
        ...
