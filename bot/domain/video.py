"""The port to a provider of videos, what a model of it takes, and when to ask whether a video is ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from bot.domain.provider import Charge, InputPicture, ProviderError
from bot.domain.sizes import Size

MAX_VIDEO_PROMPT: Final = 2_000  # characters
MAX_FRAME_BYTES: Final = 20_000_000
MIN_FRAME_SIDE: Final = 301  # "must exceed 300 pixels"
MIN_FRAME_RATIO: Final = (2, 5)  # width : height; both are outside of what is taken
MAX_FRAME_RATIO: Final = (5, 2)
FRAME_TYPES: Final = frozenset({"image/jpeg", "image/png"})
MAX_VIDEO_BYTES: Final = 100 * 1024 * 1024

FIRST_POLL_S: Final = 30.0
POLL_S: Final = 10.0  # what the model's makers ask for
SLOW_AFTER_S: Final = 300.0
SLOW_POLL_S: Final = 20.0
POLL_DEADLINE_S: Final = 1_200.0


class VideoQuality(StrEnum):
    """The height of a video, by the provider's names. The value is stored."""

    P768 = "768P"
    P1080 = "1080P"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoModel:
    """A model a provider offers: the seconds it makes in each quality, and the price of one in micro USD."""

    id: str
    name: str
    takes_last_frame: bool
    requires_first_frame: bool
    seconds: Mapping[VideoQuality, tuple[int, ...]]
    price_micro_usd_per_s: int

    def price_micro_usd(self, seconds: int) -> int:
        """Return the price of a video, in micro USD."""
        return seconds * self.price_micro_usd_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is told of a picture before its bytes are there: media type, size in pixels, and number of bytes."""

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


def next_poll_s(age_s: float) -> float | None:
    """Return the seconds from now to the next poll of a video created `age_s` ago; None after the deadline.

    The last poll is at the deadline. An age below 0, after a clock was set back, counts as 0.
    """
    age_s = max(age_s, 0.0)
    if age_s >= POLL_DEADLINE_S:
        return None
    if age_s < FIRST_POLL_S:
        return FIRST_POLL_S - age_s
    return min(POLL_S if age_s < SLOW_AFTER_S else SLOW_POLL_S, POLL_DEADLINE_S - age_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOrder:
    """One paid call, one video. `request_id` is ours: 1–128 of `A–Za–z0–9._:-`."""

    request_id: str
    model: str
    prompt: str
    seconds: int
    quality: VideoQuality
    first: InputPicture | None = None
    last: InputPicture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCreated:
    """A video that is being made. Its id is 1–200 printable characters: any of them.

    The price in micro USD is charged when the video is ready; None where the provider did not say.
    """

    generation_id: str
    cost_micro_usd: int | None = None


class VideoState(StrEnum):
    """How far the provider is with a video."""

    WAITING = "waiting"
    MAKING = "making"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoProgress:
    """The provider's word about a video: its address when it is DONE, the reason when it is FAILED.

    `cost_micro_usd` is None where the provider did not say.
    """

    state: VideoState
    address: str | None = None
    error: ProviderError | None = None
    cost_micro_usd: int | None = None


class VideoProvider(Protocol):
    """A service that makes videos, in three steps of which only the first is paid. See `bot/seedream/video.py`."""

    async def create(self, order: VideoOrder) -> VideoCreated:
        """Order one video with one paid call, never repeated. Raises `ProviderError`, as `Provider.render` does."""
        ...

    async def poll(self, generation_id: str, *, age_s: float, prompt: str) -> VideoProgress:
        """Ask once, free of charge, for a video created `age_s` ago; `prompt` is kept out of what errors say.

        A state of FAILED is final. Raises `ProviderError` if there is no word about the video, so that its own charge
        stays as it is: `TryAgainError` and `SlowDownError` for what is worth another poll, any other for what is not.
        """
        ...

    async def fetch(self, address: str, path: Path) -> int:
        """Write the video at an address that a poll told to a file, and return the number of its bytes.

        Raises `ResultFetchError` if it cannot be fetched or written or has over MAX_VIDEO_BYTES, and `NotAVideoError`
        if it is no MP4; then no file is left behind.
        """
        ...

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        """Return whether the call of `create` was charged, as `Provider.look_up` does."""
        ...
