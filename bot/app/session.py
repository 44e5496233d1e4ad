"""The session with Discord: logging in, listening, and what each way to lose the session means."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import discord

from bot.domain.ports.outside import Clock
from bot.errors import SetupError
from bot.outage import Outage
from bot.settings import HOW_TO_GET, Settings
from bot.ui.base.discord_errors import (
    DISCORD_FAILURES,
    UNREADABLE_ERRORS,
    DiscordBackoff,
    is_token_refused,
    why_failed,
)

log = logging.getLogger(__name__)
CANCEL_AGAIN_S: Final = 0.5
CLOSE_S: Final = 3.0
TOKEN_REFUSED: Final = f"Discord does not accept DISCORD_TOKEN: {HOW_TO_GET['DISCORD_TOKEN']}"
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
CLOSED_FOR_GOOD: Final = {
    4004: TOKEN_REFUSED,
    4010: "Discord does not know this shard (4010): start Easel again, or update it",
    4011: "Discord wants this bot on more shards (4011): start Easel again, it asks how many",
    4012: "Discord no longer speaks this version of its gateway (4012): update Easel",
    4013: "Discord does not know the intents that Easel asks for (4013): update Easel",
    4014: 'Discord does not allow an intent that Easel asks for (4014): on the application\'s page "Bot" at '
    "https://discord.com/developers/applications switch the privileged intents on, or update Easel",
}


@asynccontextmanager
async def logged_in(client: discord.Client, settings: Settings, clock: Clock) -> AsyncGenerator[None]:
    """Log in as soon as Discord can be reached; close the client at the end. Raises `SetupError`."""
    if settings.discord_token is None:
        raise SetupError("DISCORD_TOKEN is not set")
    token = settings.discord_token.get_secret_value().strip()
    if re.fullmatch("[!-~]+", token) is None:
        raise SetupError("DISCORD_TOKEN holds what no token does, such as a space: copy it again")
    try:
        await _log_in(client, token, clock)
        yield
    finally:
        await _close(client)


async def _close(client: discord.Client) -> None:
    closing = asyncio.create_task(client.close(), name="easel-close")
    try:
        await asyncio.wait({closing}, timeout=CLOSE_S)
        if not closing.done():  # on a dead line discord.py waits 30 s for an answer to its goodbye
            await client.http.close()
    finally:
        await cancelled(closing)
    if not closing.cancelled():
        closing.result()


async def _log_in(client: discord.Client, token: str, clock: Clock) -> None:
    outage, backoff = Outage(log, "Discord"), DiscordBackoff()
    while True:
        try:
            await client.login(token)
        except (discord.LoginFailure, *DISCORD_FAILURES, *UNREADABLE_ERRORS) as error:
            if is_token_refused(error):
                raise SetupError(TOKEN_REFUSED) from error
            if client.application is not None and isinstance(error, UNREADABLE_ERRORS):
                raise  # Discord had answered all: a mistake of ours in `setup_hook`
            answer = error.__cause__ if isinstance(error, discord.LoginFailure) else error
            outage.failed(why_failed(answer or error))
            await client.http.close()
            client.http.connector = discord.utils.MISSING  # discord.py would go on with the closed one
            await clock.sleep(backoff.next_s(answer or error))
        else:
            outage.went_well()
            return


async def listen(client: discord.Client) -> None:
    """Listen to the gateway until the client is closed. Raises `SetupError` where Discord closed it for good."""
    try:
        await client.connect()
    except discord.PrivilegedIntentsRequired as error:
        raise SetupError(CLOSED_FOR_GOOD[4014]) from error
    except discord.ConnectionClosed as error:
        why = CLOSED_FOR_GOOD.get(error.code, f"Discord closed its gateway for good ({error.code})")
        raise SetupError(why) from error


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task until it ends: while connecting, discord.py may swallow one (`wait_for` before Python 3.12)."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
