"""The port `VideoFiles`: marks videos in this process, and has them decoded by a child that cannot outlive its time."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from typing import Final

from bot.child import run_child
from bot.domain.pictures import Mark, PictureError, PictureProblem
from bot.domain.provenance import Signer
from bot.domain.video import MAX_VIDEO_BYTES
from bot.domain.video_files import MAX_ENCODED_S, MAX_VIDEO_PIXELS, MIN_FITTED_VIDEO_BYTES, PackedVideo
from bot.formats import header as headers
from bot.formats import mp4, webp
from bot.formats.container import Format, Markable
from bot.formats.mp4 import VideoHeader
from bot.imaging.pack import mark_in, packet_for_copy, signature_room, signed

log = logging.getLogger(__name__)

# 20 s of a processor for a clip of 10 s, times what a busy machine takes longer.
SHRINK_TIMEOUT_S: Final = 180.0
FRAME_TIMEOUT_S: Final = 30.0
MAX_PICTURE_BYTES: Final = 16 * 1024 * 1024
_MARK_ROOM: Final = 64  # bytes around a packet: 24 in MP4, 27 in WebP
_MAX_REASON: Final = 200
_PROGRAM: Final = "bot.imaging.encoder"
# `encoder.TOO_LARGE`, whose module needs the extra, and the signals that end a process without time or memory.
_TOO_LARGE: Final = frozenset({69, -9, -24})


def encoder_is_installed() -> bool:
    """Return whether the extra `video` is installed."""
    return importlib.util.find_spec("av") is not None


class EncodedVideoFiles:
    """Implements `bot.domain.video_files.VideoFiles`. One video is encoded at a time, and one frame taken.

    A job that is cancelled, or takes longer than `timeout_s`, ends with its process; none writes a file.
    With a `signer`, every packed video is signed. `has_encoder` is for tests.
    """

    def __init__(
        self,
        *,
        signer: Signer | None = None,
        has_encoder: bool | None = None,
        timeout_s: float = SHRINK_TIMEOUT_S,
    ) -> None:
        self._signer = signer
        self.has_encoder = encoder_is_installed() if has_encoder is None else has_encoder
        self._timeout_s = timeout_s
        self._encoding = asyncio.Semaphore(1)
        self._looking = asyncio.Semaphore(1)  # of its own: somebody looks at history and waits

    async def pack(self, data: bytes, *, mark: Mark, max_bytes: int) -> PackedVideo:
        """Package a video, see `VideoFiles.pack`."""
        header = await asyncio.to_thread(checked, data)
        ready = await asyncio.to_thread(self._ready, data, mark, max_bytes)
        if ready is not None:
            return PackedVideo(
                data=ready,
                mime=mp4.MIME,
                extension=mp4.EXTENSION,
                size=header.size,
                seconds=header.seconds,
                fitted=False,
                is_preview=False,
            )
        if not self.has_encoder:
            raise _too_large(f"{len(data)} bytes, and the extra `video` is not installed")
        if max_bytes < MIN_FITTED_VIDEO_BYTES or header.seconds > MAX_ENCODED_S:
            raise _too_large(f"{header.seconds:.0f} s in {max_bytes} bytes")
        packet = await asyncio.to_thread(packet_for_copy, data, mp4, mark)
        try:
            return await self._shrunk(data, header, packet, mark, max_bytes)
        except PictureError as error:  # the video itself was found sound: it stays what it is, too large
            raise _too_large(error.detail) from error

    def _ready(self, data: bytes, mark: Mark, max_bytes: int) -> bytes | None:
        """Return the video marked and signed; None if that does not fit."""
        if len(data) > max_bytes:
            return None
        marked = mark_in(data, mp4, mark)
        if len(marked) + signature_room(marked, mp4, self._signer) > max_bytes:
            return None
        return signed(marked, mp4, mp4.MIME, mark, self._signer)

    async def _shrunk(
        self, data: bytes, header: VideoHeader, packet: bytes, mark: Mark, max_bytes: int
    ) -> PackedVideo:
        room = max_bytes - len(packet) - _MARK_ROOM - (self._signer.room_bytes if self._signer else 0)
        async with self._encoding:
            made = await _decoded("shrink", data, max_bytes=room, timeout_s=self._timeout_s)
        return await asyncio.to_thread(_fitted, made, packet, header, mark, self._signer)

    async def frame(self, data: bytes) -> bytes:
        """Take a picture out of a video, see `VideoFiles.frame`."""
        await asyncio.to_thread(checked, data)
        if not self.has_encoder:
            raise PictureError(PictureProblem.UNREADABLE, detail="the extra `video` is not installed")
        async with self._looking:
            made = await _decoded("frame", data, max_bytes=MAX_PICTURE_BYTES, timeout_s=FRAME_TIMEOUT_S)
        await asyncio.to_thread(headers.read_result, made)
        return made


def checked(data: bytes) -> VideoHeader:
    """Return the header of a video within our limits. Raises `PictureError`."""
    if len(data) > MAX_VIDEO_BYTES:
        raise _too_large(f"{len(data)} bytes")
    header = mp4.read(data)
    if header.size.pixels > MAX_VIDEO_PIXELS:
        raise PictureError(PictureProblem.TOO_MANY_PIXELS, detail=str(header.size))
    return header


def _too_large(detail: str) -> PictureError:
    return PictureError(PictureProblem.TOO_MANY_BYTES, detail=detail)


def _fitted(
    made: bytes, packet: bytes, original: VideoHeader, mark: Mark, signer: Signer | None
) -> PackedVideo:
    """Return what the child made, read as carefully as what it was made of, marked and signed."""
    is_preview = not mp4.is_video(made)
    size = headers.read_result(made).size if is_preview else checked(made).size
    if is_preview and not (made.startswith(webp.MAGIC) and made[8:12] == webp.KIND):
        raise PictureError(PictureProblem.UNREADABLE, detail="a preview that is no WebP")
    container: Markable = webp if is_preview else mp4
    mime = Format.WEBP.mime if is_preview else mp4.MIME
    return PackedVideo(
        data=signed(container.with_xmp(made, packet), container, mime, mark, signer),
        mime=mime,
        extension=Format.WEBP.extension if is_preview else mp4.EXTENSION,
        size=size,
        seconds=original.seconds,
        fitted=True,
        is_preview=is_preview,
    )


async def _decoded(job: str, data: bytes, *, max_bytes: int, timeout_s: float) -> bytes:
    """Return what the child makes of a video. Raises `PictureError`: UNREADABLE, or TOO_MANY_BYTES if it gave up."""
    limits = (max_bytes, MAX_VIDEO_PIXELS, round(MAX_ENCODED_S))
    try:
        status, made = await run_child(
            _PROGRAM, (job, *map(str, limits)), data, max_bytes=max_bytes, timeout_s=timeout_s
        )
    except TimeoutError:
        log.warning("a video of %s bytes took more than %.0f s to %s", len(data), timeout_s, job)
        raise _too_large(f"no answer within {timeout_s:.0f} s") from None
    except OSError as error:  # no process, no memory or no pipe left for another
        log.warning("a video of %s bytes: %s cannot be started: %s", len(data), job, error)
        raise PictureError(
            PictureProblem.UNREADABLE, detail=f"no process for it: {error.strerror}"
        ) from error
    if status == 0 and len(made) <= max_bytes:
        return made
    reason = made[:_MAX_REASON].decode(errors="replace")
    log.warning("a video of %s bytes: %s ended with %s: %s", len(data), job, status, reason)
    if status in _TOO_LARGE or len(made) > max_bytes:
        raise _too_large(reason)
    raise PictureError(PictureProblem.UNREADABLE, detail=reason)  # a crash of FFmpeg too
