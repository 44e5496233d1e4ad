"""A small discord.py client that the stand-in's own tests talk through."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from PIL import Image

from tests.wire.clock import Changes
from tests.wire.discord_server import DiscordServer


def png(side: int = 8) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side)).save(stream, "PNG")
    return stream.getvalue()


def file(filename: str = "cat.png", data: bytes | None = None, text: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(data or png()), filename, description=text)


def text_view(*texts: str) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    for text in texts:
        view.add_item(discord.ui.TextDisplay(text))
    return view


def picture_view(*filenames: str, custom_id: str = "again") -> discord.ui.LayoutView:
    view = text_view("Here it is")
    view.add_item(
        discord.ui.MediaGallery(*(discord.MediaGalleryItem(f"attachment://{each}") for each in filenames))
    )
    view.add_item(discord.ui.ActionRow(discord.ui.Button(label="Again", custom_id=custom_id)))
    return view


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One command as the client understood it."""

    interaction: discord.Interaction[Any]
    prompt: str
    count: int
    picture: discord.Attachment | None


class Form(discord.ui.Modal):
    """A text and a file."""

    def __init__(self) -> None:
        super().__init__(title="Edit", custom_id="form")
        self.prompt = discord.ui.TextInput[Form](custom_id="prompt")
        self.files = discord.ui.FileUpload[Form](custom_id="files", required=False)
        self.add_item(discord.ui.Label[Form](text="Prompt", component=self.prompt))
        self.add_item(discord.ui.Label[Form](text="Pictures", component=self.files))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        names = ", ".join(each.filename for each in self.files.values)
        await interaction.response.send_message(f"{self.prompt.value}: {names}", ephemeral=True)


class Painter(discord.AutoShardedClient):
    """Defers `/imagine prompt count picture`, opens a form on `/form`, answers a press with an edit, and keeps the
    messages of others."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, guild_ready_timeout=0.01, max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[Heard] = []
        self.read: list[discord.Message] = []
        self.changes = Changes()
        self.defers_privately = False
        _add_commands(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once: discord.py would sleep five seconds before every IDENTIFY but the first."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.edit_message(view=text_view("pressed"), attachments=[])

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.read.append(message)
            self.changes.notify()

    def partial_message(self, channel_id: int, message_id: int) -> discord.PartialMessage:
        return self.get_partial_messageable(channel_id).get_partial_message(message_id)


def _add_commands(client: Painter) -> None:
    @client.tree.command(description="Make a picture")
    async def imagine(  # pyright: ignore[reportUnusedFunction] # the tree keeps it
        interaction: discord.Interaction[Any],
        prompt: str,
        count: app_commands.Range[int, 1, 4] = 1,
        picture: discord.Attachment | None = None,
    ) -> None:
        client.heard.append(Heard(interaction=interaction, prompt=prompt, count=count, picture=picture))
        client.changes.notify()
        if prompt != "say nothing":
            await interaction.response.defer(ephemeral=client.defers_privately, thinking=True)

    @client.tree.command(description="Open a form")
    async def form(interaction: discord.Interaction[Any]) -> None:  # pyright: ignore[reportUnusedFunction] # the tree keeps it
        await interaction.response.send_modal(Form())


@asynccontextmanager
async def painting(server: DiscordServer) -> AsyncGenerator[Painter]:
    """A client that is connected and ready, until the block ends."""
    with server.patched():
        client = Painter()
        async with client:
            await client.login(server.token)
            task = asyncio.create_task(client.connect(), name="painter")
            await client.wait_until_ready()
            yield client
        await task
