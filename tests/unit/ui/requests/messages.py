"""Messages as Discord describes them, with pictures in every place it has for them."""

from __future__ import annotations

from typing import Any

import discord

CDN = "https://cdn.discordapp.com/attachments/20"
CHANNEL = 20
MESSAGE = 30


def attachment(number: int, filename: str = "", **more: Any) -> dict[str, Any]:
    """A PNG of 640 × 480."""
    filename = filename or f"photo-{number}.png"
    url = f"{CDN}/{number}/{filename}?ex=1&is=2&hm=3"
    described = {"id": str(number), "filename": filename, "size": 1000, "url": url, "proxy_url": url}
    return described | {"content_type": "image/png", "width": 640, "height": 480} | more


def message(**said: Any) -> discord.Message:
    """From somebody, in a channel."""
    state = discord.Client(intents=discord.Intents.none())._connection  # pyright: ignore[reportPrivateUsage]  # no other way to read a payload
    return discord.Message(
        state=state, channel=discord.PartialMessageable(state, CHANNEL), data=payload(**said)
    )


def payload(**said: Any) -> Any:
    return {
        "id": str(MESSAGE),
        "type": 0,
        "author": {"id": "7", "username": "ben", "discriminator": "0", "avatar": None},
        "channel_id": str(CHANNEL),
        "content": "",
        "timestamp": "2026-11-22T12:00:00+00:00",
        "edited_timestamp": None,
        "attachments": [],
        "embeds": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        **said,
    }


def forwarded(**said: Any) -> discord.Message:
    """A message that has nothing of its own."""
    return message(message_snapshots=[{"message": payload(**said)}])


def media(url: str, **more: Any) -> dict[str, Any]:
    """As a gallery, a thumbnail or a file of a component message has it."""
    return {"url": url, "proxy_url": url, "content_type": "image/webp", "width": 300, "height": 200} | more
