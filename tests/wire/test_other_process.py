"""Another process needs only two addresses."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.wire.discord_server import DiscordServer

ROOT = Path(__file__).parents[2]
POST_ONE_MESSAGE = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import discord
from tests.wire.pointing import point_discord_at

async def main(rest_base, gateway_url, token, channel_id):
    with point_discord_at(rest_base, gateway_url):
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(token)
            await client.get_partial_messageable(int(channel_id)).send("from afar")

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_client_in_another_process_posts_to_the_same_server() -> None:
    async with DiscordServer() as server:
        channel = server.add_channel(server.add_guild("Studio"), "art")
        arguments = (server.rest_base, server.gateway_url, server.token, str(channel.id))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", POST_ONE_MESSAGE, *arguments, cwd=ROOT
        )
        assert await asyncio.wait_for(process.wait(), timeout=30) == 0
        assert [each.content for each in server.messages(channel.id)] == ["from afar"]
