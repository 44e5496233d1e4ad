"""Writing where somebody wrote: quietly, and whatever became of their message."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import discord

from bot.ui.base.discord_limits import NO_HISTORY
from bot.ui.base.replies import BROKEN_LINE

log = logging.getLogger(__name__)
REPLY_TIMEOUT_S: Final = 60.0  # Discord lets five messages into a channel in five seconds: the others wait
UNSENT: Final = (
    discord.HTTPException,
    discord.RateLimited,
    *BROKEN_LINE,
)  # or whether it was sent is not known


async def reply(message: discord.Message, **fields: Any) -> discord.Message:
    """A reply that notifies nobody; where the message is gone, or may not be replied to, a message of its own.

    `fields` are those of `send`, with a `nonce`. Raises what `UNSENT` names.
    """
    fields["allowed_mentions"] = discord.AllowedMentions.none()
    reference = message.to_reference(fail_if_not_exists=False)
    async with asyncio.timeout(REPLY_TIMEOUT_S):
        try:
            return await message.channel.send(reference=reference, **fields)
        except discord.Forbidden as error:
            if error.code != NO_HISTORY:
                raise
            return await message.channel.send(**fields)


async def take_away(own: discord.Message, *, within_s: float = REPLY_TIMEOUT_S) -> None:
    """A message of ours that means nothing any more. Never raises."""
    try:
        async with asyncio.timeout(within_s):
            await own.delete()
    except UNSENT as error:
        log.info("message %s of ours stays: %s", own.id, type(error).__name__)
