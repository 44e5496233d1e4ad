"""The pictures a job starts from: downloaded, cleaned, kept until the job is over."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.jobs import Job, Reference
from bot.domain.pictures import Imaging, PictureError
from bot.domain.ports import BlobMeta, BlobStore, ReferenceFetcher
from bot.domain.rendering import InputPicture
from bot.domain.sizes import Size


class BadReferenceError(PictureError):
    """A reference that cannot be used, by the name of its option."""

    def __init__(self, name: str, cause: PictureError) -> None:
        super().__init__(cause.problem, detail=cause.detail)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All references of a job in their order; `animated` names those reduced to their first frame."""

    pictures: tuple[InputPicture, ...]
    animated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Brings them in, one after the other, so that one job holds one undecoded file at a time."""

    fetcher: ReferenceFetcher
    imaging: Imaging
    blobs: BlobStore

    async def prepare(self, job: Job) -> Prepared:
        """Raises `BadReferenceError` for the first that cannot be used."""
        pictures: list[InputPicture] = []
        animated: list[str] = []
        for index, reference in enumerate(job.wish.references):
            key = f"{job.id}/in-{index}"
            picture, is_first_frame = await self._stored(key) or await self._fresh(key, reference)
            pictures.append(picture)
            if is_first_frame:
                animated.append(reference.name)
        return Prepared(pictures=tuple(pictures), animated=tuple(animated))

    async def _stored(self, key: str) -> tuple[InputPicture, bool] | None:
        """What an earlier attempt cleaned already: the attachment may be gone by now."""
        meta = await self.blobs.find(key)
        if meta is None:
            return None
        width, height = meta.facts.get("width"), meta.facts.get("height")
        if not isinstance(width, int) or not isinstance(height, int):
            return None
        picture = InputPicture(data=await self.blobs.get(key), mime=meta.mime, size=Size(width, height))
        return picture, bool(meta.facts.get("first_frame"))

    async def _fresh(self, key: str, reference: Reference) -> tuple[InputPicture, bool]:
        try:
            clean = await self.imaging.clean(await self.fetcher.fetch(reference))
        except PictureError as error:
            raise BadReferenceError(reference.name, error) from error
        is_first_frame = clean.first_frame_of is not None
        size = clean.picture.size
        facts: dict[str, str | int | None] = {
            "width": size.width,
            "height": size.height,
            "first_frame": int(is_first_frame),
        }
        await self.blobs.put(key, clean.picture.data, BlobMeta(mime=clean.picture.mime, facts=facts))
        return clean.picture, is_first_frame
