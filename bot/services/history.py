"""Results as people look at them again: found, shown small and large, compared, shared and taken down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.followups import inputs_of, result_of
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.blobs import BlobStore, ImageCacheStore
from bot.domain.ports.drawing import ImageComposer, TreeNode
from bot.domain.ports.library import FavouritePage, HistoryQuery, HistoryStore, ResultPage
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore
from bot.domain.references import Stored, thumbnail_name
from bot.services.image_cache import forget_folders
from bot.services.references import ImageSource

log = logging.getLogger(__name__)
MAX_FAMILY: Final = 40  # more is no picture that anybody reads
THUMBNAILS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A job in the family of another one, as its tree tells of it; `note` is a word on how it came to be."""

    job: Job
    title: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the gateway may do with results. Who may see or change one is decided by the caller."""

    jobs: JobStore
    results: HistoryStore
    originals: ImageCacheStore
    kept: BlobStore
    pictures: ImageSource
    composer: ImageComposer
    clock: Clock

    async def job(self, job_id: str) -> Job | None:
        return await self.jobs.get(job_id)

    async def by_card(self, message_id: int) -> Job | None:
        return await self.results.by_card(message_id)

    async def past(self, past: HistoryQuery, *, offset: int, limit: int) -> ResultPage:
        return await self.results.past(past, offset=offset, limit=limit)

    async def family(self, job_id: str) -> tuple[Job, ...]:
        return await self.results.family(job_id, limit=MAX_FAMILY)

    async def children(self, job_id: str, *, limit: int) -> tuple[Job, ...]:
        return await self.results.children(job_id, limit=limit)

    async def favour(self, user_id: int, job_id: str, index: int, *, is_on: bool) -> None:
        await self.results.favour(user_id, job_id, index, is_on=is_on, now=self.clock.now())

    async def is_favourite(self, user_id: int, job_id: str, index: int) -> bool:
        return await self.results.is_favourite(user_id, job_id, index)

    async def favourites(self, user_id: int, *, offset: int, limit: int) -> FavouritePage:
        return await self.results.favourites(user_id, offset=offset, limit=limit)

    async def picture(self, job: Job, index: int) -> bytes:
        """As it was delivered. Raises `PictureError`: GONE when it is nowhere any more."""
        return (await self.pictures.fetch(result_of(job, index))).data

    async def thumbnail(self, job: Job, index: int) -> bytes | None:
        """A small JPEG; None when the picture is nowhere any more, or cannot be had just now."""
        try:
            return await self.kept.get(Stored(folder=job.id, name=thumbnail_name(index)).key)
        except KeyError:
            pass
        try:
            return await self.composer.thumbnail(await self.picture(job, index))
        except PictureError as error:
            log.info("job %s: no thumbnail of picture %s: %s", job.id, index + 1, error)
            return None

    async def thumbnails(self, wanted: Sequence[tuple[Job, int]]) -> tuple[bytes | None, ...]:
        """In the order asked for, a few at a time."""
        turn = asyncio.Semaphore(THUMBNAILS_AT_ONCE)

        async def one(job: Job, index: int) -> bytes | None:
            async with turn:
                return await self.thumbnail(job, index)

        return tuple(await asyncio.gather(*(one(job, index) for job, index in wanted)))

    async def before(self, job: Job) -> bytes:
        """What it was made of: its first reference, else the result it descends from. Raises `PictureError`."""
        references = inputs_of(job)
        if references:
            return (await self.pictures.fetch(references[0])).data
        parent = None if job.parent is None else await self.jobs.get(job.parent.job_id)
        if job.parent is None or parent is None or not parent.pictures or parent.removed_by is not None:
            raise PictureError(PictureProblem.GONE, detail="nothing came before it")
        index = job.parent.index if job.parent.index is not None else parent.pictures[0].index
        return await self.picture(parent, index)

    async def side_by_side(self, job: Job, index: int, *, before_label: str, after_label: str) -> bytes:
        """Before and after as one JPEG. Raises `PictureError`."""
        before, after = await self.before(job), await self.picture(job, index)
        return await self.composer.side_by_side(
            before, after, before_label=before_label, after_label=after_label
        )

    async def tree(self, relatives: Sequence[Relative], *, here: str) -> bytes:
        """The family as one picture. Raises `PictureError`."""
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
        """The requester's own: off the record of results, and nothing of it is kept."""
        job = await self.results.remove(job_id, by=by)
        if job is not None:
            await self.forget_pictures(job_id)
        return job

    async def forget_pictures(self, job_id: str) -> None:
        """Whoever took a result down: it is not to be found again."""
        await forget_folders(self.originals, self.kept, job_id)

    async def share(self, job_id: str, *, by: int, channel_id: int, card_id: int) -> bool:
        return await self.results.share(job_id, by=by, channel_id=channel_id, card_id=card_id)


def _parent_in(job: Job, known: set[str]) -> str | None:
    return job.parent.job_id if job.parent is not None and job.parent.job_id in known else None
