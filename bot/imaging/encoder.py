"""The program of a child process that decodes a video: `python -m bot.imaging.encoder JOB MAX_BYTES MAX_PIXELS MAX_S`.

The video comes on standard input. What is made of it goes to standard output, with the exit status 0: by the job
`shrink` a smaller MP4 or an animated WebP, by `frame` a JPEG. With the status DAMAGED or TOO_LARGE it is a line that
says why. FFmpeg is C that reads a stranger's bytes, so it runs here, apart from everything else, under limits.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice
from typing import Final

import av
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from PIL import Image, ImageStat

from bot.child import limit_this_process

DAMAGED: Final = 65  # EX_DATAERR of sysexits.h
TOO_LARGE: Final = 69  # EX_UNAVAILABLE
_MAX_CPU_S: Final = 240
THREADS: Final = 2
_TRIES: Final = 2

# FFmpeg decodes hundreds of formats, and attacks come through the rare ones.
_DECODERS: Final = frozenset({"h264", "hevc", "libdav1d", "av1", "vp9", "libvpx-vp9", "mpeg4"})
_ENCODER: Final = "libx264"  # which not every build of FFmpeg has
_PRESET: Final = "veryfast"  # half the time of "fast"
_MOST_FRAMES_A_S: Final = 120
_FIT: Final = 0.93  # target share of the byte limit: the encoder aims at a rate, not at a size
_GOOD_BITS: Final = 0.06  # bits per pixel; below this, reduce the size
_POOR_BITS: Final = 0.012  # bits per pixel; below this, make a preview
_LEAST_SIDE: Final = 240
_NEXT_SCALE: Final = 0.75
# Side, frames a second, quality.
_PREVIEWS: Final = ((480, 10, 60), (360, 8, 45), (240, 6, 35), (160, 4, 25), (96, 2, 20))
_MOST_PREVIEW_FRAMES: Final = 100
_LOOKED_AT: Final = 48  # frames, in search of one that is not blank
_BLANK: Final = 6.0  # of 255: the deviation of a frame's brightness at the beginning of a fade
_JPEG_QUALITY: Final = 92


class StillTooLargeError(Exception):
    """A video that does not become small enough."""


class VideoSource:
    """A video in memory, decoded once for each pass. Raises `ValueError` and PyAV's errors for a hostile one."""

    def __init__(self, data: bytes, *, max_pixels: int, max_s: float) -> None:
        self._data = data
        self._max_pixels = max_pixels
        self.max_s = max_s
        with self._open() as container:
            stream = container.streams.video[0]
            self.width, self.height = stream.codec_context.width, stream.codec_context.height
            self.rate = min(max(stream.average_rate or Fraction(24), Fraction(1)), Fraction(_MOST_FRAMES_A_S))
            self.time_base = stream.time_base or 1 / self.rate
            self.seconds = float((stream.duration or 0) * self.time_base)

    def frames(self) -> Iterator[VideoFrame]:
        """Decode all frames, in order."""
        with self._open() as container:
            container.streams.video[0].thread_type = "AUTO"
            container.streams.video[0].codec_context.thread_count = THREADS
            number = -1
            for number, frame in enumerate(container.decode(video=0)):
                if number > self.max_s * _MOST_FRAMES_A_S:
                    raise ValueError("more frames than its length has")
                self._check(frame.width, frame.height)
                yield frame
            if number < 0:
                raise ValueError("no frame in it")

    def _open(self) -> InputContainer:
        container = av.open(io.BytesIO(self._data), "r", format="mov", metadata_errors="ignore")
        if not container.streams.video:
            raise ValueError("no video in it")
        context = container.streams.video[0].codec_context
        if context.name not in _DECODERS:
            raise ValueError(f"a video in {context.name}")
        self._check(context.width, context.height)
        return container

    def _check(self, width: int, height: int) -> None:
        if not 0 < width * height <= self._max_pixels:
            raise ValueError(f"a frame of {width}×{height} pixels")


def shrink(source: VideoSource, max_bytes: int) -> bytes:
    """Encode the video in at most `max_bytes`: in two tries as MP4, else as a preview. Raises `StillTooLargeError`."""
    if not 0 < source.seconds <= source.max_s:
        raise StillTooLargeError(f"a length of {source.seconds:.1f} s")
    pixels_a_s = source.width * source.height * float(source.rate)
    bits_a_s, scale = max_bytes * 8 * _FIT / source.seconds, 1.0
    least = min(1.0, _LEAST_SIDE / min(source.width, source.height))
    for _ in range(_TRIES if _ENCODER in av.codecs_available else 0):
        scale = max(least, min(scale, (bits_a_s / pixels_a_s / _GOOD_BITS) ** 0.5))
        if bits_a_s < pixels_a_s * scale**2 * _POOR_BITS:
            break
        data = encode(source, scale=scale, bits_a_s=round(bits_a_s), max_bytes=max_bytes)
        if len(data) <= max_bytes:
            return data
        bits_a_s *= max_bytes / len(data) * _FIT
        scale *= _NEXT_SCALE
    return preview(source, max_bytes)


class _SecondLook(io.RawIOBase):
    """A reader of what was written so far: to put the index first, FFmpeg opens its own output once more."""

    def __init__(self, written: io.BytesIO) -> None:
        self._written = written
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        end = None if size < 0 else self._at + size
        with self._written.getbuffer() as view:
            part = bytes(view[self._at : end])
        self._at += len(part)
        return part

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = offset + (0, self._at, self._written.getbuffer().nbytes)[whence]
        return self._at

    def tell(self) -> int:
        return self._at


def encode(source: VideoSource, *, scale: float, bits_a_s: int, max_bytes: int) -> bytes:
    """Encode the video, without sound, as H.264 in an MP4 whose index comes first, so that it plays while it loads.

    One of more than twice `max_bytes` ends early, too large as it is: it would only take memory.
    """
    out = io.BytesIO()
    # Without files, so that none is ever left behind.
    with av.open(
        out,
        "w",
        format="mp4",
        options={"movflags": "+faststart"},
        io_open=lambda *_: _SecondLook(out),  # pyright: ignore[reportUnknownLambdaType] - PyAV's url, flags, options
    ) as container:
        stream = container.add_stream(_ENCODER, rate=source.rate)  # pyright: ignore[reportUnknownMemberType] - its kwargs
        stream.width, stream.height = (_even(side * scale) for side in (source.width, source.height))
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": _PRESET, "maxrate": str(bits_a_s * 6 // 5), "bufsize": str(bits_a_s)}
        stream.codec_context.bit_rate = bits_a_s
        stream.codec_context.time_base = source.time_base
        stream.codec_context.thread_count = THREADS
        for frame in source.frames():
            scaled = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
            scaled.pict_type = PictureType.NONE  # the encoder decides
            container.mux(stream.encode(scaled))
            if out.tell() > 2 * max_bytes:
                break
        container.mux(stream.encode(None))
    return out.getvalue()


def _even(side: float) -> int:
    """Return the nearest even number of pixels: the colours of yuv420p have half the height and width."""
    return max(2, round(side / 2) * 2)


def preview(source: VideoSource, max_bytes: int) -> bytes:
    """Encode some frames as an animated WebP, ever smaller until it fits. Raises `StillTooLargeError`."""
    for side, rate, quality in _PREVIEWS:
        step = max(1 / rate, source.seconds / _MOST_PREVIEW_FRAMES)
        shown = [_small(frame, side) for frame in islice(_every(source, step), _MOST_PREVIEW_FRAMES)]
        out = io.BytesIO()
        shown[0].save(
            out,
            "WEBP",
            save_all=True,
            append_images=shown[1:],
            duration=round(step * 1000),
            loop=0,
            quality=quality,
            method=2,
        )
        if out.tell() <= max_bytes:
            return out.getvalue()
    raise StillTooLargeError("even a preview does not fit")


def _every(source: VideoSource, step_s: float) -> Iterator[VideoFrame]:
    due = 0.0
    for number, frame in enumerate(source.frames()):
        at = number / source.rate if frame.pts is None else frame.pts * source.time_base
        if at >= due:
            yield frame
            due += step_s


def _small(frame: VideoFrame, side: int) -> Image.Image:
    shrink_by = min(1.0, side / max(frame.width, frame.height))
    wide, tall = (max(1, round(one * shrink_by)) for one in (frame.width, frame.height))
    return _image(frame, width=wide, height=tall)


def _image(frame: VideoFrame, **size: int) -> Image.Image:
    return frame.to_image(**size)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped


def picture(source: VideoSource) -> bytes:
    """Return the first frame that is not blank as a JPEG; the first of all if all that are looked at are."""
    images = map(_image, islice(source.frames(), _LOOKED_AT))
    first = next(images)
    seen = (one for one in chain((first,), images) if _deviation(one) > _BLANK)
    out = io.BytesIO()
    next(seen, first).save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()


def _deviation(image: Image.Image) -> float:
    """Return how much the brightness of an image differs, of 255."""
    return ImageStat.Stat(image.convert("L").reduce(4)).stddev[0]


def main(job: str, *limits: str) -> int:
    """Do one job with the video on standard input; return the exit status."""
    limit_this_process(cpu_s=_MAX_CPU_S)
    max_bytes, max_pixels, max_s = (int(limit) for limit in limits)
    try:
        source = VideoSource(sys.stdin.buffer.read(), max_pixels=max_pixels, max_s=max_s)
        made, status = (picture(source) if job == "frame" else shrink(source, max_bytes)), 0
    except (StillTooLargeError, MemoryError) as error:
        made, status = f"{type(error).__name__}: {error}".encode(), TOO_LARGE
    except Exception as error:  # noqa: BLE001 - whatever it is, these bytes are the cause
        made, status = f"{type(error).__name__}: {error}".encode(), DAMAGED
    sys.stdout.buffer.write(made)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
