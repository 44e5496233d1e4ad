"""The handler of errors that a command, button or form did not answer itself, and private replies."""

from __future__ import annotations

import logging
import secrets
from typing import Any, Final

import discord
from aiohttp import ClientError
from discord import app_commands

from bot.ui.base.i18n import _

CONNECTION_ERRORS: Final = (
    ClientError,
    OSError,
    TimeoutError,
)  # whether Discord heard the request is not known


log = logging.getLogger(__name__)


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Log it under a number, and tell the person that number. Never raises."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    number = secrets.token_hex(3)
    name = interaction.command.qualified_name if interaction.command else "a component"
    log.error("%s broke (%s)", name, number, exc_info=cause)
    text = _(
        "Something broke on our side, and nothing was counted. If it happens again, tell the operator: {n}."
    )
    await reply_privately(interaction, text.format(n=f"`{number}`"))


async def reply_privately(interaction: discord.Interaction[Any], text: str) -> None:
    """Answer so that only the person sees it, by the first way that is still open. Never raises."""
    nobody = discord.AllowedMentions.none()
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, allowed_mentions=nobody)
        else:
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=nobody)
    except (discord.HTTPException, discord.InteractionResponded, *CONNECTION_ERRORS) as error:
        log.warning("an answer could not be given: %s", error)
