"""Pictures in messages, and trays they are collected on."""

from __future__ import annotations

import io
from typing import Any

import discord
import simcord
from PIL import Image

from tests.glue.moderating import all_text
from tests.glue.room import Room

Person = simcord.MemberActor
EDIT, COLLECT, REMIX = "Edit image", "Add to references", "Remix avatar"


def png(number: int = 0, width: int = 64, height: int = 48) -> bytes:
    """No two numbers look the same."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (17 * number % 256, 90, 160)).save(file, "PNG")
    return file.getvalue()


def pictures(*names: str) -> list[tuple[str, bytes]]:
    return [(name, png(number)) for number, name in enumerate(names)]


async def posted(room: Room, *names: str, by: Person | None = None) -> discord.Message:
    """By Ben, in the channel."""
    return await (by or room.ben).send(room.world.channel, "look", attachments=pictures(*names))


async def choose_in_menu(
    room: Room, entry: str, target: Person | discord.Message, *, by: Person | None = None
) -> simcord.InteractionResult:
    """Ada chooses an entry in the menu of a message or a person."""
    return await (by or room.ada).context_menu(room.world.channel, entry, target)


async def collect(room: Room, *names: str) -> simcord.InteractionResult:
    """Ada adds pictures that Ben posted to her references."""
    answer = await choose_in_menu(room, COLLECT, await posted(room, *names))
    assert answer.ephemeral
    return answer


async def on_tray(room: Room, person: Person | None = None) -> list[str]:
    """What the files were called, in their order."""
    tray = await room.world.client.library.tray((person or room.ada).id)
    return [picture.filename for picture in tray]


async def press(room: Room, tray: simcord.InteractionResult, label: str) -> simcord.InteractionResult:
    return await room.ada.click(room.card(tray), label=label)


async def choose(room: Room, tray: simcord.InteractionResult, number: int) -> None:
    """The picture with this number in the tray's select."""
    (select,) = [part for part in parts_of(room.card(tray)) if part.get("type") == 3]
    value = select["options"][number - 1]["value"]
    await room.ada.select(room.card(tray), [value], custom_id=select["custom_id"])


def parts_of(message: discord.Message) -> list[dict[str, Any]]:
    """Every component, with those inside others."""
    pending: list[Any] = [component.to_dict() for component in message.components]
    found: list[dict[str, Any]] = []
    while pending:
        part = pending.pop(0)
        found.append(part)
        pending = [*part.get("components", ()), *pending]
    return found


def labels(message: discord.Message) -> list[str]:
    return [str(part["label"]) for part in parts_of(message) if part.get("type") == 2]


def told(answer: simcord.InteractionResult) -> str:
    """Everything the answer says, to its person alone."""
    assert answer.response is not None
    assert answer.ephemeral
    return all_text(answer.response.message)
