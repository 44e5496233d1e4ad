"""References and results: their limits, their problems, and the port that `bot/imaging` implements."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.domain.failures import FailureCode
from bot.domain.jobs import ImageRequest
from bot.domain.provider import InputPicture
from bot.domain.sizes import Size
from bot.domain.video import VideoProblem
from bot.errors import EaselError

MAX_REFERENCES = 14  # image_urls maxItems of seedream-4-5
MAX_REFERENCE_BYTES = 25 * 1024 * 1024  # before cleaning, which makes each side at most MAX_CLEAN_SIDE
MAX_REFERENCE_PIXELS = 36_000_000  # "Image exceeds 36000000 pixels", the upstream's own limit
MIN_REFERENCE_SIDE = 15  # upstream: sides > 14 px
MAX_REFERENCE_RATIO = 16.0  # upstream: 1/16 to 16
MAX_CLEAN_SIDE = 2048
MAX_REQUEST_BYTES = 20 * 1024 * 1024  # of the JSON we send; no limit is documented, and 47 MB were refused
# What all references of a request may have together: base64 makes four bytes of three, and 64 KiB are for the rest.
MAX_REFERENCES_BYTES = (MAX_REQUEST_BYTES - 64 * 1024) // 4 * 3


class PictureProblem(StrEnum):
    """Why a picture, a reference or a result, cannot be used."""

    UNKNOWN_FORMAT = "unknown_format"
    TRUNCATED = "truncated"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    WRONG_RATIO = "wrong_ratio"
    UNREADABLE = "unreadable"
    GONE = "gone"
    UNREACHABLE = "unreachable"  # it may exist, but cannot be fetched for now


@dataclass(frozen=True, slots=True)
class PictureCodes:
    """The codes a job stores for one problem: of a reference, and of a result that the provider sent."""

    reference: FailureCode
    result: FailureCode


def failure_codes(problem: PictureProblem) -> PictureCodes:
    """Return the codes for `problem`."""
    match problem:
        case PictureProblem.UNKNOWN_FORMAT:
            return PictureCodes(FailureCode.UNKNOWN_FORMAT, FailureCode.RESULT_UNKNOWN_FORMAT)
        case PictureProblem.TRUNCATED:
            return PictureCodes(FailureCode.TRUNCATED, FailureCode.RESULT_TRUNCATED)
        case PictureProblem.TOO_MANY_BYTES:
            return PictureCodes(FailureCode.TOO_MANY_BYTES, FailureCode.RESULT_TOO_MANY_BYTES)
        case PictureProblem.TOO_MANY_PIXELS:
            return PictureCodes(FailureCode.TOO_MANY_PIXELS, FailureCode.RESULT_TOO_MANY_PIXELS)
        case PictureProblem.TOO_SMALL:
            return PictureCodes(FailureCode.TOO_SMALL, FailureCode.RESULT_TOO_SMALL)
        case PictureProblem.WRONG_RATIO:
            return PictureCodes(FailureCode.WRONG_RATIO, FailureCode.RESULT_WRONG_RATIO)
        case PictureProblem.UNREADABLE:
            return PictureCodes(FailureCode.UNREADABLE, FailureCode.RESULT_UNREADABLE)
        case PictureProblem.GONE:
            return PictureCodes(FailureCode.GONE, FailureCode.RESULT_GONE)
        case PictureProblem.UNREACHABLE:
            return PictureCodes(FailureCode.UNREACHABLE, FailureCode.RESULT_UNREACHABLE)


def frame_fault(problem: VideoProblem) -> PictureProblem:
    """Return why a picture cannot be a frame of a video, as a problem of the picture."""
    match problem:
        case VideoProblem.FRAME_TOO_SMALL:
            return PictureProblem.TOO_SMALL
        case VideoProblem.FRAME_RATIO:
            return PictureProblem.WRONG_RATIO
        case VideoProblem.FRAME_TOO_LARGE:
            return PictureProblem.TOO_MANY_BYTES
        case _:
            return PictureProblem.UNKNOWN_FORMAT


class PictureError(EaselError):
    """A picture that cannot be used; `problem` decides the text that the person reads."""

    def __init__(self, problem: PictureProblem, *, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPicture:
    """A reference without metadata, upright, sRGB, at most MAX_CLEAN_SIDE a side.

    `first_frame_of` is the number of frames of an animation of which only the first was taken, else None.
    """

    picture: InputPicture
    first_frame_of: int | None = None


class Mark(StrEnum):
    """How a result was made, as a value of IPTC's DigitalSourceType."""

    GENERATED = "trainedAlgorithmicMedia"
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"


def mark_of(request: ImageRequest) -> Mark:
    """Return the mark of a result: COMPOSITE if the request has references, else GENERATED."""
    return Mark.COMPOSITE if request.references else Mark.GENERATED


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPicture:
    """A result ready to be uploaded. `fitted` says it was re-encoded to fit the place's upload limit."""

    data: bytes = field(repr=False)
    mime: str
    extension: str
    size: Size
    fitted: bool


class Imaging(Protocol):
    """Verifies and cleans inputs, packages outputs; pixels are decoded in a bounded pool."""

    async def clean(self, data: bytes, *, max_side: int = MAX_CLEAN_SIDE) -> CleanPicture:
        """Return the attached bytes as a reference that can be sent, never enlarged. Raises `PictureError`."""
        ...

    async def shrink(self, picture: InputPicture, *, max_bytes: int) -> InputPicture:
        """Return a clean reference in at most `max_bytes`, in lower quality and then smaller. Raises `PictureError`."""
        ...

    async def pack(self, data: bytes, *, mark: Mark, max_bytes: int) -> PackedPicture:
        """Return the provider's bytes with the AI mark, re-encoded smaller if they exceed `max_bytes`.

        A video may become an animated picture. Raises `PictureError` if the bytes are neither; TOO_MANY_BYTES for a
        video that cannot be made small enough here.
        """
        ...
