"""A result as the slash command that makes it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.jobs import MAX_SEED, Job, Kind
from bot.domain.variables import expand, unescaped
from bot.ui.look import ASPECT_NAMES
from bot.ui.options import LIKE_FIRST_NAME, RESOLUTION_NAMES

# What Discord takes for an option in a pasted command; a test holds it against the commands.
OPTION: Final = re.compile(
    r"(?:^|\s)(?:prompt|aspect|resolution|count|seed|private|spoiler|enhance|preset|tray|reference\d?|image\d{0,2})"
    r"\s?:",
    re.IGNORECASE,
)
_NOT_TEXT: Final = re.compile(r"[{}]|\\(?=[,،，])")  # what a prompt with variables has to escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """To be pasted. `is_safe` says that Discord reads nothing in the prompt as an option; `is_one` that it makes
    this picture alone, as each of the result had words of its own."""

    text: str
    is_safe: bool
    is_one: bool


def command_of(job: Job, index: int, *, can_enhance: bool = False) -> Command:
    """With the words that were painted, rewritten or not; every option is said, as people's defaults differ.

    `can_enhance` says that prompts are rewritten here, so that it must be said that these are not to be. Choices
    go by their names, which is how Discord reads them: https://github.com/discord/discord-api-docs/issues/2363.
    """
    wish, is_one = job.wish, bool(job.wish.prompts)
    name = Kind.EDIT if wish.aspect is None else wish.kind  # the other one has no such shape to choose
    words = " ".join(job.asked_with(index).split())
    seed = job.seeds[index if is_one else 0]
    options = [
        f"aspect:{LIKE_FIRST_NAME if wish.aspect is None else ASPECT_NAMES[wish.aspect]}",
        f"resolution:{RESOLUTION_NAMES[wish.resolution]}",
        f"count:{1 if is_one else wish.count}",
        f"seed:{seed}" if seed <= MAX_SEED else "",
        "enhance:False" if can_enhance and name is Kind.IMAGINE else "",
    ]
    text = " ".join([f"/{name.value}", f"prompt:{as_text(words)}", *filter(None, options)])
    return Command(text=text, is_safe=OPTION.search(words) is None, is_one=is_one)


def as_text(words: str) -> str:
    """Words as a prompt in which nothing is a variable: braces and commas that would be one are escaped."""
    if expand(words) is None and unescaped(words) == words:
        return words
    return _NOT_TEXT.sub(lambda found: f"\\{found.group()}", words)
