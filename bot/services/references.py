"""The reference images of a job: found, downloaded, cleaned, and spooled until the job is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.jobs import Job, JobState
from bot.domain.pictures import MAX_REFERENCES_BYTES, Imaging, PictureError, PictureProblem
from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.domain.ports.outside import Clock, PostedPictures, ReferenceFetcher
from bot.domain.ports.stores import JobStore
from bot.domain.provider import InputPicture
from bot.domain.references import Reference, Stored
from bot.domain.sizes import Size
from bot.errors import StoreUnavailableError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedImage:
    """An image's bytes. `meta` is set only if they are a copy of ours."""

    data: bytes = field(repr=False)
    meta: BlobMeta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """Fetches an input image: our copy, then its URL, then its Discord message. Any of them may be gone.

    `spool` holds images that have not been moved to `cached_blobs` yet, under the same keys.
    """

    spool: BlobStore
    cached_blobs: BlobStore
    fetcher: ReferenceFetcher
    posted: PostedPictures

    async def fetch(self, reference: Reference) -> FetchedImage:
        """Fetch the image. Raises `PictureError`: GONE if no copy is left, UNREACHABLE if one may be."""
        for stored in filter(None, (reference.stored, reference.source)):
            if (found := await self._own(stored)) is not None:
                return found
        if reference.url:
            try:
                return FetchedImage(data=await self.fetcher.fetch(reference))
            except PictureError as error:
                if reference.posted is None or error.problem is not PictureProblem.GONE:
                    raise
        if reference.posted is None:
            raise PictureError(PictureProblem.GONE, detail="no way is left to it")
        url = await self.posted.address(reference.posted, filename=reference.filename)
        if url is None:
            raise PictureError(PictureProblem.GONE, detail="its message is gone")
        return FetchedImage(data=await self.fetcher.fetch(replace(reference, url=url)))

    async def _own(self, stored: Stored) -> FetchedImage | None:
        """Read our copy, from the spool first: an image is in `cached_blobs` before it leaves the spool."""
        for home in (self.spool, self.cached_blobs):
            meta = await home.find(stored.key)
            if meta is None:
                continue
            with suppress(KeyError):  # it was moved or evicted between the two calls
                return FetchedImage(data=await home.get(stored.key), meta=meta)
        return None


class BadReferenceError(PictureError):
    """A reference that cannot be used; `name` is the name of its option."""

    def __init__(self, name: str, cause: PictureError) -> None:
        super().__init__(cause.problem, detail=cause.detail)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A job's references in order; `animated` names those that were reduced to their first frame."""

    pictures: tuple[InputPicture, ...]
    animated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Prepares references one after the other, so that a job holds one original file in memory at a time."""

    pictures: ImageSource
    imaging: Imaging
    blobs: BlobStore

    async def prepare(self, job: Job) -> Prepared:
        """Fetch, clean and spool the job's references, and make them fit into one request together.

        Raises `BadReferenceError` for the first unusable one.
        """
        pictures: list[InputPicture] = []
        animated: list[str] = []
        for index, reference in enumerate(job.request.references):
            key = f"{job.id}/in-{index}"
            picture, is_first_frame = await self._stored(key) or await self._fresh(key, reference)
            pictures.append(picture)
            if is_first_frame:
                animated.append(reference.name)
        await self._make_fit(job, pictures)
        return Prepared(pictures=tuple(pictures), animated=tuple(animated))

    async def _make_fit(self, job: Job, pictures: list[InputPicture]) -> None:
        """Re-encode the largest pictures so that all have at most MAX_REFERENCES_BYTES.

        What is spooled stays as it is: another job may take fewer of them.
        """
        largest = fair_share([len(picture.data) for picture in pictures], MAX_REFERENCES_BYTES)
        for index, picture in enumerate(pictures):
            if len(picture.data) > largest:
                try:
                    pictures[index] = await self.imaging.shrink(picture, max_bytes=largest)
                except PictureError as error:
                    raise BadReferenceError(job.request.references[index].name, error) from error

    async def fetch_early(self, job: Job, *, max_bytes: int) -> int:
        """Spool the uploads of a job that waits, up to `max_bytes`; return how many bytes they take there.

        Pictures of our own are left out: they may be removed until the job's turn, and are not lost before.
        """
        taken = 0
        for index, reference in enumerate(job.request.references):
            is_upload = bool(reference.url) and reference.stored is None and reference.source is None
            key = f"{job.id}/in-{index}"
            if not is_upload or await self.blobs.find(key) is not None:
                continue
            if taken + max(reference.bytes, 1) > max_bytes:
                break
            with suppress(BadReferenceError):  # the error is reported when the job itself runs
                picture, _is_first_frame = await self._fresh(key, reference)
                taken += len(picture.data)
        return taken

    async def _stored(self, key: str) -> tuple[InputPicture, bool] | None:
        """Return what an earlier attempt cleaned already, because the attachment may be gone by now."""
        meta = await self.blobs.find(key)
        return None if meta is None else _known_clean(FetchedImage(data=await self.blobs.get(key), meta=meta))

    async def _fresh(self, key: str, reference: Reference) -> tuple[InputPicture, bool]:
        try:
            found = await self.pictures.fetch(reference)
            if found.meta is not None and (known := _known_clean(found)) is not None:
                await self.blobs.put(key, found.data, found.meta)
                return known
            clean = await self.imaging.clean(found.data)
        except PictureError as error:
            raise BadReferenceError(reference.name, error) from error
        is_first_frame = clean.first_frame_of is not None
        meta = clean_meta(clean.picture, is_first_frame=is_first_frame)
        await self.blobs.put(key, clean.picture.data, meta)
        return clean.picture, is_first_frame


def fair_share(sizes: Sequence[int], total: int) -> int:
    """Return the largest size to cut all `sizes` to, so that their sum is at most `total`.

    Small ones leave what they do not need to the others.
    """
    left = total
    for number, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return total


def clean_meta(picture: InputPicture, *, is_first_frame: bool = False) -> BlobMeta:
    """Return metadata that marks spooled or cached bytes as cleaned by us."""
    facts: dict[str, str | int | None] = {
        "width": picture.size.width,
        "height": picture.size.height,
        "first_frame": int(is_first_frame),
    }
    return BlobMeta(mime=picture.mime, facts=facts)


def _known_clean(found: FetchedImage) -> tuple[InputPicture, bool] | None:
    """Return a picture that was cleaned before; None if its metadata does not say so, as for results."""
    facts = found.meta.facts if found.meta is not None else {}
    width, height = facts.get("width"), facts.get("height")
    if found.meta is None or not isinstance(width, int) or not isinstance(height, int):
        return None
    picture = InputPicture(data=found.data, mime=found.meta.mime, size=Size(width, height))
    return picture, bool(facts.get("first_frame"))


WAITS_FOR: Final = timedelta(seconds=5)  # a job that starts sooner fetches its references itself
JOBS_AT_ONCE: Final = 3
JOBS_A_ROUND: Final = 30
MAX_JOB_BYTES: Final = 64 * 1024 * 1024
_MAX_BYTES: Final = 512 * 1024 * 1024  # of all waiting jobs that one worker fetched for


@dataclass(slots=True, kw_only=True)
class EarlyReferences:
    """Spools the uploads of waiting jobs before Discord may remove them, where `References.prepare` finds them.

    The oldest job comes first. What cannot be fetched now is left to the job's own turn.
    """

    jobs: JobStore
    references: References
    blobs: BlobStore
    clock: Clock
    max_job_bytes: int = MAX_JOB_BYTES
    max_bytes: int = _MAX_BYTES
    _seen_to: tuple[datetime, str] | None = None
    _held: dict[str, int] = field(default_factory=dict[str, int])  # bytes, by the ids of jobs that waited

    async def fetch(self) -> None:
        """Fetch for the jobs that have begun to wait since the last call."""
        try:
            await self._fetch()
        except StoreUnavailableError as error:  # the store logs its own outage
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
