"""Checks of a request that need no store: what a model takes, what a reference may be, what nobody may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.content.safety import SafetyConcern, safety_concern
from bot.domain.jobs import MAX_PROMPT, ImageRequest, JobKind
from bot.domain.pictures import (
    MAX_REFERENCE_BYTES,
    MAX_REFERENCE_PIXELS,
    MAX_REFERENCE_RATIO,
    MIN_REFERENCE_SIDE,
    PictureProblem,
    frame_fault,
)
from bot.domain.provider import Model
from bot.domain.references import FIRST_FRAME, LAST_FRAME, Reference
from bot.domain.sizes import Resolution, Size
from bot.domain.video import (
    MAX_VIDEO_PROMPT,
    Frame,
    FrameRole,
    VideoModel,
    VideoProblem,
    VideoSettings,
    problem_with,
)

PICTURE_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_ANY_SIDE: Final = 1024


class RequestProblem(StrEnum):
    """Why a local check rejects a request before anything is stored."""

    NO_PROMPT = "no_prompt"
    PROMPT_TOO_LONG = "prompt_too_long"
    TOO_MANY_REFERENCES = "too_many_references"
    REFERENCE = "reference"
    PLACE_NOT_SERVED = "place_not_served"
    DANGER = "danger"
    ENHANCE_OFF = "enhance_off"
    ENHANCE_MANY = "enhance_many"
    NO_MODEL = "no_model"  # it is not on offer
    WORDS_ONLY = "words_only"  # the model takes no references
    NO_REFERENCE = "no_reference"  # the model only edits
    RESOLUTION = "resolution"  # the model does not paint in it
    VIDEO_OFF = "video_off"  # no model of videos is on offer
    VIDEO_LENGTH = "video_length"  # the model makes none of so many seconds in this quality
    VIDEO_TOO_SLOW = "video_too_slow"  # here only the command's token can show it, which runs out before
    FRAME = "frame"  # the picture cannot be a frame of a video
    NO_FIRST_FRAME = "no_first_frame"
    NO_LAST_FRAME = "no_last_frame"  # the model takes none


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidRequest:
    """A request that a local check rejected.

    `subject` names the option, `limit` is the number that was exceeded (for VIDEO_LENGTH the seconds asked for),
    `picture` says what is wrong with a reference, `danger` why the prompt is not allowed (in this channel, if it is
    ADULT). Where the model cannot do it, `model` is its name, `other` that of one on offer that can, and `resolution`
    one that the model paints in.
    """

    problem: RequestProblem
    danger: SafetyConcern | None = None
    picture: PictureProblem | None = None
    subject: str | None = None
    limit: int | None = None
    model: str | None = None
    other: str | None = None
    resolution: Resolution | None = None


def can_be_chosen(model: Model, kind: JobKind) -> bool:
    """Return whether the command of this kind lets people choose the model: one that fits what the command is for."""
    return model.max_references > 0 if kind is JobKind.EDIT else model.min_references == 0


def misfit(request: ImageRequest, model: Model) -> InvalidRequest | None:
    """Return the first thing asked for that the model cannot do; None if it can do everything."""
    longest, pictures = max(map(len, (request.prompt, *request.prompts))), len(request.references)
    most = min(MAX_PROMPT, model.max_prompt or MAX_PROMPT)
    if longest > most:
        return InvalidRequest(problem=RequestProblem.PROMPT_TOO_LONG, limit=most)
    if pictures and not model.max_references:
        return InvalidRequest(problem=RequestProblem.WORDS_ONLY)
    if pictures > model.max_references:
        return InvalidRequest(problem=RequestProblem.TOO_MANY_REFERENCES, limit=model.max_references)
    if pictures < model.min_references:
        return InvalidRequest(problem=RequestProblem.NO_REFERENCE)
    if request.resolution not in model.resolutions:
        painted = min(model.resolutions)
        return InvalidRequest(
            problem=RequestProblem.RESOLUTION, subject=request.resolution.value, resolution=painted
        )
    return None


_OF_FRAMES: Final = {
    VideoProblem.FIRST_FRAME_MISSING: RequestProblem.NO_FIRST_FRAME,
    VideoProblem.LAST_FRAME_NOT_TAKEN: RequestProblem.NO_LAST_FRAME,
}


def video_misfit(request: ImageRequest, video: VideoSettings, model: VideoModel) -> InvalidRequest | None:
    """Return the first thing asked for that the model of videos cannot do; None if it can do everything."""
    first, last = (
        next((one for one in request.references if one.name == name), None)
        for name in (FIRST_FRAME, LAST_FRAME)
    )
    if last is not None and first is None:
        return InvalidRequest(problem=RequestProblem.NO_FIRST_FRAME)
    found = problem_with(
        model,
        prompt=request.prompt,
        seconds=video.seconds,
        quality=video.quality,
        first=_as_frame(first),
        last=_as_frame(last),
    )
    match found.problem if found is not None else None:
        case None:
            return None
        case VideoProblem.PROMPT_TOO_LONG:
            return InvalidRequest(problem=RequestProblem.PROMPT_TOO_LONG, limit=MAX_VIDEO_PROMPT)
        case VideoProblem.SECONDS:
            return InvalidRequest(problem=RequestProblem.VIDEO_LENGTH, limit=video.seconds)
        case VideoProblem.FIRST_FRAME_MISSING | VideoProblem.LAST_FRAME_NOT_TAKEN as problem:
            return InvalidRequest(problem=_OF_FRAMES[problem])
        case problem:
            picture = frame_fault(problem)
            subject = LAST_FRAME if found is not None and found.frame is FrameRole.LAST else FIRST_FRAME
            return InvalidRequest(problem=RequestProblem.FRAME, picture=picture, subject=subject)


def _as_frame(reference: Reference | None) -> Frame | None:
    """Return what a worker makes of the picture: a JPEG that is small enough, of the same shape.

    Discord gives no size of some files; the worker looks at the bytes.
    """
    if reference is None:
        return None
    width, height = reference.width, reference.height
    size = Size(width, height) if width and height else Size(_ANY_SIDE, _ANY_SIDE)
    return Frame(mime="image/jpeg", size=size, byte_count=0)


def look_for_danger(request: ImageRequest, *, age_restricted: bool) -> InvalidRequest | None:
    """Reject what no server can allow, and adult content outside age-restricted channels."""
    for prompt in dict.fromkeys((request.prompt, *request.prompts)):
        found = safety_concern(prompt, references=len(request.references))
        if found is not None and not (found is SafetyConcern.ADULT and age_restricted):
            return InvalidRequest(problem=RequestProblem.DANGER, danger=found)
    return None


def metadata_problem(reference: Reference) -> PictureProblem | None:
    """Return the problem that Discord's metadata of the file reveals; a worker checks the bytes later."""
    if reference.content_type is not None and reference.content_type.split(";")[0] not in PICTURE_TYPES:
        return PictureProblem.UNKNOWN_FORMAT
    if reference.bytes > MAX_REFERENCE_BYTES:
        return PictureProblem.TOO_MANY_BYTES
    if not reference.width or not reference.height:
        return None
    short, long = sorted((reference.width, reference.height))
    if short * long > MAX_REFERENCE_PIXELS:
        return PictureProblem.TOO_MANY_PIXELS
    if short < MIN_REFERENCE_SIDE:
        return PictureProblem.TOO_SMALL
    return PictureProblem.WRONG_RATIO if long / short > MAX_REFERENCE_RATIO else None
