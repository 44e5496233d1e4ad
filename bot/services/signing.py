"""The watch over signatures: operators are notified when results are delivered without one."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from bot.domain.ports.outside import Clock
from bot.domain.provenance import Signer, SigningStore
from bot.outage import run_logged

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class SigningWatch:
    """Looks whether signatures fail, and notifies operators.

    A start has signed a sample, so the first look lets them be told again. No later one does: another process may fail.
    """

    signer: Signer
    store: SigningStore
    clock: Clock
    _has_noted_start: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Look at once and then every minute, until cancelled."""
        while True:
            await run_logged(log, "the look at signatures", self.look)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Notify operators of a failure, if that is news. Raises `StoreUnavailableError`."""
        if not self._has_noted_start:
            await self.store.note_unsigned(is_failing=False, now=self.clock.now())
            self._has_noted_start = True
        if self.signer.has_failed:
            await self.store.note_unsigned(is_failing=True, now=self.clock.now())
