"""Error answers as `ProviderError`s, named by what the caller can do; also what is wrong with a member's input."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.domain.provider import (
    BadKeyError,
    Charge,
    FixRequestError,
    InputProblem,
    InputSubject,
    ModelGoneError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RejectedInputError,
    ServerFaultError,
    SlowDownError,
    TryAgainError,
)
from bot.seedream.wire.complaint import Complaint, coded_refusal, read_error_body, worded_refusal
from bot.seedream.wire.reply import Reply, bill, cost_in_headers

# From 0: `image_urls.0` and `["image_urls",0]` (the AIML API's schema), `image[2]` (BytePlus). From 1: `image 3`.
_INDEX = re.compile(r"\bimage(?:_urls?|s)?(?:\[|[./]|[\"'],\s*)(\d{1,3})(?!\d)")
_NUMBER = re.compile(
    r"\b(?:image|picture)s?\s*(?:no\.?|number)?\s*#?(\d{1,2})\b(?![\d.]*\s*(?:x|×|px|pixel|[kmg]i?b|byte|%))"
)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th) (?:\w+ )?(?:image|picture)\b")
# A video's frames are `image_url`, `last_image_url` and `first_frame_image`.
_IMAGE_PLACE = re.compile(r"\b(?:last_|first_frame_)?image(?:_urls?|s)?\b")
_IMAGE_WORDS = re.compile(
    r"\bimages?\b|\bpictures?\b|\b(?:last_)?image_urls?\b|\bfirst_frame_image\b|\b(?:first|last) frame\b"
)
# The size to paint is ours to choose: "image size must be at least 3686400 pixels".
_OUR_SIZE = re.compile(r"\bimage[_ ]size\b|parameter [`'\"]?size\b|\boutput\b")
_INPUT_WORDS = re.compile(r"\b(?:input|reference|upload(?:ed)?|source) (?:image|picture|file)s?\b")
_PROMPT_PLACE = re.compile(r"\bprompt\b")
_PROMPT_IN_WORDS = re.compile(r"[`'\"]prompt[`'\"]|\bprompt:|\bbody[./]prompt\b|\bparameter prompt\b")
_PROMPT_WORDS = re.compile(r"\bprompt\b|\binput text\b|\btext input\b")

_TOO_LONG = re.compile(
    r"too (?:long|large|big)|too_(?:long|big)|exceed|at most \d+|longer than|max(?:imum)? (?:\w+ )?(?:length|limit)"
    r"|token limit"
)
_PROBLEMS = (
    (InputProblem.RATIO, re.compile(r"\bratio\b|aspect_?ratio")),
    (
        InputProblem.TOO_SMALL,
        re.compile(
            r"too[ _]?small|smaller than|at least \d+|less than \d+|minimum|greater than or equal|greater than \d+"
        ),
    ),
    (
        InputProblem.TOO_LARGE,
        re.compile(r"too[ _]?(?:large|big|many)|(?:larger|bigger) than|exceed|at most \d+|maximum|oversize"),
    ),
    (
        InputProblem.UNREADABLE,
        re.compile(
            r"download|decod|corrupt|damaged|broken|truncated|format|unsupported|not supported|not a valid"
            r"|invalid (?:image|url|base64|data)|(?:cannot|could not|failed to|unable to) \w+|unreadable|unrecognized"
        ),
    ),
)
# BytePlus's codes for a request it objects to, which a gateway may pass on with a status of its own.
_INPUT_CODE = re.compile(r"\b(?:Invalid(?:Parameter|Image|Argument|Input)\w*|PixelCount\w+)\b")


def is_about_input(complaint: Complaint) -> bool:
    """Return whether a code says that the request is wrong, whatever the status of the answer says."""
    return _INPUT_CODE.search(" ".join((*complaint.codes, complaint.spoken))) is not None


def rejected_input(complaint: Complaint, detail: str, references: int) -> RejectedInputError | None:
    """Return the error for a complaint about the prompt or one of `references` pictures, or None."""
    places = " ".join(complaint.places).lower()
    text = " ".join((places, *complaint.codes, complaint.spoken)).lower()
    if references:
        index = _index(text, references)
        problem = next((problem for problem, words in _PROBLEMS if words.search(text)), InputProblem.OTHER)
        if index is not None or _is_about_references(places, text, problem):
            return RejectedInputError(detail, subject=InputSubject.REFERENCE, problem=problem, index=index)
    is_long = _TOO_LONG.search(text) is not None
    if (
        _PROMPT_PLACE.search(places)
        or _PROMPT_IN_WORDS.search(text)
        or (is_long and _PROMPT_WORDS.search(text))
    ):
        problem = InputProblem.TOO_LONG if is_long else InputProblem.OTHER
        return RejectedInputError(detail, subject=InputSubject.PROMPT, problem=problem)
    return None


def _is_about_references(places: str, text: str, problem: InputProblem) -> bool:
    if _IMAGE_PLACE.search(places):
        return True
    if problem is InputProblem.OTHER or _PROMPT_PLACE.search(places):
        return False
    if _OUR_SIZE.search(text) and not _INPUT_WORDS.search(text):
        return False
    return _IMAGE_WORDS.search(text) is not None


def _index(text: str, references: int) -> int | None:
    """Return the index of the picture that is spoken of, from 0; None if there is no such picture."""
    match = _INDEX.search(text)
    if match is not None:
        index = int(match[1])
    else:
        match = _NUMBER.search(text) or _ORDINAL.search(text)
        index = int(match[1]) - 1 if match is not None else -1
    return index if 0 <= index < references else None


MAX_RETRY_AFTER_S = 3_600.0
_WORDS_MAY_REFUSE = frozenset({400, 403, 422})
_NEVER_PROCESSED = frozenset({408, 425})  # RFC 9110: the request did not arrive whole; RFC 8470: too early
# A gateway that stops waiting says so in its own words; the API behind it may still finish and charge. 520 and 524
# are Cloudflare's. The API's own failures are free.
_GATEWAY_GAVE_UP = frozenset({502, 504, 520, 524})
# The API spells it err_insufficent_credits.
_NO_CREDIT_KIND = re.compile(r"insuff?ici?ent_(?:credit|fund|balance)")
_MONEY = re.compile(r"\bcredits?\b|\bbalance\b|\btop[ -]?up\b|\bpayments?\b|\bfunds?\b|\bbilling\b")
_KEY = re.compile(r"\bkeys?\b|\bscopes?\b|permission|not allowed|unauthori[sz]ed")
_NO_ROUTE = re.compile(r"\bcannot (?:get|post)\b")  # the address is wrong, not the model


def fault(reply: Reply, *, prompt: str, references: int = 0) -> ProviderError:
    """Return the error for a reply with any status but 2xx to a request with so many references.

    The status decides alone only where any server on the way may decide: 413, 429 and 5xx. All else must be said by
    the API itself; from anybody else it is a passing fault. Its detail never quotes `prompt`.
    """
    complaint = read_error_body(reply.body, prompt=prompt)
    detail = complaint.detail(reply.status)
    status = reply.status
    if status == 429:
        return SlowDownError(detail, retry_after_s=_retry_after_s(reply))
    subject = coded_refusal(complaint)
    if subject is None and status in _WORDS_MAY_REFUSE:
        subject = worded_refusal(complaint)
    if subject is not None:
        return RefusedError(detail, subject=subject)
    if status == 413:
        return _too_large(detail, references)
    if not complaint.official:
        return _passing_fault(reply, complaint, detail)
    if 400 <= status < 500 and status not in _NEVER_PROCESSED:
        return _told_by_api(status, complaint, detail, references)
    rejected = rejected_input(complaint, detail, references) if is_about_input(complaint) else None
    return rejected or _passing_fault(reply, complaint, detail)


def _too_large(detail: str, references: int) -> ProviderError:
    if references:
        return RejectedInputError(detail, subject=InputSubject.REFERENCE, problem=InputProblem.TOO_LARGE)
    return RejectedInputError(detail, subject=InputSubject.PROMPT, problem=InputProblem.TOO_LONG)


def _told_by_api(status: int, complaint: Complaint, detail: str, references: int) -> ProviderError:
    """Return the error for a 4xx that the API itself answered."""
    words = complaint.message.lower()
    if any(_NO_CREDIT_KIND.search(kind) for kind in complaint.kinds):
        return OutOfCreditError(detail)
    if status == 401:
        return BadKeyError(detail)
    if status in {402, 403}:
        return _locked_out(words, detail)
    if status == 404:
        return FixRequestError(detail) if _NO_ROUTE.search(words) else ModelGoneError(detail)
    if any(place.rpartition(".")[2] == "model" for place in complaint.places):
        return ModelGoneError(detail)
    return rejected_input(complaint, detail, references) or FixRequestError(detail)


def _locked_out(words: str, detail: str) -> ProviderError:
    """Return the error for 402 or 403: about the key, about money, or about something that may pass.

    A key has a spending limit of its own, so its name comes first.
    """
    if _KEY.search(words) and not (_MONEY.search(words) and "limit" not in words):
        return BadKeyError(detail)
    return OutOfCreditError(detail) if _MONEY.search(words) else TryAgainError(detail)


def _passing_fault(reply: Reply, complaint: Complaint, detail: str) -> ProviderError:
    """Return the error for a fault that may pass: 5xx, redirects, which are not followed, and foreign answers."""
    if 300 <= reply.status < 400:
        return TryAgainError(f"{detail} a redirect, which is not followed: check the API's address")
    if not complaint.official:
        detail = f"{detail} (not the API's own words)"
    unsure = reply.status in _GATEWAY_GAVE_UP and not complaint.official
    kind = ServerFaultError if complaint.official and reply.status >= 500 else TryAgainError
    error = kind(detail, charge=Charge.UNKNOWN if unsure else None)
    bill(error, cost_in_headers(reply.headers))
    return error


def _retry_after_s(reply: Reply) -> float | None:
    """Return the seconds in `Retry-After`, a number or an HTTP date, within 0 and an hour; None if unreadable."""
    text = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = _http_date(text)
        if moment is None:
            return None
        seconds = (moment - reply.received_at).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
