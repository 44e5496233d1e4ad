"""Videos as files: their limits, and the port that `bot/imaging/video.py` implements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.domain.pictures import Mark
from bot.domain.sizes import Size

MAX_VIDEO_PIXELS: Final = 3840 * 2160  # in one frame
MAX_ENCODED_S: Final = 60.0  # a longer video is never encoded again; the models make 10 seconds
MIN_FITTED_VIDEO_BYTES: Final = 20_000  # a smaller video is not worth delivering


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedVideo:
    """A video ready to be uploaded. `fitted` says it was encoded again to fit the place's upload limit.

    With `is_preview` it is a small animated WebP in the place of a video that could not be made small enough.
    `size` is that of the file in `data`; `seconds` is the length, 0.0 where the provider's file does not say.
    """

    data: bytes = field(repr=False)
    mime: str
    extension: str
    size: Size
    seconds: float
    fitted: bool
    is_preview: bool


class VideoFiles(Protocol):
    """Packages the provider's videos, and takes pictures out of them."""

    async def pack(self, data: bytes, *, mark: Mark, max_bytes: int) -> PackedVideo:
        """Return the provider's MP4 with the AI mark, in at most `max_bytes`.

        What fits is not decoded. What does not is encoded again, in two tries, or becomes a preview. Without the
        extra `video` it is a TOO_MANY_BYTES instead, as it is where that fails for whatever reason: the video is
        none the worse. Raises `PictureError`.
        """
        ...

    async def frame(self, data: bytes) -> bytes:
        """Return the first frame that is not blank as a JPEG, of the video's size and without a mark.

        Raises `PictureError`: UNREADABLE also where the extra `video` is not installed, or no process can be started.
        """
        ...
