"""Answers to mentions: private refusals, and the first card of a job."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

import discord

from bot.domain.jobs import JobState
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import Accepted
from bot.errors import StoreUnavailableError
from bot.services.requests import Offer
from bot.services.submissions import Submissions
from bot.ui.base.components import lines
from bot.ui.base.discord_errors import DISCORD_FAILURES, is_closed
from bot.ui.base.discord_limits import UNKNOWN_MESSAGE
from bot.ui.base.replies import CONNECTION_ERRORS
from bot.ui.cards.card import card
from bot.ui.mentions.parse import REPLY_TIMEOUT_S
from bot.ui.mentions.text import MentionRefusal, about, reply, reword_line, take_away
from bot.ui.requests.offers import offer_card

log = logging.getLogger(__name__)
EVERY: Final = timedelta(seconds=10)  # one answer to a person at most, so that spam is not answered with spam
MAX_PEOPLE: Final = 10_000  # whose last answer is remembered; and so many refused messages
HINT_S: Final = 20.0  # a hint that everybody sees is deleted after this time
EDITABLE: Final = timedelta(minutes=15)  # as long as a draft behind *Reword…* is kept
FAREWELL_S: Final = 3.0  # to delete the hints that are left when the process stops


class PrivateReplies:
    """Sends refusals as direct messages, or a neutral hint in the channel if those are closed. Never raises."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered: dict[int, datetime] = {}  # by user id, the latest at the end
        self._refused: dict[int, datetime] = {}  # by message id, likewise
        self._hints: dict[asyncio.Task[None], discord.Message] = {}

    async def tell(self, message: discord.Message, refusal: MentionRefusal) -> None:
        """Tell the author that their mention is refused; not at all within `EVERY` of the last answer."""
        if refusal.may_reword:
            _remember(self._refused, message.id, self._clock.now())
        if not self._is_turn_of(message.author.id):
            log.info("message %s: refused without a word, as others just before", message.id)
        elif not await _told_directly(message, refusal) and refusal.hint is not None:
            await self._leave_hint(message, refusal.hint)

    def take_refused(self, message_id: int) -> bool:
        """Return, once, whether this message was refused less than `EDITABLE` ago and other words may help."""
        refused = self._refused.pop(message_id, None)
        return refused is not None and timedelta() <= self._clock.now() - refused < EDITABLE

    async def help(self, message: discord.Message, text: str) -> None:
        """Reply with the help in the channel; everybody may read it."""
        if self._is_turn_of(message.author.id):
            await _said_here(message, text, nonce=f"help-{message.id}")

    async def close(self) -> None:
        """Delete the hints that are left."""
        hints = dict(self._hints)
        for task in hints:
            task.cancel()
        await asyncio.gather(*hints, return_exceptions=True)
        await asyncio.gather(*(take_away(hint, within_s=FAREWELL_S) for hint in hints.values()))

    def _is_turn_of(self, user_id: int) -> bool:
        now, last = self._clock.now(), self._answered.get(user_id)
        if last is not None and timedelta() <= now - last < EVERY:
            return False
        _remember(self._answered, user_id, now)
        return True

    async def _leave_hint(self, message: discord.Message, text: str) -> None:
        hint = await _said_here(message, text, nonce=_nonce("h", message))
        if hint is not None:
            task = asyncio.create_task(self._take_away_later(hint), name=f"easel-hint-{hint.id}")
            self._hints[task] = hint
            task.add_done_callback(lambda done: self._hints.pop(done, None))

    async def _take_away_later(self, hint: discord.Message) -> None:
        await self._clock.sleep(HINT_S)
        await take_away(hint)


def _remember(times: dict[int, datetime], key: int, now: datetime) -> None:
    """Put the time at the end, and forget the oldest one where there are too many."""
    times.pop(key, None)
    times[key] = now
    if len(times) > MAX_PEOPLE:
        del times[next(iter(times))]


def _nonce(about_what: str, message: discord.Message) -> str:
    """Return a nonce of up to 25 characters, another one for each version of the message."""
    edited = message.edited_at
    version = "" if edited is None else f"-{int(edited.timestamp()) % 100}"
    return f"{about_what}-{message.id}{version}"


async def _told_directly(message: discord.Message, refusal: MentionRefusal) -> bool:
    """Write to the author directly, or reply if this is a direct message; return whether that worked."""
    nonce = _nonce("no", message)
    if message.guild is None:
        text = lines(refusal.text, reword_line() if refusal.may_reword else None)
        return await _said_here(message, text, nonce=nonce) is not None
    text = f"{refusal.text}\n{about(message.jump_url, may_reword=refusal.may_reword)}"
    try:
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            await message.author.send(text, allowed_mentions=discord.AllowedMentions.none(), nonce=nonce)
    except DISCORD_FAILURES as error:
        log.info("message %s: its author cannot be told directly: %s", message.id, type(error).__name__)
        return False
    return True


async def _said_here(message: discord.Message, text: str, *, nonce: str) -> discord.Message | None:
    try:
        return await reply(message, content=text, nonce=nonce)
    except DISCORD_FAILURES as error:
        log.info("message %s: its channel is closed: %s", message.id, type(error).__name__)
        return None


async def show_first(message: discord.Message, submissions: Submissions, accepted: Accepted) -> bool:
    """Reply with the job's card; return False if the channel is closed, and then withdraw the job.

    After any other error the job goes on, because it is stored and workers show it.
    """
    shown: discord.Message | None = None
    try:
        shown = await _post_card_twice(message, accepted)
    except DISCORD_FAILURES as error:
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


async def show_offer(message: discord.Message, offer: Offer, *, unused: int) -> bool:
    """Reply with an offer; return False if the channel is closed. After any other error nothing more is done.

    `unused` is the number of pictures that it leaves out.
    """
    view = offer_card(offer, is_public=message.guild is not None, unused=unused)
    try:
        await reply(message, view=view, nonce=_nonce("v", message))
    except DISCORD_FAILURES as error:
        log.info("message %s: no offer: %s", message.id, type(error).__name__)
        return not _is_closed(error)
    return True


async def _is_too_late(submissions: Submissions, job_id: str) -> bool:
    """Return whether workers have shown the job on another card while this one waited for Discord's rate limit."""
    try:
        job = await submissions.job(job_id)
    except StoreUnavailableError as error:  # the card stays, and workers look by themselves
        log.warning("job %s: whether its card is needed is not known (%s)", job_id, error)
        return False
    return job is None or job.card_id is not None or job.state not in {JobState.QUEUED, JobState.RENDERING}


async def _post_card_twice(message: discord.Message, accepted: Accepted) -> discord.Message:
    """Post the card, and retry if the outcome is unknown: with the same nonce, Discord returns a card that it has."""
    try:
        return await _post_card(message, accepted)
    except (discord.DiscordServerError, *CONNECTION_ERRORS):
        return await _post_card(message, accepted)


async def _post_card(message: discord.Message, accepted: Accepted) -> discord.Message:
    view = card(accepted.job, standing=accepted.standing)
    return await reply(message, view=view, nonce=f"easel-{accepted.job.id}-card")


def _is_closed(error: Exception) -> bool:
    """Return whether the place cannot be written to; a message that is gone closes nothing."""
    return is_closed(error) and getattr(error, "code", None) != UNKNOWN_MESSAGE
