"""References of jobs that wait in the queue: their uploads are spooled before Discord may remove them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.jobs import Job, JobState
from bot.domain.ports.blobs import BlobStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore
from bot.errors import StoreUnavailableError
from bot.services.references import References

log = logging.getLogger(__name__)
WAITS_FOR: Final = timedelta(seconds=5)  # a job that starts sooner fetches its references itself
JOBS_AT_ONCE: Final = 3
JOBS_A_ROUND: Final = 30
MAX_JOB_BYTES: Final = 64 * 1024 * 1024
MAX_BYTES: Final = 512 * 1024 * 1024  # of all waiting jobs that one worker fetched for


@dataclass(slots=True, kw_only=True)
class EarlyReferences:
    """Spools the uploads of waiting jobs, oldest first, where `References.prepare` finds them.

    What cannot be fetched now is left to the job's own turn.
    """

    jobs: JobStore
    references: References
    blobs: BlobStore
    clock: Clock
    max_job_bytes: int = MAX_JOB_BYTES
    max_bytes: int = MAX_BYTES
    _seen_to: tuple[datetime, str] | None = None
    _held: dict[str, int] = field(default_factory=dict[str, int])  # bytes, by the ids of jobs that waited

    async def fetch(self) -> None:
        """Fetch for the jobs that have begun to wait since the last call."""
        try:
            await self._fetch()
        except StoreUnavailableError as error:  # who is away is told by what needs it more
            log.debug("no early references: %s", error)

    async def _fetch(self) -> None:
        await self._let_go()
        before = self.clock.now() - WAITS_FOR
        waiting = await self.jobs.waiting(after=self._seen_to, before=before, limit=JOBS_A_ROUND)
        for start in range(0, len(waiting), JOBS_AT_ONCE):
            some = waiting[start : start + JOBS_AT_ONCE]
            if sum(self._held.values()) + len(some) * self.max_job_bytes > self.max_bytes:
                return
            self._seen_to = (some[-1].created_at, some[-1].id)  # nothing is fetched twice, whatever fails
            await self._fetch_for(some)

    async def _fetch_for(self, some: Sequence[Job]) -> None:
        sizes = await asyncio.gather(*map(self._fetch_one, some))
        for job, size in zip(some, sizes, strict=True):
            if size:
                self._held[job.id] = size
                await self._look_at(job.id)

    async def _fetch_one(self, job: Job) -> int:
        try:
            return await self.references.fetch_early(job, max_bytes=self.max_job_bytes)
        except (OSError, StoreUnavailableError) as error:
            log.info("job %s: its references are fetched later (%s)", job.id, type(error).__name__)
            return 0

    async def _let_go(self) -> None:
        """Forget jobs that wait no more, the longest unseen first."""
        for job_id in list(self._held)[:JOBS_A_ROUND]:
            await self._look_at(job_id)

    async def _look_at(self, job_id: str) -> None:
        """Let go of a job that does not wait; drop the files of one that was deleted, or ended unpainted.

        The files of all others are their worker's, which drops them with the job.
        """
        size, job = self._held.pop(job_id), await self.jobs.get(job_id)
        if job is None or (job.is_over and job.shown_at is not None and not job.pictures):
            await self.blobs.drop_job(job_id)
        elif job.state is JobState.QUEUED or (job.is_over and job.shown_at is None):
            self._held[job_id] = size
