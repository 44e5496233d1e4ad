"""`demo --once`: one command of one member, without a browser."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import discord
import simcord

from bot.domain.jobs import JobState
from bot.errors import SetupError
from bot.sandbox.world import World
from bot.ui.cards.text import revised_prompt

OUT: Final = "easel-demo"
_WAIT_S: Final = 600.0
_MENTION: Final = re.compile(r"(?<!\\)<@(\d+)>")
_MARKDOWN: Final = re.compile(r"\\(?P<escaped>[^\w\s])|^(?:###|-#) |\*\*|`", re.MULTILINE)


async def paint_once(world: World, prompt: str, files: Sequence[Path], out: Path) -> int:
    """Run /imagine, or /edit if there are `files`, and save the pictures in the folder `out`.

    Prints the card, with the revised prompt if there is one, and the paths; progress goes to stderr. Returns the
    exit status: 0 if there are pictures, else 1. Raises `SetupError`.
    """
    attached = await asyncio.to_thread(_read, files)
    await asyncio.to_thread(_make_room, out)
    result = await _use_command(world, prompt, attached)
    response = result.response
    if response is None:
        raise SetupError("the bot did not answer")
    if result.ephemeral:  # a refusal
        print(plain("\n".join(filter(None, [response.content, *texts(response.message)])), {}))
        return 1
    print("Painting…", file=sys.stderr, flush=True)
    async with asyncio.timeout(_WAIT_S):
        job = await world.latest_shown()
    message = _message(world, response.id)
    names = {viewer.id: viewer.name for viewer in world.viewers}
    shown = [text for text in texts(message) if not text.startswith("-# The model ")]  # it follows whole
    print(plain("\n".join(shown), names))
    if job.state is not JobState.DONE:
        return 1
    print(f"\nThe model used: {revised_prompt(job) or 'your prompt as it is'}\n")
    for attachment in message.attachments:
        print(f"File: {await _save(attachment, out)}")
    sys.stdout.flush()
    return 0


def _read(files: Sequence[Path]) -> list[tuple[str, bytes]]:
    try:
        return [(path.name, path.read_bytes()) for path in files]
    except OSError as error:
        raise SetupError(f"--edit: {error.filename} cannot be read ({error.strerror})") from error


def _make_room(out: Path) -> None:
    """Create the folder, and a file in it for a moment, before the paid call. Raises `SetupError`."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise SetupError(f"--out: cannot write to {out} ({error.strerror}); choose another folder") from error


async def _use_command(
    world: World, prompt: str, attached: list[tuple[str, bytes]]
) -> simcord.InteractionResult:
    member = world.members[0]
    names = ["image", *(f"image{number}" for number in range(2, 15))]
    if len(attached) > len(names):
        raise SetupError(f"--edit takes {len(names)} files at most")
    try:
        if not attached:
            return await member.slash(world.channel, "imagine", prompt=prompt)
        pictures = dict(zip(names, attached, strict=False))
        return await member.slash(world.channel, "edit", prompt=prompt, **pictures)
    except simcord.OptionError as error:
        raise SetupError(f"Discord would not take this: {error}") from error


def _message(world: World, message_id: int) -> discord.Message:
    for message in world.channel.history(viewer=world.members[0]):
        if message.id == message_id:
            return message
    raise SetupError("the card is gone")


def texts(message: discord.Message) -> list[str]:
    """Return all texts of a card from top to bottom."""
    return [text for component in message.components for text in _texts(component.to_dict())]


def plain(text: str, names: Mapping[int, str]) -> str:
    """Return a card's text for a terminal: without Discord's markdown except quotes, with names for mentions."""
    text = _MENTION.sub(lambda found: f"@{names.get(int(found[1]), found[1])}", text)
    return _MARKDOWN.sub(lambda found: found["escaped"] or "", text)


def _texts(component: Any) -> Iterator[str]:
    if isinstance(component.get("content"), str):
        yield component["content"]
    for child in component.get("components", ()):
        yield from _texts(child)


async def _save(attachment: discord.Attachment, out: Path) -> Path:
    data = await attachment.read()
    path = out / attachment.filename
    await asyncio.to_thread(path.write_bytes, data)
    return path
