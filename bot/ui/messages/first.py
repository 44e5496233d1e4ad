"""The first answer to a message: its card, as a reply."""

from __future__ import annotations

import logging
from typing import Final

import discord

from bot.domain.jobs import JobState
from bot.domain.ports import Accepted
from bot.services.submissions import Submissions
from bot.ui.cards import card
from bot.ui.messages.speaking import UNSENT, reply, take_away
from bot.ui.transport import BROKEN_LINE

log = logging.getLogger(__name__)
# The same request would bring the same answer: this place cannot be written to.
_CLOSED: Final = frozenset({400, 403, 404})
UNKNOWN_MESSAGE: Final = 10008  # said of a nonce whose message was deleted: so it had arrived


async def show_first(message: discord.Message, submissions: Submissions, accepted: Accepted) -> bool:
    """Whether the job goes on; where nothing can be written it ends, and counts nothing.

    It is stored: whatever else happens to this answer, it is not lost.
    """
    shown: discord.Message | None = None
    try:
        shown = await _answer_surely(message, accepted)
    except UNSENT as error:
        if _is_closed(error):
            log.info("job %s: its channel is closed: %s", accepted.job.id, error)
            await submissions.withdraw(accepted)
            return False
        log.warning("job %s: its first answer is uncertain (%s)", accepted.job.id, type(error).__name__)
    if shown is not None and await _is_too_late(submissions, accepted.job.id):
        await take_away(shown)
    else:
        await submissions.card_shown(accepted, shown.id if shown is not None else None)
    return True


async def _is_too_late(submissions: Submissions, job_id: str) -> bool:
    """While this card waited for its turn in the channel, workers went on without it, and show the end elsewhere."""
    try:
        job = await submissions.job(job_id)
    except Exception:  # the database may be away; the card stands, and workers look by themselves
        log.exception("job %s: whether its card is needed is not known", job_id)
        return False
    return job is None or job.card_id is not None or job.state not in {JobState.QUEUED, JobState.RENDERING}


async def _answer_surely(message: discord.Message, accepted: Accepted) -> discord.Message:
    """Once more where the outcome is unknown: the nonce brings back the card, if it is there already."""
    try:
        return await _answer(message, accepted)
    except (discord.DiscordServerError, *BROKEN_LINE):
        return await _answer(message, accepted)


async def _answer(message: discord.Message, accepted: Accepted) -> discord.Message:
    view = card(accepted.job, standing=accepted.standing)
    return await reply(message, view=view, nonce=f"easel-{accepted.job.id}-card")


def _is_closed(error: Exception) -> bool:
    if not isinstance(error, discord.HTTPException) or error.code == UNKNOWN_MESSAGE:
        return False
    return error.status in _CLOSED
