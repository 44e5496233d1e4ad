"""A person's own data: showing all of it, and forgetting it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.jobs import Job
from bot.domain.ports import BlobStore, Clock, Forgotten, Held, JobStore, OriginalStore
from bot.domain.references import folder_of_tray
from bot.services.archive import forget
from bot.services.export import Export, Record, record_of, written, written_bytes
from bot.services.submissions import Submissions

log = logging.getLogger(__name__)
PAGE: Final = 100  # jobs in one transaction: others wait for it meanwhile
MAX_EXPORT_BYTES: Final = 10 * 1024 * 1024  # what Discord takes everywhere; larger places may take more
ABOUT_BYTES: Final = 2_000  # room for the words in front


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What the gateway may do with one person's data, when that person asks."""

    jobs: JobStore
    originals: OriginalStore
    blobs: BlobStore
    kept: BlobStore
    clock: Clock
    submissions: Submissions

    async def held(self, user_id: int) -> Held:
        return await self.jobs.held(user_id, now=self.clock.now())

    async def export(self, user_id: int, *, max_bytes: int) -> Export:
        """Everything kept, newest jobs first, as far as it fits into a file of `max_bytes`."""
        now = self.clock.now()
        held = await self.jobs.held(user_id, now=now)
        empty = Export(
            user_id=user_id,
            made_at=now,
            counted=held.counted,
            decisions=await self.jobs.decisions(user_id),
            records=(),
            is_complete=True,
        )
        room = min(max_bytes, MAX_EXPORT_BYTES) - ABOUT_BYTES - len(written(empty, about=""))
        records: list[Record] = []
        last: Job | None = None
        while page := await self.jobs.export(user_id, before=last, limit=PAGE):
            last = page[-1]
            for record in map(record_of, page):
                room -= written_bytes(record)
                if room < 0:
                    return replace(empty, records=tuple(records), is_complete=False)
                records.append(record)
        return replace(empty, records=tuple(records))

    async def forget(self, user_id: int) -> Forgotten:
        """Cancel what is open, then forget what is over. What a worker still has to show is left for later."""
        for entry in (await self.submissions.line(user_id)).mine:
            await self.submissions.cancel(entry.job.id, user_id=user_id, on_card=False)
        forgotten = await self.jobs.forget(user_id, now=self.clock.now())
        spooled = await self.blobs.jobs()
        for job_id in spooled.intersection(forgotten.job_ids):
            await self.blobs.drop_job(job_id)
        await forget(self.originals, self.kept, *forgotten.job_ids, folder_of_tray(user_id))
        log.info("forgot %s jobs, %s left", len(forgotten.job_ids), forgotten.unfinished)
        return forgotten
