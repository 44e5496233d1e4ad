"""Colours and short texts that the cards share."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.domain.fairness import QueuePosition
from bot.domain.jobs import ImageRequest, Job, JobState
from bot.domain.sizes import Aspect
from bot.domain.video import VideoSettings, typical_video_s
from bot.ui.base.i18n import _, n_
from bot.ui.base.units import stamp, videos

SLATE: Final = 0x6B7A90
AMBER: Final = 0xF0A93B
TEAL: Final = 0x2FB5A0
RED: Final = 0xD9544F
PLUM: Final = 0x9B5DC4

COLOURS: Final = {
    JobState.QUEUED: SLATE,
    JobState.RENDERING: AMBER,
    JobState.DELIVERING: TEAL,
    JobState.DONE: TEAL,
    JobState.FAILED: RED,
    JobState.REFUSED: PLUM,
    JobState.CANCELLED: SLATE,
    JobState.EXPIRED: SLATE,
}

ASPECT_NAMES: Final = {
    Aspect.SQUARE: _("Square 1:1"),
    Aspect.LANDSCAPE_4_3: _("Landscape 4:3"),
    Aspect.PORTRAIT_3_4: _("Portrait 3:4"),
    Aspect.LANDSCAPE_3_2: _("Photo 3:2"),
    Aspect.PORTRAIT_2_3: _("Photo upright 2:3"),
    Aspect.WIDE_16_9: _("Wide 16:9"),
    Aspect.TALL_9_16: _("Phone 9:16"),
    Aspect.CINEMA_21_9: _("Cinema 21:9"),
    Aspect.BANNER_9_21: _("Banner 9:21"),
    Aspect.AUTO: _("Let the model choose"),
}


def picture_count(number: int) -> str:
    return n_("{n} picture", "{n} pictures", number).format(n=number)


def result_count(request: ImageRequest, number: int) -> str:
    """Return `2 pictures`, or `1 video` where that is asked for."""
    return picture_count(number) if request.video is None else videos(number)


def quality_text(request: ImageRequest) -> str:
    """Return `2K`, or of a video `6 s · 768P`."""
    if request.video is None:
        return request.resolution.value
    return video_text(request.video)


def video_text(video: VideoSettings) -> str:
    """Return `6 s · 768P`."""
    return f"{seconds_text(video)} · {video.quality}"


def seconds_text(video: VideoSettings) -> str:
    """Return `6 s`, which is also the name of the choice in the command."""
    return _("{s} s").format(s=video.seconds)


def usual_wait_text(video: VideoSettings) -> str:
    """Return how long the provider usually takes: the minutes that the time of `typical_video_s` lies between."""
    least = int(typical_video_s(video) // 60)
    return _("usually ready in {minutes} minutes").format(minutes=f"{least}–{least + 1}")


def duration_text(job: Job) -> str | None:
    """Return how long the painting took; None while it has not ended."""
    if job.started_at is None or job.finished_at is None:
        return None
    total = max(1, round((job.finished_at - job.started_at).total_seconds()))
    if total < 90:
        return _("{s} s").format(s=total)
    return _("{m} min {s} s").format(m=total // 60, s=total % 60)


def position_text(standing: QueuePosition) -> list[str]:
    """Return the position of a waiting job and when it should be ready."""
    first = standing.position == 1
    position = _("you're next") if first else _("#{n} in the queue").format(n=standing.position)
    return [position, expected_text(standing.ready_at)]


def expected_text(at: datetime) -> str:
    """Return when a job should be ready; Discord counts that down, and up once the moment has passed."""
    return _("expected {when}").format(when=stamp(at))


def dots(*parts: str | None) -> str:
    """Return the facts as one line of small text, without the empty ones."""
    return "-# " + " · ".join(part for part in parts if part)
