"""Short videos, encoded at test time."""

from __future__ import annotations

import io
from functools import lru_cache

import av
from PIL import Image

from tests.unit.imaging.samples import gradient, noise


@lru_cache(maxsize=8)
def clip(
    width: int = 320, height: int = 180, *, frames: int = 12, is_noisy: bool = False, dark: int = 0
) -> bytes:
    """An MP4 of 12 frames a second whose index is at the end; noise does not become small, and the first are `dark`."""
    out, smooth = io.BytesIO(), gradient(width, height)
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=12)  # pyright: ignore[reportUnknownMemberType] - its kwargs
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "10"}
        for number in range(frames):
            picture = noise(width, height) if is_noisy else smooth.rotate(number)
            if number < dark:
                picture = Image.new("RGB", (width, height))
            frame = av.VideoFrame.from_image(picture)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            container.mux(stream.encode(frame))  # pyright: ignore[reportUnknownArgumentType] - PyAV does not type images
        container.mux(stream.encode(None))
    return out.getvalue()


def frames_in(data: bytes) -> list[tuple[int, int]]:
    """The sizes of all frames, decoded."""
    with av.open(io.BytesIO(data), "r") as container:
        return [(frame.width, frame.height) for frame in container.decode(video=0)]
