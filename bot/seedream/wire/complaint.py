"""The words of an error answer, freed of what must not reach a log: prompts, keys, quoted input."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import msgspec

MAX_MESSAGE_CHARS = 2_000  # looked at
MAX_DETAIL_CHARS = 160  # repeated in an error's detail
MAX_DEPTH = 4  # of nested `error` objects
MAX_LISTED = 10  # validation messages of one answer
PROMPT_WINDOW = 12  # so many equal letters in a row are taken for the prompt
MIN_PROMPT_WINDOW = 4  # a shorter prompt cannot be told from any other word

_CODE_KEYS = ("code", "type", "name")
_MESSAGE_KEYS = ("message", "error", "errors", "detail", "details", "msg")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Validation messages quote what they received. A quote that never closes runs to the end.
_QUOTED = re.compile(r"(?<!\w)'.*?(?:'(?!\w)|\Z)|\".*?(?:\"|\Z)|`.*?(?:`|\Z)|“.*?(?:”|\Z)", re.DOTALL)
_LONG_TOKEN = re.compile(r"(?=[\w*-]*\d)[\w*-]{16,}")  # keys and the like


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What the API said went wrong.

    `understood` is False where the body is no JSON object: HTML of a gateway, nothing, a cut answer.
    `codes` are identifiers such as `InvalidParameter`. `spoken` is all messages without the prompt's words;
    `message` is the same without quoted input and secrets, short enough for a log.
    """

    understood: bool = False
    codes: tuple[str, ...] = ()
    spoken: str = ""
    message: str = ""
    request_id: str | None = None

    def detail(self, status: int) -> str:
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


def hear_body(body: bytes | bytearray, *, prompt: str) -> Complaint:
    """The complaint in an error answer's body, whatever that body is."""
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Complaint()
    return hear(value, prompt=prompt)


def hear(value: object, *, prompt: str) -> Complaint:
    """The complaint in a decoded error: `{message, requestId}`, `{error: {code, message}}`, or alike."""
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
    """Codes and messages at any of the usual keys."""
    for key in _CODE_KEYS:
        code = _matching(_CODE, fields.get(key))
        if code is not None:
            found.codes.append(code)
    for key in _MESSAGE_KEYS:
        _gather(fields.get(key), found, depth=depth + 1)


def _gather(value: object, found: _Found, *, depth: int) -> None:
    """The same in a value that may be a message, a list of them or a nested error."""
    if isinstance(value, str):
        found.messages.append(value)
    elif depth >= MAX_DEPTH:
        return
    elif isinstance(value, list):
        for item in msgspec.convert(value, list[object])[:MAX_LISTED]:
            _gather(item, found, depth=depth + 1)
    elif isinstance(value, dict):
        _gather_fields(msgspec.convert(value, dict[str, object]), found, depth=depth)


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _without_prompt(text: str, prompt: str) -> str:
    """Every run of letters that is also in the prompt becomes one `…`."""
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
    """Lower case, letter by letter, so that indexes stay what they were."""
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)


def _fit_for_logs(spoken: str) -> str:
    text = _LONG_TOKEN.sub("…", _QUOTED.sub("'…'", spoken))
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= MAX_DETAIL_CHARS else text[: MAX_DETAIL_CHARS - 1] + "…"
