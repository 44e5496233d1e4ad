"""Ada in #art of the Studio, with a bot that listens: where the stand-in's own tests happen."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.wire.clock import PATIENCE_S
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Dispatched
from tests.wire.painter import Painter
from tests.wire.state import Message


class Place:
    """One person, one channel, one guild of boost tier 2, one client."""

    client: Painter

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.ada = server.add_user("ada")
        self.guild = server.add_guild("Studio", premium_tier=2)
        self.art = server.add_channel(self.guild, "art")

    async def imagine(self, prompt: str = "a cat") -> Dispatched:
        """A command the client has already deferred."""
        handle = await self.server.slash(self.ada, self.art, "imagine", {"prompt": prompt})
        await handle.acked()
        return handle

    async def imagined_without_answer(self) -> discord.Interaction[Any]:
        """A command the client has heard and leaves unanswered."""
        await self.server.slash(self.ada, self.art, "imagine", {"prompt": "say nothing"})
        heard = await self.client.changes.until(lambda: self.client.heard, timeout_s=PATIENCE_S)
        return heard[0].interaction

    async def read(self, number: int = 1) -> discord.Message:
        """The message of somebody else's with this number, as the client understood it."""
        return (
            await self.client.changes.until(lambda: self.client.read[number - 1 :], timeout_s=PATIENCE_S)
        )[0]

    async def posted(self, **fields: Any) -> Message:
        """What the server keeps of a message the client sends to the channel."""
        sent = await self.client.get_partial_messageable(self.art.id).send(**fields)
        return self.server.world.messages[sent.id]


def code_of(raised: pytest.ExceptionInfo[discord.HTTPException]) -> tuple[int, int]:
    """HTTP status and Discord's own code."""
    return raised.value.status, raised.value.code
