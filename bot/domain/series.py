"""A series: one shared description and a few scenes, each of which becomes a picture."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from bot.domain.jobs import MAX_PROMPT
from bot.domain.prompts import clean_prompt

MIN_SCENES: Final = 2
MAX_SCENES: Final = 8  # as many pictures as an album may have
_LIST_MARK: Final = re.compile(
    r"(?:[-–—*•‣◦▪·](?:\s+|$))?(?:\(?\d{1,2}[.)](?:\s+|$)|\d{1,2}[、．]|\d\ufe0f?\u20e3)?\s*"
)
# Each picture is asked for alone, so that the words which tie them must be the same in all. Without a number
# and without the word "series": the model would write it into the picture, or draw all scenes as panels of one.
_SCENE: Final = "Keep the characters, the style and the colors exactly as given. Show this one scene:"


class SeriesProblem(StrEnum):
    """Why there can be no such series."""

    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"  # shared text and one scene are more than a prompt may have


def read_scenes(text: str) -> tuple[str, ...]:
    """One for each line with words, cleaned, without the bullet or number of a list."""
    lines = (_LIST_MARK.sub("", line, count=1) for line in clean_prompt(text).split("\n"))
    return tuple(line for line in lines if line)


def scene_prompts(shared: str, scenes: Sequence[str]) -> tuple[str, ...]:
    """What each picture is asked with; where nothing is shared, its scene alone."""
    shared = clean_prompt(shared)
    return tuple(f"{shared}\n\n{_SCENE} {scene}" if shared else scene for scene in scenes)


def problem_of(shared: str, scenes: Sequence[str]) -> SeriesProblem | None:
    """None when this can be asked for."""
    if len(scenes) < MIN_SCENES:
        return SeriesProblem.TOO_FEW
    if len(scenes) > MAX_SCENES:
        return SeriesProblem.TOO_MANY
    is_long = any(len(prompt) > MAX_PROMPT for prompt in scene_prompts(shared, scenes))
    return SeriesProblem.TOO_LONG if is_long else None


def album_text(shared: str, scenes: Sequence[str]) -> str:
    """The shared text and the numbered scenes, for people to read and to search: at most MAX_PROMPT characters.

    At most MAX_SCENES `scenes`. Where all is too long, the longest texts are cut to the same length each and
    end in an ellipsis; so what is asked for must be judged by `scene_prompts`, not by this.
    """
    shared = clean_prompt(shared)
    longest = max(map(len, (shared, *scenes)))
    levels = range(longest + 1)
    level = bisect_right(levels, MAX_PROMPT, key=lambda level: len(_album(shared, scenes, level))) - 1
    return _album(shared, scenes, level)


def _album(shared: str, scenes: Sequence[str], level: int) -> str:
    numbered = "\n".join(f"{number}. {_cut(scene, level)}" for number, scene in enumerate(scenes, start=1))
    return f"{_cut(shared, level)}\n\n{numbered}" if shared else numbered


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: max(length - 1, 0)].rstrip()}…"
