"""`python -m bot invite`: the link that invites the bot, with the least permissions."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import Final

import aiohttp

from bot.app.run import token_of
from bot.client import invite_link
from bot.doctor.diagnosis import UnwellError
from bot.doctor.discord_checks import DiscordApi
from bot.errors import SetupError
from bot.seedream.http import utc_now
from bot.settings import Settings

ASK_S: Final = 6.0


async def find_invite(settings: Settings) -> tuple[str, str]:
    """Return the link, and a note where Discord was not there to be asked. Raises `SetupError`."""
    token = token_of(settings)
    async with aiohttp.ClientSession() as session:
        try:
            async with asyncio.timeout(ASK_S):
                api = DiscordApi(session=session, settings=settings, now=utc_now)
                return invite_link((await api.application()).id), ""
        except (UnwellError, TimeoutError) as error:
            why = str(error) or "Discord does not answer"
            application_id = _id_in(token)
            if application_id is None:
                raise SetupError(f"{why}, and no id is in the token") from None
            return invite_link(application_id), f"{why}: the id is the one in the token"


def _id_in(token: str) -> int | None:
    """Return the id that a token begins with in base64: the bot's, which is the application's since 2016."""
    first = token.partition(".")[0]
    try:
        decoded = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return int(decoded) if re.fullmatch("[0-9]{15,20}", decoded) else None
