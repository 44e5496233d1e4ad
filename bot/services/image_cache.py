"""The cache of delivered images, and its eviction by age and size."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.jobs import Job
from bot.domain.pictures import PictureError
from bot.domain.ports.blobs import BlobMeta, BlobStore, ImageCacheStore
from bot.domain.ports.drawing import ImageComposer
from bot.domain.ports.library import LibraryStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore
from bot.domain.references import (
    Reference,
    Stored,
    index_of_result,
    input_name,
    owner_of_tray,
    result_name,
    thumbnail_name,
    video_name,
)
from bot.errors import StoreUnavailableError

log = logging.getLogger(__name__)
MAX_EVICTED_AT_ONCE: Final = 200
FOLDERS_AT_ONCE: Final = 5_000
TRAY_DAY: Final = timedelta(hours=24)  # a queued job may need a removed picture for so long
_JPEG: Final = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCache:
    """Caches results and references for `keep_for`, at most `max_bytes` in all.

    A result that leaves the cache leaves its thumbnail there, which stays as long as its job. If `keep_for` or
    `max_bytes` is 0, nothing is cached.
    """

    jobs: JobStore
    cached_images: ImageCacheStore
    library: LibraryStore
    spool: BlobStore
    cached_blobs: BlobStore
    composer: ImageComposer
    clock: Clock
    keep_for: timedelta
    max_bytes: int

    @property
    def is_on(self) -> bool:
        """Whether images are cached at all."""
        return bool(self.keep_for) and self.max_bytes > 0

    async def add(self, job: Job) -> bool:
        """Copy a job's images from the spool; return whether all are cached now.

        A failure is only logged: the images are in the message too.
        """
        if not self.is_on:
            return False
        is_cached = True
        if job.removed_by is None:
            try:
                await self._add(job)
            except (StoreUnavailableError, OSError) as error:  # the disk is full, for one
                log.warning("job %s: not all of it is cached (%s)", job.id, error)
                is_cached = False
            except KeyError:  # the job's end matters more
                log.exception("job %s: not all of it is cached", job.id)
                is_cached = False
        await forget_if_gone(self.jobs, self.cached_images, self.cached_blobs, job.id)
        return is_cached

    async def forget(self, folder: str) -> None:
        """Delete all images of one folder, as `forget_folders` does."""
        await forget_folders(self.cached_images, self.cached_blobs, folder)

    async def evict(self) -> None:
        """Delete images that are too old, exceed `max_bytes`, left a tray a day ago, or have lost their owner."""
        before = self.clock.now() - self.keep_for
        while surplus := await self.cached_images.surplus(
            before=before, max_bytes=self.max_bytes, limit=MAX_EVICTED_AT_ONCE
        ):
            for picture in surplus:
                await self._drop_but_thumbnail(picture)
            await self.cached_images.unregister(surplus)
            if len(surplus) < MAX_EVICTED_AT_ONCE:  # rows that are locked now wait for the next round
                break
        await drop_left_over(self.library, self.cached_blobs, now=self.clock.now())
        await self._forget_unneeded()

    async def _forget_unneeded(self) -> None:
        """Delete folders that a crash left behind: the rows of a person or result are deleted before the bytes."""
        folders = sorted(await self.cached_blobs.jobs())
        for start in range(0, len(folders), FOLDERS_AT_ONCE):
            for folder in await self.cached_images.unneeded(folders[start : start + FOLDERS_AT_ONCE]):
                log.info("%s: dropping the cached images", folder)
                await self.forget(folder)

    async def _add(self, job: Job) -> None:
        for index, reference in enumerate(job.request.references):
            if not await self._is_forgotten(reference):
                await self._take(f"{job.id}/in-{index}", Stored(folder=job.id, name=input_name(index)))
        for render in job.pictures:
            await self._take(render.packed_key or "", Stored(folder=job.id, name=result_name(render.index)))
            if job.request.video is not None:
                video = Stored(folder=job.id, name=video_name(render.index))
                await self._take(video.key, video)

    async def _is_forgotten(self, reference: Reference) -> bool:
        """Return whether the reference is a result that was removed or deleted while this job was rendered."""
        places = filter(None, (reference.stored, reference.source))
        jobs = [place.folder for place in places if owner_of_tray(place.folder) is None]
        return bool(jobs) and bool(await self.cached_images.unneeded(jobs))

    async def _take(self, spooled: str, to: Stored) -> None:
        """Cache a spooled blob, if there is one."""
        if not spooled or await self.spool.find(spooled) is None:
            return
        await self.cached_images.register(to, bytes_=await self.spool.size(spooled), now=self.clock.now())
        await self.cached_blobs.take(to.key, self.spool, spooled)

    async def _drop_but_thumbnail(self, picture: Stored) -> None:
        """Delete an image; of a result, a thumbnail stays, which is made now if nobody has looked at it yet."""
        key = thumbnail_key(picture)
        small = None if key is None or await self.cached_blobs.find(key) else await self._thumbnail(picture)
        await self.cached_blobs.drop(picture.key)  # first: the disk may be full
        if key is not None and small is not None:
            await keep_thumbnail(self.cached_blobs, key, small)

    async def _thumbnail(self, picture: Stored) -> bytes | None:
        try:
            return await self.composer.thumbnail(await self.cached_blobs.get(picture.key))
        except KeyError:
            return None
        except (PictureError, OSError) as error:  # which must not keep others from being evicted
            log.warning("%s: the picture was delivered and may be damaged: %s", picture.key, error)
            return None


def thumbnail_key(picture: Stored) -> str | None:
    """Return the key of a cached result's thumbnail; None if `picture` is no result."""
    index = index_of_result(picture.name)
    return None if index is None else Stored(folder=picture.folder, name=thumbnail_name(index)).key


async def keep_thumbnail(cached_blobs: BlobStore, key: str, small: bytes) -> None:
    """Cache a thumbnail. A full disk is only logged: history can do without one."""
    try:
        await cached_blobs.put(key, small, BlobMeta(mime=_JPEG))
    except OSError as error:
        log.warning("%s: the thumbnail is not cached (%s)", key, error)


async def forget_if_gone(
    jobs: JobStore, cached_images: ImageCacheStore, cached_blobs: BlobStore, job_id: str
) -> None:
    """Delete all images of a job that was deleted or removed while one was cached."""
    current = await jobs.get(job_id)
    if current is None or current.removed_by is not None:
        await forget_folders(cached_images, cached_blobs, job_id)


async def forget_folders(cached_images: ImageCacheStore, cached_blobs: BlobStore, *folders: str) -> None:
    """Delete all images in folders of jobs or trays, and the copies that other jobs took as references.

    The bytes go first: rows that are left after a crash lead to them again.
    """
    copies = await cached_images.copies(folders)
    for copy in copies:
        await cached_blobs.drop(copy.key)
    await cached_images.unregister(copies)
    there = folders if len(folders) == 1 else sorted((await cached_blobs.jobs()).intersection(folders))
    for folder in there:
        await cached_blobs.drop_job(folder)
        await cached_images.unregister_folder(folder)


async def drop_left_over(
    library: LibraryStore, cached_blobs: BlobStore, *, now: datetime, user_id: int | None = None
) -> None:
    """Delete pictures that left a tray more than a day ago or are too many; of one person, or of everybody."""
    while left := await library.left_over(before=now - TRAY_DAY, limit=MAX_EVICTED_AT_ONCE, user_id=user_id):
        for picture in left:
            await cached_blobs.drop(picture.key)
        await library.forget_left_over(left)
        if len(left) < MAX_EVICTED_AT_ONCE:  # rows that are locked now wait for the next round
            break
