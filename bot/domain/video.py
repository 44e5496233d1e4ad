"""Models of videos, and what an order for one must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.provider import InputPicture
from bot.domain.sizes import Size

MAX_VIDEO_PROMPT: Final = 2_000  # characters
MAX_FRAME_BYTES: Final = 20_000_000
MIN_FRAME_SIDE: Final = 301  # "must exceed 300 pixels"
MIN_FRAME_RATIO: Final = (2, 5)  # width : height; an exclusive bound, as the largest is
MAX_FRAME_RATIO: Final = (5, 2)
VIDEO_TYPE: Final = "video/mp4"
VIDEO_EXTENSION: Final = "mp4"
FRAME_TYPES: Final = frozenset({"image/jpeg", "image/png"})
TYPICAL_S_PER_S: Final = 48.0
MAX_VIDEO_BYTES: Final = 100 * 1024 * 1024


class VideoQuality(StrEnum):
    """The height of a video, by the provider's names. The value is stored."""

    P768 = "768P"
    P1080 = "1080P"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSettings:
    """The length and the quality that a request asks for."""

    seconds: int
    quality: VideoQuality


def typical_video_s(video: VideoSettings) -> float:
    """Return how long the API says that a video takes: 4 to 5 minutes for 6 s, 8 to 9 for 10 s."""
    return TYPICAL_S_PER_S * video.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoModel:
    """A model a provider offers: the lengths in seconds it makes in each quality, and its price per second.

    Prices are in micro USD. `size_prices` are those of a second in a quality, by the values of `VideoQuality`, where
    they have their own.
    """

    id: str
    name: str
    takes_last_frame: bool
    requires_first_frame: bool
    seconds: Mapping[VideoQuality, tuple[int, ...]]
    price_micro_usd_per_s: int
    size_prices: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def lowest_price_micro_usd(self) -> int:
        """The price of the cheapest video, in micro USD."""
        shortest = [VideoSettings(seconds=min(lengths), quality=one) for one, lengths in self.seconds.items()]
        return min(map(self.price_of, shortest))

    def price_of(self, video: VideoSettings) -> int:
        """Return the price of a video, in micro USD."""
        return video.seconds * self.size_prices.get(video.quality, self.price_micro_usd_per_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is known of a picture before its bytes are there: media type, size in pixels, and number of bytes."""

    mime: str
    size: Size
    byte_count: int


def frame_of(picture: InputPicture) -> Frame:
    """Return the facts of a picture."""
    return Frame(mime=picture.mime, size=picture.size, byte_count=len(picture.data))


class VideoProblem(StrEnum):
    """Why a model does not take an order."""

    PROMPT_TOO_LONG = "prompt_too_long"  # over MAX_VIDEO_PROMPT
    SECONDS = "seconds"  # not so many in this quality: see `VideoModel.seconds`
    FIRST_FRAME_MISSING = "first_frame_missing"
    LAST_FRAME_NOT_TAKEN = "last_frame_not_taken"
    FRAME_FORMAT = "frame_format"  # not one of FRAME_TYPES
    FRAME_TOO_LARGE = "frame_too_large"  # over MAX_FRAME_BYTES
    FRAME_TOO_SMALL = "frame_too_small"  # a side under MIN_FRAME_SIDE
    FRAME_RATIO = "frame_ratio"  # not between MIN_FRAME_RATIO and MAX_FRAME_RATIO


class FrameRole(StrEnum):
    """Which frame of a video a picture is to be."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """A problem; `frame` says which frame has it, None if it is not about one."""

    problem: VideoProblem
    frame: FrameRole | None = None


def problem_with(
    model: VideoModel,
    *,
    prompt: str,
    seconds: int,
    quality: VideoQuality,
    first: Frame | None = None,
    last: Frame | None = None,
) -> FoundProblem | None:
    """Return the first reason for which `model` does not take such an order; None if there is none."""
    if len(prompt) > MAX_VIDEO_PROMPT:
        return FoundProblem(VideoProblem.PROMPT_TOO_LONG)
    if seconds not in model.seconds.get(quality, ()):
        return FoundProblem(VideoProblem.SECONDS)
    if model.requires_first_frame and first is None:
        return FoundProblem(VideoProblem.FIRST_FRAME_MISSING, FrameRole.FIRST)
    if last is not None and not model.takes_last_frame:
        return FoundProblem(VideoProblem.LAST_FRAME_NOT_TAKEN, FrameRole.LAST)
    for role, frame in ((FrameRole.FIRST, first), (FrameRole.LAST, last)):
        problem = None if frame is None else frame_problem(frame)
        if problem is not None:
            return FoundProblem(problem, role)
    return None


def frame_problem(frame: Frame) -> VideoProblem | None:
    """Return the first reason for which a picture cannot be a frame; None if there is none."""
    width, height = frame.size.width, frame.size.height
    if frame.mime not in FRAME_TYPES:
        return VideoProblem.FRAME_FORMAT
    if frame.byte_count > MAX_FRAME_BYTES:
        return VideoProblem.FRAME_TOO_LARGE
    if min(width, height) < MIN_FRAME_SIDE:
        return VideoProblem.FRAME_TOO_SMALL
    (least_wide, most_high), (most_wide, least_high) = MIN_FRAME_RATIO, MAX_FRAME_RATIO
    if not (width * most_high > least_wide * height and width * least_high < most_wide * height):
        return VideoProblem.FRAME_RATIO
    return None
