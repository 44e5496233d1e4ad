"""The watch over the provider's account: operators are warned before it is empty."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from bot.domain.ports.money import MoneyStore
from bot.domain.ports.outside import Clock
from bot.domain.provider import Provider
from bot.outage import run_logged

log = logging.getLogger(__name__)
ASK_EVERY_S: Final = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceWatch:
    """Asks for the balance, free of charge.

    `warn_micro_usd` is the amount below which operators are notified, 0 for never.
    """

    provider: Provider
    money: MoneyStore
    clock: Clock
    warn_micro_usd: int

    async def run(self) -> None:
        """Look at the balance at once and then every half an hour, until cancelled."""
        while True:
            await run_logged(log, "the balance", self.look)
            await asyncio.sleep(ASK_EVERY_S)

    async def look(self) -> None:
        """Ask once, and notify operators if that is news. Raises `StoreUnavailableError`."""
        balance = await self.provider.balance() if self.warn_micro_usd > 0 else None
        if balance is None or balance.micro_usd is None:
            return
        is_news = await self.money.note_balance(
            balance.micro_usd, warn_micro_usd=self.warn_micro_usd, now=self.clock.now()
        )
        if is_news:
            log.warning("the provider's account has $%.2f left", balance.micro_usd / 1e6)
