"""Where a message is, for people to go to it."""

from __future__ import annotations

from bot.domain.jobs import Job


def card_address(job: Job) -> str | None:
    """The link to a result's card; None where only its requester saw it, which nothing links to."""
    if job.card_id is None or job.wish.private:
        return None
    return message_address(job.place.guild_id, job.place.channel_id, job.card_id)


def message_address(guild_id: int | None, channel_id: int, message_id: int) -> str:
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
