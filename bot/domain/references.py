"""References: the pictures a job starts from, and the ways to fetch each of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIRST_FRAME: Final = "image"  # names of the references of a video
LAST_FRAME: Final = "last"
MAX_FRAMES: Final = 2
_TRAY: Final = "tray-"  # no job's id begins like this
_RESULT: Final = "out-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A picture in our image cache: its folder (a job's id, or `folder_of_tray`) and its name there."""

    folder: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A picture in a Discord message. Fetching the message again gives a freshly signed URL."""

    channel_id: int
    message_id: int
    attachment_id: int | None = None  # None: the one whose name ends like the reference's


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture to start from, as Discord describes it. `url` is signed and expires; it may be empty.

    `is_spoiler` says that people were shown it behind a spoiler: what is made of it is, too, unless they say otherwise.
    The picture is fetched from the first that has it: `stored`, our own copy; `source`, the original of that copy;
    `url`; and `posted`, which gives a fresh URL.
    """

    name: str  # the option's name: reference, image, image2, …
    url: str
    filename: str
    bytes: int
    content_type: str | None
    width: int | None
    height: int | None
    stored: Stored | None = None
    posted: Posted | None = None
    source: Stored | None = None
    is_spoiler: bool = False


def folder_of_tray(user_id: int) -> str:
    """Return the folder that holds the pictures of a person's reference tray."""
    return f"{_TRAY}{user_id}"


def owner_of_tray(folder: str) -> int | None:
    """Return the user id of the tray that `folder` belongs to; None if it is a job's folder."""
    number = folder.removeprefix(_TRAY)
    return int(number) if number != folder and number.isdecimal() else None


def result_name(index: int) -> str:
    """Return the name of a cached result; `index` from 0."""
    return f"{_RESULT}{index}"


def index_of_result(name: str) -> int | None:
    """Return the index of the result that is cached under `name`; None if it names something else."""
    number = name.removeprefix(_RESULT)
    return int(number) if number != name and number.isdecimal() else None


def input_name(index: int) -> str:
    """Return the name of a cached reference of a job; `index` from 0."""
    return f"in-{index}"


def thumbnail_name(index: int) -> str:
    """Return the name of a cached thumbnail of a result; `index` from 0."""
    return f"thumb-{index}"


def video_name(index: int) -> str:
    """Return the name of a cached video whose result is a preview of it; `index` from 0."""
    return f"video-{index}"


def option_name(number: int) -> str:
    """Return the name a prompt may use for the reference with this number, from 1: image, image2, …"""
    return "image" if number == 1 else f"image{number}"
