"""Replies in the channel of a message, which notify nobody and do not need the message to exist."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import discord

from bot.ui.base.discord_errors import DISCORD_FAILURES
from bot.ui.base.discord_limits import NO_HISTORY

log = logging.getLogger(__name__)
REPLY_TIMEOUT_S: Final = 60.0  # Discord lets five messages into a channel in five seconds: the others wait


async def reply(message: discord.Message, **fields: Any) -> discord.Message:
    """Send a reply that notifies nobody; a plain message if the other is deleted or may not be replied to.

    `fields` are the arguments of `send`, with a `nonce`. Raises the errors in `DISCORD_FAILURES`.
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
    """Delete a message of Easel's. Never raises."""
    try:
        async with asyncio.timeout(within_s):
            await own.delete()
    except DISCORD_FAILURES as error:
        log.info("message %s of ours stays: %s", own.id, type(error).__name__)
