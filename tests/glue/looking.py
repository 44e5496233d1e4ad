"""What people do in a room to look at results again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
import simcord

from bot.domain.jobs import Job
from tests.glue.iterating import Person
from tests.glue.moderating import all_text, buttons, whispered
from tests.glue.room import Room

Answer = simcord.InteractionResult


async def more(room: Room, message: discord.Message, person: Person | None = None) -> Answer:
    """The panel somebody (Ada, unless told otherwise) gets from a result's More…"""
    return await (person or room.ada).click(message, label="More…")


async def press(room: Room, panel: Answer, label: str, person: Person | None = None) -> Answer:
    """A button of the panel, as it is now."""
    return await (person or room.ada).click(room.card(panel), label=label)


async def choose(room: Room, answer: Answer, action: str, value: str, person: Person | None = None) -> Answer:
    """One of the options of the select that does `action`."""
    custom_id = next(
        one["custom_id"] for one in selects(room.card(answer)) if f":{action}:" in one["custom_id"]
    )
    return await (person or room.ada).select(room.card(answer), values=[value], custom_id=custom_id)


def offered(room: Room, answer: Answer) -> list[str]:
    """The labels of its buttons, as it is now."""
    return buttons(room.card(answer))


def selects(message: discord.Message) -> list[dict[str, Any]]:
    return [part for part in _parts(message) if part.get("type") == 3]


def options(room: Room, answer: Answer, action: str) -> list[dict[str, Any]]:
    """Of the select that does `action`; none where there is none."""
    found = [one["options"] for one in selects(room.card(answer)) if f":{action}:" in one["custom_id"]]
    return found[0] if found else []


def told(room: Room, answer: Answer) -> str:
    """Everything that only this person reads now: the answer as it is, and what followed it."""
    return whispered(answer)


def files_of(message: discord.Message) -> list[str]:
    return [one.filename for one in message.attachments]


def alone(answer: Answer) -> bool:
    """Whether only the person who pressed sees all of it."""
    shown = [*([answer.response] if answer.response else []), *answer.followups]
    return bool(shown) and all(one.ephemeral for one in shown)


def public_cards(room: Room, job: Job) -> list[discord.Message]:
    """Messages in the channel that everybody sees and that show the job's pictures."""
    return [
        message
        for message in room.world.channel.history()
        if not message.flags.ephemeral and any(job.id in one.filename for one in message.attachments)
    ]


def text_in(room: Room, answer: Answer) -> str:
    return all_text(room.card(answer))


def _parts(message: discord.Message) -> Iterator[dict[str, Any]]:
    pending: list[Any] = [component.to_dict() for component in message.components]
    while pending:
        part = pending.pop(0)
        yield part
        pending = [
            *part.get("components", ()),
            *([part["accessory"]] if "accessory" in part else ()),
            *pending,
        ]
