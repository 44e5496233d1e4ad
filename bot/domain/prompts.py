"""Prompts: what is taken away before anything else looks at one, and names made from one."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_JOINER: Final = "\u200d"  # zero-width: joins emoji, and letters of some Indic scripts
_JOINS_AFTER: Final = {"So", "Sk", "Mn", "Mc", "Cn"}  # symbols, skin tones, marks, the newest emoji
# Unassigned code points where Unicode adds emoji each year; this Python may not know the newest.
_NEW_EMOJI: Final = frozenset(map(chr, range(0x1F000, 0x1FB00)))
_SPACES: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def clean_prompt(text: str) -> str:
    """Without control, bidirectional and zero-width characters, with plain spacing; may be empty."""
    kept = "".join(_shown(char, before) for before, char in zip(f" {text}", text, strict=False))
    lines = [_SPACES.sub(" ", line).strip() for line in kept.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _shown(char: str, before: str) -> str:
    """What a person would see of `char`: itself, a space, or nothing."""
    if char == _JOINER:
        return char if _is_visible(before) and unicodedata.category(before) in _JOINS_AFTER else ""
    if char == "\n" or _is_visible(char):
        return char
    return " " if char.isspace() else ""


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cn":
        return char in _NEW_EMOJI
    return category not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def file_stem(prompt: str, job_id: str, index: int) -> str:
    """`a-red-fox-in-snow-7f3k2m9q1z-1`: ASCII, at most 60 characters, never empty before the id."""
    ascii_text = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > 40:
            break
        slug = f"{slug}-{word}" if slug else word
    return f"{slug or 'easel'}-{job_id}-{index + 1}"
