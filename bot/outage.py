"""An outage in two lines of the log, however many loops meet it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable


class Outage:
    """Logs a line when `what` stops answering and one when it answers again, and none for failures in between.

    It answers again once everything has gone well for `settle_s`.
    """

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        *,
        settle_s: float = 0.0,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._settle_s = settle_s
        self._steady = steady
        self._began_s: float | None = None
        self._well_since_s: float | None = None
        self._failures = 0

    def failed(self, why: str) -> bool:
        """Count a failure; return whether it is the first one, which is logged."""
        self._failures += 1
        self._well_since_s = None
        if self._began_s is not None:
            return False
        self._began_s = self._steady()
        self._log.warning("%s does not answer (%s); the next line says when it does again", self._what, why)
        return True

    def went_well(self) -> None:
        """Note that it answered."""
        if self._began_s is None:
            return
        now_s = self._steady()
        if self._well_since_s is None:
            self._well_since_s = now_s
        if now_s - self._well_since_s < self._settle_s:
            return
        away_s = self._well_since_s - self._began_s
        self._log.warning("%s answers again after %.0f s (%s failures)", self._what, away_s, self._failures)
        self._began_s, self._failures = None, 0
