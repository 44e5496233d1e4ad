"""What is kept of a job after its delivery, and what goes when it is old or too much."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.jobs import Job
from bot.domain.pictures import PictureError
from bot.domain.ports import Artist, BlobMeta, BlobStore, Clock, JobStore, OriginalStore, ShelfStore
from bot.domain.references import Stored, input_name, result_name, thumbnail_name

log = logging.getLogger(__name__)
AT_ONCE: Final = 200
TRAY_DAY: Final = timedelta(hours=24)  # a job may wait this long for a picture that was taken off its tray
_JPEG: Final = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Keeps results and references for `keep_for`, together at most `max_bytes`; thumbnails as long as the job.

    With either of them 0, nothing is kept.
    """

    jobs: JobStore
    originals: OriginalStore
    shelf: ShelfStore
    spool: BlobStore
    kept: BlobStore
    artist: Artist
    clock: Clock
    keep_for: timedelta
    max_bytes: int

    @property
    def keeps(self) -> bool:
        return bool(self.keep_for) and self.max_bytes > 0

    async def keep(self, job: Job) -> None:
        """Best effort, after the card was shown: a message of Discord's is still there to read again."""
        if not self.keeps or job.removed_by is not None:
            return
        try:
            await self._keep(job)
        except Exception:  # a full disk must not keep a delivered job from ending
            log.exception("job %s: not all of it is kept", job.id)
        current = await self.jobs.get(job.id)
        if current is None or current.removed_by is not None:  # deleted meanwhile
            await self.forget(job.id)

    async def forget(self, folder: str) -> None:
        """Everything kept of a job, or of a tray."""
        await self.originals.strike_folder(folder)
        await self.kept.drop_job(folder)

    async def thin(self) -> None:
        """Take away what is too old, what is too much, and what left a tray long ago."""
        before = self.clock.now() - self.keep_for
        while surplus := await self.originals.surplus(before=before, max_bytes=self.max_bytes, limit=AT_ONCE):
            for picture in surplus:
                await self.kept.drop(picture.key)
            await self.originals.strike(surplus)
        for picture in await self.shelf.left_over(before=self.clock.now() - TRAY_DAY, limit=AT_ONCE):
            await self.kept.drop(picture.key)

    async def _keep(self, job: Job) -> None:
        for index in range(len(job.wish.references)):
            await self._move(f"{job.id}/in-{index}", Stored(folder=job.id, name=input_name(index)))
        for render in job.pictures:
            result = Stored(folder=job.id, name=result_name(render.index))
            data = await self._move(render.packed_key or "", result)
            if data is not None:
                await self._keep_thumbnail(job, render.index, data)

    async def _move(self, spooled: str, to: Stored) -> bytes | None:
        meta = await self.spool.find(spooled) if spooled else None
        if meta is None:
            return None
        data = await self.spool.get(spooled)
        await self.kept.put(to.key, data, meta)
        await self.originals.register(to, bytes_=len(data), now=self.clock.now())
        return data

    async def _keep_thumbnail(self, job: Job, index: int, data: bytes) -> None:
        try:
            small = await self.artist.thumbnail(data)
        except PictureError as error:
            log.warning("job %s: no thumbnail: %s", job.id, error)
            return
        key = Stored(folder=job.id, name=thumbnail_name(index)).key
        await self.kept.put(key, small, BlobMeta(mime=_JPEG))
