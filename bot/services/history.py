"""Past results: found again, shown small and large, compared, shared and removed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.followups import inputs_of, result_of
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.blobs import BlobStore, ImageCacheStore
from bot.domain.ports.drawing import ImageComposer, TreeNode
from bot.domain.ports.library import FavouritePage, HistoryQuery, HistoryStore, ResultPage
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore
from bot.domain.references import Stored, result_name, thumbnail_name, video_name
from bot.domain.video import VIDEO_EXTENSION, VIDEO_TYPE
from bot.errors import StoreUnavailableError
from bot.services.image_cache import forget_folders, forget_if_gone, keep_thumbnail
from bot.services.references import ImageSource

log = logging.getLogger(__name__)
MAX_FAMILY: Final = 40  # a larger tree would be unreadable
THUMBNAILS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A job as its family tree shows it; `note` says in a word or two how it was made."""

    job: Job
    title: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Operations on past results. The caller checks who may see or change a result."""

    jobs: JobStore
    results: HistoryStore
    cached_images: ImageCacheStore
    cached_blobs: BlobStore
    pictures: ImageSource
    composer: ImageComposer
    clock: Clock

    async def job(self, job_id: str) -> Job | None:
        return await self.jobs.get(job_id)

    async def by_card(self, message_id: int) -> Job | None:
        """Return the job whose card is this message, or None."""
        return await self.results.by_card(message_id)

    async def past(self, past: HistoryQuery, *, offset: int, limit: int) -> ResultPage:
        """Return one page of the results that match the query, newest first."""
        return await self.results.past(past, offset=offset, limit=limit)

    async def family(self, job_id: str) -> tuple[Job, ...]:
        """Return the job, its ancestors and all descendants, oldest first; at most the nearest `MAX_FAMILY`."""
        return await self.results.family(job_id, limit=MAX_FAMILY)

    async def children(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        """Return the jobs made directly from this one, oldest first."""
        return await self.results.children(job_id, limit=limit)

    async def favour(self, user_id: int, job_id: str, index: int, *, is_on: bool) -> None:
        await self.results.favour(user_id, job_id, index, is_on=is_on, now=self.clock.now())

    async def is_favourite(self, user_id: int, job_id: str, index: int) -> bool:
        return await self.results.is_favourite(user_id, job_id, index)

    async def favourites(self, user_id: int, *, offset: int, limit: int) -> FavouritePage:
        """Return one page of the user's favourites that they may still see, newest first."""
        return await self.results.favourites(user_id, offset=offset, limit=limit)

    async def picture(self, job: Job, index: int) -> bytes:
        """Return the picture as it was delivered. Raises `PictureError`: GONE if no copy is left."""
        return (await self.pictures.fetch(result_of(job, index))).data

    async def in_full(self, job: Job, index: int, *, max_bytes: int) -> tuple[Job, bytes]:
        """Return the picture as `picture` does, or the video that it is a preview of, if that is kept and so small.

        The job is returned as a card with these bytes must show it. Raises `PictureError`.
        """
        render = job.renders[index]
        is_preview = job.request.video is not None and render.packed_mime != VIDEO_TYPE
        data = await self._video(job, index, max_bytes) if is_preview else None
        if data is None:
            return job, await self.picture(job, index)
        video = replace(render, extension=VIDEO_EXTENSION, packed_mime=VIDEO_TYPE, fitted=False)
        return replace(job, renders=(*job.renders[:index], video, *job.renders[index + 1 :])), data

    async def _video(self, job: Job, index: int, max_bytes: int) -> bytes | None:
        """Return the video that a result is a preview of, from the spool first as other results are."""
        key = Stored(folder=job.id, name=video_name(index)).key
        for home in (self.pictures.spool, self.cached_blobs):
            with suppress(KeyError):
                if await home.size(key) <= max_bytes:
                    return await home.get(key)
        return None

    async def thumbnail(self, job: Job, index: int) -> bytes | None:
        """Return a small JPEG of the picture; None if no copy is left or none can be fetched now.

        It is made when somebody first looks: decoding a large JPEG takes a third of the processor time of a job.
        """
        key = Stored(folder=job.id, name=thumbnail_name(index)).key
        try:
            return await self.cached_blobs.get(key)
        except KeyError:
            pass
        try:
            small = await self._smaller(job, index)
        except PictureError as error:
            log.info("job %s: no thumbnail of picture %s: %s", job.id, index + 1, error)
            return None
        if await self.cached_blobs.find(Stored(folder=job.id, name=result_name(index)).key) is not None:
            await keep_thumbnail(self.cached_blobs, key, small)
            with suppress(StoreUnavailableError):  # the next sweep finds what is left of a deleted result
                await forget_if_gone(self.jobs, self.cached_images, self.cached_blobs, job.id)
        return small

    async def _smaller(self, job: Job, index: int) -> bytes:
        """Draw the thumbnail. Of a video that cannot be decoded here, it is the picture that the video begins with."""
        try:
            return await self.composer.thumbnail(await self.picture(job, index))
        except PictureError:
            if job.request.video is None or not job.request.references:
                raise
            return await self.composer.thumbnail(await self.before(job))

    async def thumbnails(self, wanted: Sequence[tuple[Job, int]]) -> tuple[bytes | None, ...]:
        """Return the thumbnails in the given order, None for those that cannot be fetched."""
        turn = asyncio.Semaphore(THUMBNAILS_AT_ONCE)

        async def one(job: Job, index: int) -> bytes | None:
            async with turn:
                return await self.thumbnail(job, index)

        return tuple(await asyncio.gather(*(one(job, index) for job, index in wanted)))

    async def before(self, job: Job) -> bytes:
        """Return the picture that the job was made from: its first reference, else its parent result.

        Raises `PictureError`: GONE if there is none.
        """
        references = inputs_of(job)
        if references:
            return (await self.pictures.fetch(references[0])).data
        parent = None if job.parent is None else await self.jobs.get(job.parent.job_id)
        if job.parent is None or parent is None or not parent.pictures or parent.removed_by is not None:
            raise PictureError(PictureProblem.GONE, detail="nothing came before it")
        index = job.parent.index if job.parent.index is not None else parent.pictures[0].index
        return await self.picture(parent, index)

    async def side_by_side(self, job: Job, index: int, *, before_label: str, after_label: str) -> bytes:
        """Draw the source of the job and its picture as one JPEG. Raises `PictureError`."""
        before, after = await self.before(job), await self.picture(job, index)
        return await self.composer.side_by_side(
            before, after, before_label=before_label, after_label=after_label
        )

    async def tree(self, relatives: Sequence[Relative], *, here: str) -> bytes:
        """Draw the family as one picture, marking the job with the id `here`. Raises `PictureError`."""
        shown = [(one.job, one.job.pictures[0].index) for one in relatives if one.job.pictures]
        small = dict(zip((job.id for job, _ in shown), await self.thumbnails(shown), strict=True))
        known = {one.job.id for one in relatives}
        return await self.composer.tree(
            [
                TreeNode(
                    key=one.job.id,
                    parent=_parent_in(one.job, known),
                    title=one.title,
                    note=one.note,
                    thumbnail=small.get(one.job.id),
                    is_here=one.job.id == here,
                )
                for one in relatives
            ]
        )

    async def remove(self, job_id: str, *, by: int) -> Job | None:
        """Remove a result for its requester, with all copies of its pictures; None if `by` may not or it is gone."""
        job = await self.results.remove(job_id, by=by)
        if job is not None:
            await self.forget_pictures(job_id)
        return job

    async def forget_pictures(self, job_id: str) -> None:
        """Delete all copies of a removed result's pictures."""
        await forget_folders(self.cached_images, self.cached_blobs, job_id)

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        """Record that a private result was posted publicly in message `card_id`, which is its card from now on.

        False, and nothing changes, unless the result is the user's, in this channel, private, shown to them and not
        removed.
        """
        return await self.results.share(job_id, by=by, channel_id=channel_id, card_id=card_id)


def _parent_in(job: Job, known: set[str]) -> str | None:
    return job.parent.job_id if job.parent is not None and job.parent.job_id in known else None
