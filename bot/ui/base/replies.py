"""The handler of errors that a command, button or form did not answer itself, and private replies."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import discord
from aiohttp import ClientError
from discord import app_commands

from bot.errors import EaselError, StoreUnavailableError
from bot.ui.base.i18n import _

CONNECTION_ERRORS: Final = (
    ClientError,
    OSError,
    TimeoutError,
)  # whether Discord heard the request is not known


log = logging.getLogger(__name__)


class MalformedInputError(EaselError):
    """A press, choice or form that holds what no control or form of this version has offered."""


async def reply_out_of_date(interaction: discord.Interaction[Any]) -> None:
    """Tell the person that this version does not know what they pressed, chose or sent."""
    text = _("This is out of date, so nothing happened. Use the command again.")
    await reply_privately(interaction, text)


async def answering(handling: Awaitable[None], answer: Callable[[Exception], Awaitable[None]]) -> None:
    """Await what handles an event, and pass an error of it to `answer`: discord.py would only log it."""
    try:
        await handling
    except Exception as error:  # noqa: BLE001  # nobody may be left without an answer
        await answer(error)


def log_broken(what: str, error: Exception) -> str:
    """Log that something broke under a new number, and return the number, by which the operator finds it."""
    number = secrets.token_hex(3)
    if isinstance(error, StoreUnavailableError):  # the store has logged that it is away
        log.warning("%s broke (%s): the database does not answer", what, number)
    else:
        log.error("%s broke (%s)", what, number, exc_info=error)
    return number


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Log it under a number, and tell the person that number. Never raises."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(
        cause, app_commands.TransformerError
    ):  # as a channel that Easel cannot see, or of elsewhere
        text = _("Easel can't use what you chose. Choose something else and try again.")
        await reply_privately(interaction, text)
        return
    if isinstance(
        cause, (MalformedInputError, app_commands.CommandSignatureMismatch, app_commands.CommandNotFound)
    ):
        await reply_out_of_date(interaction)
        return
    name = interaction.command.qualified_name if interaction.command else "a component"
    number = log_broken(name, cause)
    text = _(
        "Something broke on our side. Nothing was counted. If it happens again, give the operator this "
        "number: {n}."
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
