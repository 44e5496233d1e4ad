"""The faults of the offline provider.

Write `[fault:NAME]` into a prompt to see one; with `[fault:NAME x2]` only the first two calls with that prompt fail.
`[fault:chat_NAME]` is for the chat model.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What goes wrong with one call."""

    NONE = "none"
    BAD_REQUEST = "bad_request"
    REFUSED_PROMPT = "refused_prompt"
    REFUSED_IMAGE = "refused_image"
    REAL_PERSON = "real_person"
    REFUSED_RESULT = "refused_result"
    BAD_KEY = "bad_key"
    OUT_OF_CREDIT = "out_of_credit"
    CREDIT_LIE = "credit_lie"
    FORBIDDEN = "forbidden"
    BLOCKED = "blocked"
    MODEL_GONE = "model_gone"
    BAD_RATIO = "bad_ratio"
    PROMPT_TOO_LONG = "prompt_too_long"
    TOO_LARGE = "too_large"
    SLOW_DOWN = "slow_down"
    SLOW_DOWN_DATE = "slow_down_date"
    SERVER_ERROR = "server_error"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    GATEWAY_TIMEOUT = "gateway_timeout"
    HANG = "hang"
    DROP = "drop"
    DRIP = "drip"
    TRUNCATED = "truncated"
    HTML = "html"
    EMPTY = "empty"
    BAD_BASE64 = "bad_base64"
    NOT_A_PICTURE = "not_a_picture"
    GIANT = "giant"
    HEAP = "heap"
    FLOOD = "flood"
    ITEM_ERROR = "item_error"
    URL = "url"
    URL_ELSEWHERE = "url_elsewhere"
    NO_CREDIT_402 = "no_credit_402"
    NEW_SENSITIVE = "new_sensitive"
    FRAME_SENSITIVE = "frame_sensitive"
    VIDEO_ERROR = "video_error"
    VIDEO_REFUSED = "video_refused"
    VIDEO_TIMEOUTS = "video_timeouts"
    VIDEO_UNKNOWN = "video_unknown"
    VIDEO_NO_URL = "video_no_url"
    VIDEO_FORBIDDEN = "video_forbidden"
    VIDEO_NOT_ONE = "video_not_one"
    VIDEO_LARGE = "video_large"
    VIDEO_NEVER = "video_never"


MEANINGS: dict[Fault, str] = {
    Fault.BAD_REQUEST: "400, does not understand the request",
    Fault.REFUSED_PROMPT: "400, objects to the prompt",
    Fault.REFUSED_IMAGE: "400, objects to an attached picture",
    Fault.REAL_PERSON: "400, takes an attached picture for a real person",
    Fault.REFUSED_RESULT: "200, objects to the finished picture",
    Fault.BAD_KEY: "401, does not accept the key",
    Fault.OUT_OF_CREDIT: "403, the account is empty",
    Fault.CREDIT_LIE: "403, says the account is empty although it is not",
    Fault.FORBIDDEN: "403, the region is suspended",
    Fault.BLOCKED: "403, a page from a server in front of the API",
    Fault.MODEL_GONE: "404, the model was retired",
    Fault.BAD_RATIO: "400, an attached picture is too long and thin",
    Fault.PROMPT_TOO_LONG: "400, the prompt is too long",
    Fault.TOO_LARGE: "413, the request is too large",
    Fault.SLOW_DOWN: "429, asks to wait some seconds",
    Fault.SLOW_DOWN_DATE: "429, asks to wait until a date",
    Fault.SERVER_ERROR: "500, an error of the API",
    Fault.BAD_GATEWAY: "502, a page from a server in front of the API",
    Fault.UNAVAILABLE: "503, the API is down",
    Fault.GATEWAY_TIMEOUT: "504, painting took too long",
    Fault.HANG: "never answers; Cancel ends it",
    Fault.DROP: "paints, then closes the connection",
    Fault.DRIP: "sends a good answer very slowly",
    Fault.TRUNCATED: "sends two thirds of the answer",
    Fault.HTML: "200, but a web page",
    Fault.EMPTY: "200, but no picture",
    Fault.BAD_BASE64: "200, but broken base64",
    Fault.NOT_A_PICTURE: "200, but the bytes are no picture",
    Fault.GIANT: "an answer larger than Easel reads",
    Fault.HEAP: "millions of empty pictures",
    Fault.FLOOD: "a revised prompt of megabytes",
    Fault.ITEM_ERROR: "200, but the picture failed inside the API",
    Fault.URL: "a link instead of bytes, which works",
    Fault.URL_ELSEWHERE: "a link to a foreign server, which Easel does not follow",
    Fault.NO_CREDIT_402: "402, the account is empty",
    Fault.NEW_SENSITIVE: "400, objects to the prompt in the words of the makers of videos",
    Fault.FRAME_SENSITIVE: "400, objects to a frame in the words of the makers of videos",
    Fault.VIDEO_ERROR: "a video that fails while it is made",
    Fault.VIDEO_REFUSED: "objects to the finished video",
    Fault.VIDEO_TIMEOUTS: "524 three times, when asked for a video",
    Fault.VIDEO_UNKNOWN: "404 at first, when asked for a video",
    Fault.VIDEO_NO_URL: "a finished video without its address",
    Fault.VIDEO_FORBIDDEN: "403, when a video is fetched",
    Fault.VIDEO_NOT_ONE: "a file that is no video",
    Fault.VIDEO_LARGE: "a video of 30 MiB",
    Fault.VIDEO_NEVER: "a video that is never ready",
}

RETRY_AFTER_S = 2
HOSTILE_BYTES = 8 * 1024 * 1024
FOREIGN_URL = "https://pictures.example.net/generations/elsewhere.jpg"

# The moderation codes are BytePlus's; the AIML API passes them on in the message of a 400.
_BAD_PROMPT = "The request failed because the input text may contain sensitive information."
_BAD_IMAGE = "The request failed because the input image may contain sensitive information."
_REAL_PERSON = "The request failed because the input image may contain a real person."

_BAD_RATIO = "expected the aspect ratio to be between 0.06 and 16.00"
_NO_CREDIT = "You've run out of credits. Please top up your balance to continue."

# Answers with an error status. None of them is charged.
ERROR_STATUSES: dict[Fault, tuple[int, str]] = {
    Fault.BAD_REQUEST: (400, "Body validation error"),
    Fault.REFUSED_PROMPT: (400, f"InputTextSensitiveContentDetected: {_BAD_PROMPT}"),
    Fault.REFUSED_IMAGE: (400, f"InputImageSensitiveContentDetected: {_BAD_IMAGE}"),
    Fault.REAL_PERSON: (400, f"InputImageSensitiveContentDetected.PrivacyInformation: {_REAL_PERSON}"),
    Fault.BAD_KEY: (401, "Invalid or disabled API key"),
    Fault.OUT_OF_CREDIT: (403, _NO_CREDIT),
    Fault.CREDIT_LIE: (403, _NO_CREDIT),
    Fault.FORBIDDEN: (403, "Access from your region is suspended for now"),
    Fault.BLOCKED: (403, ""),
    Fault.MODEL_GONE: (404, "The model is archived"),
    Fault.BAD_RATIO: (
        400,
        f"InvalidParameter: The parameter `image[0]` specified is not valid: {_BAD_RATIO}",
    ),
    Fault.PROMPT_TOO_LONG: (
        400,
        "Body validation error! prompt: String must contain at most 4000 character(s)",
    ),
    Fault.TOO_LARGE: (413, ""),
    Fault.SLOW_DOWN: (429, "Too many requests"),
    Fault.SLOW_DOWN_DATE: (429, "Too many requests"),
    Fault.SERVER_ERROR: (500, "Internal server error"),
    Fault.BAD_GATEWAY: (502, "Bad gateway"),
    Fault.UNAVAILABLE: (503, "Service temporarily unavailable"),
    Fault.GATEWAY_TIMEOUT: (504, "Generation timeout"),
    Fault.NO_CREDIT_402: (402, _NO_CREDIT),
    Fault.NEW_SENSITIVE: (400, "input new_sensitive: video description contains sensitive content (1026)"),
    Fault.FRAME_SENSITIVE: (400, "input new_sensitive: first frame image is sensitive (1026)"),
}

# Those of a server in front of the API are pages; some of the API's own name a kind.
PAGES = frozenset({Fault.BAD_GATEWAY, Fault.BLOCKED, Fault.TOO_LARGE})
KINDS = {
    Fault.OUT_OF_CREDIT: "err_insufficent_credits",  # the API's spelling
    Fault.CREDIT_LIE: "err_insufficent_credits",
    Fault.FORBIDDEN: "err_region_suspended",
    Fault.NO_CREDIT_402: "err_insufficent_credits",
}

# Answers with status 200 whose only item failed. They are not charged either.
ITEM_ERRORS: dict[Fault, tuple[str, str]] = {
    Fault.ITEM_ERROR: ("InternalServiceError", "The service encountered an unexpected internal error."),
    Fault.REFUSED_RESULT: (
        "OutputImageSensitiveContentDetected",
        "The request failed because the output image may contain sensitive information.",
    ),
}

HTML_PAGE = "<!doctype html><html><head><title>Just a moment</title></head><body>Checking…</body></html>"

CHAT_PREFIX = "chat_"

_MARK = re.compile(r"\s*\[fault:([a-z0-9_]+)(?: x(\d{1,3}))?\]")
_ALMOST_A_MARK = re.compile(r"\[fault:([^\]]*)\]")


_FAILED_VIDEOS = frozenset({Fault.VIDEO_ERROR, Fault.VIDEO_REFUSED})


def is_charged(fault: Fault) -> bool:
    """Return whether a call with this fault is charged: all are but error statuses, failed items and failed videos."""
    return fault not in ERROR_STATUSES and fault not in ITEM_ERRORS and fault not in _FAILED_VIDEOS


def without_marks(prompt: str) -> str:
    """Remove the fault marks from a prompt."""
    return _MARK.sub("", prompt).strip()


def unknown_faults(prompt: str) -> list[str]:
    """Return what a prompt's fault marks name that is no fault."""
    known = {
        mark[0].strip() for mark in _MARK.finditer(prompt) if mark[1].removeprefix(CHAT_PREFIX) in set(Fault)
    }
    return [mark[1] for mark in _ALMOST_A_MARK.finditer(prompt) if mark[0] not in known]


def painter_marks(words: str) -> str:
    """Return the fault marks that are not for the chat model, ready to append to another prompt."""
    return "".join(
        f" {mark[0].strip()}" for mark in _MARK.finditer(words) if not mark[1].startswith(CHAT_PREFIX)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    fault: Fault
    times: int | None


class FaultPlan:
    """Decides the fault of each call: a mark in its prompt comes first, then the planned faults.

    Only marks whose name begins with `prefix` count.
    """

    def __init__(self, *, prefix: str = "") -> None:
        self._prefix = prefix
        self._planned: list[_Planned] = []
        self._seen: Counter[str] = Counter()

    def fail(self, fault: Fault, *, times: int | None) -> None:
        """Let the next `times` calls end in `fault`; with None, all calls until `clear`."""
        self._planned.append(_Planned(fault=fault, times=times))

    def clear(self) -> None:
        self._planned.clear()

    def is_next(self, fault: Fault) -> bool:
        """Return whether a call whose prompt marks nothing would end in `fault`."""
        return bool(self._planned) and self._planned[0].fault is fault

    def take(self, prompt: str) -> Fault:
        """Return the fault of the call that is made now, and count it."""
        marked = self._marked(prompt)
        if marked is not None:
            return marked
        if not self._planned:
            return Fault.NONE
        head = self._planned[0]
        if head.times is not None:
            left = head.times - 1
            self._planned[:1] = [_Planned(fault=head.fault, times=left)] if left > 0 else []
        return head.fault

    def _marked(self, prompt: str) -> Fault | None:
        names = {f"{self._prefix}{fault}": fault for fault in Fault}
        found = next((mark for mark in _MARK.finditer(prompt) if mark[1] in names), None)
        if found is None:
            return None
        self._seen[prompt] += 1
        is_over = found[2] is not None and self._seen[prompt] > int(found[2])
        return Fault.NONE if is_over else names[found[1]]


def damaged(fault: Fault, answer: dict[str, Any]) -> bytes:
    """Return the JSON of a good answer as `fault` changes it; other faults change nothing."""
    if fault in ITEM_ERRORS:
        code, message = ITEM_ERRORS[fault]
        answer = {**answer, "data": [{"error": {"code": code, "message": message}}], "meta": None}
    elif fault is Fault.EMPTY:
        answer = {**answer, "data": []}
    elif fault is Fault.HEAP:
        return b'{"data":[' + b"{}," * (HOSTILE_BYTES // 3) + b"{}]}"
    elif fault is Fault.FLOOD:
        data = answer["data"]
        answer = {
            **answer,
            "data": [{**item, "revised_prompt": "*a" * (HOSTILE_BYTES // 2)} for item in data],
        }
    elif fault is Fault.BAD_BASE64:
        answer = {**answer, "data": [{"url": None, "b64_json": "@@@ this is not base64 @@@"}]}
    elif fault is Fault.NOT_A_PICTURE:
        answer = {**answer, "data": [{"url": None, "b64_json": "dGhpcyBpcyBubyBwaWN0dXJl"}]}
    elif fault is Fault.URL_ELSEWHERE:
        answer = {**answer, "data": [{"url": FOREIGN_URL, "b64_json": None}]}
    return encoded_fault(fault, answer)


def encoded_fault(fault: Fault, answer: dict[str, object]) -> bytes:
    """Return an answer's JSON, cut off by `Fault.TRUNCATED`."""
    body = json.dumps(answer).encode()
    return body[: len(body) * 2 // 3] if fault is Fault.TRUNCATED else body
