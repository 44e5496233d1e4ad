"""What the API says in an error, without what must not reach a log: prompts, keys, quoted input."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from bot.domain.provider import RefusedSubject
from bot.seedream.wire.reply import NOTHING, is_modest, read

MAX_MESSAGE_CHARS = 2_000  # how much of the messages is read
MAX_DETAIL_CHARS = 160  # how much of them an error's detail repeats
MAX_COMPLAINT_DEPTH = 4  # of nested `error` objects
MAX_LISTED = 10  # validation messages of one answer
PROMPT_WINDOW = 12  # this many equal letters in a row count as part of the prompt
MIN_PROMPT_WINDOW = 4  # a shorter prompt cannot be told from any other word

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_NUMBER_CODE = re.compile(rb'"?(\d{4})"?')  # MiniMax's; three digits are an HTTP status
_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]]{0,79}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Validation messages quote their input. An unclosed quote runs to the end.
_QUOTED = re.compile(r"(?<!\w)'.*?(?:'(?!\w)|\Z)|\".*?(?:\"|\Z)|`.*?(?:`|\Z)|“.*?(?:”|\Z)", re.DOTALL)
_LONG_TOKEN = re.compile(r"(?<![\w*-])(?=[\w*-]*\d)[\w*-]{16,}")  # keys and the like


class _Fields(msgspec.Struct):
    """The fields of an error that are read, at any depth. All others are skipped without building anything."""

    code: msgspec.Raw = NOTHING
    type: msgspec.Raw = NOTHING
    name: msgspec.Raw = NOTHING
    message: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING
    errors: msgspec.Raw = NOTHING
    detail: msgspec.Raw = NOTHING
    details: msgspec.Raw = NOTHING
    msg: msgspec.Raw = NOTHING
    meta: msgspec.Raw = NOTHING
    issues: msgspec.Raw = NOTHING
    data: msgspec.Raw = NOTHING
    kind: msgspec.Raw = NOTHING
    param: msgspec.Raw = NOTHING
    path: msgspec.Raw = NOTHING
    loc: msgspec.Raw = NOTHING
    request_id: msgspec.Raw = msgspec.field(name="requestId", default=NOTHING)
    status_code: msgspec.Raw = msgspec.field(name="statusCode", default=NOTHING)
    timestamp: msgspec.Raw = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The API's description of an error.

    `understood` is False if the body is neither a JSON object nor a string. `official` says that the object has a
    shape that only the API sends: anything else, a gateway's page or JSON, says nothing about account or request.
    `codes` are such as `InvalidParameter` or `1026`, `kinds` those of `error.data.kind`, `places` the fields
    complained about, such as `image_urls.0`. `spoken` is all messages without the prompt's words; `message` is
    `spoken` without quoted input and secrets, short enough for a log.
    """

    understood: bool = False
    official: bool = False
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
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
    kinds: list[str] = field(default_factory=list[str])
    places: list[str] = field(default_factory=list[str])
    messages: list[str] = field(default_factory=list[str])


def read_error_body(body: bytes | bytearray, *, prompt: str) -> Complaint:
    """Read the complaint in an error answer's body, which may be anything."""
    return read_complaint(body, prompt=prompt) if is_modest(body) else Complaint()


def read_complaint(raw: msgspec.Raw | bytes | bytearray, *, prompt: str) -> Complaint:
    """Read the complaint in JSON such as `{message, requestId}` or `{error: {code, message}}`, or in a string.

    The JSON must be part of an answer that passed `is_modest`.
    """
    found = _Found()
    fields = read(_Fields, raw)
    text = read(str, raw) if fields is None else None
    if fields is not None:
        _gather_fields(fields, found, depth=0)
    elif text is not None:
        found.messages.append(text[:MAX_MESSAGE_CHARS])
    else:
        return Complaint()
    fields = fields or _Fields()
    spoken = _without_prompt(" ".join(found.messages)[:MAX_MESSAGE_CHARS], prompt)
    return Complaint(
        understood=True,
        official=_is_official(fields),
        codes=tuple(found.codes),
        kinds=tuple(found.kinds),
        places=tuple(found.places),
        spoken=spoken,
        message=_fit_for_logs(spoken),
        request_id=_matching(_REQUEST_ID, fields.request_id),
    )


def _is_official(fields: _Fields) -> bool:
    """Return whether an object has one of three shapes of errors.

    These are the API's of old and of today, and those of BytePlus behind it.
    Gateways answer `{message}`, Cloudflare `{title, status, detail}` (RFC 9457).
    """
    nested = read(_Fields, fields.error)
    if _is_there(fields.message) and (_is_there(fields.status_code) or _is_there(fields.request_id)):
        return True
    if nested is None:
        return False
    if _is_there(fields.message) and _is_there(fields.timestamp):
        return True
    named = (nested.code, nested.type, nested.name)
    return _is_there(nested.message) and any(_matching(_CODE, raw) is not None for raw in named)


def _is_there(raw: msgspec.Raw) -> bool:
    return bytes(raw) not in {b"null", b'""'}


def _gather_fields(fields: _Fields, found: _Found, *, depth: int) -> None:
    """Collect codes, kinds, places and messages at the usual keys."""
    found.codes += _all_matching(_CODE, (fields.code, fields.type, fields.name))
    if (number := _NUMBER_CODE.fullmatch(bytes(fields.code))) is not None:
        found.codes.append(number[1].decode())
    data = read(_Fields, fields.data)
    found.kinds += _all_matching(_CODE, (fields.kind, *((data.kind,) if data else ())))
    found.places += _all_matching(_PLACE, (fields.param, fields.path))
    for path in (fields.path, fields.loc):
        steps = read(list[str | int], path)
        if steps:
            found.places.append(".".join(str(step)[:80] for step in steps[:MAX_LISTED]))
    told = (fields.message, fields.error, fields.errors, fields.detail, fields.details, fields.msg)
    for raw in (*told, fields.meta, fields.issues):
        _gather(raw, found, depth=depth + 1)


def _gather(raw: msgspec.Raw, found: _Found, *, depth: int) -> None:
    """Collect from a value that may be a message, a list of messages or a nested error."""
    text = read(str, raw)
    if text is not None:
        found.messages.append(text[:MAX_MESSAGE_CHARS])
    elif depth >= MAX_COMPLAINT_DEPTH:
        return
    elif (listed := read(list[msgspec.Raw], raw)) is not None:
        for item in listed[:MAX_LISTED]:
            _gather(item, found, depth=depth + 1)
    elif (fields := read(_Fields, raw)) is not None:
        _gather_fields(fields, found, depth=depth)


def _all_matching(pattern: re.Pattern[str], raws: Iterable[msgspec.Raw]) -> list[str]:
    return [text for raw in raws if (text := _matching(pattern, raw)) is not None]


def _matching(pattern: re.Pattern[str], raw: msgspec.Raw) -> str | None:
    text = read(str, raw)
    return text if text is not None and pattern.fullmatch(text) else None


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
    r"|new_sensitive|\bis sensitive\b(?! to)"
)
_MINIMAX_CODE = "new_sensitive"  # too unusual to appear by chance, too
_SUBJECT_WORDS = (
    (re.compile(r"real person|privacy information"), RefusedSubject.REAL_PERSON),
    (
        re.compile(r"output|generated (?:image|picture|video)|result|\bvideo (?:contain|is )"),
        RefusedSubject.RESULT,
    ),
    (re.compile(r"(?:input|reference|uploaded) image|\b(?:image|frame) is sens"), RefusedSubject.REFERENCE),
    (
        re.compile(r"input text|prompt|\b(?:text|description) is sens|video description"),
        RefusedSubject.PROMPT,
    ),
)


def coded_refusal(complaint: Complaint) -> RefusedSubject | None:
    """Return the subject that a moderation code objects to; None if the complaint has no such code."""
    text = " ".join((*complaint.codes, complaint.spoken)).lower()
    match = _REFUSED_IN_WORDS.search(text)
    if match is None:
        return _subject(text) if _MINIMAX_CODE in text else None
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
    return _subject(text)


def _subject(text: str) -> RefusedSubject:
    """Return what a refusal says that it objects to."""
    return next((subject for words, subject in _SUBJECT_WORDS if words.search(text)), RefusedSubject.UNKNOWN)
