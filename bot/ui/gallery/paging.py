"""Pages of a gallery, and what their buttons have to remember."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from bot.domain.ports import Sort
from bot.domain.prompts import clean_prompt

PER_PAGE: Final = 5  # entries: each is three of the 40 components Discord allows in a message
MAX_SEARCH: Final = 40  # characters
# What is left of a custom_id's 100 characters beside `easel:past:`, page, sort and person. Nobody says whether
# Discord counts an emoji once or as the two UTF-16 units it is: two are safe.
SEARCH_UNITS: Final = 60
MAX_PAGE: Final = 99_999
NO_SORT: Final = "-"
QUERY: Final = rf"(?P<id>[0-9]{{1,5}}:[a-z{NO_SORT}]:[0-9]{{1,20}}:.*)"
PAGE: Final = r"(?P<id>[0-9]{1,5})"
_LETTERS: Final = {Sort.IMAGINE: "i", Sort.EDIT: "e", Sort.SERIES: "s"}
_SORTS: Final = {letter: sort for sort, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A page of somebody's history, from 0. `words` are as `search_words` makes them."""

    user_id: int
    page: int = 0
    sort: Sort | None = None
    words: str = ""

    def __str__(self) -> str:
        """As its buttons remember it."""
        sort = NO_SORT if self.sort is None else _LETTERS[self.sort]
        return f"{min(self.page, MAX_PAGE)}:{sort}:{self.user_id}:{self.words}"


def query_of(subject: str) -> Query:
    """What a button remembers; of a sort that is not known any more, all of them."""
    page, sort, user_id, words = subject.split(":", 3)
    return Query(user_id=int(user_id), page=int(page), sort=_SORTS.get(sort), words=search_words(words))


def search_words(text: str) -> str:
    """What is searched for, on one line, and no more than a button can remember."""
    words = " ".join(clean_prompt(text).split())[:MAX_SEARCH]
    while len(words.encode("utf-16-le")) // 2 > SEARCH_UNITS:
        words = words[:-1]
    return words.strip()


def pages(total: int) -> int:
    """How many pages `total` entries fill; one where there is none."""
    return max(1, math.ceil(total / PER_PAGE))


def last_page(total: int, page: int) -> int:
    """`page`, or the last one where there are fewer by now."""
    return min(page, pages(total) - 1)
