"""What the provider says about a member's input: which picture or the prompt, and what is wrong with it."""

from __future__ import annotations

import re

from bot.domain.provider import InputProblem, InputSubject, RejectedInputError
from bot.seedream.wire.complaint import Complaint

# From 0: `image_urls.0` and `["image_urls",0]` (the AIML API's schema), `image[2]` (BytePlus). From 1: `image 3`.
_INDEX = re.compile(r"\bimage(?:_urls?|s)?(?:\[|[./]|[\"'],\s*)(\d{1,3})(?!\d)")
_NUMBER = re.compile(
    r"\b(?:image|picture)s?\s*(?:no\.?|number)?\s*#?(\d{1,2})\b(?![\d.]*\s*(?:x|×|px|pixel|[kmg]i?b|byte|%))"
)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th) (?:\w+ )?(?:image|picture)\b")
_IMAGE_PLACE = re.compile(r"\bimage(?:_urls?|s)?\b")
_IMAGE_WORDS = re.compile(r"\bimages?\b|\bpictures?\b|\bimage_urls?\b")
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
    """Whether a code says that the request is wrong, whatever the status of the answer says."""
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
