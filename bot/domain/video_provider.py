"""The port to a provider of videos, and when to ask it whether a video is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from bot.domain.provider import Charge, InputPicture, ProviderError
from bot.domain.video import VideoQuality

FIRST_POLL_S: Final = 30.0
QUICK_POLL_S: Final = 10.0  # what the model's makers ask for
SLOW_AFTER_S: Final = 300.0
SLOW_POLL_S: Final = 20.0
POLL_DEADLINE_S: Final = 1_200.0


def next_poll_s(age_s: float) -> float | None:
    """Return the seconds from now to the next poll of a video created `age_s` ago; None after the deadline.

    The last poll is at the deadline. An age below 0, after a clock was set back, counts as 0.
    """
    age_s = max(age_s, 0.0)
    if age_s >= POLL_DEADLINE_S:
        return None
    if age_s < FIRST_POLL_S:
        return FIRST_POLL_S - age_s
    return min(QUICK_POLL_S if age_s < SLOW_AFTER_S else SLOW_POLL_S, POLL_DEADLINE_S - age_s)


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
    """A video that is being made. Its id is 1–200 printable characters of any kind.

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
        """Write the video at an address from a poll to a file, and return the number of its bytes.

        Raises `ResultFetchError` if it cannot be fetched or written or has over MAX_VIDEO_BYTES, and `NotAVideoError`
        if it is no MP4; then no file is left behind.
        """
        ...

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        """Return whether the call of `create` was charged, as `Provider.look_up` does."""
        ...
