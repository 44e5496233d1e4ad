"""Pictures a job starts from, and the ways to find each of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_TRAY: Final = "tray-"  # no job's id begins like this


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A picture we kept: whose folder it lies in (a job's id, or a tray's) and its name there."""

    folder: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A picture in a message: asked for again, Discord signs a fresh address for it."""

    channel_id: int
    message_id: int
    attachment_id: int | None = None  # None: the one whose name ends like the reference's


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture to start from, as Discord describes it. `url` is signed and dies; empty where there is none.

    `stored` is our own copy and is looked for first, then `source`, which that was, or was to be, copied from;
    `posted` is where a fresh address can be asked for.
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


def folder_of_tray(user_id: int) -> str:
    """Where the pictures of a person's reference tray lie."""
    return f"{_TRAY}{user_id}"


def owner_of_tray(folder: str) -> int | None:
    """Whose tray's pictures lie there; None of a job's folder."""
    number = folder.removeprefix(_TRAY)
    return int(number) if number != folder and number.isdecimal() else None


def result_name(index: int) -> str:
    """The name of a kept result; `index` from 0."""
    return f"out-{index}"


def input_name(index: int) -> str:
    """The name of a kept reference of a job; `index` from 0."""
    return f"in-{index}"


def thumbnail_name(index: int) -> str:
    return f"thumb-{index}"


def option_name(number: int) -> str:
    """What a prompt may call the picture with this number, from 1: image, image2, …"""
    return "image" if number == 1 else f"image{number}"
