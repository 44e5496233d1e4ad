"""The handler of errors that a command, button or form did not answer itself, and private replies."""

from __future__ import annotations

import logging
import secrets
from typing import Any, Final

import discord
from aiohttp import ClientError
from discord import app_commands

from bot.errors import EaselError, StoreUnavailableError
from bot.ui.base.discord_limits import ALREADY_ANSWERED
from bot.ui.base.i18n import _

# Whether Discord heard the request is not known.
CONNECTION_ERRORS: Final = (ClientError, OSError, TimeoutError)


log = logging.getLogger(__name__)


class MalformedInputError(EaselError):
    """A press, choice or form that holds what no control or form of this version has offered."""


async def reply_out_of_date(interaction: discord.Interaction[Any]) -> None:
    """Tell the person that this version does not know what they pressed, chose or sent."""
    text = _("This is out of date, so nothing happened. Use the command again.")
    await reply_privately(interaction, text)


_UNHEARD: Final = (
    discord.DiscordServerError,
    discord.NotFound,
    discord.RateLimited,
    ClientError,
    TimeoutError,
)


def log_broken(what: str, error: Exception) -> str:
    """Log that something broke under a new number, and return the number, by which the operator finds it."""
    number = secrets.token_hex(3)
    if isinstance(error, StoreUnavailableError):  # the store has logged that it is away
        log.warning("%s broke (%s): the database does not answer", what, number)
    elif isinstance(error, _UNHEARD):  # the code is sound
        log.warning("%s broke (%s): Discord took no answer (%s)", what, number, type(error).__name__)
    else:
        log.error("%s broke (%s)", what, number, exc_info=error)
    return number


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Log it under a number, and tell the person that number. Never raises."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    name = interaction.command.qualified_name if interaction.command else "a component"
    if interaction.client.is_closed():  # Easel is stopping: Discord cannot be told any more
        log.warning("%s was cut off by the stop: %s: %s", name, type(cause).__name__, cause)
        return
    # Such as a channel that Easel cannot see, or one of elsewhere.
    if isinstance(cause, app_commands.TransformerError):
        text = _("Easel can't use what you chose. Choose something else and try again.")
        await reply_privately(interaction, text)
        return
    if isinstance(
        cause, (MalformedInputError, app_commands.CommandSignatureMismatch, app_commands.CommandNotFound)
    ):
        await reply_out_of_date(interaction)
        return
    number = log_broken(name, cause)
    text = _(
        "Something broke on our side. Nothing was counted. If it happens again, give the operator this "
        "number: {n}."
    )
    await reply_privately(interaction, text.format(n=f"`{number}`"))


async def reply_privately(interaction: discord.Interaction[Any], text: str) -> None:
    """Answer so that only the person sees it, by the first way that is still open. Never raises."""
    try:
        await send_privately(interaction, content=text, allowed_mentions=discord.AllowedMentions.none())
    except (discord.HTTPException, discord.InteractionResponded, *CONNECTION_ERRORS) as error:
        log.warning("an answer could not be given: %s", error)


_ACKNOWLEDGED_AT_MOST: Final = 3  # times


async def acknowledge(
    interaction: discord.Interaction[Any], *, thinking: bool = False, private: bool = True
) -> None:
    """Tell Discord that the answer follows: by "thinking", or by nothing to see where a message was pressed.

    `private` shows "thinking" to the person alone. Where no confirmation comes, Easel says so again: Discord then says
    whether it has heard. Raises as discord.py's `defer` does.
    """
    response, is_private = interaction.response, private and thinking
    for times in range(1, _ACKNOWLEDGED_AT_MOST + 1):
        try:
            await response.defer(ephemeral=is_private, thinking=thinking)
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED:
                raise
            is_update = interaction.type is not discord.InteractionType.application_command and not thinking
            kinds = discord.InteractionResponseType
            kind = kinds.deferred_message_update if is_update else kinds.deferred_channel_message
            # discord.py notes only answers that were confirmed, and this one was not.
            response._response_type = kind  # pyright: ignore[reportPrivateUsage]
        except CONNECTION_ERRORS:
            if times == _ACKNOWLEDGED_AT_MOST:
                raise
            continue
        return


async def send_privately(interaction: discord.Interaction[Any], **message: Any) -> None:
    """Send what only the person sees: the first answer, or a follow-up where Discord has a first one.

    Takes what discord.py's `send_message` and `followup.send` have in common, and raises as they do.
    """
    if interaction.response.is_done():
        await interaction.followup.send(ephemeral=True, **message)
    else:
        await interaction.response.send_message(ephemeral=True, **message)
