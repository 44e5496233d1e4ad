"""Error answers as `ProviderError`s, without what must not reach a log: prompts, keys, quoted input."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from bot.domain.provider import (
    BadKeyError,
    Charge,
    FixRequestError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    SlowDownError,
    TryAgainError,
)
from bot.seedream.wire.cost import Reply, bill, cost_in_headers

MAX_MESSAGE_CHARS = 2_000  # how much of the messages is read
MAX_DETAIL_CHARS = 160  # how much of them an error's detail repeats
MAX_COMPLAINT_DEPTH = 4  # of nested `error` objects
MAX_LISTED = 10  # validation messages of one answer
PROMPT_WINDOW = 12  # this many equal letters in a row count as part of the prompt
MIN_PROMPT_WINDOW = 4  # a shorter prompt cannot be told from any other word

_CODE_KEYS = ("code", "type", "name")
_MESSAGE_KEYS = ("message", "error", "errors", "detail", "details", "msg")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Validation messages quote their input. An unclosed quote runs to the end.
_QUOTED = re.compile(r"(?<!\w)'.*?(?:'(?!\w)|\Z)|\".*?(?:\"|\Z)|`.*?(?:`|\Z)|“.*?(?:”|\Z)", re.DOTALL)
_LONG_TOKEN = re.compile(r"(?=[\w*-]*\d)[\w*-]{16,}")  # keys and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The API's description of an error.

    `understood` is False if the body is not a JSON object: a gateway's HTML, nothing, or a truncated answer.
    `codes` are identifiers such as `InvalidParameter`. `spoken` is all messages without the prompt's words;
    `message` is `spoken` without quoted input and secrets, short enough for a log.
    """

    understood: bool = False
    codes: tuple[str, ...] = ()
    spoken: str = ""
    message: str = ""
    request_id: str | None = None

    def detail(self, status: int) -> str:
        """Return a line for logs: the HTTP status, the first code, the message and the API's request id."""
        parts = [f"HTTP {status}", *self.codes[:1]]
        if self.message:
            parts.append(self.message)
        if self.request_id:
            parts.append(f"(request {self.request_id})")
        return " ".join(parts)


@dataclass(slots=True)
class _Found:
    codes: list[str] = field(default_factory=list[str])
    messages: list[str] = field(default_factory=list[str])


def read_error_body(body: bytes | bytearray, *, prompt: str) -> Complaint:
    """Read the complaint in an error answer's body, which may be anything."""
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Complaint()
    return read_complaint(value, prompt=prompt)


def read_complaint(value: object, *, prompt: str) -> Complaint:
    """Read the complaint in decoded JSON such as `{message, requestId}` or `{error: {code, message}}`."""
    if isinstance(value, str):
        value = {"message": value}
    if not isinstance(value, dict):
        return Complaint()
    fields = msgspec.convert(value, dict[str, object])
    found = _Found()
    _gather_fields(fields, found, depth=0)
    spoken = _without_prompt(" ".join(found.messages)[:MAX_MESSAGE_CHARS], prompt)
    return Complaint(
        understood=True,
        codes=tuple(found.codes),
        spoken=spoken,
        message=_fit_for_logs(spoken),
        request_id=_matching(_REQUEST_ID, fields.get("requestId")),
    )


def _gather_fields(fields: dict[str, object], found: _Found, *, depth: int) -> None:
    """Collect the codes and messages at any of the usual keys."""
    for key in _CODE_KEYS:
        code = _matching(_CODE, fields.get(key))
        if code is not None:
            found.codes.append(code)
    for key in _MESSAGE_KEYS:
        _gather(fields.get(key), found, depth=depth + 1)


def _gather(value: object, found: _Found, *, depth: int) -> None:
    """Collect from a value that may be a message, a list of messages or a nested error."""
    if isinstance(value, str):
        found.messages.append(value)
    elif depth >= MAX_COMPLAINT_DEPTH:
        return
    elif isinstance(value, list):
        for item in msgspec.convert(value, list[object])[:MAX_LISTED]:
            _gather(item, found, depth=depth + 1)
    elif isinstance(value, dict):
        _gather_fields(msgspec.convert(value, dict[str, object]), found, depth=depth)


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _without_prompt(text: str, prompt: str) -> str:
    """Replace every run of letters that is also in the prompt by one `…`."""
    length = min(PROMPT_WINDOW, len(prompt))
    if length < MIN_PROMPT_WINDOW:
        return text
    folded, prompt = _folded(text), _folded(prompt)
    windows = {prompt[at : at + length] for at in range(len(prompt) - length + 1)}
    kept: list[str] = []
    shown_until = 0  # text before this index is either in `kept` or hidden
    for at in range(len(folded) - length + 1):
        if folded[at : at + length] in windows:
            if at > shown_until or not kept:
                kept += [text[shown_until:at], "…"]
            shown_until = max(shown_until, at + length)
    return "".join([*kept, text[shown_until:]])


def _folded(text: str) -> str:
    """Lower the case letter by letter, so that indexes stay the same."""
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)


def _fit_for_logs(spoken: str) -> str:
    text = _LONG_TOKEN.sub("…", _QUOTED.sub("'…'", spoken))
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= MAX_DETAIL_CHARS else text[: MAX_DETAIL_CHARS - 1] + "…"


# BytePlus ModelArk's error codes: SensitiveContentDetected[.Violence], InputTextSensitiveContentDetected,
# InputImageSensitiveContentDetected[.PrivacyInformation], OutputImageRiskDetection, … The AIML API may
# repeat them as a code or inside a message. They are too unusual to appear there by chance.
_REFUSED_IN_WORDS = re.compile(
    r"(?<![a-z])(input|output)?(text|image|video|audio)?(?:sensitivecontentdetected|riskdetection)((?:\.\w+)*)"
)
# Phrases for a refusal, from BytePlus' messages and the OpenAI-like codes that gateways use. Whole phrases
# only: "sensitive" alone is also in "case-sensitive".
_PHRASE = re.compile(
    r"(?:contains?|related to) (?:sensitive|inappropriate|prohibited) (?:content|information)"
    r"|content[ _]policy(?:[ _]violation)?|safety (?:system|filter|policy)|content[ _](?:filter|moderation)"
    r"|content management policy"
    r"|moderation_blocked|(?:flagged|rejected|blocked) (?:by|for) (?:our )?(?:moderation|safety)"
    r"|contains? real persons?|copyright restrictions|nsfw content"
)
_SUBJECT_WORDS = (
    (re.compile(r"real person|privacy information"), RefusedSubject.REAL_PERSON),
    (re.compile(r"output|generated (?:image|picture)|result"), RefusedSubject.RESULT),
    (re.compile(r"(?:input|reference|uploaded) image"), RefusedSubject.REFERENCE),
    (re.compile(r"input text|prompt"), RefusedSubject.PROMPT),
)


def coded_refusal(complaint: Complaint) -> RefusedSubject | None:
    """Return the subject that a moderation code objects to; None if the complaint has no such code."""
    text = " ".join((*complaint.codes, complaint.spoken)).lower()
    match = _REFUSED_IN_WORDS.search(text)
    if match is None:
        return None
    side, medium, suffix = match.groups()
    if "privacyinformation" in suffix:
        return RefusedSubject.REAL_PERSON
    if side == "output":
        return RefusedSubject.RESULT
    if medium in {"image", "video"}:
        return RefusedSubject.REFERENCE
    # BytePlus explains the bare SensitiveContentDetected as "the input text may contain …".
    return RefusedSubject.PROMPT


def worded_refusal(complaint: Complaint) -> RefusedSubject | None:
    """Return the subject that a refusal without a code objects to; None if the message is not a refusal.

    A validation error quotes the person's own words, so it never counts as a refusal.
    """
    text = " ".join((*complaint.codes, complaint.message)).lower()
    if "validation error" in text or not _PHRASE.search(text):
        return None
    for words, subject in _SUBJECT_WORDS:
        if words.search(text):
            return subject
    return RefusedSubject.UNKNOWN


MAX_RETRY_AFTER_S = 3_600.0
_WORDS_MAY_REFUSE = frozenset({400, 403, 422})
_NEVER_PROCESSED = frozenset({408, 425})  # RFC 9110: the request did not arrive whole; RFC 8470: too early
# A gateway that stops waiting says so in HTML; the API behind it may still finish and charge. 520 and 524 are
# Cloudflare's. The API's own failures are JSON and free.
_GATEWAY_GAVE_UP = frozenset({502, 504, 520, 524})
_MONEY = re.compile(r"credit|balance|top[ -]?up|billing|payment|funds|limit")
_KEY = re.compile(r"\bapi[ _-]?key\b|\bkeys?\b|\bscopes?\b|permission|not allowed|unauthori[sz]ed")


def fault(reply: Reply, *, prompt: str) -> ProviderError:
    """Return the error for a reply with any status but 2xx, named by what the caller can do.

    Its detail never quotes `prompt`.
    """
    complaint = read_error_body(reply.body, prompt=prompt)
    detail = complaint.detail(reply.status)
    status = reply.status
    if status == 401:
        return BadKeyError(detail)
    if status == 429:
        return SlowDownError(detail, retry_after_s=_retry_after_s(reply))
    subject = coded_refusal(complaint)
    if subject is None and status in _WORDS_MAY_REFUSE:
        subject = worded_refusal(complaint)
    if subject is not None:
        return RefusedError(detail, subject=subject)
    if status in {402, 403}:
        return _locked_out(complaint, detail)
    if 400 <= status < 500 and status not in _NEVER_PROCESSED:
        return FixRequestError(detail)
    return _passing_fault(reply, complaint, detail)


def _locked_out(complaint: Complaint, detail: str) -> ProviderError:
    """Return the error for 402 or 403. The API documents 403 as "out of credits", unless it speaks of the key."""
    words = complaint.message.lower()
    if _KEY.search(words) and not _MONEY.search(words):
        return BadKeyError(detail)
    return OutOfCreditError(detail)


def _passing_fault(reply: Reply, complaint: Complaint, detail: str) -> ProviderError:
    """Return the error for a fault that may pass: 5xx, and redirects, which are not followed, so nothing was made."""
    if 300 <= reply.status < 400:
        return TryAgainError(f"{detail} a redirect, which is not followed: check the API's address")
    unsure = reply.status in _GATEWAY_GAVE_UP and not complaint.understood
    error = TryAgainError(detail, charge=Charge.UNKNOWN if unsure else None)
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
