"""One's latest results, offered while somebody types which one they mean."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from discord.app_commands import Choice

from bot.domain.iterating import own_words
from bot.domain.jobs import Job
from bot.domain.ports import Past
from bot.ui.gallery.paging import search_words
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.results.words import flat

MAX_CHOICES: Final = 25  # Discord
MAX_CHOICE: Final = 100  # Discord: characters of a choice


async def offered_jobs(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Those with these words in their prompts, newest first; the value is the job's id."""
    past = Past(
        user_id=interaction.user.id,
        viewer_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        search=search_words(typed),
    )
    page = await gateway_of(interaction).gallery.past(past, offset=0, limit=MAX_CHOICES)
    return [Choice(name=_name(job), value=job.id) for job in page.jobs]


def _name(job: Job) -> str:
    day = _day(job.created_at)
    return f"{day} · {flat(own_words(job), MAX_CHOICE - len(day) - 3)}"


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")
