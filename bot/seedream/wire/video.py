"""Videos, in both spellings of the operation: orders as JSON, and what the answers to orders and polls say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final
from urllib.parse import quote

import msgspec

from bot.domain.provider import (
    AnswerEmptyError,
    Charge,
    FixRequestError,
    ItemFailedError,
    ModelGoneError,
    OutcomeUnknownError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    RejectedInputError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.references import MAX_FRAMES
from bot.domain.video import FrameRole, VideoModel, VideoQuality, frame_of, problem_with
from bot.domain.video_provider import VideoCreated, VideoOrder, VideoProgress, VideoState
from bot.seedream.wire.answer import check_body, error_in_success, not_json
from bot.seedream.wire.complaint import Complaint, read_complaint, read_error_body
from bot.seedream.wire.errors import fault, rejected_input
from bot.seedream.wire.order import check_prompt, check_request_id, data_uri
from bot.seedream.wire.reply import NOTHING, UNREADABLE, Reply, bill, cost_in_headers, cost_in_meta, read


class VideoApi(StrEnum):
    """The operation of today, and the older one that the guide of the model names."""

    UNIVERSAL = "universal"
    LEGACY = "legacy"


PATHS: Final[Mapping[VideoApi, str]] = {  # of orders, by POST, and of polls, by GET
    VideoApi.UNIVERSAL: "/v2/video/generations",
    VideoApi.LEGACY: "/v2/generate/video/minimax/generation",
}
MAX_ID_CHARS: Final = 200
FOUND_WITHIN_S: Final = 60.0  # a poll that comes sooner may be told that there is no such video
_WAITING: Final = frozenset({"queued", "waiting"})  # any word but these and the next: it is being made
# The first of each is documented; other models of the API use the rest.
_COMPLETED: Final = frozenset({"completed", "succeeded", "success", "done"})
_ERROR: Final = frozenset({"error", "failed", "fail", "failure", "canceled", "cancelled", "expired"})

# MiniMax's numbers, as a code of their own or within the message: "invalid params (2013)".
_NUMBER = re.compile(r"^(\d{4})\b|\((\d{4})\)|\bcode\W{1,3}(\d{4})\b")
_OF_FRAME = (
    (FrameRole.LAST, re.compile(r"\b(?:last|end)[_ ](?:image|frame)")),
    (FrameRole.FIRST, re.compile(r"\b(?:first|start)[_ ](?:image|frame)|\bimage_url\b")),
)


class _Body(msgspec.Struct):
    """An order. The API improves the prompt unless `enhance_prompt`, in the guide `prompt_optimizer`, is false."""

    model: str
    prompt: str
    duration: int
    resolution: VideoQuality
    image_url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    last_image_url: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    first_frame_image: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Answer(msgspec.Struct):
    id: msgspec.Raw = NOTHING
    generation_id: msgspec.Raw = NOTHING
    status: msgspec.Raw = NOTHING
    video: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING
    meta: msgspec.Raw = NOTHING


class _Video(msgspec.Struct):
    url: str | None = None


def check(order: VideoOrder, model: VideoModel) -> None:
    """Raise `FixRequestError` for an order that the API would reject or misread."""
    check_request_id(order.request_id)
    check_prompt(order.prompt)
    found = problem_with(
        model,
        prompt=order.prompt,
        seconds=order.seconds,
        quality=order.quality,
        first=frame_of(order.first) if order.first else None,
        last=frame_of(order.last) if order.last else None,
    )
    if found is not None:
        raise FixRequestError(
            f"{model.id} does not take the order: {found.problem} {found.frame or ''}".strip()
        )
    if any(frame is not None and not frame.data for frame in (order.first, order.last)):
        raise FixRequestError("a frame has no bytes")


def frames_in(order: VideoOrder) -> tuple[FrameRole, ...]:
    """Return the frames of an order as they are counted in a `RejectedInputError.index`."""
    given = ((FrameRole.FIRST, order.first), (FrameRole.LAST, order.last))
    return tuple(role for role, picture in given if picture is not None)


def build_body(order: VideoOrder, api: VideoApi) -> bytes:
    """Return the request body of an order that passed `check`. Takes about 1 ms per megabyte of frames."""
    body = _Body(model=order.model, prompt=order.prompt, duration=order.seconds, resolution=order.quality)
    if order.first is not None and api is VideoApi.LEGACY:
        body.first_frame_image = data_uri(order.first)
    elif order.first is not None:
        body.image_url = data_uri(order.first)
    if order.last is not None:
        body.last_image_url = data_uri(order.last)
    return msgspec.json.encode(body)


def poll_query(generation_id: str) -> str:
    """Return the query of a poll, percent-encoded: ids with `:`, `/` and more have been seen."""
    return f"generation_id={quote(generation_id, safe='')}"


def decipher_created(reply: Reply, *, prompt: str, frames: Sequence[FrameRole] = ()) -> VideoCreated:
    """Return the id and price in a reply to an order with these frames.

    Raises `ProviderError`, with the cost if body or headers state it; its detail never quotes `prompt`.
    """
    if not reply.succeeded:
        complaint = read_error_body(reply.body, prompt=prompt)
        error = fault(reply, prompt=prompt, references=len(frames))
        raise _framed(_numbered(error, complaint, references=len(frames)), complaint, frames)
    cost = cost_in_headers(reply.headers)
    try:
        answer = _decode(reply.body)
        cost = _cost(answer, reply)
        generation_id = _generation_id(answer)
        if generation_id is None:
            spoken = _spoken(answer.error, prompt, references=len(frames))
            raise spoken or AnswerEmptyError("the answer holds no id that can be used")
    except ProviderError as error:
        bill(error, cost)
        raise
    return VideoCreated(generation_id=generation_id, cost_micro_usd=cost)


def decipher_poll(reply: Reply, *, age_s: float, prompt: str) -> VideoProgress:
    """Return the progress in a reply to a poll for a video created `age_s` ago.

    Raises `ProviderError` if it has no word about the video; its detail never quotes `prompt`. What is worth another
    poll is a `TryAgainError` or `SlowDownError`: polls cost nothing, so even an answer of no use is.
    """
    if not reply.succeeded:
        return _unanswered(reply, age_s=age_s, prompt=prompt)
    try:
        answer = _decode(reply.body)
    except ProviderError as error:
        raise TryAgainError(f"a poll's answer is of no use: {error.detail}") from None
    cost = _cost(answer, reply)
    status = (read(str, answer.status) or "").lower()
    if status in _COMPLETED:
        video = read(_Video, answer.video)
        if video is not None and video.url:
            return VideoProgress(state=VideoState.DONE, address=video.url, cost_micro_usd=cost)
        lost = AnswerEmptyError("the video is completed, and its address is not told")
        bill(lost, cost)
        return VideoProgress(state=VideoState.FAILED, error=lost, cost_micro_usd=cost)
    error = _spoken(answer.error, prompt, references=MAX_FRAMES)
    if not status and error is not None and not isinstance(error, RefusedError):
        raise TryAgainError(f"an error without a status: {error.detail}")  # it may be about the poll alone
    if status in _ERROR or (not status and error is not None):
        error = error or ItemFailedError("HTTP 200 the video failed, and no reason is told")
        return VideoProgress(state=VideoState.FAILED, error=error)
    state = VideoState.WAITING if status in _WAITING else VideoState.MAKING
    return VideoProgress(state=state, cost_micro_usd=cost)


def _unanswered(reply: Reply, *, age_s: float, prompt: str) -> VideoProgress:
    """Return the end of a video that a poll's error reports. Raises the error that is about the poll alone."""
    complaint = read_error_body(reply.body, prompt=prompt)
    error = _numbered(fault(reply, prompt=prompt), complaint, references=0)
    error.charge, error.cost_micro_usd = Charge.FREE, None  # a gateway that gave up on a poll charged nothing
    if isinstance(error, RefusedError):
        return VideoProgress(state=VideoState.FAILED, error=error)
    is_unknown = reply.status == 404 and "inference not found" in complaint.spoken.lower()
    if is_unknown or isinstance(error, ModelGoneError):
        if age_s < FOUND_WITHIN_S:
            raise TryAgainError(error.detail)
        return VideoProgress(state=VideoState.FAILED, error=OutcomeUnknownError(error.detail))
    if reply.status == 403 and complaint.official and type(error) is TryAgainError:
        raise FixRequestError(error.detail)  # unlike for an order, nothing is gained by asking again
    raise error


def _decode(body: bytes | bytearray) -> _Answer:
    check_body(body)
    try:
        return msgspec.json.decode(body, type=_Answer)
    except UNREADABLE as error:
        raise not_json(body, error) from None


def _cost(answer: _Answer, reply: Reply) -> int | None:
    told = cost_in_meta(answer.meta)
    return told if told is not None else cost_in_headers(reply.headers)


def _generation_id(answer: _Answer) -> str | None:
    """Return the first usable of the two names of an id, which may be a number; None if there is none."""
    for raw in (answer.id, answer.generation_id):
        text = read(str, raw)
        if text is None and bytes(raw).isdigit():
            text = bytes(raw).decode()
        if text and text.strip() and len(text) <= MAX_ID_CHARS and text.isprintable():
            return text
    return None


def _spoken(raw: msgspec.Raw, prompt: str, *, references: int) -> ProviderError | None:
    """Return the error that an `error` field stands for; None if it cannot be understood."""
    error = error_in_success(raw, prompt, references)
    return error and _numbered(
        error, read_complaint(raw, prompt=prompt), references=references, is_trusted=True
    )


def _numbered(
    error: ProviderError, complaint: Complaint, *, references: int, is_trusted: bool = False
) -> ProviderError:
    """Return what MiniMax's number makes of an error, unless its words said that already.

    Numbers from anybody but the API, Cloudflare's among them, say nothing.
    """
    told = isinstance(error, RefusedError | RejectedInputError | SlowDownError | OutOfCreditError)
    if told or not (is_trusted or complaint.official):
        return error
    number = next((code for code in complaint.codes if code.isdigit()), None)
    match = None if number else _NUMBER.search(complaint.spoken)
    match number or (match and next(filter(None, match.groups()))):
        case "1002":
            return SlowDownError(error.detail)
        case "1008":
            return OutOfCreditError(error.detail)
        case "1026":
            return RefusedError(error.detail, subject=RefusedSubject.PROMPT)
        case "1027":
            return RefusedError(error.detail, subject=RefusedSubject.RESULT)
        case "2013":
            return rejected_input(complaint, error.detail, references) or FixRequestError(error.detail)
        case _:
            return error


def _framed(error: ProviderError, complaint: Complaint, frames: Sequence[FrameRole]) -> ProviderError:
    """Return the error with the index of the frame that it names."""
    if isinstance(error, RejectedInputError) and error.index is None:
        text = " ".join((*complaint.places, complaint.spoken)).lower()
        named = (role for role, words in _OF_FRAME if role in frames and words.search(text))
        role = next(named, None)
        error.index = None if role is None else frames.index(role)
    return error
