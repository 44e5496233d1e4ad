"""The `CardPresenter` on Discord: shows a card by the best way that is left.

The ways, best first: the interaction's token; the bot's own message; a new message in the channel, which its
nonce keeps from arriving twice; a direct message. Only the end of a job may take the last two.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import discord

from bot.domain.jobs import Job, JobState, ReplyScope
from bot.domain.ports.outside import CardPicture, Clock, ShownCard
from bot.errors import TooLargeError, UnreachableError
from bot.ui.base.components import NOBODY, MemoryFile
from bot.ui.base.discord_errors import DISCORD_FAILURES, DiscordVerdict, is_closed, translated, verdict_of
from bot.ui.base.i18n import _
from bot.ui.cards.card import draw_card, shows_end

log = logging.getLogger(__name__)
CARD_TIMEOUT_S: Final = 90.0  # for one request, with four pictures in it
OLD_CARD_TIMEOUT_S: Final = 10.0  # the result is shown: nobody needs to wait for this
PATIENCE_S: Final = 20.0  # with a way that answers server errors, before the next one is taken
_ORIGINAL: Final = cast(int, "@original")  # accepted wherever the id of an interaction's message is


@dataclass(frozen=True, slots=True)
class _Way:
    name: str
    go: Callable[[Job, tuple[CardPicture, ...]], Awaitable[ShownCard]]
    look: Callable[[Job], Awaitable[discord.Message]] | None = None  # fetches what an edit may have changed


class DiscordCardPresenter:
    """Implements `bot.domain.ports.outside.CardPresenter`. Works with a client that has logged in; it needs no gateway.

    `keeps_originals` says that `/show` has what is too large for a card, for a while.
    """

    def __init__(self, client: discord.Client, clock: Clock, *, keeps_originals: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._keeps_originals = keeps_originals

    async def show(self, job: Job, pictures: tuple[CardPicture, ...], *, waited_s: float = 0.0) -> ShownCard:
        """See the port."""
        too_large = False
        stuck: Exception | None = None
        unfinished: list[_Way] = []  # edits that failed though the card is there
        for way in self._ways(job):
            try:
                async with asyncio.timeout(CARD_TIMEOUT_S):
                    shown = await way.go(job, pictures)
            except DISCORD_FAILURES as error:
                verdict = verdict_of(error)
                if verdict is DiscordVerdict.LATER and waited_s < PATIENCE_S:
                    raise translated(error) from error
                found = await self._shown_after_all(job, way, error, waited_s)
                if found is not None:
                    return found
                if verdict is DiscordVerdict.LATER:
                    stuck = error
                if verdict is not DiscordVerdict.CLOSED and way.look is not None:
                    unfinished.append(way)
                too_large |= bool(pictures) and verdict is DiscordVerdict.TOO_LARGE
                log.info("job %s: the way by %s is closed: %s", job.id, way.name, translated(error))
            else:
                if way.look is None:
                    await self._finish_old_card(job, unfinished)
                return shown
        if too_large:
            raise TooLargeError(f"the files of job {job.id} are too large for every way left")
        if stuck is not None:
            raise translated(stuck) from stuck
        raise UnreachableError(f"no way to show job {job.id} as {job.state.value}")

    async def _finish_old_card(self, job: Job, edits: list[_Way]) -> None:
        """Take the progress off a card whose result went into a message of its own, by the first edit that works."""
        for way in edits:
            try:
                async with asyncio.timeout(OLD_CARD_TIMEOUT_S):
                    await way.go(job, ())
            except DISCORD_FAILURES as error:
                log.info("job %s: its first card stays as it is: %s", job.id, translated(error))
            else:
                return

    async def _shown_after_all(
        self, job: Job, way: _Way, error: Exception, waited_s: float
    ) -> ShownCard | None:
        """Return the card if an edit that failed was made nevertheless; None if it was not.

        A refusal may answer discord.py's own second try, after a first one that was made. Raises `ShowLaterError`
        unless the way itself is what keeps failing: then nothing may be sent elsewhere.
        """
        verdict, is_end = verdict_of(error), job.is_over or job.state is JobState.DELIVERING
        if verdict is DiscordVerdict.LATER:
            is_fault = isinstance(error, discord.HTTPException) and error.status >= 500
            if way.look is None or not is_fault or not is_end:
                raise translated(error) from error
        if way.look is None or not is_end or verdict is DiscordVerdict.TOO_LARGE:
            return None
        try:
            async with asyncio.timeout(CARD_TIMEOUT_S):
                message = await way.look(job)
        except DISCORD_FAILURES as looked:
            if is_closed(looked) or (verdict is DiscordVerdict.CLOSED and waited_s >= PATIENCE_S):
                return None
            raise translated(looked) from looked
        return ShownCard(card_id=message.id, called=False) if shows_end(message, job) else None

    async def show_apart(self, job: Job, picture: CardPicture) -> None:
        """See the port."""
        file = MemoryFile(picture.data, picture.filename, spoiler=job.request.spoiler)
        private = job.request.private
        try:
            async with asyncio.timeout(CARD_TIMEOUT_S):
                if not private and job.reply_target.scope is not ReplyScope.NOWHERE:
                    nonce = f"easel-{job.id}-{picture.index}"
                    await self._channel(job).send(file=file, allowed_mentions=NOBODY, nonce=nonce)
                elif job.token_works(self._clock.now()):
                    await self._webhook(job).send(
                        file=file, ephemeral=private, allowed_mentions=NOBODY, wait=True
                    )
        except DISCORD_FAILURES as error:
            log.info("job %s: picture %s is not shown: %s", job.id, picture.index + 1, translated(error))

    async def call(self, job: Job) -> None:
        """See the port."""
        try:
            async with asyncio.timeout(CARD_TIMEOUT_S):
                await self._call(job)
        except DISCORD_FAILURES as error:
            if not is_closed(error):
                raise translated(error) from error
            log.info("job %s: its requester cannot be notified: %s", job.id, translated(error))

    def _ways(self, job: Job) -> list[_Way]:
        private, here = job.request.private, job.reply_target.scope is not ReplyScope.NOWHERE
        is_end = job.is_over or job.state is JobState.DELIVERING
        ways: list[_Way] = []
        if job.token_works(self._clock.now()):
            ways.append(_Way("token", self._by_token, self._look_by_token))
        if here and not private and job.card_id is not None:
            ways.append(_Way("own message", self._by_own_message, self._look_by_own_message))
        if job.state is JobState.CANCELLED and not job.pictures:
            return ways  # nobody waits for it, so no new message is needed
        if is_end and here and (not private or job.reply_target.scope is ReplyScope.DIRECT):
            ways.append(_Way("channel", self._by_channel))
        if is_end and here and job.reply_target.scope is not ReplyScope.DIRECT:
            ways.append(_Way("direct message", self._by_direct_message))
        return ways

    async def _by_token(self, job: Job, pictures: tuple[CardPicture, ...]) -> ShownCard:
        view, files = _draw(job, pictures, is_kept=self._keeps_originals)
        message = await self._webhook(job).edit_message(
            job.card_id or _ORIGINAL, view=view, attachments=files, allowed_mentions=NOBODY
        )
        return ShownCard(card_id=message.id, called=False)

    async def _by_own_message(self, job: Job, pictures: tuple[CardPicture, ...]) -> ShownCard:
        if job.card_id is None:
            raise ValueError(f"job {job.id} has no card to edit")
        view, files = _draw(job, pictures, is_kept=self._keeps_originals)
        message = self._channel(job).get_partial_message(job.card_id)
        await message.edit(view=view, attachments=files, allowed_mentions=NOBODY)
        return ShownCard(card_id=job.card_id, called=False)

    async def _look_by_token(self, job: Job) -> discord.Message:
        return await self._webhook(job).fetch_message(job.card_id or _ORIGINAL)

    async def _look_by_own_message(self, job: Job) -> discord.Message:
        return await self._channel(job).fetch_message(job.card_id or 0)

    async def _by_channel(self, job: Job, pictures: tuple[CardPicture, ...]) -> ShownCard:
        view, files = _draw(job, pictures, is_kept=self._keeps_originals, greet=True)
        message = await self._channel(job).send(
            view=view, files=files, allowed_mentions=_only(job.user_id), nonce=f"easel-{job.id}-end"
        )
        return ShownCard(card_id=message.id, called=True)

    async def _by_direct_message(self, job: Job, pictures: tuple[CardPicture, ...]) -> ShownCard:
        view, files = _draw(job, pictures, is_kept=self._keeps_originals, greet=True)
        channel = await self._client.create_dm(discord.Object(job.user_id))
        await channel.send(
            view=view, files=files, allowed_mentions=_only(job.user_id), nonce=f"easel-{job.id}-dm"
        )
        return ShownCard(card_id=None, called=True)

    async def _call(self, job: Job) -> None:
        text = _call_text(job)
        if job.request.private or job.reply_target.scope is ReplyScope.NOWHERE:
            if job.token_works(self._clock.now()):
                await self._webhook(job).send(
                    text, ephemeral=job.request.private, allowed_mentions=_only(job.user_id), wait=True
                )
            return
        channel = self._channel(job)
        nonce, mentions = f"easel-{job.id}-call", _only(job.user_id)
        if job.card_id is None:
            await channel.send(text, allowed_mentions=mentions, nonce=nonce)
            return
        card = discord.MessageReference(
            message_id=job.card_id, channel_id=job.reply_target.channel_id, fail_if_not_exists=False
        )
        await channel.send(text, allowed_mentions=mentions, nonce=nonce, reference=card)

    def _webhook(self, job: Job) -> discord.Webhook:
        webhook = discord.Webhook.partial(job.application_id, job.token or "", client=self._client)
        webhook.type = discord.WebhookType.application  # no other type may send ephemeral messages
        return webhook

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(
            job.reply_target.channel_id, guild_id=job.reply_target.guild_id
        )


def _draw(
    job: Job, pictures: tuple[CardPicture, ...], *, is_kept: bool = False, greet: bool = False
) -> tuple[discord.ui.LayoutView, list[discord.File]]:
    view, files = draw_card(job, pictures, is_short=len(pictures) < len(job.pictures), is_kept=is_kept)
    if greet:
        below = list(view.children)
        view.clear_items()
        view.add_item(discord.ui.TextDisplay[Any](_call_text(job)))
        for item in below:
            view.add_item(item)
    return view, files


def _call_text(job: Job) -> str:
    who = f"<@{job.user_id}>"
    is_video = job.request.video is not None
    if job.state not in {JobState.DELIVERING, JobState.DONE}:
        text = _("{who} Easel couldn't make your picture. The card says why.")
        if is_video:
            text = _("{who} Easel couldn't make your video. The card says why.")
        return text.format(who=who)
    if is_video:
        return _("{who} your video is ready.").format(who=who)
    if len(job.pictures) == 1:
        return _("{who} your picture is ready.").format(who=who)
    return _("{who} your pictures are ready.").format(who=who)


def _only(user_id: int) -> discord.AllowedMentions:
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(user_id)]
    )
