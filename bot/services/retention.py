"""Retention: jobs are forgotten some time after they ended, with all their pictures."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.ports.blobs import BlobStore, ImageCacheStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore
from bot.services.image_cache import forget_folders

log = logging.getLogger(__name__)
_NEVER: Final = datetime.fromtimestamp(0, UTC)  # before every job
COUNTS_EVERY: Final = timedelta(days=1)  # where no job is forgotten, only counts that ended may go


@dataclass(slots=True, kw_only=True)
class Retention:
    """Forgets jobs that ended more than `keep_for` ago, as if their people had deleted them; None forgets none.

    What counts against limits outlives such a job, and goes once it no longer counts, whatever `keep_for` is by then.
    """

    jobs: JobStore
    cached_images: ImageCacheStore
    cached_blobs: BlobStore
    clock: Clock
    keep_for: timedelta | None
    _went_at: datetime | None = None

    async def forget_old(self) -> None:
        """Forget everybody's old jobs, in short transactions. A round that is cut off is made up for by the next one.

        Bytes that a crash leaves behind are dropped with others that have no job.
        """
        now = self.clock.now()
        if self.keep_for is None and self._went_at is not None and abs(now - self._went_at) < COUNTS_EVERY:
            return
        before = _NEVER if self.keep_for is None else now - self.keep_for
        after, forgotten = 0, 0
        while True:
            old = await self.jobs.forget_old(before=before, after=after, now=now)
            if old.job_ids:
                await forget_folders(self.cached_images, self.cached_blobs, *old.job_ids)
                forgotten += len(old.job_ids)
            if old.people_to is None:
                break
            after = old.people_to
        self._went_at = now
        if forgotten:
            log.info("forgot %s jobs that ended before %s", forgotten, before)
