"""What somebody typed to Easel: whether it is meant, what is asked for, and which pictures the words name."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.domain.prompts import clean_prompt
from bot.ui.i18n import _

_HELP: Final = frozenset({"help", _("help")})
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NOUN: Final = r"(?:images?|pictures?|photos?|pics?)"
_AND: Final = r"(?:\s*(?:,|&|\+|\band\b|\bor\b|\bwith\b))+\s*"
_NUMBER: Final = r"(?:#\s*|no\.?\s*|number\s+)?[0-9]+"
_NUMBERED: Final = re.compile(rf"\b{_NOUN}\s*({_NUMBER}(?:{_AND}{_NUMBER})*)\b", re.IGNORECASE)
_COUNTED: Final = re.compile(
    rf"\b(?:([0-9]+)(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}|last))\s+(?:one\b|{_NOUN}\b)", re.IGNORECASE
)


def names_us(content: str, me: int) -> bool:
    """Whether the mention was typed: that of a reply, which Discord adds by itself, does not stand in the text."""
    return re.search(rf"<@!?{me}>", content) is not None


def instruction_of(content: str, me: int) -> str:
    """The words without the mention, as a prompt; may be empty."""
    words = re.sub(rf"^\s*(?:<@!?{me}>[\s,:;]*)+", "", content)
    return clean_prompt(re.sub(rf"[^\S\n]*<@!?{me}>", "", words))


def asks_for_help(text: str) -> bool:
    """Whether there is nothing in it that could be painted; an emoji alone can."""
    if text.casefold().strip(" ?!.") in _HELP:
        return True
    return not any(_says_something(char) for char in text)


def named_pictures(text: str, most: int) -> tuple[int, ...]:
    """The pictures that the words name, of as many as there are: “image 2”, “photos 1 and 3”, “the second one”.
    Each once, in order, from 1."""
    numbers = {
        _number(digits) for found in _NUMBERED.finditer(text) for digits in re.findall(r"[0-9]+", found[1])
    }
    for found in _COUNTED.finditer(text):
        numbers.add(_number(found[1]) if found[1] else _place_of(found[2].casefold(), most))
    return tuple(sorted(number for number in numbers if 1 <= number <= most))


def _number(digits: str) -> int:
    """Python refuses to read very many digits; a few are more than there are pictures."""
    return int(digits[:9])


def _place_of(ordinal: str, most: int) -> int:
    return most if ordinal == "last" else _ORDINALS.index(ordinal) + 1


def _says_something(char: str) -> bool:
    """A letter, a digit or a symbol; the newest emoji may be unknown to this Python."""
    category = unicodedata.category(char)
    return category[0] in "LNS" or category == "Cn"
