"""Presets: named prompts with options, for one person or a whole server."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.jobs import MAX_PROMPT
from bot.domain.prompts import clean_prompt, is_blank, tidied
from bot.domain.sizes import Aspect, Resolution

MAX_PRESETS: Final = 50  # of one person
MAX_SERVER_PRESETS: Final = 100
MAX_NAME: Final = 32
PLACE: Final = "{prompt}"  # where the words go in a preset's text; without a comma it is no variable
_PLACE: Final = re.compile(r"\{\s*prompt\s*\}", re.IGNORECASE)
_NAMING: Final = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "So", "Cn"}  # Cn: the newest emoji
_BESIDE: Final = {"Mn", "Mc", "Me"}  # accents, vowel signs, and what turns a character into an emoji
_ALSO: Final = frozenset(" -_\u200d🏻🏼🏽🏾🏿")  # the joiner and the skin tones of emoji
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that show nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A preset of the user `by`. `guild_id` None is that user's own; other fields None leave the option as it is."""

    name: str
    text: str
    aspect: Aspect | None
    resolution: Resolution | None
    count: int | None
    by: int
    at: datetime
    guild_id: int | None


class PresetProblem(StrEnum):
    """Why a preset cannot be saved."""

    NO_NAME = "no_name"
    NAME_TOO_LONG = "name_too_long"
    NAME_UNUSABLE = "name_unusable"  # other characters than letters, digits, emoji, spaces, - and _
    NO_TEXT = "no_text"
    TEXT_TOO_LONG = "text_too_long"


def clean_name(name: str) -> str:
    """Return a name as it is stored: one line, no invisible characters, plain spacing; may be empty."""
    return " ".join(clean_prompt(name).split())


def preset_key(name: str) -> str:
    """Return the key that names are compared by: case, width and spacing make no difference."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def preset_problem(name: str, text: str) -> PresetProblem | None:
    """Return why a preset with this name (of `clean_name`) and text cannot be saved, or None if it can."""
    if problem := name_problem(name):
        return problem
    text = clean_prompt(text)
    if is_blank(text):
        return PresetProblem.NO_TEXT
    return PresetProblem.TEXT_TOO_LONG if len(text) > MAX_PROMPT else None


def name_problem(name: str) -> PresetProblem | None:
    """Return why a preset cannot have this name (of `clean_name`), or None if it can.

    A usable name has no characters that format, mention, link or are invisible.
    """
    if not clean_name(name):
        return PresetProblem.NO_NAME
    if len(name) > MAX_NAME:
        return PresetProblem.NAME_TOO_LONG
    names_something = any(unicodedata.category(char) in _NAMING for char in name)
    if not names_something or name != clean_name(name) or not all(map(_is_usable, name)):
        return PresetProblem.NAME_UNUSABLE
    return None


def _is_usable(char: str) -> bool:
    return char not in _BLANK and (char in _ALSO or unicodedata.category(char) in _NAMING | _BESIDE)


def with_prompt(text: str, words: str) -> str:
    """Return the prompt of a preset's `text` with the person's `words`, which may be empty.

    The words replace every `{prompt}` in the text, or come before it. A result far beyond MAX_PROMPT is cut,
    but stays too long.
    """
    words = "" if is_blank(words) else clean_prompt(words).rstrip(" ,")
    if not _PLACE.search(text):
        text = ", ".join(filter(None, (PLACE, text)))
    if not words:
        return tidied(_PLACE.sub("", text))
    # Hundreds of `{prompt}` could make millions of characters.
    return _PLACE.sub(lambda _: words, text)[: 2 * MAX_PROMPT]
