"""Prompts: what is taken away before anything else looks at one, and names made from one."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_KEEP_FORMAT: Final = {"\u200d", "\ufe0f"}  # zero-width joiner and variation selector: they build emoji
_SPACES: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def clean_prompt(text: str) -> str:
    """Without control, bidirectional and zero-width characters, with plain spacing; may be empty."""
    kept = "".join(char if _is_visible(char) else " " if char.isspace() else "" for char in text)
    lines = [_SPACES.sub(" ", line).strip() for line in kept.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _is_visible(char: str) -> bool:
    if char == "\n" or char in _KEEP_FORMAT:
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


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
