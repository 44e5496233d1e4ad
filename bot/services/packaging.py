"""The files that are posted: what was paid for, marked and small enough, written while the card is being shown."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.domain.jobs import ImageRequest, Job, Render
from bot.domain.pictures import Imaging, PackedPicture, PictureError, PictureProblem, mark_of
from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.domain.ports.stores import Packed
from bot.domain.provenance import MAX_MANIFEST_BYTES
from bot.domain.references import video_name
from bot.domain.video import MAX_VIDEO_BYTES, VIDEO_TYPE
from bot.errors import StoreUnavailableError
from bot.outage import end_tasks

log = logging.getLogger(__name__)

# Each holds a picture in memory. A video is apart, for encoding one may take minutes.
PACKED_AT_ONCE: Final = 4
MAX_MARKED_BYTES: Final = MAX_VIDEO_BYTES + 64 * 1024 + MAX_MANIFEST_BYTES
# Discord documents 25 MiB for a whole request, which several pictures share; 256 KiB are for the rest of it.
MAX_RESULT_BYTES: Final = 25 * 1024 * 1024 - 256 * 1024
_LAST_MOMENT_S: Final = 2.0  # for which a stop waits for files that are being written


@dataclass(slots=True)
class _Writing:
    """A file that is being written; once that ended, without `data`, and with the error if it could not be."""

    data: bytes | None
    task: asyncio.Task[Exception | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaging:
    """Makes the files of results.

    A file is written beside what follows, and read from memory until it is there. The paid bytes stay until the job's
    end was shown: if the process dies before the file is written, `read` makes it of them again.
    """

    blobs: BlobStore
    imaging: Imaging
    _writing: dict[str, _Writing] = field(default_factory=dict[str, _Writing])
    _pictures: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, PACKED_AT_ONCE))
    _videos: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, 1))

    async def pack(self, job: Job, index: int) -> Packed:
        """Make the file of a result and begin to write it; see `written`. Raises `PictureError`."""
        return (await self._begin(job, index))[0]

    async def _begin(self, job: Job, index: int) -> tuple[Packed, bytes]:
        limit = min(job.reply_target.upload_limit_bytes, MAX_RESULT_BYTES // job.request.count)
        key = _key(job, index)
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._pictures if job.request.video is None else self._videos)
            raw = await self._raw(job.renders[index])
            packed = await self._packed(job.request, raw, limit)
            files = {key: packed}
            if job.request.video is not None and packed.mime != VIDEO_TYPE:  # here it is a preview
                whole = await self._packed(job.request, raw, MAX_MARKED_BYTES)
                files = {f"{job.id}/{video_name(index)}": whole, key: packed}
            write = self._write(turn.pop_all(), files)
        task = asyncio.create_task(write, name=f"easel-write-{key}")
        self._writing[key] = _Writing(packed.data, task)
        task.add_done_callback(partial(self._forget, self._writing[key]))
        facts = Packed(
            key=key, mime=packed.mime, extension=packed.extension, size=packed.size, fitted=packed.fitted
        )
        return facts, packed.data

    async def read(self, job: Job, index: int) -> bytes:
        """Return the file of a result that is packed. Raises `PictureError` if it cannot be made again."""
        key = job.renders[index].packed_key or ""
        writing = self._writing.get(key)
        if writing is not None and writing.data is not None:
            return writing.data
        try:
            return await self.blobs.get(key)
        except KeyError:
            log.warning("job %s: the file of picture %s is made again", job.id, index + 1)
        return (await self._begin(job, index))[1]

    async def written(self, job: Job, index: int) -> None:
        """Wait until the file of a result is written. Raises `OSError` and `StoreUnavailableError`, once."""
        if (writing := self._writing.get(_key(job, index))) is None:
            return
        error = await asyncio.shield(writing.task)
        if self._writing.get(_key(job, index)) is writing:
            del self._writing[_key(job, index)]
        if error is not None:
            raise error

    async def stop(self) -> None:
        """Give what is being written a moment."""
        if tasks := [one.task for one in self._writing.values()]:
            await asyncio.wait(tasks, timeout=_LAST_MOMENT_S)
            await end_tasks(*tasks)

    async def _write(self, turn: AsyncExitStack, files: dict[str, PackedPicture]) -> Exception | None:
        async with turn:
            try:
                for key, packed in files.items():
                    await self.blobs.put(key, packed.data, BlobMeta(mime=packed.mime))
            except OSError as error:
                failed: Exception = OSError(error.errno, error.strerror)
            except StoreUnavailableError as error:
                failed = StoreUnavailableError(str(error))
            else:
                return None
        log.warning("%s is not written: %s", ", ".join(files), failed)
        return failed  # a new one, as the traceback of the other holds the files

    def _forget(self, writing: _Writing, _task: asyncio.Task[Exception | None]) -> None:
        writing.data = None

    async def _packed(self, request: ImageRequest, data: bytes, max_bytes: int) -> PackedPicture:
        """Pack a result. A video that is too large here stays as it is: elsewhere it may be shown."""
        try:
            return await self.imaging.pack(data, mark=mark_of(request), max_bytes=max_bytes)
        except PictureError as error:
            if request.video is None or error.problem is not PictureProblem.TOO_MANY_BYTES:
                raise
            return await self.imaging.pack(data, mark=mark_of(request), max_bytes=MAX_MARKED_BYTES)

    async def _raw(self, render: Render) -> bytes:
        try:
            return await self.blobs.get(render.raw_key or "")
        except KeyError as error:
            raise PictureError(PictureProblem.GONE, detail="the spooled bytes are gone") from error


def _key(job: Job, index: int) -> str:
    return f"{job.id}/out-{index}"
