"""Finding a picture: our own copy, the address we were given, the message it stands in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports import BlobMeta, BlobStore, PostedPictures, ReferenceFetcher
from bot.domain.references import Reference, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A picture's bytes. `meta` comes with our own copy alone."""

    data: bytes
    meta: BlobMeta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Looks where it is cheapest first; each way may be closed by now. `spool` has what is not put away yet, under
    the same names."""

    spool: BlobStore
    kept: BlobStore
    fetcher: ReferenceFetcher
    posted: PostedPictures

    async def find(self, reference: Reference) -> Found:
        """Raises `PictureError`: GONE when it is nowhere any more, UNREACHABLE when it may be there."""
        for stored in filter(None, (reference.stored, reference.source)):
            if (found := await self._own(stored)) is not None:
                return found
        if reference.url:
            try:
                return Found(data=await self.fetcher.fetch(reference))
            except PictureError as error:
                if reference.posted is None or error.problem is not PictureProblem.GONE:
                    raise
        if reference.posted is None:
            raise PictureError(PictureProblem.GONE, detail="no way is left to it")
        url = await self.posted.address(reference.posted, filename=reference.filename)
        if url is None:
            raise PictureError(PictureProblem.GONE, detail="its message is gone")
        return Found(data=await self.fetcher.fetch(replace(reference, url=url)))

    async def _own(self, stored: Stored) -> Found | None:
        """The spool first: what leaves it is kept by then."""
        for home in (self.spool, self.kept):
            meta = await home.find(stored.key)
            if meta is None:
                continue
            with suppress(KeyError):  # it was put away, or thinned out, between the two
                return Found(data=await home.get(stored.key), meta=meta)
        return None
