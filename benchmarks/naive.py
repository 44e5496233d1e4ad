"""The shortest honest discord.py bot: defer, call the provider, decode, follow up with the file. No database.

`python -m benchmarks.naive REST GATEWAY PROVIDER TOKEN`
"""

from __future__ import annotations

import base64
import io
import sys

import aiohttp
import discord
from discord import app_commands

from benchmarks.probe import start_lag_probe
from tests.wire.pointing import point_discord_at

Upload = discord.Attachment


class Naive(discord.Client):
    """A client whose commands do everything in their callback."""

    session: aiohttp.ClientSession

    def __init__(self, provider: str) -> None:
        super().__init__(intents=discord.Intents.default())
        self.provider = provider
        self.tree = app_commands.CommandTree(self)
        self.tree.command(description="-")(imagine)
        self.tree.command(description="-")(edit)

    async def setup_hook(self) -> None:
        self.probe = start_lag_probe()
        self.session = aiohttp.ClientSession()
        await self.tree.sync()

    async def paint(self, prompt: str, pictures: list[bytes]) -> bytes:
        """Return the provider's picture, whether it comes in the answer or as an address."""
        uris = ["data:image/jpeg;base64," + base64.b64encode(each).decode() for each in pictures]
        order = {"model": "bytedance/seedream-4-5", "prompt": prompt, "image_urls": uris}
        async with self.session.post(f"{self.provider}/v1/images/generations", json=order) as response:
            item = (await response.json())["data"][0]
        if item["b64_json"]:
            return base64.b64decode(item["b64_json"])
        async with self.session.get(item["url"]) as response:
            return await response.read()


Interaction = discord.Interaction[Naive]


async def answer(interaction: Interaction, prompt: str, uploads: list[Upload | None]) -> None:
    await interaction.response.defer(thinking=True)
    pictures = [await each.read() for each in uploads if each is not None]
    picture = await interaction.client.paint(prompt, pictures)
    await interaction.followup.send(file=discord.File(io.BytesIO(picture), "picture.jpg"))


async def imagine(interaction: Interaction, prompt: str) -> None:
    await answer(interaction, prompt, [])


async def edit(
    interaction: Interaction,
    prompt: str,
    image: Upload,
    image2: Upload | None = None,
    image3: Upload | None = None,
    image4: Upload | None = None,
    image5: Upload | None = None,
    image6: Upload | None = None,
    image7: Upload | None = None,
    image8: Upload | None = None,
    image9: Upload | None = None,
    image10: Upload | None = None,
    image11: Upload | None = None,
    image12: Upload | None = None,
    image13: Upload | None = None,
    image14: Upload | None = None,
) -> None:
    first = [image, image2, image3, image4, image5, image6, image7]
    await answer(interaction, prompt, [*first, image8, image9, image10, image11, image12, image13, image14])


if __name__ == "__main__":
    rest, gateway, provider, token = sys.argv[1:]
    with point_discord_at(rest, gateway):
        Naive(provider).run(token, log_handler=None)
