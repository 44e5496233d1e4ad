"""The names of whom and what a text mentions, as Discord shows them to the person who wrote it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import discord

from bot.domain.prompts import Mention, NameOf, as_seen
from bot.ui.base.context import Interaction
from bot.ui.base.discord_errors import DISCORD_FAILURES

# Where Discord puts names into an interaction, the one that people see first.
_RESOLVED: Final = {
    Mention.USER: (("members", "nick"), ("users", "global_name"), ("users", "username")),
    Mention.ROLE: (("roles", "name"),),
    Mention.CHANNEL: (("channels", "name"),),
}


MOST_FETCHED: Final = 5  # members of one request; others become "someone"
FETCH_S: Final = 0.7  # Discord waits 3 s for an answer, of which `bot.ui.requests.submit` uses 2


async def words_in(interaction: Interaction, *texts: str) -> list[str]:
    """Return what somebody typed in an interaction, with names in place of Discord's markup.

    Discord sends the names along with commands; those in forms are looked up. Never raises.
    """
    data: Any = interaction.data or {}
    resolved: dict[str, dict[str, dict[str, str | None]]] = data.get("resolved") or {}
    known = _cached(interaction.client, interaction.guild, interaction.user)
    fetched: dict[int, str] = {}
    missing: set[int] = set()

    def name_of(kind: Mention, of: int) -> str | None:
        said = (resolved.get(part, {}).get(str(of), {}).get(name) for part, name in _RESOLVED[kind])
        name = next(filter(None, said), None) or known(kind, of) or fetched.get(of)
        if name is None and kind is Mention.USER:
            missing.add(of)
        return name

    seen = [as_seen(text, name_of) for text in texts]
    if not missing or interaction.guild is None:
        return seen
    with suppress(TimeoutError):
        async with asyncio.timeout(FETCH_S):
            for of in sorted(missing)[:MOST_FETCHED]:
                with suppress(*DISCORD_FAILURES):
                    fetched[of] = (await interaction.guild.fetch_member(of)).display_name
    return [as_seen(text, name_of) for text in texts]


def plain_words(message: discord.Message, client: discord.Client, text: str) -> str:
    """Return words of a message, with names in place of Discord's markup."""
    named = {
        **{(Mention.USER, one.id): one.display_name for one in message.mentions},
        **{(Mention.ROLE, one.id): one.name for one in message.role_mentions},
    }
    known = _cached(client, message.guild, message.author)
    return as_seen(text, lambda kind, of: named.get((kind, of)) or known(kind, of))


def _cached(
    client: discord.Client, guild: discord.Guild | None, author: discord.User | discord.Member
) -> NameOf:
    """Look among what the gateway has sent: own servers only, so that no name leaks from elsewhere."""

    def name_of(kind: Mention, of: int) -> str | None:
        match kind:
            case Mention.USER:
                user = author if of == author.id else guild and guild.get_member(of)
                user = user or (client.user if client.user is not None and client.user.id == of else None)
                return user.display_name if user is not None else None
            case Mention.ROLE:
                role = guild.get_role(of) if guild is not None else None
                return role.name if role is not None else None
            case Mention.CHANNEL:
                channel = guild.get_channel_or_thread(of) if guild is not None else None
                return channel.name if channel is not None else None

    return name_of
