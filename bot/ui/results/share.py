"""Share: a private result is shown, by its requester, to the channel it was made in."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import discord

from bot.domain.content.filters import first_match
from bot.domain.content.safety import SafetyConcern, safety_concern
from bot.domain.followups import picture_name
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError
from bot.domain.policy.decision import DenialReason, Denied, PolicyFacts, is_open
from bot.domain.ports.outside import CardPicture
from bot.ui.base.access import index_of
from bot.ui.base.channels import is_age_restricted, request_context
from bot.ui.base.components import NOBODY
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.discord_errors import is_too_large
from bot.ui.base.discord_limits import MAX_MESSAGE_BYTES
from bot.ui.base.gone import is_opened_by_now
from bot.ui.base.i18n import _, n_
from bot.ui.base.markdown import message_address
from bot.ui.base.replies import CONNECTION_ERRORS, acknowledge, reply_privately
from bot.ui.cards.card import draw_card
from bot.ui.history.entries import is_fresh
from bot.ui.requests.refusals import denied_text
from bot.ui.results.panel import SHARE, draw_result_panel, may_share

log = logging.getLogger(__name__)


@SHARE.on_press
async def on_share(interaction: Interaction, job: Job, index: int | None) -> None:
    """Show a private result to its channel, once: it is public from then on."""
    why_not = _why_not(interaction, job)
    if why_not is None:
        await acknowledge(interaction)
        why_not = await _why_not_here(interaction, job)
    if why_not is None:
        await _share(interaction, job, index_of(job, index))
    else:
        await reply_privately(interaction, why_not)


async def _share(interaction: Interaction, job: Job, index: int) -> None:
    shown, pictures = await _pictures(interaction, job)
    if not pictures:
        await reply_privately(interaction, _no_pictures_text(interaction, job))
        return
    message = await _post(interaction, shown, pictures)
    if message is None and shown is not job:  # a preview is smaller than its video
        _job, pictures = await _pictures(interaction, job, plays=False)
        message = await _post(interaction, job, pictures) if pictures else None
    if message is None:
        text = _("These files are now too large for this channel. Nothing was shared.")
        await reply_privately(interaction, text)
        return
    if message.flags.ephemeral:  # a server may make apps that people installed answer privately only
        await _delete_message(message, job)
        await reply_privately(
            interaction, _("In this channel, Easel can only answer you privately. Nothing was shared.")
        )
        return
    if await _record(interaction, job, message):
        await _confirm(interaction, job, index, message, missing=len(job.pictures) - len(pictures))


def _no_pictures_text(interaction: Interaction, job: Job) -> str:
    if is_fresh(job, interaction.created_at):
        return _("Easel is still saving it. Share it in a moment.")
    return _("Easel no longer has it, so there's nothing to share.")


def _why_not(interaction: Interaction, job: Job) -> str | None:
    """Return why the result cannot be shared, or not in this place; None where it can."""
    if job.user_id != interaction.user.id:
        return _("Only the person who requested this can share it.")
    if not job.request.private:
        return _("Everyone here can already see this result.")
    if not may_share(interaction, job):
        return _("You're the only one here.")
    if not job.is_over:
        return _("This isn't finished yet. Share it when it's ready.")
    if job.reply_target.channel_id != interaction.channel_id:
        return _("This was made in <#{id}>. Use `/history` there to share it.").format(
            id=job.reply_target.channel_id
        )
    return None


async def _why_not_here(interaction: Interaction, job: Job) -> str | None:
    """Return which decision of the server or which safety rule forbids sharing; None where none does."""
    guild_id, context = served_guild_of(interaction), request_context(interaction)
    moderation = services_of(interaction).moderation
    standing = await moderation.member_report(interaction.user.id, guild_id, context)
    denied = await asyncio.to_thread(_denied, standing.limits.facts, context.channel_ids, job)
    if denied is not None and await is_opened_by_now(interaction.client, interaction.guild, denied):
        standing = await moderation.member_report(interaction.user.id, guild_id, context)
        denied = await asyncio.to_thread(_denied, standing.limits.facts, context.channel_ids, job)
    if denied is not None:
        return denied_text(denied)
    found = await asyncio.to_thread(
        safety_concern, job.request.all_words, references=len(job.request.references)
    )
    if found is not None and not (found is SafetyConcern.ADULT and is_age_restricted(interaction)):
        return _("This is adult content, and this channel isn't age-restricted, so it wasn't shared.")
    return None


def _denied(facts: PolicyFacts, channel_ids: tuple[int, ...], job: Job) -> Denied | None:
    """Return the denial that a new request would get here: a person who may not ask may not share either."""
    if not facts.in_server:
        return None
    if facts.pause is not None:
        return Denied(reason=DenialReason.PAUSED, pause=facts.pause)
    if facts.block is not None:
        return Denied(reason=DenialReason.BLOCKED, block=facts.block)
    if not is_open(facts, channel_ids):
        return Denied(reason=DenialReason.CHANNEL)
    match = first_match(facts.filters, job.request.all_words)
    return None if match is None else Denied(reason=DenialReason.FILTER, match=match)


async def _pictures(
    interaction: Interaction, job: Job, *, plays: bool = True
) -> tuple[Job, list[CardPicture]]:
    """Return the pictures that are still available, as they were delivered.

    The job is returned as its card must show it: in place of a preview, if it `plays`, a video that fits here is shown.
    """
    found: list[CardPicture] = []
    max_bytes = min(interaction.filesize_limit, MAX_MESSAGE_BYTES) if plays else 0
    for render in job.pictures:
        try:
            job, data = await services_of(interaction).history.in_full(job, render.index, max_bytes=max_bytes)
        except PictureError as error:
            log.info("job %s: picture %s cannot be shared: %s", job.id, render.index + 1, error)
            continue
        found.append(CardPicture(index=render.index, filename=picture_name(job, render.index), data=data))
    return job, found


async def _post(
    interaction: Interaction, job: Job, pictures: list[CardPicture]
) -> discord.WebhookMessage | None:
    """Post the card for everybody; return None if its files are too large for this place."""
    view, files = draw_card(replace(job, request=replace(job.request, private=False)), pictures)
    try:
        return await interaction.followup.send(
            view=view, files=files, ephemeral=False, allowed_mentions=NOBODY, wait=True
        )
    except discord.HTTPException as error:
        if not is_too_large(error):
            raise
        return None


async def _record(interaction: Interaction, job: Job, message: discord.WebhookMessage) -> bool:
    """Record the message as the job's card; delete it where the job is still private, deleted, or already shared."""
    is_shared = False
    try:
        is_shared = await services_of(interaction).history.share(
            job.id, by=interaction.user.id, channel_id=job.reply_target.channel_id, card_id=message.id
        )
    finally:
        if not is_shared:
            await _delete_message(message, job)
    if not is_shared:
        await reply_privately(interaction, _("This was shared or deleted a moment ago."))
    return is_shared


async def _delete_message(message: discord.WebhookMessage, job: Job) -> None:
    try:
        await message.delete()
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("job %s: a message that shows it too soon stays (%s)", job.id, type(error).__name__)


async def _confirm(
    interaction: Interaction, job: Job, index: int, message: discord.WebhookMessage, *, missing: int
) -> None:
    address = message_address(job.reply_target.guild_id, job.reply_target.channel_id, message.id)
    note = _("**Shared.** Everyone here can see it now: [open]({address}).").format(address=address)
    if missing:
        lost = n_("{n} picture was gone.", "{n} pictures were gone.", missing)
        note = f"{note} {lost.format(n=missing)}"
    current = await services_of(interaction).history.job(job.id)
    await draw_result_panel(interaction, current or job, index, note=note)
