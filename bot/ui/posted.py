"""The port `PostedPictures` on Discord: a message read again brings fresh addresses."""

from __future__ import annotations

import asyncio
from typing import Final

import discord

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.references import Posted
from bot.ui.found import Picture, pictures_in
from bot.ui.transport import BROKEN_LINE

CALL_TIMEOUT_S: Final = 15.0


class DiscordPictures:
    """See `bot.domain.ports.PostedPictures`. Works with a client that has logged in; it needs no gateway."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        """See the port."""
        channel = self._client.get_partial_messageable(posted.channel_id)
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                message = await channel.fetch_message(posted.message_id)
        except (discord.NotFound, discord.Forbidden):
            return None
        except (discord.HTTPException, discord.RateLimited, *BROKEN_LINE) as error:
            raise PictureError(PictureProblem.UNREACHABLE, detail=type(error).__name__) from error
        return next((one.url for one in pictures_in(message) if _is_it(one, posted, filename)), None)


def _is_it(picture: Picture, posted: Posted, filename: str) -> bool:
    if posted.attachment_id is not None:
        return picture.attachment_id == posted.attachment_id
    wanted, name = filename.rpartition(".")[0], picture.filename.rpartition(".")[0]
    return name.removeprefix("SPOILER_") == wanted
