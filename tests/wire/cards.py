"""Reading a card as a person sees it."""

from __future__ import annotations

import re
from typing import Any

from tests.wire.components import Kind, shown_text, walk
from tests.wire.state import JsonDict, Message, Version

_JOB = re.compile(r"easel:[a-z]+:([0-9a-z]{10})")


def text_of(message: Message | Version) -> str:
    return shown_text(message.content, list(message.components))


def buttons_of(message: Message | Version) -> dict[str, str]:
    """custom_id by label."""
    every = walk(list(message.components))
    return {each["label"]: each["custom_id"] for each in every if each["type"] == Kind.BUTTON}


def gallery_of(message: Message | Version) -> list[JsonDict]:
    """The items of its galleries, as the bot sent them."""
    every = walk(list(message.components))
    return [item for each in every if each["type"] == Kind.GALLERY for item in each["items"]]


def pictures_of(message: Message | Version) -> list[str]:
    """The names of the files its galleries show."""
    return [item["media"]["url"].removeprefix("attachment://") for item in gallery_of(message)]


def title_of(message: Message | Version) -> str:
    """Its heading, or "" where it has none."""
    found = re.search(r"^### (.+)$", text_of(message), re.MULTILINE)
    return found[1] if found else ""


def versions_of(message: Message) -> list[Message | Version]:
    """What it showed one after the other, the present last."""
    return [*message.history, message]


def job_id_of(callback: JsonDict) -> str:
    """The job of a card that was the answer to an interaction. Raises `LookupError` for any other answer."""
    data: JsonDict = callback.get("data") or {}
    components: list[JsonDict] = data.get("components") or []
    ids: list[Any] = [_JOB.fullmatch(each.get("custom_id") or "") for each in walk(components)]
    found = next((each for each in ids if each is not None), None)
    if found is None:
        raise LookupError(f"this answer is no card: {callback}")
    return found[1]
