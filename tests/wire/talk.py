"""People who write to Easel in messages, and what they read."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from PIL import Image

from bot.domain.jobs import Job
from tests.wire.app import Scene
from tests.wire.cards import text_of
from tests.wire.state import Channel, Message, User

_JOB = re.compile(r"easel:[a-z]+:([0-9a-z]{10})")


def photo(width: int = 640, height: int = 480, colour: str = "teal") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


class Talk:
    """Ada and Ben write in #art, and Easel hears what Discord lets it hear."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.server = scene.server

    @property
    def me(self) -> str:
        return f"<@{self.server.world.bot.id}>"

    async def says(
        self,
        content: str,
        *,
        by: User | None = None,
        where: Channel | None = None,
        files: Mapping[str, bytes] | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """Somebody mentions Easel."""
        return await self.server.write(
            by or self.scene.ada,
            where or self.scene.art,
            f"{self.me} {content}",
            files=files,
            reply_to=reply_to,
        )

    def own(self, channel: Channel | None = None) -> list[Message]:
        """What Easel wrote there."""
        bot = self.server.world.bot.id
        return [message for message in self.scene.messages(channel) if message.author_id == bot]

    def told(self, user: User | None = None) -> list[str]:
        """What somebody reads in the direct message with Easel."""
        return [text_of(message) for message in self.own(self.server.dm_channel(user or self.scene.ada))]

    async def card(self, asked: Message) -> Message:
        """The card that answers a message, once it is there."""

        def found() -> Message | None:
            cards = (one for one in self.own(self.channel_of(asked)) if _JOB.search(str(one.components)))
            return next((one for one in cards if one.reference_id == asked.id), None)

        card = await self.server.wait_for(found)
        assert card is not None
        return card

    async def accepted(self, asked: Message) -> Job:
        return await self.job_of(await self.card(asked))

    async def done(self, asked: Message) -> Job:
        """Accepted, painted, delivered, or ended in another way."""
        return await self.scene.over((await self.accepted(asked)).id)

    async def job_of(self, card: Message) -> Job:
        job_ids = {found[1] for found in _JOB.finditer(str([card.components, *card.history]))}
        assert len(job_ids) == 1
        return await self.scene.job(job_ids.pop())

    async def answered(self, user: User | None = None, number: int = 1) -> str:
        """The latest of so many direct messages."""
        return (await self.server.wait_for(lambda: self.told(user)[number - 1 :]))[-1]

    def channel_of(self, message: Message) -> Channel:
        return self.server.world.channels[message.channel_id]

    async def heard_all(self) -> None:
        """Everything that was written so far has been dealt with: Ben's command is heard after it."""
        await self.scene.done(await self.scene.imagine("the next one", user=self.scene.ben))
