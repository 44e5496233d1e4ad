"""Where a job comes from: the result it was made of, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """What was done with a result to make the next job."""

    AGAIN = "again"  # the same wish with another seed
    VARY = "vary"  # the wish, changed by hand
    EDIT = "edit"  # the picture as the first reference
    ENLARGE = "enlarge"  # the same picture in 4K
    REVISED = "revised"  # the words the model used, as the prompt
    SCENE = "scene"  # one scene of a series once more


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The job a new one descends from; `index` is the picture's, from 0, where one was chosen."""

    job_id: str
    origin: Origin
    index: int | None = None
